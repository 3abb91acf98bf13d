// Which payments a process keeps at hand: the latest ones, each of them let go of in its turn.
import Contracts
import Money
import Testing
import World

@testable import EcommGateway

private func record(_ number: Int) -> PaymentRecord {
    let order = OpenPayment(
        posUserId: "u1", bankId: "moldbank", merchantId: "128", merchantName: "Cafenea", terminalId: "TE0001",
        rail: .qr, amount: Money(minorUnits: 10_000, currency: .mdl), description: nil, tag: nil,
        conversation: Conversation(phoneNumberId: "8", peer: "p"), locale: .ro)
    return PaymentRecord(
        paymentId: "pay_\(number)", order: order, createdAt: Timestamp(seconds: 1_790_000_000),
        requestId: "req_1", state: .open, attemptId: "att_1", fence: 1, version: 1, attempts: [])
}

@Suite struct `Payments at hand` {
    /// The oldest is let go of at the very moment at which the ids of those that went early are dropped.
    @Test func `are the latest ones, and every other is let go of in its turn`() {
        let recent = RecentPayments(), most = RecentPayments.most
        for number in 0..<(most - 1) { recent.wrote(record(number)) }
        // Each goes at once and leaves its id behind, as many as are kept.
        for number in 0...most {
            recent.wrote(record(-1 - number))
            recent.forget("pay_\(-1 - number)")
        }
        for number in (most - 1)..<(2 * most + 2) {
            recent.wrote(record(number))
            #expect(recent.find("pay_\(number)") != nil)
        }
        let kept = (0..<(2 * most + 2)).filter { recent.find("pay_\($0)") != nil }
        #expect(kept == Array((most + 2)..<(2 * most + 2)))
    }
}
