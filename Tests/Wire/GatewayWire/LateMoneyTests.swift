// What comes between a tap on "new link" and its payment: money for what had ended, and a key that is spent elsewhere.
import Contracts
import HTTPClient
import Mia
import Money
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

extension RunningGateway {
    /// A link that was taken back and watched until it died, as far as anybody knows, and a handle for another.
    fileprivate func takenBack(_ key: String) async throws -> (PaymentView, RenewalHandle) {
        let view = try await open(key)
        _ = try await afterSale.cancel(view.paymentId)
        try await endWatch()
        return (view, try await handle(of: view, key))
    }
}

/// While the broker is asked, money comes for a link that had ended.
private struct LateMoney: MerchantSource {
    let gateway: RunningGateway
    let attemptId: String
    let paymentId: String

    func merchant(bankId: String, _ merchantId: String) async throws -> MerchantRecord {
        try await gateway.report(.paid, of: attemptId, to: paymentId)
        return try await gateway.broker.merchant(bankId: bankId, merchantId)
    }
}

@Suite struct `A renewal on its way` {
    /// Seen at the write, of the first payment of the line and of the handle's own.
    @Test func `of a link that is paid while the renewal is on its way is refused, and nothing was made`()
        async throws
    {
        try await RunningGateway.with { (gateway) async throws in
            let (first, handle) = try await gateway.takenBack("k1")
            let firstAttempt = try #require(gateway.bank.asks.last?.orderId)
            let late = LateMoney(gateway: gateway, attemptId: firstAttempt, paymentId: first.paymentId)
            let refused = await problem {
                _ = try await gateway.renew(handle.handle, "r1", merchants: late)
            }
            #expect(refused?.code == "NOT_RENEWABLE")
            #expect(try await gateway.count("payment") == 1 && gateway.bank.asks.count == 1)
            #expect(try await gateway.count("renewal_chain") == 0)

            // A line of three, and late money for each that has ended.
            let (origin, second) = try await gateway.takenBack("k2")
            let originAttempt = try #require(gateway.bank.asks.last?.orderId)
            let middle = try await gateway.renew(second.handle, "r2").view
            try await gateway.expire(middle)
            let own = try await gateway.handle(of: middle, "own")
            let lateOrigin = LateMoney(
                gateway: gateway, attemptId: originAttempt, paymentId: origin.paymentId)
            for merchants in [lateOrigin, nil] as [LateMoney?] {
                let refused = await problem {
                    _ = try await gateway.renew(own.handle, "r3", merchants: merchants)
                }
                #expect(refused?.code == "NOT_RENEWABLE")
            }
            #expect(try await gateway.count("payment") == 3 && gateway.bank.asks.count == 3)
        }
    }

    /// What is pinned to a key is the answer of its route only.
    @Test func `key that the other route has answered is refused, either way`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let (_, handle) = try await gateway.expired("k1")
            var dear = RunningGateway.order
            dear.limits = MerchantLimits(perPayment: 9_999)
            let order = dear
            #expect(await problem { _ = try await gateway.open("x1", order) }?.code == "LIMIT_PER_PAYMENT")
            #expect(
                await problem { _ = try await gateway.renew(handle.handle, "x1") }?.code
                    == "IDEMPOTENCY_CONFLICT")
            let made = try await gateway.renew(handle.handle, "r1")
            #expect(try await gateway.renew(handle.handle, "r2").view == made.view)
            #expect(await problem { _ = try await gateway.open("r2") }?.code == "IDEMPOTENCY_CONFLICT")
            #expect(try await gateway.count("payment") == 2)
        }
    }
}

extension RunningGateway {
    /// What was said of a payment, in no order.
    fileprivate func told(of paymentId: String) -> [SendMessage] {
        teller.told.withLock { $0.values.filter { $0.subject == paymentId } }
    }

    fileprivate func remarks(of paymentId: String) -> [PaymentOutcome.Remark?] {
        told(of: paymentId).compactMap { message in
            guard case .outcome(let outcome) = message.content, outcome.kind == .paid else { return nil }
            return outcome.remark
        }
    }

    fileprivate func state(_ view: PaymentView) async throws -> PaymentState? {
        try await store.find(view.paymentId)?.state
    }
}

@Suite struct `An order that an older link has paid` {
    /// An older link, its attempt, the fresh link in its place, and that one's attempt.
    private struct Line: Sendable {
        var old: PaymentView
        var oldAttempt: String
        var handle: String
        var new: PaymentView
        var newAttempt: String
    }

    private func line(_ gateway: RunningGateway, _ key: String) async throws -> Line {
        let (old, handle) = try await gateway.takenBack(key)
        let oldAttempt = try #require(gateway.bank.asks.last?.orderId)
        let new = try await gateway.renew(handle.handle, key + ":renewal").view
        return Line(
            old: old, oldAttempt: oldAttempt, handle: handle.handle, new: new,
            newAttempt: try #require(gateway.bank.asks.last?.orderId))
    }

    @Test func `has its fresh link taken back at once, and money for that too is told as too much`()
        async throws
    {
        try await RunningGateway.with { (gateway) async throws in
            let line = try await line(gateway, "k1")
            try await gateway.report(.paid, of: line.oldAttempt, to: line.old.paymentId)
            // The old button gives the fresh link no more, although it may still work.
            #expect(
                await problem { _ = try await gateway.renew(line.handle, "r2") }?.code == "NOT_RENEWABLE")
            try await gateway.lookAtWhatIsDue()
            let taken = try #require(try await gateway.store.find(line.new.paymentId))
            #expect(taken.state == .cancelled && taken.isWatched, "this bank cannot close a link")
            #expect(
                try await gateway.count("payment_event", "event = 'cancelAsked' and source = 'clock'") == 1)
            try await gateway.tellWhatIsDue()
            #expect(gateway.remarks(of: line.old.paymentId) == [.late])
            #expect(gateway.told(of: line.old.paymentId).first?.ends == [line.new.paymentId])
            #expect(gateway.told(of: line.new.paymentId).isEmpty)
            gateway.bank.set(.success, ofOrder: line.newAttempt)
            gateway.clock.advance(by: .seconds(60))
            try await gateway.lookAtWhatIsDue()
            try await gateway.tellWhatIsDue()
            #expect(gateway.remarks(of: line.new.paymentId) == [.again])
            #expect(try await gateway.count("receipt") == 2)
        }
    }

    @Test func `and the fresh one before it is told as too much itself, whoever comes first`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let line = try await line(gateway, "k1")
            try await gateway.report(.paid, of: line.newAttempt, to: line.new.paymentId)
            try await gateway.report(.paid, of: line.oldAttempt, to: line.old.paymentId)
            try await gateway.tellWhatIsDue()
            #expect(gateway.remarks(of: line.new.paymentId) == [nil])
            #expect(gateway.remarks(of: line.old.paymentId) == [.again])
            // At the same moment, either is first and the other is too much: never both, never neither.
            for round in 2..<10 {
                let line = try await self.line(gateway, "k\(round)")
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        try await gateway.report(.paid, of: line.oldAttempt, to: line.old.paymentId)
                    }
                    group.addTask {
                        try await gateway.report(.paid, of: line.newAttempt, to: line.new.paymentId)
                    }
                    try await group.waitForAll()
                }
                try await gateway.tellWhatIsDue()
                let remarks =
                    gateway.remarks(of: line.old.paymentId) + gateway.remarks(of: line.new.paymentId)
                #expect(remarks.count == 2 && remarks.count { $0 == .again } == 1)
            }
            #expect(try await gateway.count("receipt", "remark = 'again'") == 9)
            #expect(try await gateway.lists.totals(PaymentFilter()).lines.map(\.count) == [9])
        }
    }

    /// Neither under what is told of an end, nor under an answer: a tap on it would be refused.
    @Test func `offers a button under no other link of it, however that one ends`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            // The fresh link ends before it could be taken back.
            let line = try await line(gateway, "k1")
            try await gateway.report(.paid, of: line.oldAttempt, to: line.old.paymentId)
            try await gateway.report(.expired, of: line.newAttempt, to: line.new.paymentId)
            #expect(try await gateway.state(line.new) == .expired)
            #expect(try await gateway.renewals.mint(line.new.paymentId, key: "late") == nil)
            // The order was paid as it should be, and its older link is only asked about.
            let paid = try await self.line(gateway, "k2")
            let before = try await gateway.handle(of: paid.old, "asked before")
            try await gateway.report(.paid, of: paid.newAttempt, to: paid.new.paymentId)
            #expect(try await gateway.renewals.mint(paid.old.paymentId, key: "late") == nil)
            #expect(try await gateway.handle(of: paid.old, "asked before") == before)
            try await gateway.serving(
                { client in
                    for (id, code) in [
                        (line.new.paymentId, "ORDER_PAID"), (paid.old.paymentId, "ORDER_PAID"),
                        (paid.new.paymentId, "NOT_RENEWABLE"),
                    ] {
                        let refusal = await problem {
                            _ = try await client.call(
                                "POST", "/v1/payments/\(id)/renewal-handles", idempotencyKey: "late",
                                as: RenewalHandle.self)
                        }
                        #expect(refusal?.code == code)
                    }
                }, as: "command-router")
            // Its end is no news: the seller has read that the order is paid, and a command to charge it again
            // would be as wrong as a button.
            try await gateway.tellWhatIsDue()
            #expect(gateway.told(of: line.new.paymentId).isEmpty)
            #expect(gateway.remarks(of: line.old.paymentId) == [.late])
            #expect(try await gateway.count("outbox", "state <> 'done'") == 0)
        }
    }

    @Test func `keeps a fresh link whose money moves, and one that its bank does not answer about`()
        async throws
    {
        try await RunningGateway.with { (gateway) async throws in
            let moving = try await line(gateway, "k1")
            gateway.bank.set(.pending, ofOrder: moving.newAttempt)
            try await gateway.report(.paid, of: moving.oldAttempt, to: moving.old.paymentId)
            try await gateway.lookAtWhatIsDue()
            let record = try #require(try await gateway.store.find(moving.new.paymentId))
            #expect(record.state == .pending && record.runAt != nil && record.leaseUntil == nil)
            gateway.bank.set(.success, ofOrder: moving.newAttempt)
            gateway.clock.advance(by: .seconds(60))
            try await gateway.lookAtWhatIsDue()
            try await gateway.tellWhatIsDue()
            #expect(gateway.remarks(of: moving.new.paymentId) == [.again])

            let silent = try await line(gateway, "k2")
            try await gateway.report(.paid, of: silent.oldAttempt, to: silent.old.paymentId)
            gateway.bank.state.withLock { $0.isSilent = true }
            try await gateway.lookAtWhatIsDue()
            #expect(try await gateway.state(silent.new) == .open)
            gateway.bank.state.withLock { $0.isSilent = false }
            gateway.clock.advance(by: .seconds(60))
            try await gateway.lookAtWhatIsDue()
            #expect(try await gateway.state(silent.new) == .cancelled)
        }
    }

    /// Neither the first of its line nor the one that the handle is of.
    @Test func `is renewed by no button, also where the paid link stands in the middle of its line`()
        async throws
    {
        try await RunningGateway.with { (gateway) async throws in
            let line = try await line(gateway, "k1")
            _ = try await gateway.afterSale.cancel(line.new.paymentId)
            try await gateway.endWatch()
            let handle = try await gateway.handle(of: line.new, "k2")
            let last = try await gateway.renew(handle.handle, "r2").view
            try await gateway.expire(last)
            let own = try await gateway.handle(of: last, "k3")
            let late = LateMoney(
                gateway: gateway, attemptId: line.newAttempt, paymentId: line.new.paymentId)
            for merchants in [late, nil] as [LateMoney?] {
                for button in [own.handle, line.handle] {
                    let refused = await problem {
                        _ = try await gateway.renew(button, "r3", merchants: merchants)
                    }
                    #expect(refused?.code == "NOT_RENEWABLE")
                }
            }
            #expect(try await gateway.count("payment") == 3 && gateway.bank.asks.count == 3)
        }
    }
}
