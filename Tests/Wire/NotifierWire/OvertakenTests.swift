// Links and answers that had to wait while their payment ended: the end is told, and they are not.
import Contracts
import Copy
import HTTPWire
import JSONWire
import Money
import Postgres
import TestSupport
import Testing
import World

extension RunningNotifier {
    fileprivate func link(_ paymentId: String, to peer: String) async throws -> String {
        try await say(
            .link(
                body: "100,00 MDL", button: "Plătește", url: "https://bank.example/c?paymentId=\(paymentId)"),
            to: peer, subject: paymentId)
    }

    fileprivate func end(_ paymentId: String, to peer: String) async throws -> String {
        try await say(
            .outcome(
                PaymentOutcome(
                    kind: .paid, amount: Money(minorUnits: 10_000, currency: .mdl), description: nil,
                    tag: "cafea", at: Timestamp(seconds: 1_795_000_000), paymentId: paymentId)), to: peer)
    }

    /// What the phone was sent, in order: the payment of each link, and `told` for everything else.
    fileprivate func seen(by peer: String) -> [String] {
        graph.bodies(to: peer).map { body in
            let url = body["interactive"]?["action"]?["parameters"]?["url"]?.text
            return url.flatMap { $0.split(separator: "=").last.map(String.init) } ?? "told"
        }
    }
}

@Suite(.serialized) struct `A link that waited` {
    private static let phone = "37369000001"
    private static let longAgo = Duration.seconds(25 * 3_600)

    @Test
    func `for the window is not sent once its payment's end was posted, nor is what was said before it`()
        async throws
    {
        try await RunningNotifier.with { notifier in
            try await notifier.heard(Self.phone, ago: Self.longAgo)
            let dead = try await notifier.link("pay_1", to: Self.phone)
            let stale = try await notifier.say(.text("Deschisă"), to: Self.phone, subject: "pay_1")
            let alive = try await notifier.link("pay_2", to: Self.phone)
            for id in [dead, stale, alive] { try await notifier.waitFor(id, .held) }
            let end = try await notifier.end("pay_1", to: Self.phone)
            try await notifier.waitFor(end, .accepted)
            let after = try await notifier.say(.text("Plătit la 14:23"), to: Self.phone, subject: "pay_1")
            try await notifier.waitFor(after, .held)
            try await notifier.heard(Self.phone)
            for id in [alive, after] { try await notifier.waitFor(id, .accepted) }
            for id in [dead, stale] { try await notifier.waitFor(id, .expired) }
            #expect(notifier.seen(by: Self.phone) == ["told", "pay_2", "told"])
            // Nobody is paged, and nobody sends it once more by hand.
            let again = try await notifier.ask("POST", "/v1/messages/\(dead)/replay", [:], [])
            #expect(again.status == 409)
            #expect(!notifier.log.contains("\"isForPerson\":true"))
        }
    }

    @Test func `is not sent either once it was taken back, by whichever message said so`() async throws {
        try await RunningNotifier.with { notifier in
            try await notifier.heard(Self.phone, ago: Self.longAgo)
            let first = try await notifier.link("pay_1", to: Self.phone)
            let second = try await notifier.link("pay_2", to: Self.phone)
            // Before the answer comes, which ends what waits.
            for id in [first, second] { try await notifier.waitFor(id, .held) }
            let answer = try await notifier.say(
                .text("Anulată"), to: Self.phone, subject: "pay_1", ends: ["pay_1", "pay_2"])
            try await notifier.waitFor(answer, .held)
            try await notifier.heard(Self.phone)
            try await notifier.waitFor(answer, .accepted)
            for id in [first, second] { try await notifier.waitFor(id, .expired) }
            #expect(notifier.seen(by: Self.phone) == ["told"])
        }
    }

    @Test func `for nothing but its caller comes behind the end, and is not sent`() async throws {
        try await RunningNotifier.with { notifier in
            try await notifier.heard(Self.phone)
            let end = try await notifier.end("pay_1", to: Self.phone)
            try await notifier.waitFor(end, .accepted)
            let late = try await notifier.link("pay_1", to: Self.phone)
            try await notifier.waitFor(late, .expired)
            let answer = try await notifier.say(.text("Plătit"), to: Self.phone, subject: "pay_1")
            try await notifier.waitFor(answer, .accepted)
            #expect(notifier.seen(by: Self.phone) == ["told", "told"])
            for wrong in [["pay 1"], [""], Array(repeating: "pay_1", count: 51)] {
                let refused = try await notifier.post(
                    SendMessage(
                        conversation: Conversation(phoneNumberId: RunningNotifier.number, peer: Self.phone),
                        locale: .ro, content: .text("x"), ends: wrong), key: "wrong")
                #expect(refused.status == 400)
            }
        }
    }

    @Test func `has a word in its place where its end is not told: at the other phone of its seller`()
        async throws
    {
        try await RunningNotifier.with { notifier in
            let other = "37369000002"
            try await notifier.heard(Self.phone)
            try await notifier.heard(other, ago: Self.longAgo)
            let status = try await notifier.say(.text("Deschisă"), to: other, subject: "pay_abc123")
            let link = try await notifier.link("pay_abc123", to: other)
            let alive = try await notifier.link("pay_2", to: other)
            for id in [status, link, alive] { try await notifier.waitFor(id, .held) }
            let answer = try await notifier.say(
                .text("Anulată"), to: Self.phone, subject: "pay_abc123", ends: ["pay_abc123"])
            try await notifier.waitFor(answer, .accepted)
            try await notifier.heard(other)
            for id in [status, link, alive] { try await notifier.waitFor(id, .accepted) }
            // What would leave as it is posted asks the same.
            let again = try await notifier.link("pay_abc123", to: other)
            try await notifier.waitFor(again, .accepted)
            #expect(notifier.seen(by: other) == ["told", "told", "pay_2", "told"])
            let over =
                "100,00 MDL · ABC123\n\n" + Catalogue.text(.linkOver, .ro, [.reference: "ABC123"])
            let texts = notifier.graph.bodies(to: other).compactMap { $0["text"]?["body"]?.text }
            #expect(texts == ["Deschisă", over, over])
            #expect(notifier.seen(by: Self.phone) == ["told"])
            // A reply to it means the payment that it leads to no more.
            #expect(try await notifier.view(link).subject == "pay_abc123")
        }
    }

    @Test func `and what is said of it are before or behind the end by their order, whatever clocks say`()
        async throws
    {
        try await RunningNotifier.with { notifier in
            try await notifier.heard(Self.phone)
            try await notifier.waitFor(try await notifier.end("pay_1", to: Self.phone), .accepted)
            try await notifier.heard(Self.phone, ago: Self.longAgo)
            let knowing = try await notifier.say(.text("Plătit la 14:23"), to: Self.phone, subject: "pay_1")
            let stale = try await notifier.say(.text("Deschisă"), to: Self.phone, subject: "pay_2")
            for id in [knowing, stale] { try await notifier.waitFor(id, .held) }
            try await notifier.waitFor(try await notifier.end("pay_2", to: Self.phone), .accepted)
            // As by processes whose clocks are an hour ahead: of the first end, and of the answer before the second.
            _ = try await notifier.pool.query(
                """
                update notifier.ended_subject set ended_at = ended_at + interval '1 hour' where subject = 'pay_1'
                """)
            _ = try await notifier.pool.query(
                "update notifier.message set created_at = created_at + interval '1 hour' where message_id = $1",
                [.text(stale)])
            try await notifier.heard(Self.phone)
            try await notifier.waitFor(knowing, .accepted)
            try await notifier.waitFor(stale, .expired)
            #expect(notifier.seen(by: Self.phone) == ["told", "told", "told"])
        }
    }

    @Test func `has its end remembered for a month`() async throws {
        try await RunningNotifier.with { notifier in
            let now = World.forWireTests.now()
            let ages: [Duration] = [.seconds(31 * 86_400), .seconds(29 * 86_400)]
            _ = try await notifier.pool.query(
                """
                insert into notifier.ended_subject (subject, phone_number_id, peer, ended_seq, ended_at)
                select 'pay_' || a.place || '_' || i, '8', 'p', i, a.ended_at from generate_series(1, 3) i
                cross join unnest($1::timestamptz[]) with ordinality as a (ended_at, place)
                """, [.timestampArray(ages.map { now.advanced(by: .zero - $0) })])
            @Sendable func left(_ place: Int) async throws -> Int64 {
                try await notifier.pool.query(
                    "select count(*) as found from notifier.ended_subject where subject like $1",
                    [.text("pay_\(place)_%")]
                ).one().int8("found")
            }
            try await until("the oldest are forgotten") { try await left(1) == 0 }
            #expect(try await left(2) == 3)
        }
    }

    @Test func `of many persons meets its end in two processes: it goes before the end or not at all`()
        async throws
    {
        try await RunningNotifier.with { notifier in
            try notifier.startAnother()
            let peers = (10..<30).map { "373690000\($0)" }
            var links: [String: String] = [:]
            for peer in peers {
                try await notifier.heard(peer, ago: Self.longAgo)
                links[peer] = try await notifier.link("pay_" + peer, to: peer)
            }
            for id in links.values { try await notifier.waitFor(id, .held) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for peer in peers {
                    group.addTask { try await notifier.heard(peer) }
                    group.addTask {
                        try await notifier.waitFor(try await notifier.end("pay_" + peer, to: peer), .accepted)
                    }
                }
                try await group.waitForAll()
            }
            for (peer, id) in links {
                try await until("the link to \(peer) is at its end") {
                    [.accepted, .expired].contains(try await notifier.view(id).status)
                }
                let wasSent = try await notifier.view(id).status == .accepted
                #expect(notifier.seen(by: peer) == (wasSent ? ["pay_" + peer, "told"] : ["told"]))
            }
        }
    }
}
