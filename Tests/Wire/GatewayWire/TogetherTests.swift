// Writes of several payments in one transaction, of new ones and of such as are paid: each is answered as if it
// had come alone, and what one of them is refused or kept waiting for costs no other anything.
import Contracts
import EventLoop
import Mia
import Money
import Postgres
import Problem
import Synchronization
import TestSupport
import Testing
import World

@testable import EcommGateway

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
        _ = try await gateway.open("k0", RunningGateway.order(of: 0))
        let tasks = try await gathering(
            gateway, behind: "select 1 from gateway.pace where subject = 'u0' for update"
        ) {
            let first = Task { try await gateway.open("k1", RunningGateway.order(of: 0)) }
            try await untilLocked(on: gateway.pool)
            // They have gathered when they are made.
            let rest = orders.enumerated().map { place, order in
                Task.immediate { try await gateway.open("k\(place + 2)", order) }
            }
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
            let orders = (1...8).map { RunningGateway.order(of: $0) }
            let views = try await opened(gateway, orders).map { try $0.get() }
            #expect(Set(views.map(\.link)).count == 8 && views.map(\.merchantId) == orders.map(\.merchantId))
            #expect(try await commits(gateway) < 8, "one; on a slow machine some more")
            #expect(try await gateway.count("pace") == 18)
        }
    }

    @Test func `pay nothing for one among them that a limit refuses`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            _ = try await gateway.open("before", RunningGateway.order(of: 3, perDay: 15_000))
            let results = try await opened(
                gateway, (1...8).map { RunningGateway.order(of: $0, perDay: 15_000) })
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
            let opening = (0..<12).map { _ in
                Task { try await gateway.open("same", RunningGateway.order(of: 1)) }
            }
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
            let view = try await gateway.open("k\(number)", RunningGateway.order(of: number))
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
                // One of them twice: the second finds that the first has written. Of known payments: they have
                // gathered when they are made.
                let rest = (opened.dropFirst() + [opened[1]]).map { one in
                    Task.immediate {
                        try await gateway.report(.paid, of: one.attemptId, to: one.paymentId)
                    }
                }
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
