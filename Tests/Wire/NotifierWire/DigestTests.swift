// Payments told together: everybody in a bubble goes through the same states, whatever becomes of it, and nobody
// is told twice or forgotten, wherever the process dies.
import Contracts
import JSONWire
import Money
import Postgres
import TestSupport
import Testing
import WhatsApp
import World

@testable import Notifier

@Suite(.serialized) struct `Payments told together` {
    private static let peer = "37369000001"

    private static func paid(_ number: Int) -> MessageContent {
        .outcome(
            PaymentOutcome(
                kind: .paid, amount: Money(minorUnits: Int64(number) * 10_001, currency: .mdl),
                description: nil,
                tag: "masa\(number)", at: Timestamp(seconds: 1_795_264_980), paymentId: "pay_\(number)"))
    }

    /// Four payments that wait when their turn comes, marked as one bubble that has not left yet.
    private static func with(
        _ body: @escaping @Sendable (OutboxBench, Departure, [String]) async throws -> Void
    ) async throws {
        try await OutboxBench.with { bench in
            try await bench.hear(peer)
            var ids: [String] = []
            for number in 1...4 { ids.append(try await bench.post(paid(number), to: peer, coalesceKey: "k")) }
            let departure = try #require(try await bench.round().departures.first)
            #expect(departure.members.count == 3)
            try await body(bench, departure, ids)
        }
    }

    private func statuses(_ bench: OutboxBench, _ word: String, wamid: String, callback: String) async throws
    {
        let now = bench.world.now()
        let payload =
            #"{"status":{"id":"\#(wamid)","status":"\#(word)","biz_opaque_callback_data":"\#(callback)"}}"#
        try await bench.pool.query(
            """
            insert into channel.inbound_event (lane, dedup_key, event_at, phone_number_id, peer, payload, request_id,
                received_at, run_at) values ('statuses', $1, $2, '800', '', $3, 'req', $2, $2)
            """, [.text(wamid + ":" + word), .timestamp(now), .bytes(Array(payload.utf8))])
        var taken: [StatusEvent] = []
        #expect(try await bench.statuses.round(taken: &taken).taken == 1)
    }

    private func states(_ bench: OutboxBench, _ ids: [String]) async throws -> Set<String> {
        var found: Set<String> = []
        for id in ids { found.insert(try await bench.outbox.messages.view(id)?.status.rawValue ?? "gone") }
        return found
    }

    @Test func `are all read when their bubble is`() async throws {
        try await Self.with { bench, departure, ids in
            let store = bench.outbox.messages
            #expect(try await store.markAccepted([(departure, "wamid.1")]).isDone == [true])
            #expect(try await states(bench, ids) == ["accepted"])
            try await statuses(bench, "read", wamid: "wamid.1", callback: ids[0])
            #expect(try await states(bench, ids) == ["read"])
            #expect(try await store.view(ids[3])?.toldIn == ids[0])
            #expect(try await store.view(ids[0])?.toldIn == nil)
            #expect(try await bench.round().departures.isEmpty)
        }
    }

    @Test func `are all meant by whoever replies to their bubble, in the order of its lines`() async throws {
        try await Self.with { bench, departure, ids in
            _ = try await bench.outbox.messages.markAccepted([(departure, "wamid.1")])
            let rows = try await bench.pool.query(
                BubbleQueries.lookUp, [.text("wamid.1"), .text("800"), .text(Self.peer)])
            #expect(try rows.map { try $0.text("subject") } == ["pay_1", "pay_2", "pay_3", "pay_4"])
            #expect(try rows.allSatisfy { try $0.text("bubble_id") == ids[0] })
        }
    }

    @Test func `keep no answer waiting while they gather, and none of its order`() async throws {
        try await OutboxBench.with(personInterval: .seconds(3_600)) { bench in
            try await bench.hear(Self.peer)
            func leaves() async throws -> [String] {
                let departures = try await bench.round().departures
                for departure in departures {
                    let name = "wamid." + departure.message.messageId
                    _ = try await bench.outbox.messages.markAccepted([(departure, name)])
                }
                return departures.flatMap { [$0.message.messageId] + $0.members.map(\.messageId) }
            }
            for number in 1...2 {
                let one = try await bench.post(Self.paid(number), to: Self.peer, coalesceKey: "k")
                #expect(try await leaves() == [one])
            }
            var gathering: [String] = []
            for number in 3...5 {
                gathering.append(try await bench.post(Self.paid(number), to: Self.peer, coalesceKey: "k"))
                #expect(try await leaves() == [])
            }
            let link = try await bench.post(
                .link(body: "100,00 MDL", button: "b", url: "https://bank.example/p"), to: Self.peer)
            let last = try await bench.post("Bună", to: Self.peer)
            #expect(try await leaves() == [link])
            #expect(try await leaves() == [last])
            #expect(try await leaves() == [])
            #expect(try await states(bench, gathering) == ["queued"])
            try await bench.pool.query("update notifier.recipient set news_full_at = null, next_at = now()")
            #expect(try await leaves() == gathering)
        }
    }

    @Test func `are all in doubt when the process dies, settled by one status and never told again`()
        async throws
    {
        try await Self.with { bench, departure, ids in
            let store = bench.outbox.messages
            // SIGKILL after the mark: nobody renews, and the keeper finds the leases over.
            for id in ids { _ = try await store.settle(Settlement(id, .leaseLost)) }
            #expect(try await states(bench, ids) == ["unresolved"])
            #expect(try await bench.round().departures.isEmpty)
            try await statuses(bench, "delivered", wamid: "wamid.late", callback: ids[0])
            #expect(try await states(bench, ids) == ["delivered"])
            #expect(departure.message.messageId == ids[0])
            #expect(try await bench.round().departures.isEmpty)
        }
    }

    @Test func `are queued again when their bubble never left, and may then be told with more`() async throws
    {
        try await Self.with { bench, departure, ids in
            let store = bench.outbox.messages
            try await store.takeBack(departure)
            #expect(try await states(bench, ids) == ["queued"])
            let fifth = try await bench.post(Self.paid(5), to: Self.peer, coalesceKey: "k")
            let again = try #require(try await bench.round().departures.first)
            #expect(again.members.map(\.messageId) == Array(ids[1...]) + [fifth])
            // The first bubble got through after all: its four are told, the fifth shares the second one's doubt.
            for id in ids + [fifth] { _ = try await store.settle(Settlement(id, .leaseLost)) }
            try await statuses(bench, "sent", wamid: "wamid.first", callback: ids[0])
            #expect(try await states(bench, ids) == ["sent"])
            #expect(try await states(bench, [fifth]) == ["unresolved"])
            try await statuses(bench, "read", wamid: "wamid.second", callback: ids[0] + ".2")
            #expect(try await states(bench, ids + [fifth]) == ["read"])
        }
    }

    @Test func `go out one by one as templates when the window turns out closed`() async throws {
        try await Self.with { bench, departure, ids in
            let settlements = departure.everybody.map { message in
                var settlement = Settlement(message.messageId, .claimed, fence: message.markedFence)
                settlement.happened = .windowRefused(code: 131_047)
                return settlement
            }
            _ = try await bench.outbox.messages.settle(settlements)
            #expect(try await states(bench, ids) == ["queued"])
            let next = try #require(try await bench.round().departures.first)
            #expect(!next.isChat && next.members.isEmpty && next.message.messageId == ids[0])
        }
    }

    /// The program is killed while Meta holds the requests: Meta has the bubbles, and nobody here knows. Meta's word
    /// about them comes after the restart.
    @Test func `are each told once when the program is killed with their bubble on its way`() async throws {
        try await RunningNotifier.with(["TILL_PERSON_INTERVAL_MS": "1000"]) { notifier in
            try await notifier.heard(Self.peer)
            notifier.graph.plan(Self.peer, Array(repeating: .silence, count: 6))
            var ids: [String] = []
            for number in 1...6 {
                ids.append(try await notifier.say(Self.paid(number), to: Self.peer, coalesceKey: "k"))
            }
            let tags = (1...6).map { "#masa\($0)" }
            try await until("a bubble of several is on its way") {
                notifier.graph.bodies.contains { body in
                    tags.count { body["text"]?["body"]?.text?.contains($0) == true } > 1
                }
            }
            notifier.kill()
            notifier.graph.plan(Self.peer, [])
            let taken = notifier.graph.bodies
            try await notifier.startProcess()
            for (index, body) in taken.enumerated() {
                try await notifier.status(
                    "sent", wamid: "wamid.\(index + 1)", callback: body["biz_opaque_callback_data"]?.text)
            }
            for id in ids {
                try await until("\(id) is told") {
                    [.accepted, .sent].contains(try await notifier.view(id).status)
                }
            }
            let texts = notifier.graph.bodies.compactMap { $0["text"]?["body"]?.text }
            for tag in tags { #expect(texts.count { $0.contains(tag) } == 1, "\(tag)") }
        }
    }

    @Test func `make few bubbles of ten in a moment, and lose none`() async throws {
        try await RunningNotifier.with(["TILL_PERSON_INTERVAL_MS": "1000"]) { notifier in
            try await notifier.heard(Self.peer)
            let start = ContinuousClock.now
            var ids: [String] = []
            for number in 1...10 {
                ids.append(try await notifier.say(Self.paid(number), to: Self.peer, coalesceKey: "k"))
            }
            for id in ids { try await notifier.waitFor(id, .accepted) }
            let texts = notifier.graph.bodies.compactMap { $0["text"]?["body"]?.text }
            print("ten payments made \(texts.count) bubbles")
            // Two at once, and then one a second.
            #expect(texts.count <= min(9, 3 + Int((ContinuousClock.now - start).components.seconds)))
            for number in 1...10 {
                #expect(
                    texts.count { $0.contains("#masa\(number)\n") || $0.hasSuffix("#masa\(number)") } == 1)
            }
            try await notifier.statusesOfAll(["read"])
            for id in ids { try await notifier.waitFor(id, .read) }
        }
    }
}
