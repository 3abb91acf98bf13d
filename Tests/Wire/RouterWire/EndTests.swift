// Ends of messages that are written together: what each of them changes, and what becomes of the others when one of
// them cannot be written.
import JobQueue
import Postgres
import TestSupport
import Testing

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
                patience: Patience(.seconds(3_600), enough: 4, on: TestLoop.shared))
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
}
