// Commits that are made and not heard of: the connection ends between the server's commit and its answer. What they
// wrote is under lease to whoever wrote it, so nobody else would go on with it until the lease ends.
import Contracts
import JobQueue
import Lifecycle
import Mia
import Observe
import Postgres
import Synchronization
import TestSupport
import Testing
import World

@testable import EcommGateway

@Suite(.serialized) struct `A commit of the gateway that was not heard of` {
    private static func with(
        _ body: @escaping @Sendable (RunningGateway, FreezingProxy) async throws -> Void
    ) async throws {
        let cluster = try await TemporaryCluster.shared()
        let name = try await cluster.freshDatabase(migrating: [
            (EcommGatewaySchema.schema.name, EcommGatewaySchema.schema.migrations)
        ])
        try await FreezingProxy.run(before: cluster.port) { proxy in
            try await cluster.withPool(name) { pool in
                try await cluster.withPool(name, role: "till_gateway", behind: proxy) { database in
                    try await body(RunningGateway(pool, database), proxy)
                }
            }
        }
    }

    private static func paid(_ store: PaymentStore, _ gateway: RunningGateway, _ key: String) async throws {
        let view = try await gateway.open(key)
        let attempt = try #require(gateway.bank.asks.last?.orderId)
        _ = try await store.change(view.paymentId) { record in
            try record.apply(.bankPaid, of: attempt, from: .callback, at: record.createdAt)
        }
    }

    /// A store whose outcomes are told by a worker beside it, and what that has begun with.
    private static func telling(
        _ gateway: RunningGateway
    ) -> (store: PaymentStore, begun: Mutexed<[Telling]>) {
        let begun = Mutexed<[Telling]>([]), places = JobPlaces<Telling>()
        let worker = JobWorker(
            name: "outbox", source: gateway.outbox, concurrency: 16, pollInterval: .seconds(60),
            loop: TestLoop.shared, world: gateway.world, log: .silent(gateway.world), metrics: Metrics()
        ) { telling in begun.value.withLock { $0.append(telling) } }
        places.open(worker)
        let store = PaymentStore(
            database: gateway.database, world: gateway.world, places: places, onTells: {})
        return (store, begun)
    }

    @Test func `tells its outcome at once all the same`() async throws {
        try await Self.with { gateway, proxy in
            let (store, begun) = Self.telling(gateway)
            // The session knows its statements.
            try await Self.paid(store, gateway, "k0")
            let view = try await gateway.open("k1")
            let attempt = try #require(gateway.bank.asks.last?.orderId)
            let paying = try await gateway.pool.transaction { other in
                try await other.query(
                    "select 1 from gateway.payment where payment_id = $1 for update", [.text(view.paymentId)])
                let paying = Task {
                    try await store.change(view.paymentId) { record in
                        try record.apply(.bankPaid, of: attempt, from: .callback, at: record.createdAt)
                    }
                }
                try await untilLocked(on: gateway.pool)
                proxy.keepAnswers()
                return paying
            }
            try await until(atMost: .seconds(20)) {
                try await gateway.count("outbox", "state = 'claimed'") == 2
            }
            proxy.cut()
            #expect(try await paying.value.record.state == .paid)
            try await until(atMost: .seconds(20)) { begun.value.withLock { $0.count } == 2 }
            let last = try #require(begun.value.withLock { $0.last })
            #expect(last.paymentId == view.paymentId && last.fence == 1)
            let seq = try await gateway.pool.query(
                "select seq from gateway.outbox where payment_id = $1", [.text(view.paymentId)]
            ).one().int8(0)
            #expect(last.seq == seq)
            #expect(try await gateway.store.find(view.paymentId)?.version == 3)
        }
    }

    @Test func `goes on to the link of the payment that it wrote`() async throws {
        try await Self.with { gateway, proxy in
            _ = try await gateway.open("k0")
            proxy.keepAnswers()
            let opening = Task { try await gateway.open("k1") }
            try await until(atMost: .seconds(20)) { try await gateway.count("payment") == 2 }
            proxy.cut()
            let view = try await opening.value
            #expect(view.link != nil && view.status == .open)
            #expect(gateway.bank.asks.count == 2)
            #expect(try await gateway.count("attempt") == 2, "nobody took it over")
            #expect(try await gateway.open("k1") == view)
        }
    }

    @Test func `is not taken for another's when it spent a handle`() async throws {
        try await Self.with { gateway, proxy in
            let (_, first) = try await gateway.expired("k0")
            _ = try await gateway.renew(first.handle, "r0")
            let (old, handle) = try await gateway.expired("k1")
            let renewing = try await gateway.pool.transaction { other in
                try await other.query(
                    "select 1 from gateway.payment where payment_id = $1 for update", [.text(old.paymentId)])
                let renewing = Task { try await gateway.renew(handle.handle, "r1") }
                try await untilLocked(on: gateway.pool)
                proxy.keepAnswers()
                return renewing
            }
            try await until(atMost: .seconds(20)) { try await gateway.count("payment") == 4 }
            proxy.cut()
            let (view, isNew) = try await renewing.value
            #expect(isNew && view.link != nil && view.status == .open)
            #expect(try await gateway.renew(handle.handle, "r1").view == view)
        }
    }

    @Test func `tells the outcome of each of several payments once, at once`() async throws {
        try await Self.with { gateway, proxy in
            let (store, begun) = Self.telling(gateway)
            var opened: [(paymentId: String, attemptId: String)] = []
            for number in 0..<6 {
                let view = try await gateway.open("k\(number)", RunningGateway.order(of: number))
                opened.append((view.paymentId, try #require(gateway.bank.asks.last?.orderId)))
            }
            var known: [String: PaymentRecord] = [:]
            for one in opened { known[one.paymentId] = try await store.find(one.paymentId) }
            let records = known, all = opened
            @Sendable func pay(_ one: (paymentId: String, attemptId: String)) async throws -> PaymentState {
                try await store.change(one.paymentId, known: records[one.paymentId]) { record in
                    try record.apply(.bankPaid, of: one.attemptId, from: .callback, at: record.createdAt)
                }.record.state
            }
            // The session knows its statements.
            #expect(try await pay(opened[0]) == .paid)
            // The first waits by itself, and those behind it for the first; then these are held in the middle.
            let isThird = "new.payment_id = '\(all[2].paymentId)'"
            let paying = try await withInsertsHeld(
                into: "gateway.outbox", when: isThird, on: gateway.pool
            ) {
                let paying = try await gateway.pool.transaction { first in
                    try await first.query("select 1 from gateway.payment where pos_user_id = 'u1' for update")
                    let alone = Task { try await pay(all[1]) }
                    try await untilLocked(on: gateway.pool)
                    // Of known payments: they have gathered when they are made.
                    return [alone] + all.dropFirst(2).map { one in Task.immediate { try await pay(one) } }
                }
                _ = try await paying[0].value
                try await untilHeld(on: gateway.pool)
                proxy.keepAnswers()
                return paying
            }
            try await until(atMost: .seconds(20)) {
                try await gateway.count("outbox", "state = 'claimed'") == 6
            }
            proxy.cut()
            for task in paying { #expect(try await task.value == .paid) }
            try await until(atMost: .seconds(20)) { begun.value.withLock { $0.count } == 6 }
            #expect(Set(begun.value.withLock { $0.map(\.paymentId) }) == Set(opened.map(\.paymentId)))
            #expect(try await gateway.count("outbox") == 6)
            #expect(try await gateway.count("receipt") == 0)
        }
    }
}
