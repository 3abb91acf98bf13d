// What can happen to a set of payments on its way: one of its rows is held, its session is ended in the middle, another
// gateway writes the same. Nothing is lost or doubled, and nobody waits for a neighbour.
import Contracts
import Lifecycle
import Postgres
import TestSupport
import Testing
import World

@testable import EcommGateway

private typealias Registered = Task<PaymentRecord?, any Error>

/// Number 0 by itself, which somebody keeps waiting; those behind it gather meanwhile.
private func gathered(
    _ store: PaymentStore, _ new: [Registration], on pool: PostgresPool
) async throws -> [Registered] {
    try await pool.transaction { holder in
        try await holder.query(
            """
            insert into gateway.pace (bank_id, scope, subject, at, taken_until)
            values ('moldbank', 'seller', $1, $2, $2)
            """, [.text(new[0].order.posUserId), .timestamp(new[0].firstAttempt.createdAt)])
        let first = Task { try await store.register(new[0]) }
        try await untilLocked(on: pool)
        return [first] + new.dropFirst().map { one in Task.immediate { try await store.register(one) } }
    }
}

/// Each of its own seller and merchant.
private func strangers(_ count: Int) -> [Registration] {
    (0..<count).map { registration($0, seller: "u\($0)", merchant: "m\($0)") }
}

/// Ends the session that is held in the middle of its statement.
private func killHeld(on pool: PostgresPool) async throws {
    try await untilHeld(on: pool)
    let killed = try await pool.query(
        """
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and wait_event = 'PgSleep'
        """)
    #expect(!killed.isEmpty)
}

@Suite struct `A set that is in trouble` {
    @Test func `opens all but the one whose seller's row is held`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let new = strangers(6)
            try await gateway.pool.query(
                """
                insert into gateway.pace (bank_id, scope, subject, at, taken_until)
                values ('moldbank', 'seller', 'u3', $1, $1)
                """, [.timestamp(new[0].firstAttempt.createdAt)])
            let tasks = try await gateway.pool.transaction { holder in
                try await holder.query("select 1 from gateway.pace where subject = 'u3' for update")
                let tasks = try await gathered(gateway.store, new, on: gateway.pool)
                try await until(atMost: .seconds(30)) { try await gateway.count("payment") == 5 }
                return tasks
            }
            for (place, task) in tasks.enumerated() {
                do { #expect(try await task.value?.paymentId == new[place].paymentId) } catch let error
                    as PostgresError
                {
                    // It waited for longer than it may, and comes again.
                    #expect(place == 3 && error.isRetryable)
                    #expect(try await gateway.store.register(new[3]) != nil)
                }
            }
            #expect(try await gateway.count("payment") == 6)
            #expect(try await gateway.count("merchant_day") == 6)
        }
    }

    @Test func `is opened once where its session ended in the middle`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let new = strangers(6)
            let tasks = try await withInsertsHeld(
                into: "gateway.attempt", when: "new.payment_id = '\(new[4].paymentId)'", on: gateway.pool
            ) {
                let tasks = try await gathered(gateway.store, new, on: gateway.pool)
                try await killHeld(on: gateway.pool)
                return tasks
            }
            for (place, task) in tasks.enumerated() {
                #expect(try await task.value?.paymentId == new[place].paymentId)
            }
            for table in ["payment", "attempt", "payment_event", "merchant_day"] {
                #expect(try await gateway.count(table) == 6, "\(table)")
            }
            #expect(try await gateway.count("merchant_day", "amount_minor <> 10000") == 0)
        }
    }

    @Test func `is paid once where its session ended in the middle`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let new = strangers(6)
            for one in new { _ = try await gateway.store.register(one) }
            @Sendable func pay(_ one: Registration) async throws {
                _ = try await gateway.store.change(one.paymentId, known: PaymentRecord(one)) { record in
                    guard record.state == .registering else { return }
                    _ = try record.apply(
                        .bankPaid, of: record.attemptId, from: .callback, at: record.createdAt)
                    record.newReceipts.append(
                        NewReceipt(attemptId: record.attemptId, railPaymentId: one.requestId))
                }
            }
            let tasks = try await withInsertsHeld(
                into: "gateway.receipt", when: "new.payment_id = '\(new[4].paymentId)'", on: gateway.pool
            ) {
                let tasks = try await gateway.pool.transaction { holder in
                    try await holder.query(
                        "select 1 from gateway.payment where payment_id = $1 for update",
                        [.text(new[0].paymentId)])
                    let first = Task { try await pay(new[0]) }
                    try await untilLocked(on: gateway.pool)
                    return [first] + new.dropFirst().map { one in Task.immediate { try await pay(one) } }
                }
                try await killHeld(on: gateway.pool)
                return tasks
            }
            for (place, task) in tasks.enumerated() {
                do { try await task.value } catch let error as PostgresError {
                    #expect(error.isRetryable || error.mayBeDone)
                    try await pay(new[place])
                }
            }
            for table in ["receipt", "outbox", "bank_audit"] {
                #expect(try await gateway.count(table) == 6, "\(table)")
            }
            #expect(try await gateway.count("payment_event", "to_state = 'paid'") == 6)
        }
    }

    /// The same keys at both, in opposite orders and under other ids, and as many keys of each its own: of a few
    /// sellers and merchants, whose rows both write all the time.
    @Test func `meets another gateway's, and every key is one payment that took its limits once`()
        async throws
    {
        let cluster = try await TemporaryCluster.shared()
        let name = try await cluster.freshDatabase(migrating: [
            (EcommGatewaySchema.schema.name, EcommGatewaySchema.schema.migrations)
        ])
        try await cluster.withPool(name, role: "till_gateway") { one in
            try await cluster.withPool(name, role: "till_gateway") { other in
                try await cluster.withPool(name) { pool in try await Self.meet([one, other], pool) }
            }
        }
    }

    private static func meet(_ databases: [PostgresPool], _ pool: PostgresPool) async throws {
        let count = 120
        var tasks: [Registered] = []
        for (side, database) in databases.enumerated() {
            let store = PaymentStore(
                database: database, world: .forWireTests, loop: TestLoop.shared, onTells: {})
            let common = (0..<count).map { side == 0 ? $0 : count - 1 - $0 }.map { ($0, "common\($0)") }
            let own = (0..<count).map { ($0, "own\(side)-\($0)") }
            for (place, (number, key)) in zip(common, own).flatMap({ [$0, $1] }).enumerated() {
                var new = registration(
                    1_000 * (side + 1) + place, key: key, seller: "u\(number % 5)",
                    merchant: "m\(number % 3)")
                new.share.sellerStep = .milliseconds(10)
                new.share.merchantStep = .milliseconds(1)
                let written = new
                tasks.append(Task.immediate { try await store.register(written) })
            }
        }
        var isNew = 0
        for task in tasks where try await task.value != nil { isNew += 1 }
        #expect(isNew == 3 * count)
        let facts = try await pool.query(
            """
            select (select count(*) from gateway.payment),
              (select count(*) from gateway.attempt a join gateway.payment p using (payment_id, attempt_id)),
              (select count(distinct payment_id) from gateway.payment_event where event = 'asked'),
              (select sum(amount_minor)::int8 from gateway.merchant_day),
              (select (sum(extract(epoch from taken_until - at)) * 1000)::int8 from gateway.pace
                where scope = 'merchant'),
              (select (sum(extract(epoch from taken_until - at)) * 100)::int8 from gateway.pace
                where scope = 'seller')
            """
        ).one()
        let all = Int64(3 * count)
        for column in 0..<3 { #expect(try facts.int8(column) == all, "\(column)") }
        #expect(try facts.int8(3) == all * 10_000)
        #expect(try facts.int8(4) == all && facts.int8(5) == all)
    }
}
