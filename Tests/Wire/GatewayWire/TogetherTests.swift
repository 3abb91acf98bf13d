// Writes of several payments in one transaction, results in one request, outcomes in another: each is answered as if it
// had come alone, and what one of them is refused, kept waiting for or cut off with costs no other anything.
import Contracts
import EventLoop
import JobQueue
import Lifecycle
import Mia
import Money
import Observe
import Postgres
import Problem
import Synchronization
import TestSupport
import Testing
import World

@testable import EcommGateway

private func order(_ number: Int, perDay: Int64? = nil) -> OpenPayment {
    var order = RunningGateway.order
    order.posUserId = "u\(number)"
    order.merchantId = "m\(number)"
    if let perDay { order.limits = MerchantLimits(perDay: perDay) }
    return order
}

/// Somebody holds the rows that `lock` finds while `body` starts writes; those behind the first wait for it and gather.
private func gathering<Value: Sendable>(
    _ gateway: RunningGateway, behind lock: PostgresStatement,
    _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await gateway.pool.transaction { holder in
        try await holder.query(lock)
        return try await body()
    }
}

@Suite struct `Payments that are opened together` {
    /// One that waits for its seller's row; eight behind it.
    private func opened(
        _ gateway: RunningGateway, _ orders: [OpenPayment]
    ) async throws -> [Result<PaymentView, any Error>] {
        _ = try await gateway.open("k0", order(0))
        let tasks = try await gathering(
            gateway, behind: "select 1 from gateway.pace where subject = 'u0' for update"
        ) {
            let first = Task { try await gateway.open("k1", order(0)) }
            try await untilLocked(on: gateway.pool)
            let rest = orders.enumerated().map { place, order in
                Task { try await gateway.open("k\(place + 2)", order) }
            }
            // They have nothing to do but to gather.
            try await Task.sleep(for: .milliseconds(100))
            return [first] + rest
        }
        var results: [Result<PaymentView, any Error>] = []
        for task in tasks.dropFirst() { results.append(await task.result) }
        _ = try await tasks[0].value
        return results
    }

    private func commits(_ gateway: RunningGateway) async throws -> Int64 {
        try await gateway.pool.query(
            """
            select count(distinct e.xmin::text) from gateway.payment_event e
            join gateway.payment p using (payment_id)
            where e.event = 'asked' and p.pos_user_id <> 'u0'
            """
        ).one().int8(0)
    }

    @Test func `are one commit, and each has its own link`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let orders = (1...8).map { order($0) }
            let views = try await opened(gateway, orders).map { try $0.get() }
            #expect(Set(views.map(\.link)).count == 8 && views.map(\.merchantId) == orders.map(\.merchantId))
            #expect(try await commits(gateway) < 8, "one; on a slow machine some more")
            #expect(try await gateway.count("pace") == 18)
        }
    }

    @Test func `pay nothing for one among them that a limit refuses`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            _ = try await gateway.open("before", order(3, perDay: 15_000))
            let results = try await opened(gateway, (1...8).map { order($0, perDay: 15_000) })
            for (place, result) in results.enumerated() where place != 2 {
                #expect(try result.get().status == .open)
            }
            #expect(throws: Problem.self) { try results[2].get() }
            #expect(try await gateway.count("pinned_answer") == 1)
            #expect(try await gateway.count("payment", "merchant_id = 'm3'") == 1)
        }
    }

    @Test func `are one payment where they are the same`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let opening = (0..<12).map { _ in Task { try await gateway.open("same", order(1)) } }
            var views: [PaymentView] = []
            for task in opening { views.append(try await task.value) }
            #expect(Set(views.map(\.paymentId)).count == 1)
            #expect(try await gateway.count("payment") == 1 && gateway.bank.asks.count == 1)
        }
    }
}

@Suite struct `Payments that are paid together` {
    private struct Opened: Sendable {
        var paymentId: String
        var attemptId: String
    }

    private func open(_ gateway: RunningGateway, _ count: Int) async throws -> [Opened] {
        var opened: [Opened] = []
        for number in 0..<count {
            let view = try await gateway.open("k\(number)", order(number))
            opened.append(
                Opened(
                    paymentId: view.paymentId, attemptId: try #require(gateway.bank.asks.last?.orderId)))
        }
        return opened
    }

    private static let lock: PostgresStatement =
        "select 1 from gateway.payment where pos_user_id = 'u0' for update"

    @Test func `are one commit, whichever is answered`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let opened = try await open(gateway, 9)
            let reports = try await gathering(gateway, behind: Self.lock) {
                let first = Task {
                    try await gateway.report(.paid, of: opened[0].attemptId, to: opened[0].paymentId)
                }
                try await untilLocked(on: gateway.pool)
                // One of them twice: the second finds that the first has written.
                let rest = (opened.dropFirst() + [opened[1]]).map { one in
                    Task { try await gateway.report(.paid, of: one.attemptId, to: one.paymentId) }
                }
                try await Task.sleep(for: .milliseconds(100))
                return [first] + rest
            }
            for report in reports { #expect(try await report.value.state == .paid) }
            #expect(try await gateway.count("outbox", "kind = 'paid'") == 9)
            #expect(try await gateway.count("receipt") == 9)
            let commits = try await gateway.pool.query(
                "select count(distinct xmin::text) from gateway.receipt"
            ).one().int8(0)
            // The first, and all others; on a slow machine some more.
            #expect(commits < 9)
        }
    }

    @Test func `do not wait for one among them whose row is held`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let opened = try await open(gateway, 5)
            // As a busy gateway's: a pool that is just opening its connections sends one behind the other.
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask { try await gateway.database.query("select pg_sleep(0.2)") }
                }
                try await group.waitForAll()
            }
            let held = try await gateway.pool.transaction { holder in
                try await holder.query(
                    "select 1 from gateway.payment where pos_user_id in ('u0', 'u2') for update")
                let reports = opened.map { one in
                    Task { try await gateway.report(.paid, of: one.attemptId, to: one.paymentId) }
                }
                // Whatever went alone or together: after a quarter of a second others begin beside it, and what is
                // refused together is written each by itself.
                try await until(atMost: .seconds(30)) {
                    try await gateway.count("payment", "state = 'paid'") == 3
                }
                return reports
            }
            // Whoever brought news of the two has had it written by now, or is told to bring it again.
            for (one, report) in zip(opened, held) {
                do { #expect(try await report.value.state == .paid) } catch let error as PostgresError {
                    #expect(error.isRetryable)
                    let again = try await gateway.report(.paid, of: one.attemptId, to: one.paymentId)
                    #expect(again.state == .paid)
                }
            }
            #expect(try await gateway.count("receipt") == 5)
        }
    }
}

@Suite(.serialized) struct `A commit of several payments that was not heard of` {
    @Test func `tells each of their outcomes once, at once`() async throws {
        let cluster = try await TemporaryCluster.shared()
        let name = try await cluster.freshDatabase(migrating: [
            (EcommGatewaySchema.schema.name, EcommGatewaySchema.schema.migrations)
        ])
        try await FreezingProxy.run(before: cluster.port) { proxy in
            try await cluster.withPool(name) { pool in
                try await cluster.withPool(name, role: "till_gateway", behind: proxy) { database in
                    try await Self.cut(RunningGateway(pool, database), proxy)
                }
            }
        }
    }

    private static func cut(_ gateway: RunningGateway, _ proxy: FreezingProxy) async throws {
        let begun = Mutexed<[Telling]>([]), places = JobPlaces<Telling>()
        let worker = JobWorker(
            name: "outbox", source: gateway.outbox, concurrency: 16, pollInterval: .seconds(60),
            loop: TestLoop.shared, world: gateway.world, log: .silent(gateway.world), metrics: Metrics()
        ) { telling in begun.value.withLock { $0.append(telling) } }
        places.open(worker)
        let store = PaymentStore(
            database: gateway.database, world: gateway.world, places: places, onTells: {})
        var opened: [(paymentId: String, attemptId: String)] = []
        for number in 0..<6 {
            let view = try await gateway.open("k\(number)", order(number))
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

@Suite struct `A link that was told` {
    /// The server's log is written out by who waits for it, or seconds later.
    private static let settings = ["wal_writer_delay": "10s", "wal_writer_flush_after": "1GB"]

    @Test func `is known to a server that died alone behind it`() async throws {
        let cluster = try await TemporaryCluster.start(settings: Self.settings)
        let name = try await cluster.freshDatabase(migrating: [
            (EcommGatewaySchema.schema.name, EcommGatewaySchema.schema.migrations)
        ])
        try await cluster.withPool(name) { pool in
            try await cluster.withPool(name, role: "till_gateway") { database in
                let gateway = RunningGateway(pool, database)
                let told = try await gateway.open("k1", order(1))
                try await cluster.restartServer(mode: "immediate")
                try await until(atMost: .seconds(30)) {
                    (try? await gateway.store.find(told.paymentId)) != nil
                }
                // Its seller may be told by a commit on a new connection: a second link beside it could be paid too.
                let kept = try #require(try await gateway.store.find(told.paymentId))
                #expect(kept.state == .open && kept.link == told.link)
                #expect(kept.attempts.map(\.state) == [.open])
                let fresh = RunningGateway(pool, database, clock: gateway.clock)
                #expect(try await fresh.open("k1", order(1)) == told)
            }
        }
        try await cluster.stop()
    }
}
