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

@Suite(.serialized) struct `A callback whose commit was not heard of` {
    private static func keep(_ store: CallbackStore) async throws -> String {
        try await store.keep(
            bankId: "moldbank", capability: String(repeating: "a", count: 64), body: Array("{}".utf8))
    }

    @Test(arguments: [true, false])
    func `is kept once and answered, and begun at once where there was a place`(hasPlace: Bool) async throws {
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
                    if hasPlace { store.places.open(worker) }
                    let first = try await Self.keep(store)
                    proxy.keepAnswers()
                    let keeping = Task { try await Self.keep(store) }
                    try await until(atMost: .seconds(20)) {
                        try await superuser.query("select 1 from callback.received").count == 2
                    }
                    proxy.cut()
                    let second = try await keeping.value
                    if hasPlace {
                        try await until(atMost: .seconds(20)) {
                            begun.ids.withLock { $0 } == [first, second]
                        }
                    }
                    let rows = try await superuser.query(
                        "select 1 from callback.received where state = $1 and fence = $2 and attempts = $2",
                        [.text(hasPlace ? "claimed" : "ready"), .int8(hasPlace ? 1 : 0)])
                    #expect(rows.count == 2)
                }
            }
        }
    }

    /// It took so long that its lease ended: whoever claimed it meanwhile works on it.
    @Test func `is left to whoever has claimed it since`() async throws {
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
                    store.places.open(worker)
                    let first = try await Self.keep(store)
                    proxy.keepAnswers()
                    let keeping = Task { try await Self.keep(store) }
                    try await until(atMost: .seconds(20)) {
                        try await superuser.query(
                            "update callback.received set fence = 2 where callback_id <> $1", [.text(first)]
                        ).affected == 1
                    }
                    proxy.cut()
                    _ = try await keeping.value
                    let place = try #require(store.places.take(), "its place is free again")
                    _ = place
                    #expect(begun.ids.withLock { $0 } == [first])
                }
            }
        }
    }

    private final class Begun: Sendable { let ids = Mutex<[String]>([]) }
}
