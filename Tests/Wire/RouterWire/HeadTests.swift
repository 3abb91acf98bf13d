// Claims by conversation heads: what a claim costs when thousands of messages wait behind one, and that no
// message is forgotten when it comes while the one before it is being finished.
import JobQueue
import Postgres
import Synchronization
import TestSupport
import Testing
import World

@testable import CommandRouter

@Suite(.serialized) struct `Conversations at the till` {
    /// Messages of `peer`, in one statement, as a flood leaves them.
    private static let flood: PostgresStatement = """
        insert into channel.inbound_event (lane, dedup_key, event_at, phone_number_id, peer, payload, request_id,
          received_at, run_at)
        select 'messages', $2 || '-' || i, now(), $1, $2, '\\x7b7d', 'req_' || $2 || '-' || i, now(), now()
        from generate_series(1, $3::bigint) as i
        """

    private func claimPages(_ router: RunningRouter) async throws -> Int {
        let now = World.forWireTests.now()
        let explained = PostgresStatement(
            composed: "explain (analyze, buffers) " + InboundQueries.claim.sql)
        let plan = try await router.pool.query(
            explained,
            [
                .timestamp(now), .timestamp(now.advanced(by: .seconds(10))), .int8(8), .bool(false),
                .timestamp(ClaimFloor.beginning),
            ]
        ).map { try $0.text(0) }
        let whole = try #require(plan.first { $0.contains("Buffers:") })
        return whole.split(separator: " ").flatMap { $0.split(separator: "=") }.compactMap { Int($0) }
            .reduce(0, +)
    }

    @Test func `cost a claim what it claims, however many messages wait behind the first`() async throws {
        try await RunningRouter.with(isWorking: false) { router in
            func pages(_ waiting: Int64) async throws -> Int {
                _ = try await router.pool.query(
                    Self.flood, [.text(RunningRouter.number), .text("big\(waiting)"), .int8(waiting)])
                for index in 0..<20 {
                    let values: [PostgresValue] = [
                        .text(RunningRouter.number), .text("p\(waiting)-\(index)"), .int8(1),
                    ]
                    _ = try await router.pool.query(Self.flood, values)
                }
                _ = try await router.pool.query("analyze channel.inbound_event")
                _ = try await router.pool.query("analyze channel.conversation")
                let first = try await claimPages(router)
                // The flooded conversation is claimed by now and stays so: the rest goes past it.
                return max(first, try await claimPages(router))
            }
            let few = try await pages(10), many = try await pages(18_700)
            print("pages touched by a claim: \(few) beside 10 waiting messages, \(many) beside 18,700")
            #expect(many < few * 2)
        }
    }

    /// Each store is a process that is killed with everything in its hands.
    @Test func `dropped together are taken up one by one, so that what kills pays for itself`() async throws {
        try await RunningRouter.with(isWorking: false) { router in
            let peers = (1...4).map { "dropped\($0)" }
            for peer in peers {
                _ = try await router.pool.query(
                    Self.flood, [.text(RunningRouter.number), .text(peer), .int8(1)])
            }
            func kill() async throws {
                _ = try await router.pool.query(
                    "update channel.inbound_event set lease_until = now() - interval '1 s' where state = 'claimed'"
                )
                _ = try await router.pool.query(
                    """
                    update channel.conversation set busy_until = now() - interval '1 s' where busy_until is not null
                    """)
            }
            func attempts() async throws -> [Int] {
                try await router.pool.query(
                    "select attempts from channel.inbound_event order by attempts, seq"
                ).map { Int(try $0.int4("attempts")) }
            }
            #expect(try await router.store.claim(8).count == 4)
            try await kill()
            #expect(try await attempts() == [1, 1, 1, 1])
            // Four more deaths cost each of the four one attempt, where they had cost each of them four.
            for _ in 1...4 {
                let next = InboundStore(database: router.store.database, world: router.store.world)
                let claimed = try await next.claim(8)
                #expect(claimed.count == 1 && claimed.allSatisfy(\.wasDropped))
                #expect(try await next.claim(8).isEmpty, "not before it is known how this one ends")
                try await kill()
            }
            #expect(try await attempts() == [2, 2, 2, 2])
            // What is new does not wait for them; what ends makes room for the next at once.
            _ = try await router.pool.query(
                Self.flood, [.text(RunningRouter.number), .text("new"), .int8(2)])
            let last = InboundStore(database: router.store.database, world: router.store.world)
            var open = try await last.claim(8)
            #expect(open.map(\.peer).contains("new") && open.count == 2)
            var ended = 0
            while let event = open.popLast() {
                #expect(try await last.finish(event, remembering: event.memory))
                ended += 1
                if open.isEmpty { open = try await last.claim(8) }
            }
            #expect(ended == 6)
        }
    }

    @Test func `are claimed in their order until nothing is open, and are then at rest`() async throws {
        try await RunningRouter.with(isWorking: false) { router in
            _ = try await router.pool.query(
                Self.flood, [.text(RunningRouter.number), .text("one"), .int8(5)])
            let rings = Mutex(0)
            router.store.onNext.answer { _ in rings.withLock { $0 += 1 } }
            for index in 1...5 {
                let claimed = try await router.store.claim(8)
                #expect(claimed.map(\.requestId) == ["req_one-\(index)"])
                #expect(claimed.first?.hasMore == (index < 5))
                #expect(try await router.store.claim(8).isEmpty)
                rings.withLock { $0 = 0 }
                #expect(try await router.store.finish(claimed[0], remembering: claimed[0].memory))
                // Only where a claim would find the next.
                #expect(rings.withLock { $0 } == (index < 5 ? 1 : 0))
            }
            #expect(try await router.store.claim(8).isEmpty)
            #expect(try await Self.due(router) == 0)
        }
    }

    /// The worker counts what it is given: a claim of as many as may be is followed by another anyway.
    @Test func `call for another claim only where one gave less than was due`() async throws {
        try await RunningRouter.with(isWorking: false) { router in
            let rings = Mutex(0), most = InboundStore.claimMax
            router.store.onNext.answer { _ in rings.withLock { $0 += 1 } }
            for index in 0..<most + 8 {
                _ = try await router.pool.query(
                    Self.flood, [.text(RunningRouter.number), .text("p\(index)"), .int8(1)])
            }
            #expect(try await router.store.claim(2 * most).count == most)
            #expect(rings.withLock { $0 } == 0)
            // Of two that were due before the others nothing is open.
            try await router.pool.query(
                """
                insert into channel.conversation (phone_number_id, peer, due_at, updated_at)
                select $1, 'empty' || i, now() - interval '1 day', now() from generate_series(1, 2) as i
                """, [.text(RunningRouter.number)])
            let next = InboundStore(database: router.store.database, world: router.store.world)
            next.onNext.answer { _ in rings.withLock { $0 += 1 } }
            #expect(try await next.claim(8).count == 6)
            #expect(rings.withLock { $0 } == 1)
            #expect(try await next.claim(8).count == 2)
            #expect(rings.withLock { $0 } == 1)
        }
    }

    private static func due(_ router: RunningRouter) async throws -> Int64 {
        try await router.pool.query("select count(due_at) as n from channel.conversation").one().int8(
            "n")
    }

    @Test func `lose no message that comes while the last one is being finished`() async throws {
        try await RunningRouter.with(isWorking: false) { router in
            _ = try await router.pool.query(
                Self.flood, [.text(RunningRouter.number), .text("one"), .int8(1)])
            let first = try #require(try await router.store.claim(8).first)
            let finishing = try await router.pool.transaction { ingress in
                try await ingress.query(
                    Self.flood, [.text(RunningRouter.number), .text("one"), .int8(2)])
                // It does not see the new message and has to wait for whoever brings it.
                let finishing = Task { try await router.store.finish(first, remembering: first.memory) }
                try await untilLocked(on: router.pool)
                return finishing
            }
            #expect(try await finishing.value)
            let next = try await router.store.claim(8)
            #expect(next.count == 1 && next[0].seq > first.seq && next[0].hasMore)
        }
    }

    @Test func `lose no message that comes while a claim looks and finds nothing`() async throws {
        try await RunningRouter.with(isWorking: false) { router in
            let number = PostgresValue.text(RunningRouter.number)
            _ = try await router.pool.query(Self.flood, [number, .text("one"), .int8(1)])
            // An older router finished it and knows of no heads.
            _ = try await router.pool.query(
                "update channel.inbound_event set state = 'done', done_at = now()")
            try await router.pool.transaction { ingress in
                try await ingress.query(
                    """
                    insert into channel.inbound_event (lane, dedup_key, event_at, phone_number_id, peer, payload,
                      request_id, received_at, run_at)
                    values ('messages', 'late', now(), $1, 'one', '', 'req_late', now(), now())
                    """, [number])
                #expect(try await router.store.claim(8).isEmpty)
            }
            #expect(try await router.claimed().map(\.requestId) == ["req_late"])
        }
    }

    @Test func `take up a message that a person gives back after it was set aside`() async throws {
        try await RunningRouter.with(isWorking: false) { router in
            _ = try await router.pool.query(
                Self.flood, [.text(RunningRouter.number), .text("one"), .int8(1)])
            let only = try #require(try await router.claimed().first)
            #expect(try await router.store.park(only, code: "TEST"))
            #expect(try await Self.due(router) == 0)
            _ = try await router.pool.query(
                "update channel.inbound_event set state = 'ready', done_at = null where state = 'parked'")
            #expect(try await router.claimed().map(\.seq) == [only.seq])
        }
    }

    /// Thirty people write, one of them is not answered by the notifier, and the rest must not notice.
    @Test func `do not wait for one that is stuck`() async throws {
        let perSecond = 100, count = 900
        try await RunningRouter.with { router in
            router.peers.state.withLock { $0.stuckPeers = ["37369000000"] }
            for index in 0..<30 {
                router.seller("moldbank", "+373690000\(Self.two(index))", "Cafeneaua Veche")
            }
            let began = ContinuousClock.now
            for index in 0..<count {
                let due = began + .milliseconds(index * 1_000 / perSecond)
                try await Task.sleep(until: due)
                let wamid = "w\(index)"
                try await router.says(
                    "\(index % 90 + 1)", from: "373690000\(Self.two(index % 30))", wamid: wamid)
            }
            try await until(atMost: .seconds(30)) {
                try await router.pool.query(
                    """
                    select 1 from channel.inbound_event
                    where peer <> '37369000000' and state in ('ready', 'claimed') limit 1
                    """
                ).isEmpty
            }
            let row = try await router.pool.query(
                """
                select count(*) as n, count(*) filter (where state = 'done') as done,
                  percentile_cont(0.99) within group (order by extract(epoch from done_at - received_at)::float8) as p99
                from channel.inbound_event where peer <> '37369000000'
                """
            ).one()
            let p99 = try row.doubleOrNil("p99") ?? .infinity
            print("29 conversations beside a stuck one, \(perSecond)/s: p99 \((p99 * 1e4).rounded() / 10) ms")
            #expect(try row.int8("done") == row.int8("n"))
            // They would wait for as long as it is stuck, which is for ever; the figure is for a quiet machine.
            #expect(p99 < 20 * Double(Sanitizer.slowness))
            #expect(router.texts(to: "37369000000").isEmpty)
            router.peers.state.withLock { $0.stuckPeers = [] }
        }
    }

    private static func two(_ number: Int) -> String { String(100 + number).suffix(2).description }
}
