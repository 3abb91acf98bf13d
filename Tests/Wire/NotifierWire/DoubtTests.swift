// What is known about an attempt although its row says otherwise: that a mark was written whose answer was
// lost, that a sender taken for gone was not. Rows and store only; no request leaves.
import Contracts
import Postgres
import TestSupport
import Testing
import World

@testable import Notifier

@Suite(.serialized) struct `A doubtful attempt` {
    private static func with(_ body: @escaping @Sendable (OutboxStore) async throws -> Void) async throws {
        try await OutboxBench.with { bench in
            try await bench.post("Plătit", to: "37369000001")
            try await bench.hear("37369000001")
            try await body(bench.outbox)
        }
    }

    private func begin(_ outbox: OutboxStore) async throws -> Departure {
        try #require(try await round(outbox).departures.first)
    }

    private func round(_ outbox: OutboxStore) async throws -> OutboxStore.Round {
        var doubtful: [Departure] = []
        return try await outbox.round(free: 8, turns: [("800", 8)], doubtful: &doubtful)
    }

    @Test func `whose mark was written and never left is sent by whoever comes next`() async throws {
        try await Self.with { outbox in
            let store = outbox.messages
            let departure = try await begin(outbox)
            try await store.takeBack(departure)
            try await store.takeBack(departure)
            let again = try await begin(outbox)
            #expect(again.message.attempts == 1 && again.message.fence > departure.message.fence)
            try await store.takeBack(departure)
            #expect(try await store.view(departure.message.messageId)?.status == .sending)
        }
    }

    @Test func `whose mark came to nothing leaves the mark of another process alone`() async throws {
        try await OutboxBench.with { bench in
            try await bench.post("Plătit", to: "37369000001")
            try await bench.hear("37369000001")
            let store = bench.outbox.messages
            // A round stops at its mark, and all of it is rolled back.
            let failed = try await bench.pool.transaction { other in
                try await other.query("lock table notifier.attempt in exclusive mode")
                let failing = Task {
                    var doubtful: [Departure] = []
                    do {
                        _ = try await bench.outbox.round(free: 8, turns: [("800", 8)], doubtful: &doubtful)
                    } catch { return doubtful }
                    return []
                }
                try await untilLocked(on: bench.pool)
                try await bench.pool.query(
                    """
                    select pg_cancel_backend(pid) from pg_stat_activity
                    where datname = current_database() and wait_event_type = 'Lock'
                    """)
                return await failing.value
            }
            let lost = try #require(failed.first)
            // Another process is faster than who takes it back, and is sending it.
            let departure = try await begin(bench.outbox)
            #expect(departure.message.markedFence == lost.message.markedFence)
            try await store.takeBack(lost)
            #expect(try await store.view(lost.message.messageId)?.status == .sending)
            #expect(try await round(bench.outbox).departures.isEmpty)
            #expect(try await store.markAccepted([(departure, "wamid.1")]).isDone == [true])
        }
    }

    @Test func `whose mark is still on its way when it is taken back is not marked any more`() async throws {
        try await Self.with { outbox in
            let store = outbox.messages
            // As a round sees it that has read and not written yet.
            let row = try await store.database.query(
                "select message_id, fence from notifier.message"
            ).one()
            let messageId = try row.text("message_id"), fence = try row.int8("fence")
            let disowned = try await store.database.query(
                OutboxQueries.disown, [.text(messageId), .int8(fence)])
            #expect(disowned.affected == 1)
            let now = store.world.now()
            let marked = try await store.database.query(
                OutboxQueries.mark,
                [
                    .textArray([messageId]), .int8Array([fence]), .textArray(["chat"]),
                    .timestampArray([nil]), .textArray([nil]), .timestamp(now), .timestamp(now),
                ])
            #expect(marked.isEmpty)
            #expect(try await store.view(messageId)?.status == .queued)
            #expect(try await begin(outbox).message.attempts == 0)
        }
    }

    @Test func `whose answer comes while the database is away is settled when it is back`() async throws {
        let cluster = try await TemporaryCluster.start()
        try await RunningNotifier.with(on: cluster) { notifier in
            try await notifier.heard("37369000001")
            notifier.graph.plan("37369000001", [.whenLetGo])
            let id = try await notifier.say(.text("Plătit"), to: "37369000001")
            try await until("it is on its way") { notifier.graph.bodies.count == 1 }
            try await cluster.stopServer(mode: "immediate")
            notifier.graph.letGo()
            // It has the answer long before this is over, and nowhere to keep it.
            try await Task.sleep(for: .seconds(2))
            try await cluster.startAgain()
            try await until("its answer is kept") { (try? await notifier.view(id))?.status == .accepted }
            #expect(notifier.graph.bodies.count == 1)
        }
        try await cluster.stop()
    }

    @Test func `does not wait for hours because a clock was ahead and was put back`() async throws {
        try await Self.with { outbox in
            let store = outbox.messages
            let ahead = store.world.now().advanced(by: .seconds(5 * 3_600))
            try await store.database.query(
                "update notifier.message set run_at = $1", [.timestamp(ahead)])
            try await store.database.query(
                "update notifier.recipient set next_at = $1", [.timestamp(ahead)])
            #expect(try await round(outbox).departures.isEmpty)
            try await store.forgetClock(store.world.now())
            let departure = try await begin(outbox)
            // Leased under the wrong clock by a process that is gone.
            _ = try await store.database.query(
                OutboxQueries.renew,
                [
                    .textArray([departure.message.messageId]), .int8Array([departure.message.markedFence]),
                    .timestamp(ahead),
                ])
            try await store.forgetClock(store.world.now())
            let now = store.world.now()
            let found = try await store.database.query(KeeperQueries.leaseLost, [.timestamp(now), .int8(8)])
            #expect(found.count == 1)
            try await store.forgetClock(now)
        }
    }

    @Test func `that was given up is settled by its own sender's answer and by no other's`() async throws {
        try await Self.with { outbox in
            let store = outbox.messages
            let message = try await begin(outbox).message
            _ = try await store.settle(Settlement(message.messageId, .leaseLost))
            #expect(try await store.view(message.messageId)?.status == .unresolved)
            let stranger = Settlement(message.messageId, .notSent, fence: message.fence)
            #expect(try await store.settle(stranger) == .leaseLost)
            let nobody = Settlement(message.messageId, .refusedForNow(131_000))
            #expect(try await store.settle(nobody) == .refused(.unresolved))
            let own = Settlement(message.messageId, .refusedForNow(131_000), fence: message.markedFence)
            #expect(try await store.settle(own) == .done(.queued, [.retryLater]))
            #expect(try await store.settle(own) == .refused(.queued))
        }
    }
}
