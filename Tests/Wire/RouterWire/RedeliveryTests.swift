// A message that Meta delivers again at the moment when the router writes what became of it. The ingress holds the
// conversation then and waits for the message; whoever holds the message and waits for the conversation stops both.
import Postgres
import TestSupport
import Testing
import WhatsApp
import World

@testable import CommandRouter
@testable import WebhookIngress

@Suite(.serialized) struct `A message that is delivered again` {
    /// What the router may be writing.
    enum Ending: CaseIterable {
        case finished, remembered, retried, parked, released, renewed

        fileprivate func write(_ event: CommandRouter.InboundEvent, _ store: InboundStore) async throws
            -> Bool
        {
            switch self {
            case .finished: return try await store.finish(event, remembering: event.memory)
            case .remembered:
                var memory = event.memory
                memory.isGreeted.toggle()
                return try await store.finish(event, remembering: memory)
            case .retried: return try await store.retry(event, at: store.world.now(), code: "TEST")
            case .parked: return try await store.park(event, code: "TEST")
            case .released: try await store.release([event])
            case .renewed: try await store.renew([event])
            }
            return true
        }
    }

    private static let peer = "37369000001"

    private static func event(_ name: String, at seconds: Int64) -> WebhookIngress.InboundEvent {
        let item = WebhookItem(
            lane: .messages, dedupKey: name, eventAt: seconds, wabaId: "9",
            phoneNumberId: RunningRouter.number, waId: peer, userId: nil, opensWindow: true, payload: [1])
        return WebhookIngress.InboundEvent(
            item, receivedAt: World.forWireTests.now(), requestId: "req_" + name)
    }

    /// Two messages come in one delivery. The first waits for somebody else who is writing it, so that the delivery
    /// holds the conversation and has not come to the second yet, which the router writes at that moment.
    @Test(arguments: Ending.allCases)
    func `waits for the router, and never the router for it in turn`(ending: Ending) async throws {
        try await RunningRouter.with(isWorking: false) { router in
            let cluster = try await TemporaryCluster.shared()
            let name = try await router.pool.query("select current_database()::text as name").one().text(
                "name")
            let seconds = World.forWireTests.now().seconds
            try await cluster.withPool(name, role: "till_ingress") { pool in
                let ingress = EventStore(commits: pool, pool: pool, world: .forWireTests)
                let first = Self.event("w1", at: seconds), second = Self.event("w2", at: seconds)
                #expect(try await ingress.keep([second]).fresh == 1)
                let mine = try #require(try await router.claimed().first)
                let (delivering, writing) = try await router.pool.transaction { other in
                    try await other.query("select set_config('till.conversations_kept', 'yes', true)")
                    try await other.query(
                        """
                        insert into channel.inbound_event (lane, dedup_key, event_at, phone_number_id, peer, payload,
                          request_id, received_at, run_at, state, done_at)
                        values ('messages', 'w1', $1, $2, $3, '', 'req', now(), now(), 'done', now())
                        """, [.timestamp(first.eventAt), .text(RunningRouter.number), .text(Self.peer)])
                    let delivering = Task { try await ingress.keep([first, second]).fresh }
                    try await untilLocked(1, on: router.pool)
                    let writing = Task { try await ending.write(mine, router.store) }
                    try await untilLocked(2, on: router.pool)
                    return (delivering, writing)
                }
                let fresh = await delivering.result, isWritten = await writing.result
                #expect(throws: Never.self) { try fresh.get() }
                #expect(throws: Never.self) { try isWritten.get() }
                #expect((try? fresh.get()) == 0)
                #expect((try? isWritten.get()) == true)
            }
        }
    }
}
