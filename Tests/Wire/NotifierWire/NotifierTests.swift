// The notifier against PostgreSQL and a fake Meta: that it sends what it may, once, whatever is lost on the
// way.
import Contracts
import FoundationEssentials
import HTTPWire
import JSONWire
import Money
import Postgres
import Problem
import TestSupport
import Testing
import World

@Suite(.serialized) struct `The notifier` {
    private let paid = MessageContent.outcome(
        PaymentOutcome(
            kind: .paid, amount: Money(minorUnits: 10_000, currency: .mdl), description: nil, tag: "cafea",
            at: Timestamp(seconds: 1_795_264_980), paymentId: "pay_1"))

    @Test func `writes freely inside the window and follows the message to its reader`() async throws {
        let paid = paid
        try await RunningNotifier.with { notifier in
            try await notifier.heard("37369000001")
            let id = try await notifier.say(paid, to: "37369000001")
            try await notifier.waitFor(id, .accepted)
            let body = try #require(notifier.graph.bodies.first)
            #expect(body["type"]?.text == "text")
            #expect(body["text"]?["body"]?.text?.contains("100,00") == true)
            #expect(body["biz_opaque_callback_data"]?.text == id)
            #expect(notifier.graph.authorizations == ["Bearer graph-token"])
            try await notifier.status("read", wamid: "wamid.1")
            try await notifier.waitFor(id, .read)
            try await notifier.status("sent", wamid: "wamid.1")
            try await notifier.status("delivered", wamid: "wamid.1")
            try await until("both late statuses are done") {
                try await notifier.pool.query("select 1 from channel.inbound_event where state <> 'done'")
                    .isEmpty
            }
            #expect(try await notifier.view(id).status == .read)
            for secret in ["37369000001", "graph-token", "100,00", "cafea"] {
                #expect(!notifier.log.contains(secret))
            }
        }
    }

    @Test func `has three answers for one key`() async throws {
        try await RunningNotifier.with { notifier in
            var message = SendMessage(
                conversation: Conversation(phoneNumberId: RunningNotifier.number, peer: "37369000001"),
                locale: .ro,
                content: .text("Bună ziua"))
            #expect(try await notifier.post(message, key: "one").status == 202)
            #expect(try await notifier.post(message, key: "one").status == 200)
            message.content = .text("altceva")
            let refused = try await notifier.post(message, key: "one")
            #expect(refused.status == 409)
            let conflict = try ErrorEnvelope(jsonBytes: refused.body).error
            #expect(conflict.message.contains("content"))
            #expect(conflict.usedFor == KeyUse(kind: "text", subject: nil))
            message.content = .link(body: "100,00 MDL", button: "Plata", url: "https://bank.example/1")
            message.subject = "pay_1"
            #expect(try await notifier.post(message, key: "link").status == 202)
            message.content = .text("Bună ziua")
            message.subject = nil
            let other = try await notifier.post(message, key: "link")
            let use = try ErrorEnvelope(jsonBytes: other.body).error.usedFor
            #expect(use == KeyUse(kind: "link", subject: "pay_1"))
            message.conversation.phoneNumberId = "1"
            #expect(try await notifier.post(message, key: "two").status == 422)
        }
    }

    @Test func `sends the template outside the window and holds what has none until the person writes`()
        async throws
    {
        let paid = paid
        try await RunningNotifier.with { notifier in
            try await notifier.heard("37369000001", ago: .seconds(25 * 3_600))
            let text = try await notifier.say(.text("Bună ziua"), to: "37369000001")
            let receipt = try await notifier.say(paid, to: "37369000001")
            try await notifier.waitFor(receipt, .accepted)
            try await notifier.waitFor(text, .held)
            #expect(notifier.graph.bodies.map { $0["type"]?.text } == ["template"])
            #expect(notifier.graph.bodies[0]["template"]?["name"]?.text == "payment_paid")
            let list = try await notifier.get("/v1/messages?state=held")
            #expect(String(decoding: list.body, as: UTF8.self).contains(text))
            try await notifier.heard("37369000001")
            try await notifier.waitFor(text, .accepted)
            #expect(notifier.graph.bodies.map { $0["type"]?.text } == ["template", "text"])
        }
    }

    @Test(arguments: [true, false])
    func `falls back to the template once when Meta says the window is closed`(atOnce: Bool) async throws {
        let paid = paid
        try await RunningNotifier.with { notifier in
            try await notifier.heard("37369000001")
            if atOnce { notifier.graph.plan("37369000001", [.error(131_047, status: 400)]) }
            let id = try await notifier.say(paid, to: "37369000001")
            if !atOnce {
                try await notifier.waitFor(id, .accepted)
                try await notifier.status("failed", wamid: "wamid.1", code: 131_047)
            }
            try await until("the template is out") { notifier.graph.bodies.count == 2 }
            try await notifier.waitFor(id, .accepted)
            #expect(notifier.graph.bodies.map { $0["type"]?.text } == ["text", "template"])
            // The old attempt's failure again, and the template's: neither sends a third time.
            try await notifier.status("failed", wamid: "wamid.2", code: 131_047)
            try await notifier.waitFor(id, .held)
            #expect(notifier.graph.bodies.count == 2)
        }
    }

    @Test func `never sends again what may have arrived, and lets the status settle it`() async throws {
        try await RunningNotifier.with([
            "TILL_SEND_TIMEOUT_MS": "3000", "TILL_UNRESOLVED_GRACE_MS": "2500",
        ]) { notifier in
            for peer in ["37369000001", "37369000002"] {
                try await notifier.heard(peer)
                notifier.graph.plan(peer, [.silence])
            }
            let settled = try await notifier.say(.text("unu"), to: "37369000001")
            let parked = try await notifier.say(.text("doi"), to: "37369000002")
            try await notifier.waitFor(settled, .unresolved)
            try await notifier.status("delivered", wamid: "wamid.A", callback: settled)
            try await notifier.waitFor(settled, .delivered)
            try await notifier.waitFor(parked, .parked)
            #expect(try await notifier.view(parked).reason == "answerNeverCame")
            #expect(notifier.graph.bodies.count == 2)
            let replayed = try await notifier.ask("POST", "/v1/messages/\(parked)/replay", [:], [])
            #expect(replayed.status == 202)
            try await notifier.waitFor(parked, .accepted)
            #expect(
                notifier.graph.bodies(to: "37369000002").last?["biz_opaque_callback_data"]?.text == parked
                    + ".2")
        }
    }

    @Test func `killed while sending, finds the message unresolved and does not send it again`() async throws
    {
        try await RunningNotifier.with(["TILL_SEND_TIMEOUT_MS": "500"]) { notifier in
            try await notifier.heard("37369000001")
            notifier.graph.plan("37369000001", [.silence])
            let id = try await notifier.say(.text("unu"), to: "37369000001")
            try await until("the request is out") { notifier.graph.bodies.count == 1 }
            notifier.kill()
            // The lease would end by itself after some seconds; the test does not wait for it.
            try await notifier.pool.query(
                "update notifier.message set lease_until = now() - interval '1 second'")
            try await notifier.startProcess()
            try await notifier.waitFor(id, .unresolved)
            try await notifier.status("read", wamid: "wamid.Z", callback: id)
            try await notifier.waitFor(id, .read)
            #expect(notifier.graph.bodies.count == 1)
        }
    }

    @Test func `renews the lease of a slow send, so that it is not taken for a lost one`() async throws {
        try await RunningNotifier.with(["TILL_SEND_TIMEOUT_MS": "60000"]) { notifier in
            try await notifier.heard("37369000001")
            notifier.graph.plan("37369000001", [.whenLetGo])
            let id = try await notifier.say(.text("unu"), to: "37369000001")
            try await until("the request is out") { notifier.graph.bodies.count == 1 }
            // As if it had been out for six seconds: the next renewal comes within a third of a lease.
            try await notifier.pool.query(
                "update notifier.message set lease_until = now() + interval '4 seconds'")
            try await until("the lease is renewed") {
                try await !notifier.pool.query(
                    "select 1 from notifier.message where lease_until > now() + interval '5 seconds'"
                ).isEmpty
            }
            #expect(try await notifier.view(id).status == .sending)
            notifier.graph.letGo()
            try await notifier.waitFor(id, .accepted)
        }
    }

    @Test func `keeps the order of a conversation and lets nobody wait for another's`() async throws {
        try await RunningNotifier.with { notifier in
            for peer in ["37369000001", "37369000002"] { try await notifier.heard(peer) }
            notifier.graph.plan(
                "37369000001", [.error(131_000, status: 500), .error(131_056, status: 400)])
            var slow: [String] = []
            for text in ["unu", "doi", "trei"] {
                slow.append(try await notifier.say(.text(text), to: "37369000001"))
            }
            let quick = try await notifier.say(.text("altul"), to: "37369000002")
            try await notifier.waitFor(quick, .accepted)
            // Not behind the messages that wait for the first of theirs.
            #expect(!notifier.graph.bodies.contains { $0["text"]?["body"]?.text == "doi" })
            for id in slow { try await notifier.waitFor(id, .accepted) }
            let texts = notifier.graph.bodies(to: "37369000001").compactMap { $0["text"]?["body"]?.text }
            #expect(texts == ["unu", "unu", "unu", "doi", "trei"])
        }
    }

    @Test func `sends each message once and in order when two processes share the outbox`() async throws {
        try await RunningNotifier.with { notifier in
            try notifier.startAnother()
            try await until("both are up") { notifier.log.ranges(of: "service.started").count == 2 }
            let peers = (1...6).map { "3736900000\($0)" }
            for peer in peers { try await notifier.heard(peer) }
            var ids: [String] = []
            for number in 1...8 {
                for peer in peers { ids.append(try await notifier.say(.text("\(number)"), to: peer)) }
            }
            for id in ids { try await notifier.waitFor(id, .accepted) }
            for peer in peers {
                let texts = notifier.graph.bodies(to: peer).compactMap { $0["text"]?["body"]?.text }
                #expect(texts == (1...8).map { String($0) })
            }
            #expect(
                Set(notifier.graph.bodies.compactMap { $0["biz_opaque_callback_data"]?.text }) == Set(ids))
        }
    }

    @Test func `parks what Meta refuses for good and pauses when the account is refused`() async throws {
        try await RunningNotifier.with { notifier in
            for peer in ["37369000001", "37369000002"] { try await notifier.heard(peer) }
            notifier.graph.plan("37369000001", [.error(131_026, status: 400)])
            let parked = try await notifier.say(.text("unu"), to: "37369000001")
            try await notifier.waitFor(parked, .parked)
            #expect(try await notifier.view(parked).reason == "graph:131026")
            notifier.graph.plan("37369000001", [.error(190, status: 401)])
            let first = try await notifier.say(.text("doi"), to: "37369000001")
            try await notifier.waitFor(first, .held)
            let second = try await notifier.say(.text("trei"), to: "37369000002")
            try await notifier.waitFor(second, .held)
            #expect(try await notifier.view(second).reason == "account:190")
            #expect(notifier.graph.bodies.count == 2)
        }
    }

    @Test func `expires what is too late and joins statuses that came too early`() async throws {
        try await RunningNotifier.with { notifier in
            let late = try await notifier.say(
                .text("unu"), to: "37369000001", notAfter: Timestamp(seconds: 1_000_000_000))
            try await notifier.waitFor(late, .expired)
            try await notifier.heard("37369000001")
            try await notifier.status("delivered", wamid: "wamid.1")
            try await until("the status is kept") {
                try await notifier.pool.query("select 1 from notifier.orphan_status").count == 1
            }
            let id = try await notifier.say(.text("doi"), to: "37369000001")
            try await notifier.waitFor(id, .delivered)
        }
    }

    @Test func `answers every route that its document lists, to callers only`() async throws {
        try await RunningNotifier.with { notifier in
            let text = try readText(Repository.root() + "/Services/Notifier/openapi.json")
            for path in try JSONValue(parsing: Array(text.utf8))["paths"]?.members ?? [] {
                for method in path.value.members {
                    let target = path.name.replacing("{id}", with: "msg_1")
                    let open = try await notifier.ask(
                        method.name.uppercased(), target, [:], [], token: String(repeating: "x", count: 40))
                    #expect(open.status == 401, "\(method.name) \(path.name)")
                    let known = try await notifier.ask(method.name.uppercased(), target, [:], [])
                    #expect([200, 400, 404].contains(known.status), "\(method.name) \(path.name)")
                }
            }
        }
    }
}
