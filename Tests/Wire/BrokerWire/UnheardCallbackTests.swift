// A callback whose commit is made and not heard of: the connection ends before the answer. The bank says it once, and
// its row is under lease to who wrote it.
import EventLoop
import JobQueue
import Observe
import Postgres
import Synchronization
import TestSupport
import Testing
import World

@testable import CallbackReceiver

private func keep(_ store: CallbackStore) async throws -> String {
    try await store.keep(
        bankId: "moldbank", capability: String(repeating: "a", count: 64), body: Array("{}".utf8))
}

@Suite(.serialized) struct `A callback whose commit was not heard of` {
    /// A store behind a proxy that can keep the server's answers back, and a worker that notes what it begins.
    private struct Cut: Sendable {
        let store: CallbackStore
        let superuser: PostgresPool
        let proxy: FreezingProxy
        let worker: JobWorker<CallbackStore>
        let ids: @Sendable () -> [String]

        /// Another one, of which all but its commit's answer is `done`; then the connection ends.
        func keepUnheard(_ done: @escaping @Sendable () async throws -> Bool) async throws -> String {
            proxy.keepAnswers()
            let keeping = Task { try await keep(store) }
            try await until(atMost: .seconds(20), done)
            proxy.cut()
            return try await keeping.value
        }
    }

    private func with(_ body: @escaping @Sendable (Cut) async throws -> Void) async throws {
        let cluster = try await TemporaryCluster.shared()
        let name = try await cluster.freshDatabase(migrating: [
            (CallbackReceiverSchema.name, CallbackReceiverSchema.migrations)
        ])
        try await FreezingProxy.run(before: cluster.port) { proxy in
            try await cluster.withPool(name) { superuser in
                try await cluster.withPool(name, role: "till_callback", behind: proxy) { pool in
                    let store = CallbackStore(pool: pool, world: .forWireTests), begun = Begun()
                    let worker = JobWorker(
                        name: "callbacks", source: store, concurrency: 4, pollInterval: .seconds(60),
                        loop: TestLoop.shared, world: .forWireTests, log: .silent(.forWireTests),
                        metrics: Metrics()
                    ) { callback in begun.ids.withLock { $0.append(callback.callbackId) } }
                    try await body(
                        Cut(
                            store: store, superuser: superuser, proxy: proxy, worker: worker,
                            ids: { begun.ids.withLock { $0 } }))
                }
            }
        }
    }

    @Test(arguments: [true, false])
    func `is kept once and answered, and begun at once where there was a place`(hasPlace: Bool) async throws {
        try await with { cut in
            if hasPlace { cut.store.places.open(cut.worker) }
            let first = try await keep(cut.store)
            let second = try await cut.keepUnheard {
                try await cut.superuser.query("select 1 from callback.received").count == 2
            }
            if hasPlace { try await until(atMost: .seconds(20)) { cut.ids() == [first, second] } }
            let rows = try await cut.superuser.query(
                "select 1 from callback.received where state = $1 and fence = $2 and attempts = $2",
                [.text(hasPlace ? "claimed" : "ready"), .int8(hasPlace ? 1 : 0)])
            #expect(rows.count == 2)
        }
    }

    /// It took so long that its lease ended: whoever claimed it meanwhile works on it.
    @Test func `is left to whoever has claimed it since`() async throws {
        try await with { cut in
            cut.store.places.open(cut.worker)
            let first = try await keep(cut.store)
            _ = try await cut.keepUnheard {
                try await cut.superuser.query(
                    "update callback.received set fence = 2 where callback_id <> $1", [.text(first)]
                ).affected == 1
            }
            let place = try #require(cut.store.places.take(), "its place is free again")
            _ = place
            #expect(cut.ids() == [first])
        }
    }

    private final class Begun: Sendable { let ids = Mutex<[String]>([]) }
}
