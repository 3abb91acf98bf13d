// What comes between a tap on "new link" and its payment: money for what had ended, and a key that is spent elsewhere.
import Contracts
import Mia
import Money
import Problem
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
