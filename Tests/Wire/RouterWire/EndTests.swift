// Ends of messages that are written together: what each of them changes, and what becomes of the others when one of
// them cannot be written.
import JobQueue
import Postgres
import Synchronization
import TestSupport
import Testing
import World

@testable import CommandRouter

@Suite(.serialized) struct `Ends of messages` {
    private static let messages: PostgresStatement = """
        insert into channel.inbound_event (lane, dedup_key, event_at, phone_number_id, peer, payload, request_id,
          received_at, run_at)
        select 'messages', $2 || '-' || i, now(), $1, $2, '\\x7b7d', 'req_' || $2 || '-' || i, now(), now()
        from generate_series(1, $3::bigint) as i
        """

    /// One has come to be somebody else's meanwhile, one cannot be remembered; whoever waits behind is not held up.
    @Test func `come together in one statement, and each for itself`() async throws {
        try await RunningRouter.with(isWorking: false) { router in
            for peer in ["plain", "memorable", "lost", "odd"] {
                _ = try await router.pool.query(
                    Self.messages, [.text(RunningRouter.number), .text(peer), .int8(1)])
            }
            let store = InboundStore(
                database: router.store.database, world: router.store.world,
                patience: Patience(.seconds(3_600), enough: 4, on: TestLoop.shared), loop: TestLoop.shared)
            let claimed = try await store.claim(8)
            #expect(claimed.count == 4)
            _ = try await router.pool.query(
                "update channel.inbound_event set fence = fence + 1 where peer = 'lost'")
            let ends = try await withThrowingTaskGroup(of: (String, String).self) { group in
                for event in claimed {
                    group.addTask {
                        var memory = event.memory
                        if event.peer != "plain" { memory.isGreeted = true }
                        if event.peer == "odd" { memory.lastPaymentId = String(repeating: "p", count: 65) }
                        do {
                            let isMine = try await store.finish(event, remembering: memory)
                            return (event.peer, isMine ? "mine" : "not mine")
                        } catch { return (event.peer, "refused") }
                    }
                }
                return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
            #expect(ends == ["plain": "mine", "memorable": "mine", "lost": "not mine", "odd": "refused"])
            let rows = try await router.pool.query(
                """
                select e.peer, e.state, c.due_at is null as is_at_rest, r.is_greeted
                from channel.inbound_event e join channel.conversation c on c.peer = e.peer
                left join router.conversation r on r.peer = e.peer order by e.peer
                """
            ).map {
                (
                    try $0.text("peer"), try $0.text("state"), try $0.bool("is_at_rest"),
                    try $0.boolOrNil("is_greeted")
                )
            }
            #expect(rows.map(\.0) == ["lost", "memorable", "odd", "plain"])
            #expect(rows.map(\.1) == ["claimed", "done", "claimed", "done"])
            #expect(rows.map(\.2) == [false, true, false, true])
            #expect(rows.map(\.3) == [nil, true, nil, nil])
            // Behind this one another waits, so it waits for no company.
            _ = try await router.pool.query(
                Self.messages, [.text(RunningRouter.number), .text("two"), .int8(2)])
            let first = try #require(try await store.claim(8).first)
            #expect(try await store.finish(first, remembering: first.memory))
        }
    }

    private static func claim(
        _ peers: [String], _ router: RunningRouter, by store: InboundStore
    ) async throws -> [String: InboundEvent] {
        for peer in peers {
            _ = try await router.pool.query(messages, [.text(RunningRouter.number), .text(peer), .int8(1)])
        }
        let claimed = try await store.claim(8)
        return Dictionary(uniqueKeysWithValues: claimed.map { ($0.peer, $0) })
    }

    private final class Seen: Sendable { let isTrue = Mutex(false) }

    private final class Looks: Sendable { let count = Mutex(Int64(0)) }

    /// Ends once as many as `enough` of them wait.
    private static func store(_ router: RunningRouter, enough: Int) -> InboundStore {
        InboundStore(
            database: router.store.database, world: router.store.world,
            patience: Patience(.seconds(3_600), enough: enough, on: TestLoop.shared), loop: TestLoop.shared)
    }

    private static let hold: PostgresStatement =
        "select 1 from channel.conversation where peer = $1 for update"

    /// Who looks how long people waited must not see what their messages' ends waited for.
    @Test func `bear the moment of each answer, whichever they wait for`() async throws {
        try await RunningRouter.with(isWorking: false) { router in
            let looks = Looks(), live = router.store.world
            var world = live
            world.now = {
                let look = looks.count.withLock { count in
                    count += 1
                    return count
                }
                return live.now().advanced(by: .seconds(look * 100))
            }
            let store = InboundStore(
                database: router.store.database, world: world,
                patience: Patience(.seconds(3_600), enough: 2, on: TestLoop.shared), loop: TestLoop.shared)
            let claimed = try await Self.claim(["early", "late"], router, by: store)
            let early = try #require(claimed["early"]), late = try #require(claimed["late"])
            let before = looks.count.withLock { $0 }
            let first = Task { try await store.finish(early, remembering: early.memory) }
            try await until { looks.count.withLock { $0 } > before }
            #expect(try await store.finish(late, remembering: late.memory))
            #expect(try await first.value)
            let apart = try await router.pool.query(
                """
                select (extract(epoch from max(done_at) - min(done_at)) >= 90)::boolean as is_apart, count(*) as n
                from channel.inbound_event where state = 'done'
                """
            ).one()
            #expect(try apart.int8("n") == 2)
            #expect(try apart.bool("is_apart"))
        }
    }

    @Test func `that come with one of a stuck conversation are written without it`() async throws {
        try await RunningRouter.with(isWorking: false) { router in
            let store = Self.store(router, enough: 3)
            let claimed = try await Self.claim(["stuck", "one", "two"], router, by: store)
            #expect(claimed.count == 3)
            let ends = try await router.pool.transaction { session in
                try await session.query(Self.hold, [.text("stuck")])
                return await withTaskGroup(of: (String, Bool?).self) { group in
                    for event in claimed.values {
                        group.addTask {
                            (event.peer, try? await store.finish(event, remembering: event.memory))
                        }
                    }
                    return await group.reduce(into: [String: Bool?]()) { $0.updateValue($1.1, forKey: $1.0) }
                }
            }
            #expect(ends == ["stuck": nil, "one": true, "two": true])
            let done = try await router.pool.query(
                "select peer from channel.inbound_event where state = 'done' order by peer"
            ).map { try $0.text("peer") }
            #expect(done == ["one", "two"])
        }
    }

    @Test func `go beside one of a stuck conversation`() async throws {
        try await RunningRouter.with(isWorking: false) { router in
            let store = Self.store(router, enough: 1)
            let claimed = try await Self.claim(["stuck", "other"], router, by: store)
            let (stuck, other) = (try #require(claimed["stuck"]), try #require(claimed["other"]))
            let ended = Seen()
            // Each has a connection of its own: what shares one comes behind what is stuck.
            let database = router.store.database
            try await database.transaction { first in
                try await first.query("select 1")
                _ = try await database.transaction { try await $0.query("select 1") }
            }
            let ending = try await router.pool.transaction { session in
                try await session.query(Self.hold, [.text("stuck")])
                let ending = Task {
                    let isMine = try? await store.finish(stuck, remembering: stuck.memory)
                    ended.isTrue.withLock { $0 = true }
                    return isMine
                }
                try await untilLocked(on: router.pool)
                #expect(try await store.finish(other, remembering: other.memory))
                #expect(!ended.isTrue.withLock { $0 })
                return ending
            }
            #expect(await ending.value == true)
        }
    }

    @Test func `of two claims of one message are told apart`() async throws {
        try await RunningRouter.with(isWorking: false) { router in
            let store = Self.store(router, enough: 2)
            let first = try #require(try await Self.claim(["twice"], router, by: store)["twice"])
            _ = try await router.pool.query("update channel.inbound_event set fence = fence + 1")
            var second = first
            second.fence += 1
            var old = first.memory
            old.isGreeted = true
            async let isFirsts = store.finish(first, remembering: old)
            async let isSeconds = store.finish(second, remembering: second.memory)
            let ends = try await [isFirsts, isSeconds]
            #expect(ends == [false, true])
            #expect(try await router.pool.query("select 1 from router.conversation").isEmpty)
        }
    }
}
