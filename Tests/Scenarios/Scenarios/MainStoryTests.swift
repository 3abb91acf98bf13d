// The promises of the product, kept by the running system: one message, one link, one receipt, whatever dies
// or repeats. In order, on one stack; the last test reads everything that was logged and stops it.
import Contracts
import EventLoop
import FoundationEssentials
import Glibc
import HTTPClient
import HTTPWire
import Observe
import Postgres
import Sealing
import Testing
import TillCtl
import World

@Suite(.serialized, .timeLimit(.minutes(10))) struct `The running system` {
    private static let ana = DemoCast.phones[0].phone
    private static let igor = DemoCast.phones[1].phone

    @Test func `tells the story from hello to the receipt`() async throws {
        let play = try await StackUnderTest.shared.play()
        let stage = try StoryStage(stack: play.stack, tools: play.tools)
        let end = try await Storyteller(StoryBook.all[0], on: stage) { print("   " + $0) }.tell()
        try await end.check(on: stage)
    }

    @Test func `gives one link for the same webhook sent fifty times at once`() async throws {
        let play = try await StackUnderTest.shared.play()
        let phone = Self.ana
        // Meta must have heard of her, or it would refuse the answer to a message that it did not carry.
        try await play.sandbox.say("Bună ziua", from: phone)
        _ = try await play.eventually("the greeting") {
            try await play.sandbox.chat(phone).first { $0.direction == "in" }
        }
        let wamid = "wamid." + Base64.encode(Array("fifty-\(play.tools.world.hex(8))".utf8))
        let body = Self.message(
            wamid, from: phone, text: "pay 12.34 #fifty", at: play.tools.world.now().seconds)
        let key = HMACKey(Secret(text: try play.stack.secrets.text("app-secret")))
        let signature = "sha256=" + Hex.encode(key.authenticate(body))
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<50 { group.addTask { try await Self.post(play, body, signature) } }
            return try await group.reduce(into: [Int]()) { $0.append($1) }
        }
        #expect(statuses == [Int](repeating: 200, count: 50))
        let links = try await play.eventually("the link") {
            let found = try await Self.payments(play, tag: "fifty")
            return found.first == "open" ? found : nil
        }
        #expect(links.count == 1)
        let sent = try await play.eventually("the reply") {
            let count = try await Self.count(
                play,
                "select count(*) as n from notifier.message where state in ('accepted','sent','delivered','read')"
            )
            return count > 0 ? count : nil
        }
        #expect(sent > 0)
        #expect(try await Self.payments(play, tag: "fifty").count == 1)
    }

    @Test func `refuses an unsigned and a badly signed webhook and keeps nothing of them`() async throws {
        let play = try await StackUnderTest.shared.play()
        // Messages only: statuses of what the tests before this one were told may still come in.
        let kept: PostgresStatement = """
            select count(*) as n from channel.inbound_event where lane = 'messages'
            """
        let before = try await Self.count(play, kept)
        let body = Self.message(
            "wamid.forged", from: Self.ana, text: "pay 1", at: play.tools.world.now().seconds)
        #expect(try await Self.post(play, body, nil) == 401)
        #expect(try await Self.post(play, body, "sha256=" + String(repeating: "0", count: 64)) == 401)
        #expect(try await Self.count(play, kept) == before)
    }

    @Test func `tells a callback that comes twice once`() async throws {
        let play = try await StackUnderTest.shared.play()
        let wamid = try await play.sandbox.say("pay 5 #twice", from: Self.ana)
        let link = try await play.link(answering: wamid, for: Self.ana)
        try await play.sandbox.pay(try play.paymentId(link))
        _ = try await Self.receipt(play, Self.ana, tag: "twice")
        let row = try await play.eventually("the stored callback") {
            try await play.sql(
                """
                select bank_id, capability, body from callback.received order by received_at desc limit 1
                """
            ).first
        }
        let url = try #require(HTTPURL(play.stack.plan.url("callback")))
        let target = "/callbacks/mia/\(try row.text("bank_id"))/\(try row.text("capability"))"
        let again = try await play.tools.http.send(
            ClientRequest(
                method: "POST", url: url, target: target, headers: ["content-type": "application/json"],
                body: try row.bytes("body")), timeout: .seconds(10))
        #expect(again.status == 200)
        _ = try await play.eventually("the second one judged") {
            let waiting = try await Self.count(
                play, "select count(*) as n from callback.received where state in ('ready','claimed')")
            return waiting == 0 ? true : nil
        }
        let told = try await play.sandbox.chat(Self.ana).filter {
            $0.direction == "in" && $0.text.contains("#twice")
        }
        #expect(told.filter { $0.buttons == nil }.count == 1)
    }

    @Test func `finds a payment whose callback was lost`() async throws {
        let play = try await StackUnderTest.shared.play()
        let wamid = try await play.sandbox.say("pay 6 #lost", from: Self.ana)
        let link = try await play.link(answering: wamid, for: Self.ana)
        try await play.stack.kill("callback", signal: SIGKILL)
        try await play.sandbox.pay(try play.paymentId(link))
        let receipt = try await Self.receipt(play, Self.ana, tag: "lost")
        #expect(receipt.text.contains("6,00"))
        try play.stack.launch("callback")
        try await play.stack.awaitReady("callback")
    }

    @Test func `sends a template and no free text once the window is closed`() async throws {
        let play = try await StackUnderTest.shared.play()
        let phone = DemoCast.phones[5].phone
        let day = play.tools.world.now().seconds - 25 * 3_600
        try await play.sandbox.say("pay 77 #late", from: phone, timestamp: day)
        let payment = try await play.eventually("the payment at the bank") {
            try await play.sql(
                """
                select a.rail_payment_id from gateway.attempt a join gateway.payment p using (payment_id)
                where p.tag = 'late' and a.rail_payment_id is not null
                """
            ).first?.text("rail_payment_id")
        }
        try await play.sandbox.pay(payment)
        let told = try await play.eventually("the template") {
            try await play.sandbox.chat(phone).first { $0.direction == "in" && $0.kind == "template" }
        }
        #expect(told.template?.language == "en")
        #expect(told.text.contains("77"))
        let all = try await play.sandbox.chat(phone).filter { $0.direction == "in" }
        #expect(all.allSatisfy { $0.kind == "template" })
    }

    @Test func `loses and doubles nothing when each service in turn is killed amid 200 payments`()
        async throws
    {
        let play = try await StackUnderTest.shared.play()
        try await Upheaval(play: play).run(payments: 200)
    }

    @Test(arguments: StoryBook.all.map(\.name)) func `tells every story to its end`(_ name: String)
        async throws
    {
        let play = try await StackUnderTest.shared.play()
        let outcome = try #require(try await StoriesUnderTest.shared.outcomes(play)[name])
        if let failure = outcome.failure {
            let chat = outcome.transcript.joined(separator: "\n")
            Issue.record("\(failure)\n\(chat)")
        }
    }

    @Test func `asked Meta for nothing outside the window but where Meta itself closed it`() async throws {
        let play = try await StackUnderTest.shared.play()
        #expect(try await play.sandbox.ledger().meta.outsideWindow == 0)
    }

    @Test func `wrote no secret, token, phone number or message text into logs, metrics or errors`()
        async throws
    {
        let play = try await StackUnderTest.shared.play()
        let leaks = try await LeakHunt(play: play).run()
        #expect(leaks.isEmpty, "\(leaks)")
    }

    @Test func `stops everything in order within five seconds`() async throws {
        let play = try await StackUnderTest.shared.play()
        let start = play.loop.nowNs
        let pids = play.stack.pids
        try await StackUnderTest.shared.stop()
        #expect(Duration.nanoseconds(play.loop.nowNs - start) < .seconds(5))
        for pid in pids.values { #expect(kill(Int32(pid), 0) != 0) }
    }

    @Test func `fails, loses and doubles nothing when each service in turn is restarted under load`()
        async throws
    {
        let play = try await StackUnderTest.start(in: "restarts") {
            $0.holdsSockets = true
            $0.extra = ["notifier": ["TILL_NUMBER_RATE": "1000"]]
        }
        do {
            let report = try await RollingRestart(stack: play.stack, tools: play.tools).run()
            for line in report.lines { print("   " + line) }
            #expect(report.faults.isEmpty, "\(report.faults.joined(separator: "\n"))")
        } catch {
            await play.stack.stop()
            throw error
        }
        await play.stack.stop()
    }

    // MARK: steps

    private static func receipt(_ play: Play, _ phone: String, tag: String) async throws
        -> SandboxClient.Bubble
    {
        try await play.eventually("the receipt for #\(tag)", within: .seconds(60)) {
            try await play.sandbox.chat(phone).first {
                $0.direction == "in" && $0.buttons == nil && $0.text.contains("#\(tag)")
            }
        }
    }

    private static func payments(_ play: Play, tag: String) async throws -> [String] {
        try await play.sql("select state from gateway.payment where tag = $1", [.text(tag)]).map {
            try $0.text("state")
        }
    }

    private static func count(_ play: Play, _ statement: PostgresStatement) async throws -> Int64 {
        try await play.sql(statement).first?.int8("n") ?? 0
    }

    private static func post(_ play: Play, _ body: [UInt8], _ signature: String?) async throws -> Int {
        let url = try #require(HTTPURL(play.stack.plan.url("ingress")))
        var headers: HTTPHeaders = ["content-type": "application/json"]
        if let signature { headers.append("x-hub-signature-256", signature) }
        let request = ClientRequest(
            method: "POST", url: url, target: "/webhooks/whatsapp", headers: headers, body: body)
        return try await play.tools.http.send(request, timeout: .seconds(10)).status
    }

    private static func message(_ wamid: String, from phone: String, text: String, at seconds: Int64)
        -> [UInt8]
    {
        let digits = phone.drop { $0 == "+" }
        return Array(
            """
            {"object":"whatsapp_business_account","entry":[{"id":"\(DemoCast.wabaId)","changes":[{"value":{\
            "messaging_product":"whatsapp","metadata":{"display_phone_number":"\(DemoCast.displayPhoneNumber)",\
            "phone_number_id":"\(DemoCast.phoneNumberId)"},"contacts":[{"profile":{"name":"Ana"},\
            "wa_id":"\(digits)"}],"messages":[{"from":"\(digits)","id":"\(wamid)","timestamp":"\(seconds)",\
            "type":"text","text":{"body":"\(text)"}}]},"field":"messages"}]}]}
            """.utf8)
    }
}
