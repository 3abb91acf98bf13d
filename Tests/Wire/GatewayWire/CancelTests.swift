// Taking a payment back, against what its bank says at that moment: money wins, whoever comes first.
import Contracts
import Mia
import Postgres
import Problem
import Synchronization
import TestSupport
import Testing
import World

@testable import EcommGateway

private func problem(_ body: () async throws -> Void) async -> Problem? {
    do { try await body() } catch { return error as? Problem }
    return nil
}

@Suite struct `A cancellation` {
    @Test func `is ours where the bank cannot close the link, and the link is watched to its end`()
        async throws
    {
        try await RunningGateway.with { (gateway) async throws in
            let view = try await gateway.open("k1")
            let attempt = try #require(gateway.bank.asks.first?.orderId)
            let cancelled = try await gateway.afterSale.cancel(view.paymentId)
            #expect(cancelled.view.status == .cancelled)
            #expect(try await gateway.afterSale.cancel(view.paymentId).view.status == .cancelled)
            #expect(try await gateway.count("payment_event", "to_state = 'cancelled'") == 1)
            gateway.clock.advance(by: .seconds(60))
            let polls = gateway.bank.state.withLock { $0.polls }
            try await gateway.lookAtWhatIsDue()
            #expect(gateway.bank.state.withLock { $0.polls } == polls + 1)
            gateway.bank.set(.expired, ofOrder: attempt)
            gateway.clock.advance(by: .seconds(300))
            try await gateway.lookAtWhatIsDue()
            let record = try #require(try await gateway.store.find(view.paymentId))
            #expect(record.state == .cancelled && record.runAt == nil && record.attempts[0].state == .expired)
            #expect(try await gateway.count("outbox") == 0, "its seller asked for it")
        }
    }

    @Test func `ends its watch a little after the link's life, whatever the bank's word is`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let view = try await gateway.open("k1")
            _ = try await gateway.afterSale.cancel(view.paymentId)
            gateway.clock.advance(by: .seconds(310))
            try await gateway.lookAtWhatIsDue()
            #expect(try await gateway.store.find(view.paymentId)?.runAt != nil)
            gateway.clock.advance(by: .seconds(130))
            try await gateway.lookAtWhatIsDue()
            #expect(try await gateway.store.find(view.paymentId)?.runAt == nil)
        }
    }

    @Test func `meets money as the bank knows it, before any callback`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let cases: [(MiaStatus, String, PaymentState)] = [
                (.success, "ALREADY_SETTLED", .paid), (.pending, "MONEY_MAY_BE_MOVING", .pending),
                (.declined, "ALREADY_SETTLED", .declined),
            ]
            for (index, (status, code, state)) in cases.enumerated() {
                let view = try await gateway.open("k\(index)")
                gateway.bank.set(status, ofOrder: try #require(gateway.bank.asks.last?.orderId))
                let refusal = await problem { _ = try await gateway.afterSale.cancel(view.paymentId) }
                #expect(refusal?.code == code && refusal?.kind == .conflict)
                if code == "ALREADY_SETTLED" {
                    #expect(refusal?.toUser.contains(state.status) == true)
                }
                #expect(try await gateway.store.find(view.paymentId)?.state == state)
            }
            #expect(try await gateway.count("outbox", "kind = 'paid'") == 1)
            #expect(try await gateway.count("receipt") == 1)
        }
    }

    @Test func `changes nothing while the bank does not answer`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let view = try await gateway.open("k1")
            gateway.bank.state.withLock { $0.isSilent = true }
            let before = try #require(try await gateway.store.find(view.paymentId))
            let refusal = await problem { _ = try await gateway.afterSale.cancel(view.paymentId) }
            #expect(refusal?.code == "RAIL_UNAVAILABLE" && refusal?.kind == .unavailable)
            #expect(try await gateway.store.find(view.paymentId) == before)
        }
    }

    @Test func `waits for a link that is in the making`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let gate = Gate()
            gateway.bank.state.withLock { $0.troubles = [.held(gate)] }
            let opening = Task { try await gateway.open("k1") }
            try await until(atMost: .seconds(20)) { gateway.bank.asks.count == 1 }
            let id = try await gateway.pool.query("select payment_id from gateway.payment").one().text(0)
            let refusal = await problem { _ = try await gateway.afterSale.cancel(id) }
            #expect(refusal?.code == "PAYMENT_IN_PROGRESS" && refusal?.retryAfterSeconds == 1)
            gate.open()
            #expect(try await opening.value.status == .open)
        }
    }

    /// The bank says CREATED, then the customer pays, and callback and cancellation are written in either order.
    @Test(arguments: [true, false])
    func `and a callback end in the bank's truth in both orders`(callbackFirst: Bool) async throws {
        try await RunningGateway.with { (gateway) async throws in
            let view = try await gateway.open("k1")
            let attempt = try #require(gateway.bank.asks.first?.orderId)
            if callbackFirst {
                // What the cancellation has read is older than the callback.
                let old = try #require(try await gateway.store.find(view.paymentId))
                try await gateway.report(.paid, of: attempt, to: view.paymentId)
                gateway.bank.set(.success, ofOrder: attempt)
                #expect(old.state == .open)
                let refusal = await problem { _ = try await gateway.afterSale.cancel(view.paymentId) }
                #expect(refusal?.code == "ALREADY_SETTLED")
            } else {
                _ = try await gateway.afterSale.cancel(view.paymentId)
                gateway.bank.set(.success, ofOrder: attempt)
                try await gateway.report(.paid, of: attempt, to: view.paymentId)
            }
            let record = try #require(try await gateway.store.find(view.paymentId))
            #expect(record.state == .paid && record.runAt == nil)
            try await gateway.tellWhatIsDue()
            let told = gateway.teller.told.withLock { Array($0.values) }
            guard case .outcome(let outcome)? = told.first?.content, told.count == 1 else {
                Issue.record("told \(told.count) times")
                return
            }
            #expect(outcome.kind == .paid && outcome.remark == (callbackFirst ? nil : .late))
        }
    }

    @Test func `at the same moment as a callback loses nothing and doubles nothing`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            for round in 0..<12 {
                let view = try await gateway.open("k\(round)")
                let attempt = try #require(gateway.bank.asks.last?.orderId)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        _ = await problem { _ = try await gateway.afterSale.cancel(view.paymentId) }
                    }
                    group.addTask { try await gateway.report(.paid, of: attempt, to: view.paymentId) }
                    try await group.waitForAll()
                }
                #expect(try await gateway.store.find(view.paymentId)?.state == .paid)
            }
            #expect(try await gateway.count("outbox") == 12)
            #expect(try await gateway.count("receipt") == 12)
        }
    }

    @Test func `that was cut between the bank's word and its own write is asked again`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let view = try await gateway.open("k1")
            let attempt = try #require(gateway.bank.asks.first?.orderId)
            // No write gets through: what a process that dies here leaves behind.
            try await gateway.pool.query("revoke update on gateway.payment from till_gateway")
            await #expect(throws: PostgresError.self) {
                _ = try await gateway.afterSale.cancel(view.paymentId)
            }
            try await gateway.pool.query("grant update on gateway.payment to till_gateway")
            #expect(try await gateway.store.find(view.paymentId)?.state == .open)
            // Money comes between the cut and the repeat.
            gateway.bank.set(.success, ofOrder: attempt)
            let refusal = await problem { _ = try await gateway.afterSale.cancel(view.paymentId) }
            #expect(refusal?.code == "ALREADY_SETTLED")
            #expect(try await gateway.count("outbox", "kind = 'paid' and remark is null") == 1)
        }
    }

    @Test func `never gives money back, and says so in words`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let view = try await gateway.open("k1")
            #expect(try await gateway.afterSale.refusalOfRefund(view.paymentId).code == "NOT_PAID")
            let attempt = try #require(gateway.bank.asks.first?.orderId)
            try await gateway.report(.paid, of: attempt, to: view.paymentId)
            let refusal = try await gateway.afterSale.refusalOfRefund(view.paymentId)
            #expect(refusal.code == "REFUND_NOT_OFFERED" && refusal.toUser.contains("bank"))
        }
    }
}
