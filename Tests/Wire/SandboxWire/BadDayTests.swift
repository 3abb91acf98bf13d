// The bad days over real sockets: what a business sees of a fault, a lie, a rotated key, a thousand messages,
// a template under review and a file.
import JSONWire
import Mia
import Sealing
import Testing
import TestSupport
import WhatsApp

@testable import Sandbox

@Suite(.serialized) struct `The sandbox on a bad day` {
    private static let api = "/ecomm/api/v1"
    private static let graph = "/v26.0/800000000000009"
    private static let account = "/v26.0/900000000000001/message_templates"

    private static func fault(_ sandbox: RunningSandbox, _ body: String) async throws {
        let answer = try await sandbox.ask("POST", "/sandbox/v1/faults", body)
        #expect(answer.status == 200)
    }

    private static func token(_ sandbox: RunningSandbox) async throws -> String {
        let answer = try await sandbox.ask("POST", api + "/token", #"{"merchantId":"128","secretKey":"s"}"#)
        return try MiaTokenAnswer(parsing: answer.bytes).accessToken
    }

    private static func open(_ sandbox: RunningSandbox, _ token: String, rtp: Bool = false) async throws
        -> String
    {
        let order = """
            {"terminalId":"\(rtp ? "TR0001" : "TE0001")","orderId":"108","amount":12.50,"currency":"MDL",
             "payDescription":"Cafea","callbackUrl":"\(sandbox.businessURL)/callbacks/1"
             \(rtp ? ",\"clientName\":\"Ion\",\"clientPhone\":\"69111222\"" : "")}
            """
        let target = api + (rtp ? "/request-to-pay/direct" : "/pay")
        let answer = try await sandbox.ask("POST", target, order, token: token)
        return try #require(answer.json?["paymentId"]?.text)
    }

    private static func isSigned(_ body: [UInt8], _ key: RSAPublicKey) throws -> Bool {
        let callback = try MiaCallback(parsing: body)
        return key.verifyPKCS1v15SHA256(
            message: Array(callback.canonicalString.utf8),
            signature: try #require(Base64.decode(callback.signature)))
    }

    private static func key(_ sandbox: RunningSandbox, _ token: String) async throws -> RSAPublicKey {
        let answer = try await sandbox.ask("GET", api + "/public-key", token: token)
        return try RSAPublicKey(spkiBase64: MiaPublicKeyAnswer(parsing: answer.bytes).base64)
    }

    @Test func `rings a payer's phone, who declines, and answers 401, 429 and 502 when told to`() async throws
    {
        try await RunningSandbox.run { sandbox in
            let token = try await Self.token(sandbox)
            for (kind, status) in [("unauthorized", 401), ("throttled", 429), ("broken", 502)] {
                try await Self.fault(sandbox, #"{"at":"rtp","kind":"\#(kind)"}"#)
                let answer = try await sandbox.ask(
                    "POST", Self.api + "/request-to-pay/direct", "{}", token: token)
                #expect(answer.status == status)
            }
            let id = try await Self.open(sandbox, token, rtp: true)
            let path = "/sandbox/v1/payments/" + id
            let ringing = try await sandbox.ask("GET", path).json
            #expect(ringing?["payerPhone"]?.text == "+37369111222" && ringing?["checkoutPage"] == nil)
            let declined = try await sandbox.ask("POST", path + "/decline").json
            #expect(declined?["status"]?.text == "DECLINED")
            try await until { !sandbox.business.received("/callbacks").isEmpty }
        }
    }

    @Test func `tells lies that its keys do not cover, and signs with a new key after it rotated`()
        async throws
    {
        try await RunningSandbox.run { sandbox in
            let token = try await Self.token(sandbox), id = try await Self.open(sandbox, token)
            let key = try await Self.key(sandbox, token), path = "/sandbox/v1/payments/" + id
            for (index, kind) in ["forged", "tampered", "otherAmount"].enumerated() {
                let lied = try await sandbox.ask("POST", path + "/lie", #"{"kind":"\#(kind)"}"#)
                #expect(lied.json?["status"]?.text == "CREATED")
                try await until { sandbox.business.received("/callbacks").count == index + 1 }
                let isGood = try Self.isSigned(sandbox.business.received("/callbacks")[index].body, key)
                #expect(isGood == (kind == "otherAmount"))
            }
            _ = try await sandbox.ask("POST", "/sandbox/v1/banks/moldbank/rotate-key")
            _ = try await sandbox.ask("POST", path + "/pay")
            try await until { sandbox.business.received("/callbacks").count == 4 }
            let last = sandbox.business.received("/callbacks")[3].body
            let old = try Self.isSigned(last, key)
            let new = try Self.isSigned(last, try await Self.key(sandbox, token))
            #expect(!old && new)
            _ = try await sandbox.ask("POST", "/sandbox/v1/banks/moldbank/revoke-tokens")
            let late = try await sandbox.ask("GET", Self.api + "/payment/" + id, token: token)
            #expect(late.status == 401 && late.bytes.isEmpty)
        }
    }

    @Test func `loses a callback, and sends another twice`() async throws {
        try await RunningSandbox.run { sandbox in
            let token = try await Self.token(sandbox)
            try await Self.fault(sandbox, #"{"at":"callback","kind":"lost"}"#)
            try await Self.fault(sandbox, #"{"at":"callback","kind":"duplicate"}"#)
            for _ in 0..<2 {
                let id = try await Self.open(sandbox, token)
                _ = try await sandbox.ask("POST", "/sandbox/v1/payments/\(id)/pay")
            }
            try await until { sandbox.business.received("/callbacks").count == 2 }
            let bodies = sandbox.business.received("/callbacks").map(\.body)
            #expect(bodies[0] == bodies[1])
        }
    }

    @Test func `posts a thousand messages of three megabytes at once, signed as it is told`() async throws {
        try await RunningSandbox.run { sandbox in
            let messages = (0..<1_000).map { #"{"phone":"+373690\#(10_000 + $0)","text":"hello"}"# }
            let body = #"{"messages":[\#(messages.joined(separator: ","))],"padBytes":2500000}"#
            let done = try await sandbox.ask("POST", "/sandbox/v1/webhooks", body)
            #expect(done.json?["status"]?.int64 == 200 && (done.json?["bytes"]?.int64 ?? 0) > 2_500_000)
            let received = try #require(sandbox.business.received("/webhooks").first)
            let items = WebhookClassifier.items(in: received.body).filter { $0.lane == .messages }
            #expect(items.count == 1_000)
            let key = HMACKey(Secret(text: RunningSandbox.appSecret))
            for (word, isRight) in [("wrong", false), ("right", true)] {
                let one = #"{"messages":[{"phone":"+37369000001","text":"a"}],"signature":"\#(word)"}"#
                _ = try await sandbox.ask("POST", "/sandbox/v1/webhooks", one)
                let last = try #require(sandbox.business.received("/webhooks").last)
                let verifies = HMACSHA256.verifyHex(
                    try #require(last.signature), message: last.body, key: key)
                #expect(verifies == isRight)
            }
        }
    }

    @Test func `delivers a webhook twice at once, and once more when asked`() async throws {
        try await RunningSandbox.run { sandbox in
            try await Self.fault(sandbox, #"{"at":"webhook","kind":"duplicate"}"#)
            let said = try await sandbox.ask(
                "POST", "/sandbox/v1/phones/37369000001/say", #"{"text":"hello"}"#)
            try await until { sandbox.business.received("/webhooks").count == 2 }
            let id = try #require(said.json?["messageId"]?.text)
            let again = try await sandbox.ask(
                "POST", "/sandbox/v1/phones/37369000001/redeliver", #"{"messageId":"\#(id)"}"#)
            #expect(again.status == 200)
            try await until { sandbox.business.received("/webhooks").count == 3 }
            let bodies = Set(sandbox.business.received("/webhooks").map(\.body))
            #expect(bodies.count == 1)
        }
    }

    @Test func `reviews a template, lists it page by page and tells of a pause`() async throws {
        try await RunningSandbox.run { sandbox in
            let draft = """
                {"name":"till_paid","language":"ro","category":"UTILITY","components":[{"type":"BODY",
                 "text":"Plata de {{1}} a fost primită acum.","example":{"body_text":[["100 MDL"]]}}]}
                """
            let token = RunningSandbox.graphToken
            let made = try await sandbox.ask("POST", Self.account, draft, token: token)
            #expect(made.json?["status"]?.text == "PENDING")
            #expect(try await sandbox.ask("POST", Self.account, draft, token: token).status == 400)
            func news() -> [String] {
                sandbox.business.received("/webhooks").compactMap {
                    let change = (try? JSONValue(parsing: $0.body))?["entry"]?[0]?["changes"]?[0]
                    return change?["value"]?["event"]?.text
                }
            }
            try await until { news() == ["APPROVED"] }
            var names: [String] = [], after = ""
            repeat {
                let page = try await sandbox.ask(
                    "GET", Self.account + "?limit=8&after=" + after, token: token)
                names += page.json?["data"]?.items.compactMap { $0["name"]?.text } ?? []
                let hasMore = page.json?["paging"]?["next"] != nil
                after = hasMore ? page.json?["paging"]?["cursors"]?["after"]?.text ?? "" : ""
            } while !after.isEmpty
            #expect(names.count == 21 && names.last == "till_paid")
            let pause = try await sandbox.ask(
                "POST", "/sandbox/v1/templates/till_paid/ro", #"{"status":"PAUSED"}"#)
            #expect(pause.status == 200)
            try await until { news() == ["APPROVED", "PAUSED"] }
            let gone = try await sandbox.ask("DELETE", Self.account + "?name=till_paid", token: token)
            #expect(gone.json?["success"]?.bool == true)
        }
    }

    @Test func `takes a file, shows it in the chat and gives it back`() async throws {
        try await RunningSandbox.run { sandbox in
            let form = [
                "--b", "Content-Disposition: form-data; name=\"messaging_product\"", "", "whatsapp", "--b",
                "Content-Disposition: form-data; name=\"file\"; filename=\"plati.csv\"",
                "Content-Type: text/csv", "", "a,b", "--b--", "",
            ].joined(separator: "\r\n")
            let token = RunningSandbox.graphToken
            let up = try await sandbox.ask(
                "POST", Self.graph + "/media", form, token: token, type: "multipart/form-data; boundary=b")
            let id = try #require(up.json?["id"]?.text)
            let look = try await sandbox.ask("GET", "/v26.0/" + id, token: token)
            #expect(look.json?["file_size"]?.int64 == 3 && look.json?["mime_type"]?.text == "text/csv")
            _ = try await sandbox.ask("POST", "/sandbox/v1/phones/37369000001/say", #"{"text":"export"}"#)
            let message = """
                {"messaging_product":"whatsapp","to":"+37369000001","type":"document",
                 "document":{"id":"\(id)","filename":"plati.csv","caption":"Azi"}}
                """
            let sent = try await sandbox.ask("POST", Self.graph + "/messages", message, token: token)
            #expect(sent.status == 200)
            let chat = try await sandbox.ask("GET", "/sandbox/v1/phones/37369000001/chat").json
            let document = chat?["bubbles"]?.items.last?["document"]
            let url = try #require(document?["url"]?.text)
            let file = try await sandbox.ask("GET", url)
            #expect(document?["filename"]?.text == "plati.csv" && file.bytes == Array("a,b".utf8))
            #expect(try await sandbox.ask("DELETE", "/v26.0/" + id, token: token).status == 200)
            #expect(try await sandbox.ask("GET", url).status == 404)
        }
    }

    @Test func `says that it was delivered before it says that it was sent`() async throws {
        try await RunningSandbox.run { sandbox in
            _ = try await sandbox.ask("POST", "/sandbox/v1/phones/37369000001/say", #"{"text":"hello"}"#)
            try await Self.fault(sandbox, #"{"at":"messages","kind":"statusFirst","delayMs":300}"#)
            let message = """
                {"messaging_product":"whatsapp","to":"+37369000001","type":"text","text":{"body":"Bine"}}
                """
            async let sent = sandbox.ask(
                "POST", Self.graph + "/messages", message, token: RunningSandbox.graphToken)
            try await until {
                sandbox.business.received("/webhooks").contains {
                    WebhookClassifier.items(in: $0.body).contains {
                        $0.dedupKey?.hasSuffix("|delivered") == true
                    }
                }
            }
            #expect(try await sent.status == 200)
        }
    }
}
