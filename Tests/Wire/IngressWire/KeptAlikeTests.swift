// Two ways of keeping a batch leave the same rows: the general statement, which is also that of the version before, and
// the one for people whom their phones name.
import Postgres
import TestSupport
import Testing
import WhatsApp
import World

@testable import WebhookIngress

@Suite(.serialized) struct `A batch of people with phones` {
    /// Before the server's own time, so that both ways write the same moments.
    private static let began = World.forWireTests.now().seconds - 100_000

    private struct Draws: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) ^ (state << 31)
        }
        mutating func one(in count: Int) -> Bool { Int.random(in: 0..<count, using: &self) == 0 }
        mutating func one<Value>(of values: [Value]) -> Value {
            values[Int.random(in: 0..<values.count, using: &self)]
        }
    }

    /// An event of few people, names and seconds, so that everything happens twice.
    private static func event(_ draws: inout Draws, _ round: Int) -> InboundEvent {
        let person = Int.random(in: 0..<7, using: &draws)
        let lane: WebhookLane =
            draws.one(in: 4) ? draws.one(of: [.statuses, .payments, .account]) : .messages
        let hasPhone = lane != .messages || !draws.one(in: 40)
        let seconds =
            began + Int64(round) - Int64(Int.random(in: 0..<4, using: &draws))
            + (draws.one(in: 30) ? 9_000 : 0)
        let name =
            (draws.one(in: 20) ? "țéß" : "wamid.") + String(Int.random(in: 0..<12, using: &draws))
            + "/\(seconds)"
        let item = WebhookItem(
            lane: lane, dedupKey: name, eventAt: draws.one(in: 50) ? seconds - 9 * 86_400 : seconds,
            wabaId: "900",
            phoneNumberId: draws.one(in: 5) ? "801" : "800",
            waId: hasPhone ? (draws.one(in: 60) ? "ana" : "3736900000\(person)") : nil,
            userId: draws.one(in: 3) ? nil : draws.one(in: 40) ? "MD.other" : "MD.\(person)",
            opensWindow: !draws.one(in: 4), payload: [UInt8(person), UInt8(round % 256)])
        return InboundEvent(item, receivedAt: Timestamp(seconds: began), requestId: "req_\(round)")
    }

    /// What routers do to conversations in between.
    private static let changes: [PostgresStatement] = [
        "update channel.conversation set due_at = null, busy_until = null where peer < '37369000003'",
        "update channel.conversation set busy_until = '2100-01-01' where peer > '37369000003'",
        "update channel.conversation set user_id = null where peer = '37369000002'",
    ]

    private static let events: PostgresStatement = """
        select row_number() over (order by seq)::text || ' ' || concat_ws('|', lane, dedup_key, event_at,
          phone_number_id, peer, encode(payload, 'hex'), request_id, received_at, state, attempts, run_at,
          lease_until, fence, last_error, done_at) as row
        from channel.inbound_event order by seq
        """
    private static let conversations: PostgresStatement = """
        select concat_ws('|', phone_number_id, peer, wa_id, user_id, last_inbound_at, updated_at, due_at, due_since,
          busy_until, version) as row
        from channel.conversation order by phone_number_id, peer
        """

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `leaves the rows that the general statement leaves`(seed: UInt64) async throws {
        let cluster = try await TemporaryCluster.shared()
        try await RunningIngress.with(cluster) { general in
            try await RunningIngress.with(cluster) { (other) async throws in
                var draws = Draws(state: seed), byPhone = 0
                for round in 0..<120 {
                    let count = draws.one(in: 4) ? 1 : Int.random(in: 1...12, using: &draws)
                    // Of an event that is twice in one batch, the general statement keeps either.
                    var names: Set<String> = []
                    let events = (0..<count).map { _ in Self.event(&draws, round) }.filter {
                        names.insert("\($0.lane) \($0.dedupKey) \($0.eventAt)").inserted
                    }
                    guard events.contains(where: { $0.lane == .messages }) else { continue }
                    let now = Timestamp(seconds: Self.began + Int64(round))
                    let before = try await general.rows.query(
                        EventQueries.keep, EventRows.general(events, now, true)
                    ).one().int8("fresh")
                    let rows = EventRows(events, now: now, tellsOfStatuses: true)
                    let answer = try await other.rows.query(rows.statement, rows.values)
                    if rows.statement == EventQueries.keepByPhone {
                        byPhone += 1
                        #expect(answer.affected == Int(before), "round \(round)")
                    }
                    if draws.one(in: 5) {
                        let change = draws.one(of: Self.changes)
                        for ingress in [general, other] { try await ingress.rows.query(change) }
                    }
                    for question in [Self.events, Self.conversations] {
                        let wanted = try await general.rows.query(question).map { try $0.text("row") }
                        let found = try await other.rows.query(question).map { try $0.text("row") }
                        try #require(found == wanted, "round \(round), seed \(seed)")
                    }
                }
                #expect(byPhone > 40 && byPhone < 115, "both ways: \(byPhone)")
            }
        }
    }

    @Test func `keeps the first of an event that is in it twice`() async throws {
        try await RunningIngress.with(try await .shared()) { (ingress) async throws in
            var draws = Draws(state: 4), events: [InboundEvent] = []
            while events.count < 3 {
                let event = Self.event(&draws, 1)
                if event.lane == .messages, event.waId != nil, !event.isParked { events.append(event) }
            }
            events.append(events[1])
            events[3].requestId = "req_2"
            #expect(try await ingress.store.keep(events) == KeptCount(fresh: 3, seenBefore: 1))
            let kept = try await ingress.rows.query(
                "select dedup_key, request_id from channel.inbound_event order by seq")
            #expect(try kept.map { try $0.text("dedup_key") } == events.dropLast().map(\.dedupKey))
            #expect(try kept.allSatisfy { try $0.text("request_id") == "req_1" })
        }
    }

    @Test func `gives a batch that is larger than any draw of numbers its order`() async throws {
        try await RunningIngress.with(try await .shared()) { (ingress) async throws in
            var draws = Draws(state: 9)
            let names = (0..<3_000).map { _ in String(draws.next(), radix: 36) }
            let events = names.enumerated().map { place, name in
                InboundEvent(
                    WebhookItem(
                        lane: place % 3 == 0 ? .statuses : .messages, dedupKey: name, eventAt: Self.began,
                        wabaId: "900", phoneNumberId: "800", waId: "3736900\(1000 + place % 97)", userId: nil,
                        opensWindow: true, payload: [1]),
                    receivedAt: Timestamp(seconds: Self.began), requestId: "req_1")
            }
            #expect(try await ingress.store.keep(events) == KeptCount(fresh: 3_000, seenBefore: 0))
            let rows = try await ingress.rows.query(
                "select dedup_key from channel.inbound_event order by seq")
            #expect(try rows.map { try $0.text("dedup_key") } == names)
            #expect(try await ingress.store.keep(events) == KeptCount(fresh: 0, seenBefore: 3_000))
        }
    }
}
