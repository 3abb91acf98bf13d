// What the gateway forgets, and when: never what a payment, a handle or a repeated message still needs.
import Contracts
import Mia
import Money
import Postgres
import Problem
import Synchronization
import TestSupport
import Testing
import World

@testable import EcommGateway

@Suite struct `The gateway's pruning` {
    /// Past all that is kept, also where it is tomorrow already on the merchant's wall.
    private static let afterDays = Duration.seconds((Pruning.daysKept + 2) * 86_400)

    private func counts(_ gateway: RunningGateway) async throws -> [Int64] {
        [try await gateway.count("pace"), try await gateway.count("merchant_day")]
    }

    @Test func `forgets paces and days that are over, in batches, and lets the limits be`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            _ = try await gateway.open("k1")
            try await gateway.pool.query(
                """
                insert into gateway.pace (bank_id, scope, subject, at, taken_until)
                select 'moldbank', 'seller', 'old' || i, now() - interval '2 hours', now() - interval '2 hours'
                from generate_series(1, 1300) as i
                """)
            try await gateway.pool.query(
                """
                insert into gateway.merchant_day (bank_id, merchant_id, currency, day, amount_minor)
                select 'moldbank', 'm' || i, 'MDL', 10000, 1 from generate_series(1, 1300) as i
                """)
            try await gateway.pruning.round(gateway.world.now())
            #expect(try await gateway.count("pace") == 2)
            #expect(try await gateway.count("merchant_day") == 1)
            gateway.clock.advance(by: Self.afterDays)
            try await gateway.pruning.round(gateway.world.now())
            #expect(try await counts(gateway) == [0, 0])
            #expect(try await gateway.open("k2").status == .open)
        }
    }

    /// A pace or a day that is being written is left for the next round: a pruner that waited could wait for ever.
    @Test func `waits for nobody`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            _ = try await gateway.open("k1")
            let later = gateway.world.now().advanced(by: Self.afterDays)
            try await gateway.pool.transaction { session in
                try await session.query("select from gateway.pace for update")
                try await session.query("select from gateway.merchant_day for update")
                try await gateway.pruning.round(later)
            }
            #expect(try await counts(gateway) == [2, 1])
            try await gateway.pruning.round(later)
            #expect(try await counts(gateway) == [0, 0])
        }
    }

    @Test func `forgets handles a month after their end and refused keys after eight days, no sooner`()
        async throws
    {
        try await RunningGateway.with { (gateway) async throws in
            let view = try await gateway.open("k1")
            let attempt = gateway.bank.asks.last?.orderId ?? ""
            try await gateway.report(.expired, of: attempt, to: view.paymentId)
            let handle = try #require(try await gateway.renewals.mint(view.paymentId, key: "m1"))
            var dear = RunningGateway.order
            dear.limits = MerchantLimits(perPayment: 1)
            await #expect(throws: (any Error).self) { try await gateway.open("k2", dear) }
            func rows() async throws -> [Int64] {
                try await gateway.pruning.round(gateway.world.now())
                return [try await gateway.count("renewal"), try await gateway.count("pinned_answer")]
            }
            func code() async throws -> String {
                do {
                    _ = try await gateway.renewals.redeem(
                        RenewPayment(
                            handle: handle.handle, sellers: [.init(bankId: "moldbank", posUserId: "u1")],
                            conversation: RunningGateway.order.conversation, locale: .ro),
                        caller: "command-router", idempotencyKey: "r1", issuer: gateway.issuer,
                        merchants: gateway.broker)
                    return "made"
                } catch let problem as Problem { return problem.code }
            }
            gateway.clock.advance(by: .seconds(7 * 86_400 + 60))
            #expect(try await rows() == [1, 1])
            #expect(try await code() == "HANDLE_EXPIRED")
            gateway.clock.advance(by: .seconds(86_400))
            #expect(try await rows() == [1, 0])
            gateway.clock.advance(by: .seconds(30 * 86_400))
            #expect(try await rows() == [0, 0])
            #expect(try await code() == "HANDLE_UNKNOWN")
            #expect(try await gateway.count("payment") == 1)
            #expect(try await gateway.count("payment_event") >= 2)
        }
    }
}

@Suite struct `A payment in a state of a later release` {
    @Test func `keeps no other from being told, nor does an outcome of a later release`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let odd = try await gateway.open("k1"), oddAttempt = gateway.bank.asks.last?.orderId ?? ""
            let plain = try await gateway.open("k2"), plainAttempt = gateway.bank.asks.last?.orderId ?? ""
            try await gateway.report(.paid, of: oddAttempt, to: odd.paymentId)
            try await gateway.report(.paid, of: plainAttempt, to: plain.paymentId)
            try await gateway.pool.query("alter table gateway.outbox drop constraint outbox_is_possible")
            try await gateway.pool.query(
                PostgresStatement(
                    composed: """
                        update gateway.outbox set kind = 'disputed' where payment_id = '\(odd.paymentId)'
                        """))
            try await gateway.tellWhatIsDue()
            #expect(gateway.teller.told.withLock { Array($0.keys) } == [plain.paymentId + ":paid"])
            #expect(try await gateway.count("outbox", "kind = 'disputed' and state = 'claimed'") == 1)
        }
    }

    @Test func `is read as unknown, touched by nothing, counted, and in nobody's way`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let odd = try await gateway.open("k1")
            let oddAttempt = gateway.bank.asks.last?.orderId ?? ""
            let plain = try await gateway.open("k2")
            // As the migration and the program of a later release leave it.
            try await gateway.pool.query("alter table gateway.payment drop constraint payment_is_possible")
            try await gateway.pool.query(
                PostgresStatement(
                    composed: """
                        update gateway.payment set state = 'disputed', run_at = now(), version = version + 1
                        where payment_id = '\(odd.paymentId)'
                        """))
            func row() async throws -> String {
                try await gateway.pool.query(
                    PostgresStatement(
                        composed: """
                            select p::text from gateway.payment p where payment_id = '\(odd.paymentId)'
                            """)
                ).one().text(0)
            }
            let before = try await row()
            gateway.clock.advance(by: .seconds(5))
            let claimed = try await gateway.janitor.claim(64)
            #expect(claimed.map(\.paymentId) == [plain.paymentId])
            for record in claimed { await gateway.janitor.look(at: record) }

            #expect(try await gateway.store.find(odd.paymentId)?.view.status == .unknown)
            #expect(try await gateway.lists.list(PaymentFilter(), limit: 10).count == 2)
            for attempt: () async throws -> Void in [
                { _ = try await gateway.open("k1") },
                { _ = try await gateway.afterSale.cancel(odd.paymentId) },
                { _ = try await gateway.report(.paid, of: oddAttempt, to: odd.paymentId) },
            ] {
                do {
                    try await attempt()
                    Issue.record("was done")
                } catch let problem as Problem {
                    #expect(problem.code == "PAYMENT_STATE_UNKNOWN" && problem.isRetryable)
                }
            }
            #expect(try await gateway.renewals.mint(odd.paymentId, key: "m1") == nil)
            #expect(try await row() == before)
            #expect(try await gateway.pruning.foreignCount() == 1)
            try await gateway.pruning.round(gateway.world.now())
        }
    }
}
