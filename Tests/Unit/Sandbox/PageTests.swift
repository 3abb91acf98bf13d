// What the page promises to a stranger's text, and the bounds of what the sandbox remembers.
import FoundationEssentials
import JSONWire
import Testing
import World

@testable import Sandbox

@Suite struct `The sandbox's page` {
    private static let hostile = "\"><script>alert('{{texts}}')</script>&"

    private static func payment() -> BankPayment {
        BankPayment(
            paymentId: "2a663962-c954-4984-90e5-1d24c3305f7b", bankId: "first", merchantId: "128",
            merchantName: hostile,
            terminalId: "TE0001", orderId: "1", hundredths: 10_000, currency: "MDL", payDescription: hostile,
            paymentType: "qr", language: "ro", callbackUrl: nil, successUrl: hostile, failUrl: nil,
            checkoutPage: nil, createdAt: Timestamp(seconds: 0), expiresAt: Timestamp(seconds: 300))
    }

    @Test func `escapes whatever a merchant calls itself`() {
        let html = String(
            decoding: CheckoutPage.html(
                Self.payment(), bankName: Self.hostile, base: "", byHand: true, now: Timestamp(seconds: 1)),
            as: UTF8.self)
        #expect(!html.contains("<script>alert"))
        #expect(html.contains("&lt;script&gt;alert(&#39;{{texts}}&#39;)&lt;/script&gt;&amp;"))
        #expect(
            html.contains(
                "action=\"/checkout/pay?paymentId=2a663962-c954-4984-90e5-1d24c3305f7b&amp;manual=1\""))
    }

    @Test func `says so when a payment is not there`() {
        let html = String(
            decoding: CheckoutPage.html(
                nil, bankName: "Moldbank", base: "", byHand: false, now: Timestamp(seconds: 1)),
            as: UTF8.self)
        #expect(html.contains("This payment was not found.") && html.contains("data-status=\"\""))
    }

    @Test func `has no inline script, no inline style and no address of another host`() {
        for file in [PackageResources.index_html, PackageResources.checkout_html] {
            let text = String(decoding: file, as: UTF8.self)
            #expect(!text.contains("<style") && !text.contains(" style=") && !text.contains("onclick="))
            #expect(!text.contains("http:") && !text.contains("https:"))
        }
        for file in [PackageResources.phone_js, PackageResources.bubbles_js, PackageResources.bank_js] {
            let text = String(decoding: file, as: UTF8.self)
            #expect(!text.contains(".innerHTML") && !text.contains("insertAdjacentHTML"))
        }
    }
}

@Suite struct `What the sandbox remembers` {
    @Test func `is bounded by entries and by weight, and numbered without gaps`() {
        var ring = Ring<Int>(entriesMax: 3, bytesMax: 100)
        for value in 1...5 { ring.append(value, weighing: 1) }
        #expect(ring.all == [3, 4, 5])
        #expect(ring.after(4, limit: 10).map(\.element) == [5])
        ring.append(6, weighing: 100)
        #expect(ring.all == [6] && ring.lastNumber == 6)
        for value in 0..<10_000 { ring.append(value) }
        #expect(ring.count == 3)
    }

    @Test func `forgets the oldest key first`() {
        var map = BoundedMap<Int, String>(entriesMax: 2)
        map.set(1, "a")
        map.set(2, "b")
        map.set(1, "c")
        #expect(map.set(3, "d") == "c")
        #expect(map[1] == nil && map.all == ["b", "d"] && map.newest(1) == ["d"])
    }

    @Test func `strikes out secrets in what reached the bank`() throws {
        let request = ReceivedRequest(
            service: "bank", at: Timestamp(seconds: 0), method: "POST", path: "/ecomm/api/v1/token",
            bankId: "first",
            status: 200, body: Array("{\"merchantId\":\"128\",\"secretKey\":\"hush\"}".utf8),
            answer: Array("{\"accessToken\":\"hush\",\"refreshToken\":\"hush\"}".utf8))
        let entry = try Self.shown(request), body = entry["body"], answer = entry["answer"]
        #expect(body?["merchantId"]?.text == "128" && body?["secretKey"]?.text == "***")
        #expect(answer?["accessToken"]?.text == "***" && answer?["refreshToken"]?.text == "***")
    }

    @Test func `shows what reached it as it came, and says of what is no JSON how long it was`() throws {
        let request = ReceivedRequest(
            service: "meta", at: Timestamp(seconds: 0), method: "POST", path: "/v25.0/1/messages",
            bankId: nil,
            status: 200, body: Array(" {\"text\": {\"body\": \"a\\u0103\"}, \"n\": [1.50]} ".utf8),
            answer: Array("<p>no</p>".utf8))
        let entry = try Self.shown(request)
        #expect(entry["body"]?["text"]?["body"]?.text == "aă")
        #expect(entry["body"]?["n"]?[0]?.textOrNumber == "1.50")
        #expect(entry["answer"]?.text == "9 bytes that are not JSON")
    }

    private static func shown(_ request: ReceivedRequest) throws -> JSONValue {
        var json = JSONWriter()
        request.write(to: &json, number: 1)
        return try JSONValue(parsing: json.bytes)
    }

    @Test func `reads a log line of a service and leaves others out`() throws {
        let line = """
            {"ts":"2026-11-21T13:00:00.5Z","level":"info","service":"ecomm-gateway","what":"payment.opened",\
            "requestId":"req_1","traceId":"0","ms":12.250,"status":"open"}
            """
        let activity = try #require(ActivityLine(parsing: Array(line.utf8)))
        #expect(
            activity.what == "payment.opened  open" && activity.ms == 12.25 && activity.requestId == "req_1")
        #expect(ActivityLine(parsing: Array("not json".utf8)) == nil)
        let health = line.replacing("\"status\":\"open\"", with: "\"route\":\"/health/live\"")
        #expect(ActivityLine(parsing: Array(health.utf8)) == nil)
    }

    @Test func `shows at most three hundred bubbles of a chat`() {
        var phone = FakePhone(phone: "+37369000001", name: "Ana")
        for at in 0..<500 {
            phone.show(Bubble(id: "\(at)", direction: .out, kind: .text, text: "x", at: Int64(at)))
        }
        #expect(phone.bubbles.count == FakePhone.bubblesMax && phone.bubbles.first?.id == "200")
        #expect(phone.revision == 501)
    }
}

@Suite struct `A chat as JSON` {
    @Test func `is what the generic encoder would write`() throws {
        let list = Bubble.List(
            button: "Alege",
            sections: [.init(title: "s", rows: [.init(id: "1", title: "Română", description: nil)])])
        let bubbles = [
            Bubble(id: "a", direction: .out, kind: .text, text: "Plătește \"1/2\" 😀", status: .read, at: 1),
            Bubble(
                id: "b", direction: .in, kind: .list, text: "t", header: "h", footer: "f", list: list,
                replyTo: "a", at: 2),
            Bubble(
                id: "c", direction: .in, kind: .cta_url, text: "t",
                buttons: [.init(id: nil, title: "Pay", url: "http://a/b")], at: 3),
            Bubble(
                id: "d", direction: .in, kind: .template, text: "t",
                template: .init(name: "payment_paid", language: "ro"), rowId: "1", at: 4),
            Bubble(
                id: "e", direction: .in, kind: .document, text: "t",
                document: .init(
                    mediaId: "7", filename: "a.csv", mimeType: "text/csv", bytes: 12, url: "/x"), at: 5),
        ]
        for bubble in bubbles {
            var json = JSONWriter()
            bubble.write(to: &json)
            let decoded = try JSONDecoder().decode(Bubble.self, from: Data(json.bytes))
            #expect(decoded == bubble)
            let generic = try JSONValue(parsing: Array(try JSONEncoder().encode(bubble))).members.map(\.name)
                .sorted()
            #expect(try JSONValue(parsing: json.bytes).members.map(\.name).sorted() == generic)
        }
    }

    @Test func `holds the newest bubbles, and none for a caller who has them`() throws {
        var phone = FakePhone(phone: "+37369000001", name: "Ana")
        for at in 0..<5 {
            phone.show(Bubble(id: "\(at)", direction: .out, kind: .text, text: "x", at: Int64(at)))
        }
        func ids(_ known: Int64?, _ limit: Int) throws -> [String?] {
            let bytes = phone.chat(known: known, limit: limit, typing: false, windowOpen: true)
            return try JSONValue(parsing: bytes)["bubbles"]?.items.map { $0["id"]?.text } ?? []
        }
        #expect(try ids(nil, 2) == ["3", "4"])
        #expect(try ids(phone.revision, 2) == [])
    }
}
