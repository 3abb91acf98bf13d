// One bank's broker that is away with thousands of events waiting for it, beside another that is well.
import Contracts
import Postgres
import Synchronization
import TestSupport
import Testing
import World

@testable import EcommGateway

@Suite(.serialized) struct `A bank that is away` {
    /// Payments of `bank`, each with an event that has waited for an hour. Written as by a program of before.
    private static func backlog(_ count: Int, at bank: String, _ gateway: RunningGateway) async throws {
        try await gateway.pool.query(
            """
            insert into gateway.payment (payment_id, caller, idempotency_key, pos_user_id, bank_id, merchant_id,
              merchant_name, terminal_id, rail, amount_minor, currency, phone_number_id, peer, locale, state,
              attempt_id, created_at, updated_at, request_id)
            select 'pay_' || $1 || i, 'command-router', $1 || i, 'u', $1, '1', 'M', 'T', 'qr', 100, 'MDL', '8', 'p',
              'ro', 'failed', 'att_' || $1 || i, now(), now(), 'req'
            from generate_series(1, $2::bigint) as i
            """, [.text(bank), .int8(Int64(count))])
        try await gateway.pool.query(
            """
            insert into gateway.bank_audit (payment_id, action, attempt_id, at, request_id, run_at)
            select 'pay_' || $1 || i, 'payment.paid', 'att_' || $1 || i, now(), 'req', now() - interval '1 hour'
            from generate_series(1, $2::bigint) as i
            """, [.text(bank), .int8(Int64(count))])
    }

    private static func left(_ gateway: RunningGateway, _ bank: String) async throws -> Int64 {
        try await gateway.count("bank_audit", "bank_id = '\(bank)' and state <> 'done'")
    }

    @Test func `holds up no other's trail, is asked ever less, and is told all when it is back`() async throws
    {
        try await RunningGateway.with { (gateway) async throws in
            let most = AuditBatch.eventsMax
            try await Self.backlog(3 * most, at: "codrubank", gateway)
            gateway.keeper.away.withLock { $0 = ["codrubank"] }
            for key in ["k1", "k2", "k3"] { _ = try await gateway.open(key) }
            try await gateway.reportWhatIsDue()
            #expect(try await Self.left(gateway, "moldbank") == 0, "told in the first round")
            #expect(gateway.keeper.calls.withLock { $0.sorted() } == [3, most])
            // Nothing of it is taken up while it rests, however often is looked.
            for _ in 0..<5 { try await gateway.reportWhatIsDue() }
            #expect(gateway.keeper.calls.withLock { $0.count } == 2)
            // Then with one event, and with each failure later.
            gateway.clock.advance(by: .seconds(1))
            for _ in 0..<3 { try await gateway.reportWhatIsDue() }
            #expect(gateway.keeper.calls.withLock { Array($0.dropFirst(2)) } == [1])
            _ = try await gateway.open("k4")
            try await gateway.reportWhatIsDue()
            #expect(try await Self.left(gateway, "moldbank") == 0)
            #expect(try await Self.left(gateway, "codrubank") == Int64(3 * most))
            gateway.keeper.away.withLock { $0 = [] }
            // What was never tried is told at once, what was tried when its own pause is over.
            for _ in 0..<8 {
                gateway.clock.advance(by: .seconds(2))
                try await gateway.reportWhatIsDue()
            }
            #expect(try await Self.left(gateway, "codrubank") == 0)
            #expect(gateway.keeper.calls.withLock { $0.max() } == most)
            #expect(gateway.keeper.kept.withLock { $0.count } == 3 * most + 4)
        }
    }

    @Test func `is asked once at a time by a process`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            try await Self.backlog(AuditBatch.eventsMax + 1, at: "codrubank", gateway)
            let first = try await gateway.reports.claim(8)
            #expect(first.map(\.reports.count) == [AuditBatch.eventsMax])
            #expect(gateway.reports.endMayFreeAnother, "there is more")
            #expect(try await gateway.reports.claim(8).isEmpty)
            for job in first { await gateway.reports.hand(job) }
            let second = try await gateway.reports.claim(8)
            #expect(second.map(\.reports.count) == [1])
            #expect(!gateway.reports.endMayFreeAnother)
            try await gateway.reports.release(second)
            #expect(try await gateway.reports.claim(8).map(\.reports.count) == [1], "handed back")
        }
    }

    @Test func `and one that is not known here wait for a process that knows them`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            try await Self.backlog(2, at: "otherbank", gateway)
            for _ in 0..<3 { try await gateway.reportWhatIsDue() }
            #expect(try await gateway.count("bank_audit", "state = 'ready' and attempts = 0") == 2)
            #expect(gateway.keeper.calls.withLock { $0.isEmpty })
        }
    }
}
