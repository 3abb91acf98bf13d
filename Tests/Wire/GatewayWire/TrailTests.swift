// What a bank's own trail is told: every outcome, in order, once, however long the broker is away.
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

@Suite struct `The bank's trail` {
    private func kept(_ gateway: RunningGateway) -> [String] {
        gateway.keeper.kept.withLock { $0.map(\.event.action) }
    }

    @Test func `hears of a payment's opening, its end, and money that comes late and again`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            gateway.bank.state.withLock { $0.troubles = [.lostAfterwards] }
            let view = try await gateway.open("k1")
            let attempts = gateway.bank.asks.map(\.orderId)
            _ = try await gateway.afterSale.cancel(view.paymentId)
            for attempt in [attempts[1], attempts[0], attempts[0]] {
                try await gateway.report(.paid, of: attempt, to: view.paymentId)
            }
            for _ in 0..<6 { try await gateway.reportWhatIsDue() }
            #expect(
                kept(gateway) == [
                    "payment.opened", "payment.cancelled", "payment.paidLate", "payment.paidAgain",
                ])
            let event = try #require(gateway.keeper.kept.withLock { $0.last?.event })
            #expect(event.subject == view.paymentId && event.posUserId == "u1" && event.merchantId == "128")
            #expect(event.detail["amountMinor"] == "10000" && event.detail["swiftMessageId"] == "SWIFT-1")
            #expect(event.detail["attemptId"] == attempts[0])
            #expect(try await gateway.count("receipt") == 2)
        }
    }

    @Test func `names nobody`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            var order = RunningGateway.request
            order.description = "Masa Anei"
            order.tag = "ana"
            _ = try await gateway.open("k1", order)
            try await gateway.reportWhatIsDue()
            let event = try #require(gateway.keeper.kept.withLock { $0.first?.event })
            let values = Array(event.detail.values) + [event.subject]
            for word in ["Ana", "ana", "69123456", "Masa"] {
                #expect(!values.contains { $0.contains(word) })
            }
        }
    }

    @Test func `hears of it when the broker is back, in order, and once where its answer was lost`()
        async throws
    {
        try await RunningGateway.with { (gateway) async throws in
            let view = try await gateway.open("k1")
            let attempt = try #require(gateway.bank.asks.first?.orderId)
            gateway.keeper.troubles.withLock {
                $0 = [
                    Problem(.unavailable, code: "PEER_UNREACHABLE", toUser: "no"),
                    Problem(.timedOut, code: "PEER_TIMED_OUT", toUser: "no"),
                ]
            }
            try await gateway.reportWhatIsDue()
            try await gateway.report(.paid, of: attempt, to: view.paymentId)
            try await gateway.reportWhatIsDue()
            #expect(kept(gateway).isEmpty, "nothing overtakes what came before it")
            for _ in 0..<4 {
                gateway.clock.advance(by: .seconds(10))
                try await gateway.reportWhatIsDue()
            }
            #expect(kept(gateway) == ["payment.opened", "payment.paid"])
            #expect(try await gateway.count("bank_audit", "state = 'done'") == 2)
            gateway.keeper.refused.withLock { $0 = ["payment."] }
            _ = try await gateway.open("k2")
            try await gateway.reportWhatIsDue()
            #expect(try await gateway.count("bank_audit", "state = 'parked'") == 1)
        }
    }

    /// The row is there or the change is not: a cut in between leaves neither.
    @Test func `cannot miss a change`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let view = try await gateway.open("k1")
            let attempt = try #require(gateway.bank.asks.first?.orderId)
            try await gateway.pool.query("revoke insert on gateway.bank_audit from till_gateway")
            await #expect(throws: (any Error).self) {
                try await gateway.report(.paid, of: attempt, to: view.paymentId)
            }
            #expect(try await gateway.store.find(view.paymentId)?.state == .open)
            #expect(try await gateway.count("outbox") == 0)
            try await gateway.pool.query("grant insert on gateway.bank_audit to till_gateway")
            try await gateway.report(.paid, of: attempt, to: view.paymentId)
            #expect(try await gateway.count("bank_audit", "action = 'payment.paid'") == 1)
            // A worker that died after the broker's answer: its lease ends, and the key says the rest.
            let claimed = try await gateway.reports.claim(64)
            #expect(claimed.flatMap(\.reports).map(\.action) == ["payment.opened"])
            _ = try await gateway.keeper.keep(
                AuditBatch(events: claimed[0].reports.map(\.entry)), bankId: "moldbank")
            for _ in 0..<3 {
                gateway.clock.advance(by: .seconds(11))
                try await gateway.reportWhatIsDue()
            }
            #expect(kept(gateway) == ["payment.opened", "payment.paid"])
        }
    }
}

@Suite struct `Reports to banks` {
    private func open(_ gateway: RunningGateway, _ count: Int) async throws {
        for index in 0..<count { _ = try await gateway.open("k\(index)") }
    }

    @Test func `are one request for all that has gathered, and one statement when they are told`()
        async throws
    {
        try await RunningGateway.with { (gateway) async throws in
            try await open(gateway, 12)
            let attempt = try #require(gateway.bank.asks.first?.orderId)
            let paymentId = try #require(try await gateway.store.attempt(attemptId: attempt, gateway))
            try await gateway.report(.paid, of: attempt, to: paymentId)
            try await gateway.reportWhatIsDue()
            #expect(gateway.keeper.calls.withLock { $0 } == [12], "the payment's end waits for its opening")
            try await gateway.reportWhatIsDue()
            #expect(gateway.keeper.calls.withLock { $0 } == [12, 1])
            #expect(try await gateway.count("bank_audit", "state = 'done' and done_at is not null") == 13)
            let keys = gateway.keeper.kept.withLock { $0.map(\.key) }
            #expect(Set(keys).count == 13 && keys.last == "\(paymentId):payment.paid:\(attempt)")
        }
    }

    @Test func `are refused one by one, and the others are told`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            try await open(gateway, 3)
            let second = try #require(gateway.bank.asks.dropFirst().first?.orderId)
            gateway.keeper.refused.withLock { $0 = [second] }
            try await gateway.reportWhatIsDue()
            #expect(try await gateway.count("bank_audit", "state = 'done'") == 2)
            #expect(
                try await gateway.count(
                    "bank_audit",
                    "state = 'parked' and last_error = 'INVALID_FIELD' and attempt_id = '\(second)'") == 1)
            #expect(gateway.keeper.calls.withLock { $0 } == [3])
        }
    }

    @Test func `go one by one to a broker of before, and wait where that one goes away meanwhile`()
        async throws
    {
        try await RunningGateway.with { (gateway) async throws in
            gateway.keeper.isOld.withLock { $0 = true }
            try await open(gateway, 4)
            try await gateway.reportWhatIsDue()
            #expect(gateway.keeper.calls.withLock { $0 } == [4, 1, 1, 1, 1])
            #expect(try await gateway.count("bank_audit", "state = 'done'") == 4)
            _ = try await gateway.open("k4")
            _ = try await gateway.open("k5")
            let away = Problem(.unavailable, code: "PEER_UNREACHABLE", toUser: "no")
            let unknown = Problem(.notFound, code: "NOT_FOUND", toUser: "no")
            gateway.keeper.troubles.withLock { $0 = [unknown, away] }
            try await gateway.reportWhatIsDue()
            #expect(gateway.keeper.calls.withLock { $0.count } == 7, "the one that is left is not tried")
            #expect(try await gateway.count("bank_audit", "state = 'ready' and attempts = 1") == 2)
        }
    }

    /// A process that dies at any line: after its claim, after the broker's commit, after a part of the statement.
    @Test func `are neither lost nor doubled by a kill`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            try await open(gateway, 3)
            let died = try await gateway.reports.claim(8)
            #expect(died.first?.reports.count == 3)
            try await gateway.reportWhatIsDue()
            #expect(gateway.keeper.calls.withLock { $0.isEmpty }, "under lease")
            gateway.clock.advance(by: .seconds(11))
            let again = try await gateway.reports.claim(8)
            _ = try await gateway.keeper.keep(
                AuditBatch(events: again.flatMap(\.reports).map(\.entry)), bankId: "moldbank")
            gateway.clock.advance(by: .seconds(11))
            try await gateway.reportWhatIsDue()
            #expect(gateway.keeper.kept.withLock { $0.count } == 3)
            #expect(try await gateway.count("bank_audit", "state = 'done' and attempts = 3") == 3)
            // The ones that were thought dead come to life and change nothing.
            for job in died + again { await gateway.reports.hand(job) }
            #expect(gateway.keeper.kept.withLock { $0.count } == 3)
            #expect(try await gateway.count("bank_audit", "fence = 3") == 3)
        }
    }
}

extension PaymentStore {
    /// The payment of an attempt that the bank was asked for.
    fileprivate func attempt(attemptId: String, _ gateway: RunningGateway) async throws -> String? {
        try await gateway.pool.query(
            "select payment_id from gateway.attempt where attempt_id = $1", [.text(attemptId)]
        ).atMostOne()?.text(0)
    }
}

@Suite struct `Money that came twice` {
    @Test func `is two receipts, told as two, the second as money to give back`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            gateway.bank.state.withLock { $0.troubles = [.lostAfterwards, .lostAfterwards] }
            let view = try await gateway.open("k1")
            let attempts = gateway.bank.asks.map(\.orderId)
            for attempt in attempts + attempts {
                try await gateway.report(.paid, of: attempt, to: view.paymentId)
            }
            for _ in 0..<4 { try await gateway.tellWhatIsDue() }
            let told = gateway.teller.told.withLock { $0 }
            let outcomes = told.values.compactMap { message -> PaymentOutcome? in
                if case .outcome(let outcome) = message.content { outcome } else { nil }
            }
            #expect(told.count == 3 && gateway.teller.calls.withLock { $0 } == 3)
            #expect(outcomes.filter { $0.remark == .again }.count == 2)
            #expect(outcomes.filter { $0.remark == nil }.count == 1)
            #expect(told.values.allSatisfy { $0.subject == view.paymentId })
            let sold = try await gateway.lists.totals(PaymentFilter())
            #expect(sold.lines.map(\.count) == [1] && sold.lines.first?.amount.minorUnits == 10_000)
            let line = try #require(try await gateway.lists.lines(PaymentFilter(), limit: 9).first)
            #expect(line.receivedAgain?.minorUnits == 20_000 && line.againHandles == "SWIFT-1 SWIFT-1")
        }
    }
}
