// The weeks of the table of events: made ahead, gone when they are over, made by several at once, and following the
// days that a database of before has. Days are counted from the Monday of this week, so every day will do.
import Postgres
import TestSupport
import Testing
import WhatsApp
import World

@testable import WebhookIngress

@Suite(.serialized) struct `The weeks of events` {
    private static let day: Int64 = 86_400
    /// 1970-01-01 was a Thursday.
    private let monday: Int64 = {
        let days = World.forWireTests.now().seconds / day
        return (days - (days + 3) % 7) * day
    }()

    private func noon(_ days: Int64) -> Int64 { monday + days * Self.day + Self.day / 2 }

    private func event(_ name: String, at seconds: Int64) -> InboundEvent {
        let item = WebhookItem(
            lane: .messages, dedupKey: name, eventAt: seconds, wabaId: RunningIngress.account,
            phoneNumberId: RunningIngress.number, waId: "37369000001", userId: nil, opensWindow: true,
            payload: [1])
        return InboundEvent(item, receivedAt: World.forWireTests.now(), requestId: "req_1")
    }

    @discardableResult
    private func maintain(_ ingress: RunningIngress, at days: Int64) async throws -> Int32 {
        try await ingress.rows.query(
            "select channel.maintain_partitions($1) as made", [.timestamp(Timestamp(seconds: noon(days)))]
        ).one().int4("made")
    }

    private func inDefault(_ ingress: RunningIngress) async throws -> Int {
        try await ingress.count("select count(*) from only channel.inbound_event_default")
    }

    @Test func `give events their week when it comes and go when they are over`() async throws {
        try await RunningIngress.with(try await .shared()) { (ingress) async throws in
            #expect(try await ingress.store.maintainPartitions() == 0, "the migration has made them")
            _ = try await ingress.store.keep([
                event("this week", at: noon(3)), event("later", at: noon(16)),
            ])
            #expect(try await inDefault(ingress) == 1)
            // On the Friday before, a week is there.
            #expect(try await maintain(ingress, at: 10) <= 1)
            #expect(try await inDefault(ingress) == 1)
            #expect(try await maintain(ingress, at: 11) == 1)
            #expect(try await inDefault(ingress) == 0)
            #expect(try await ingress.events == 2)
            // The same event again finds the moved one.
            let again = try await ingress.store.keep([event("later", at: noon(16))])
            #expect(again == KeptCount(fresh: 0, seenBefore: 1))
            try await maintain(ingress, at: 60)
            #expect(try await ingress.events == 2, "open events are never dropped")
            try await ingress.rows.query(
                "update channel.inbound_event set state = 'done', done_at = now() where dedup_key = 'this week'"
            )
            try await maintain(ingress, at: 14)
            #expect(try await ingress.events == 2, "eight days after the week's end, and no earlier")
            try await maintain(ingress, at: 15)
            #expect(try await ingress.events == 1)
            try await ingress.rows.query("update channel.inbound_event set state = 'parked'")
            try await maintain(ingress, at: 50)
            #expect(try await ingress.events == 1)
            try await maintain(ingress, at: 51)
            #expect(try await ingress.events == 0)
        }
    }

    @Test func `stay for thirty days, and no longer, for events that nobody claims`() async throws {
        try await RunningIngress.with(try await .shared()) { (ingress) async throws in
            var unclaimed = self.event("template", at: noon(3))
            unclaimed.lane = .account
            _ = try await ingress.store.keep([unclaimed, self.event("text", at: noon(3))])
            try await maintain(ingress, at: 60)
            #expect(try await ingress.events == 2, "an open message is never dropped")
            try await ingress.rows.query(
                "update channel.inbound_event set state = 'done', done_at = now() where lane = 'messages'")
            try await maintain(ingress, at: 36)
            #expect(try await ingress.events == 2)
            try await maintain(ingress, at: 37)
            #expect(try await ingress.events == 0)
        }
    }

    @Test func `are made once by several processes at once`() async throws {
        try await RunningIngress.with(try await .shared()) { (ingress) async throws in
            let made = try await withThrowingTaskGroup(of: Int32.self) { group in
                for _ in 0..<4 { group.addTask { try await self.maintain(ingress, at: 30) } }
                return try await group.reduce(0, +)
            }
            // Who finds another at it leaves it to that one. Thirty days on is a Wednesday: its week alone.
            #expect(made == 1)
        }
    }

    /// A database that was made two days before today, by the release before.
    @Test func `follow the days that are there and lose none of their events`() async throws {
        let cluster = try await TemporaryCluster.shared()
        let name = try await cluster.freshDatabase(migrating: [
            (WebhookIngressSchema.name, Array(WebhookIngressSchema.migrations.prefix(7)))
        ])
        let now = World.forWireTests.now().seconds
        try await cluster.withPool(name) { rows in
            func count(_ what: PostgresStatement, _ values: [PostgresValue] = []) async throws -> Int64 {
                try await rows.query(what, values).one().int8(0)
            }
            for days in [Int64(-2), 0] {
                try await rows.query(
                    "select channel.maintain_partitions($1)",
                    [.timestamp(Timestamp(seconds: now + days * Self.day))])
            }
            try await cluster.withPool(name, role: "till_ingress") { own in
                let store = EventStore(commits: own, pool: own, world: .forWireTests)
                let kept = [
                    event("before yesterday", at: now - 2 * Self.day), event("today", at: now),
                    event("in a week", at: now + 7 * Self.day),
                ]
                // As the release before kept them.
                try await own.query(
                    EventQueries.keep, EventRows.general(kept, World.forWireTests.now(), true))
                try await cluster.withPool(name, role: "till_owner") { owner in
                    _ = try await Migrations.apply(
                        WebhookIngressSchema.migrations, service: WebhookIngressSchema.name, on: owner)
                }
                #expect(try await store.maintainPartitions() == 0)
                #expect(try await count("select count(*) from channel.inbound_event") == 3)
                #expect(try await store.keep(kept) == KeptCount(fresh: 0, seenBefore: 3))
                let gaps = try await count(
                    """
                    select count(*) from generate_series(-3, 3) as d where not exists (
                      select from channel.event_partitions() p
                      where p.begins <= ($1::timestamptz at time zone 'UTC')::date + d
                        and p.ends > ($1::timestamptz at time zone 'UTC')::date + d)
                    """, [.timestamp(Timestamp(seconds: now))])
                #expect(gaps == 0, "each day has its place, as it had before")
                let ahead = try await count(
                    """
                    select count(*) from channel.event_partitions() p
                    where p.name not like '%\\_w%' and p.begins > ($1::timestamptz at time zone 'UTC')::date
                    """, [.timestamp(Timestamp(seconds: now))])
                #expect(ahead == 0, "days ahead without events make room for weeks")
                // Days of before go as they would have gone, eight days after their end.
                try await rows.query(
                    "update channel.inbound_event set state = 'done', done_at = now() where dedup_key <> 'today'"
                )
                try await rows.query(
                    "select channel.maintain_partitions($1)",
                    [.timestamp(Timestamp(seconds: now + 8 * Self.day))])
                #expect(
                    try await count(
                        "select count(*) from channel.inbound_event where dedup_key = 'before yesterday'")
                        == 0)
                #expect(try await count("select count(*) from channel.inbound_event") == 2)
            }
        }
    }
}
