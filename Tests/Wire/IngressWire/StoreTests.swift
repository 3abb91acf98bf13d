// What the database does for the ingress: outages, two processes with the same events, and what claimers find. The
// weeks of the table are in PartitionTests.
import HTTPWire
import Postgres
import Synchronization
import TestSupport
import Testing
import WhatsApp
import World

@testable import WebhookIngress

@Suite(.serialized) struct `The store of events` {
    private func event(_ name: String, at seconds: Int64, from: String = "37369000001") -> InboundEvent {
        let item = WebhookItem(
            lane: .messages, dedupKey: name, eventAt: seconds, wabaId: RunningIngress.account,
            phoneNumberId: RunningIngress.number, waId: from, userId: nil, opensWindow: true, payload: [1])
        return InboundEvent(item, receivedAt: World.forWireTests.now(), requestId: "req_1")
    }

    /// The channels on which claimers were told, in order.
    private final class Heard: Sendable {
        let channels = Mutex<[String]>([])

        func listen(_ pool: PostgresPool) async throws {
            try await pool.listen(["till_inbound_statuses", "till_inbound_messages", "end"]) { channel, _ in
                self.channels.withLock { $0.append(channel) }
            }
        }
    }

    @Test func `answers 503 while it is away and keeps the repetition`() async throws {
        let cluster = try await TemporaryCluster.start()
        let at = World.forWireTests.now().seconds
        try await RunningIngress.with(cluster) { (ingress) async throws in
            #expect(try await ingress.deliver(RunningIngress.text("w1", at: at)).status == 200)
            try await cluster.stopServer(mode: "immediate")
            let refused = try await ingress.deliver(RunningIngress.text("w2", at: at))
            #expect(refused.status == 503 && refused.headers.first("retry-after") == "1")
            try await cluster.startAgain()
            try await until { try await ingress.deliver(RunningIngress.text("w2", at: at)).status == 200 }
            #expect(try await ingress.events == 2)
        }
        try await cluster.stop()
    }

    @Test func `takes the same events in opposite orders from two processes at once`() async throws {
        let now = World.forWireTests.now().seconds
        try await RunningIngress.with(try await .shared()) { (ingress) async throws in
            for round in 0..<20 {
                let events = (0..<50).map {
                    self.event("w\(round)-\($0)", at: now, from: "3736900\(1000 + $0 % 17)")
                }
                let kept = try await withThrowingTaskGroup(of: KeptCount.self) { group in
                    group.addTask { try await ingress.store.keep(events) }
                    group.addTask { try await ingress.store.keep(events.reversed()) }
                    group.addTask { try await ingress.store.keep(events + events) }
                    // As a program of the version before.
                    group.addTask {
                        let values = EventRows.general(events, World.forWireTests.now(), true)
                        let row = try await ingress.rows.query(EventQueries.keep, values).one()
                        return KeptCount(fresh: Int(try row.int8("fresh")), seenBefore: 0)
                    }
                    return try await group.reduce(into: 0) { $0 += $1.fresh }
                }
                #expect(kept == 50)
            }
            #expect(try await ingress.events == 1000)
        }
    }

    @Test func `numbers the events of a batch in the order of their arrival`() async throws {
        let now = World.forWireTests.now().seconds
        try await RunningIngress.with(try await .shared()) { (ingress) async throws in
            let names = ["z", "a", "m", "b"]
            _ = try await ingress.store.keep(names.map { self.event($0, at: now) })
            let rows = try await ingress.rows.query(
                "select dedup_key from channel.inbound_event order by seq")
            #expect(try rows.map { try $0.text("dedup_key") } == names)
        }
    }

    @Test(arguments: [false, true])
    func `wakes claimers when a conversation becomes due, not for what waits behind`(isGeneral: Bool)
        async throws
    {
        let now = World.forWireTests.now().seconds
        try await RunningIngress.with(try await .shared()) { (ingress) async throws in
            let heard = Heard()
            let listening = Task { try await heard.listen(ingress.rows) }
            try await until { heard.channels.withLock { $0.count } >= 3 }
            func wakes(_ events: [InboundEvent]) async throws -> Int {
                heard.channels.withLock { $0 = [] }
                let rows = EventRows(events, now: World.forWireTests.now(), tellsOfStatuses: true)
                #expect(rows.statement == EventQueries.keepByPhone)
                if isGeneral {
                    let values = EventRows.general(events, World.forWireTests.now(), true)
                    try await ingress.rows.query(EventQueries.keep, values)
                } else {
                    try await ingress.rows.query(rows.statement, rows.values)
                }
                try await ingress.rows.query("select pg_notify('end', '')")
                try await until { heard.channels.withLock { $0.last } == "end" }
                return heard.channels.withLock { $0.count } - 1
            }
            #expect(try await wakes([self.event("w1", at: now)]) == 1)
            // A claim may have passed over the conversation while it was being written.
            #expect(try await wakes([self.event("w1b", at: now)]) == 1)
            // As a claim leaves it.
            _ = try await ingress.rows.query(
                "update channel.conversation set busy_until = now() + interval '10 s'")
            #expect(try await wakes([self.event("w2", at: now)]) == 0)
            #expect(
                try await wakes([self.event("w3", at: now), self.event("x1", at: now, from: "40700")]) == 1)
            // As a router leaves it that has finished all.
            _ = try await ingress.rows.query(
                "update channel.conversation set due_at = null, busy_until = null")
            #expect(try await wakes([self.event("w4", at: now)]) == 1)
            var status = self.event("w1 read", at: now)
            status.lane = .statuses
            _ = try await ingress.rows.query(
                "update channel.conversation set busy_until = now() + interval '10 s'")
            #expect(try await wakes([self.event("w5", at: now), status]) == 1)
            listening.cancel()
            _ = await listening.result
        }
    }

    @Test func `tells of statuses that come one behind the other once, and of messages always`() async throws
    {
        let at = World.forWireTests.now().seconds
        try await RunningIngress.with(try await .shared()) { (ingress) async throws in
            let clock = Mutex(Int64(1_000_000_000_000))
            var world = World.forWireTests
            world.monotonic = { clock.withLock { $0 } }
            let store = EventStore(commits: ingress.store.commits, pool: ingress.store.pool, world: world)
            let heard = Heard()
            let listening = Task { try await heard.listen(ingress.rows) }
            try await until { heard.channels.withLock { $0.count } >= 3 }
            heard.channels.withLock { $0 = [] }
            func keep(_ name: String, _ lane: WebhookLane, after: Duration, with other: String? = nil)
                async throws
            {
                clock.withLock { $0 += after.nanoseconds }
                var events =
                    [self.event(name, at: at)] + (other.map { [self.event($0, at: at, from: $0)] } ?? [])
                events[0].lane = lane
                _ = try await store.keep(events)
            }
            try await keep("s1", .statuses, after: .zero)
            try await keep("s2", .statuses, after: .milliseconds(49))
            // A repeat, of which nobody has news: what comes next is told all the same.
            try await keep("s2", .statuses, after: .milliseconds(1))
            try await keep("s3", .statuses, after: .zero, with: "37369000001")
            try await keep("s4", .statuses, after: .milliseconds(49), with: "37369000002")
            try await keep("s5", .statuses, after: .milliseconds(1))
            _ = try await ingress.rows.query("select pg_notify('end', '')")
            try await until { heard.channels.withLock { $0.last } == "end" }
            let told = heard.channels.withLock { $0 }.map { $0.replacing("till_inbound_", with: "") }
            #expect(
                told == [
                    "statuses", "statuses", "messages", "statuses", "messages", "statuses", "end",
                ])
            listening.cancel()
            _ = await listening.result
        }
    }

    @Test func `counts each message of a conversation once, and nothing else moves it`() async throws {
        let now = World.forWireTests.now().seconds
        try await RunningIngress.with(try await .shared()) { (ingress) async throws in
            var status = self.event("w1 read", at: now)
            status.lane = .statuses
            status.opensWindow = false
            for events in [[self.event("w1", at: now)], [status], [self.event("w2", at: now), status]] {
                _ = try await ingress.store.keep(events)
            }
            let row = try await ingress.rows.query(
                "select count(*) as rows from channel.conversation"
            ).one()
            #expect(try row.int8("rows") == 1)
            let lanes = try await ingress.rows.query(
                "select lane, peer, state from channel.inbound_event order by seq")
            #expect(
                try lanes.map { try $0.text("lane") + " " + $0.text("peer") + " " + $0.text("state") }
                    == [
                        "messages 37369000001 ready", "statuses 37369000001 ready",
                        "messages 37369000001 ready",
                    ])
            let version = try await ingress.rows.query("select version from channel.conversation").one()
            #expect(try version.int8("version") == 2)
        }
    }

    @Test func `says which batch can never be kept`() async throws {
        let now = World.forWireTests.now().seconds
        try await RunningIngress.with(try await .shared()) { (ingress) async throws in
            var bad = self.event("w1", at: now)
            bad.dedupKey = ""
            let refused = bad
            await #expect(throws: EventsRefused.self) { try await ingress.store.keep([refused]) }
        }
    }

    @Test func `lets claimers find open events without walking over those that are done`() async throws {
        try await RunningIngress.with(try await .shared()) { (ingress) async throws in
            try await ingress.rows.batch([
                (
                    """
                    insert into channel.inbound_event (lane, dedup_key, event_at, phone_number_id, peer, payload,
                      request_id, received_at, run_at, state, done_at)
                    select 'messages', 'd' || i, now(), '800', 'p' || i % 500, 'x', 'req_1', now(), now(),
                      case when i <= 19900 then 'done' else 'ready' end, case when i <= 19900 then now() end
                    from generate_series(1, 20000) i
                    """, []
                )
            ])
            try await ingress.rows.query("analyze channel.inbound_event")
            let questions: [PostgresStatement] = [
                """
                explain select seq from channel.inbound_event
                where lane = 'messages' and phone_number_id = '800' and peer = 'p1' and state in ('ready', 'claimed')
                order by seq limit 2
                """,
                """
                explain select seq from channel.inbound_event
                where lane = 'statuses' and state = 'ready' and run_at <= now() order by run_at, seq limit 32
                """,
                "explain select payload from channel.inbound_event where seq = 17 and lane = 'messages'",
            ]
            let week = try await ingress.rows.query(
                """
                select 'on inbound_event_w' || to_char(date_trunc('week', now() at time zone 'UTC'), 'YYYYMMDD')
                  as name
                """
            ).one().text("name")
            for question in questions {
                let plan = try await ingress.rows.query(question).map { try $0.text(0) }
                #expect(
                    !plan.contains { $0.contains("Seq Scan \(week)") }, "\(plan.joined(separator: "\n"))")
            }
        }
    }
}
