// Paces and days, counted by the database: two replicas together let no more through than one.
import Contracts
import Copy
import Mia
import Money
import Postgres
import Problem
import TestSupport
import Testing
import World

@testable import EcommGateway

private let noon = Timestamp(seconds: 1_790_000_000)

@Suite struct `The limits` {
    /// How often each code was answered, over two replicas at once.
    private func rush(
        _ gateway: RunningGateway, _ limits: BankLimits, count: Int, keys: String = "r",
        _ order: @Sendable @escaping (Int) -> OpenPayment
    ) async -> [String: Int] {
        let replicas = [gateway.replica(limits: limits), gateway.replica(limits: limits)]
        return await withTaskGroup(of: String.self) { group in
            for index in 0..<count {
                group.addTask {
                    do {
                        _ = try await replicas[index % 2].open("\(keys)\(index)", order(index))
                        return "opened"
                    } catch { return (error as? Problem)?.code ?? "\(error)" }
                }
            }
            return await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        }
    }

    @Test func `of a seller's pace hold across replicas, to the payment`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            gateway.clock.stop(at: noon)
            let limits = BankLimits(clock: .chisinau, sellerPerMinute: 10, merchantPerMinute: 1_000)
            let outcomes = await rush(gateway, limits, count: 40) { _ in RunningGateway.order }
            #expect(outcomes == ["opened": 10, "SELLER_TOO_FAST": 30])
            #expect(try await gateway.count("payment") == 10)
            // Nothing of the refused ones counts: after a tenth of a minute there is room for exactly one.
            gateway.clock.advance(by: .seconds(6))
            let next = await rush(gateway, limits, count: 4, keys: "next") { _ in RunningGateway.order }
            #expect(next == ["opened": 1, "SELLER_TOO_FAST": 3])
            #expect(try await gateway.count("payment") == 11)
        }
    }

    @Test func `of a merchant's pace count all its sellers`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            gateway.clock.stop(at: noon)
            let limits = BankLimits(clock: .chisinau, sellerPerMinute: 5, merchantPerMinute: 12)
            let outcomes = await rush(gateway, limits, count: 40) { index in
                var order = RunningGateway.order
                order.posUserId = "u\(index % 8)"
                return order
            }
            #expect(outcomes == ["opened": 12, "MERCHANT_TOO_FAST": 28])
        }
    }

    @Test func `say when to come again, and never refuse what was opened before`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            gateway.clock.stop(at: noon)
            let slow = gateway.replica(
                limits: BankLimits(clock: .chisinau, sellerPerMinute: 1, merchantPerMinute: 1_000))
            let first = try await slow.open("k1")
            do {
                _ = try await slow.open("k2")
                Issue.record("opened")
            } catch let problem as Problem {
                #expect(problem.code == "SELLER_TOO_FAST" && problem.kind == .tooManyRequests)
                #expect(problem.retryAfterSeconds == 60)
            }
            for _ in 0..<3 { #expect(try await slow.open("k1") == first) }
            var smaller = RunningGateway.order
            smaller.limits = MerchantLimits(perPayment: 1, perDay: 1)
            #expect(try await slow.open("k1", smaller) == first)
            gateway.clock.advance(by: .seconds(60))
            #expect(try await slow.open("k3").status == .open)
        }
    }

    @Test func `refuse a message for good, whatever room there is when it comes again`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            gateway.clock.stop(at: noon)
            let slow = gateway.replica(
                limits: BankLimits(clock: .chisinau, sellerPerMinute: 1, merchantPerMinute: 1_000))
            func answer(_ key: String, _ order: OpenPayment = RunningGateway.order) async throws -> Problem? {
                do { _ = try await slow.open(key, order) } catch let problem as Problem { return problem }
                return nil
            }
            #expect(try await answer("k1") == nil)
            let refused = try #require(try await answer("k2"))
            #expect(refused.code == "SELLER_TOO_FAST")
            gateway.clock.advance(by: .seconds(3_600))
            // The same words, also from a replica with other limits, and nothing of it at the bank.
            let again = try #require(try await answer("k2"))
            #expect(again.code == refused.code && again.retryAfterSeconds == refused.retryAfterSeconds)
            await #expect(throws: Problem.self) { try await gateway.open("k2") }
            var other = RunningGateway.order
            other.amount = Money(minorUnits: 1, currency: .mdl)
            let conflict = try #require(try await answer("k2", other))
            #expect(conflict.code == "IDEMPOTENCY_CONFLICT" && conflict.toUser.contains("amount.minor"))
            #expect(try await answer("k3") == nil)
            #expect(gateway.bank.asks.count == 0 && slow.bank.asks.count == 2)
            let kept = try await gateway.pool.query("select a::text from gateway.pinned_answer a").one()
            #expect(try !kept.text(0).contains("Cafea"))
        }
    }

    /// An opening that waits for its seller's pace while the refusal of its key is being pinned.
    @Test func `give two tries of one message that meet one answer`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            _ = try await gateway.open("k1")
            let key: [PostgresValue] = [.text("command-router"), .text("k2")]
            let opening = try await gateway.pool.transaction { session in
                try await session.query(
                    PinnedQueries.lockPace,
                    [
                        .text("moldbank"), .text("u1"), .timestamp(gateway.world.now()),
                        .text("command-router k2"),
                    ])
                let opening = Task { try await gateway.open("k2") }
                try await until(atMost: .seconds(30)) {
                    try await gateway.pool.query(
                        """
                        select count(*) from pg_stat_activity
                        where wait_event_type = 'Lock' and datname = current_database()
                        """
                    ).one().int8(0) > 0
                }
                let answer: [PostgresValue] = [
                    .text(""), .text("SELLER_TOO_FAST"), .text(nil), .timestamp(gateway.world.now()),
                ]
                try await session.query(PinnedQueries.keep, key + answer)
                return opening
            }
            do {
                _ = try await opening.value
                Issue.record("opened")
            } catch let problem as Problem { #expect(problem.code == "SELLER_TOO_FAST") }
            #expect(try await gateway.count("payment") == 1 && gateway.bank.asks.count == 1)
        }
    }

    @Test func `of one payment are said at once`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            var order = RunningGateway.order
            for (limits, code) in [
                (MerchantLimits(perPayment: 9_999), "LIMIT_PER_PAYMENT"),
                (MerchantLimits(perDay: 9_999), "LIMIT_PER_DAY"),
            ] {
                order.limits = limits
                do {
                    _ = try await gateway.open(code, order)
                    Issue.record("opened")
                } catch let problem as Problem {
                    #expect(problem.code == code && problem.kind == .unprocessable)
                }
            }
            #expect(try await gateway.count("payment") == 0)
        }
    }

    @Test func `of a day hold across replicas, to the payment`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            gateway.clock.stop(at: noon)
            let limits = BankLimits(clock: .chisinau, sellerPerMinute: 1_000, merchantPerMinute: 1_000)
            var order = RunningGateway.order
            order.limits = MerchantLimits(perDay: 59_999)
            let asked = order
            let outcomes = await rush(gateway, limits, count: 20) { _ in asked }
            #expect(outcomes == ["opened": 5, "LIMIT_PER_DAY": 15])
            #expect(try await gateway.count("merchant_day", "amount_minor = 50000") == 1)
        }
    }

    @Test func `of a day follow what becomes of its links, late money included`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            gateway.clock.stop(at: noon)
            var order = RunningGateway.order
            order.limits = MerchantLimits(perDay: 20_000)
            func open(_ key: String) async throws -> String {
                do { return try await gateway.open(key, order).paymentId } catch let problem as Problem {
                    return problem.code
                }
            }
            func day() async throws -> Int64 {
                try await gateway.pool.query(
                    "select amount_minor from gateway.merchant_day order by day desc limit 1"
                )
                .one().int8(0)
            }
            let first = try await open("k1")
            let second = try await open("k2")
            #expect(try await open("k3") == "LIMIT_PER_DAY")
            let attempts = gateway.bank.asks.map(\.orderId)
            _ = try await gateway.afterSale.cancel(first)
            // Its link can be paid for the rest of its life.
            #expect(try await day() == 20_000)
            #expect(try await open("k5") == "LIMIT_PER_DAY")
            try await gateway.endWatch()
            #expect(try await day() == 10_000)
            #expect(try await open("k6").hasPrefix("pay_"))
            // The link that was taken back is paid all the same: the money is here, whatever the limit.
            try await gateway.report(.paid, of: attempts[0], to: first)
            try await gateway.report(.paid, of: attempts[1], to: second)
            #expect(try await day() == 30_000)
            #expect(try await open("k4") == "LIMIT_PER_DAY")
            gateway.clock.advance(by: .seconds(Int64(Limits.secondsToMidnight(noon, .chisinau))))
            #expect(try await open("k7").hasPrefix("pay_"))
            #expect(try await day() == 10_000)
        }
    }
}
