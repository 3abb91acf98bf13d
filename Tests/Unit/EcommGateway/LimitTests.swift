// What can be said of limits without counting: one order alone, and when a day ends.
import Contracts
import Copy
import EcommGateway
import Money
import Problem
import Testing
import World

@Suite struct `The limits of one order` {
    private func order(_ minor: Int64, _ limits: MerchantLimits?) -> OpenPayment {
        OpenPayment(
            posUserId: "u1", bankId: "moldbank", merchantId: "128", merchantName: "Cafenea",
            terminalId: "TE0001", rail: .qr, amount: Money(minorUnits: minor, currency: .mdl),
            description: nil, tag: nil, conversation: Conversation(phoneNumberId: "8", peer: "p"),
            locale: .ro,
            limits: limits)
    }

    @Test func `are the most itself and nothing above`() {
        let limits = Limits([:]), both = MerchantLimits(perPayment: 100, perDay: 150)
        #expect(limits.refusal(of: order(100, both)) == nil)
        #expect(limits.refusal(of: order(101, both)) == .perPayment)
        #expect(limits.refusal(of: order(151, MerchantLimits(perDay: 150))) == .perDay)
        #expect(limits.refusal(of: order(.max, MerchantLimits())) == nil)
        #expect(limits.refusal(of: order(.max, nil)) == nil)
    }

    @Test func `are said with the time after which asking makes sense`() {
        let now = Timestamp(seconds: 1_790_000_000), asked = order(1, nil)
        let limits = Limits(["moldbank": BankLimits(clock: .utc, sellerPerMinute: 7, merchantPerMinute: 120)])
        func after(_ refusal: LimitRefusal) -> Int? {
            limits.problem(refusal, bankId: asked.bankId, at: now).retryAfterSeconds
        }
        #expect(after(.sellerTooFast) == 9 && after(.merchantTooFast) == 1 && after(.perPayment) == nil)
        #expect(after(.perDay) == Limits.secondsToMidnight(now, .utc))
        for refusal in LimitRefusal.allCases {
            let problem = limits.problem(refusal, bankId: asked.bankId, at: now)
            #expect(problem.code == refusal.rawValue && [422, 429].contains(problem.kind.status))
        }
    }

    @Test(arguments: [
        ("2026-11-21T13:00:00Z", 9 * 3_600), ("2026-11-21T21:59:59Z", 1), ("2026-11-21T22:00:00Z", 86_400),
        // The day of 25 hours and the day of 23.
        ("2026-10-24T21:00:00Z", 25 * 3_600), ("2026-10-25T00:30:00Z", 21 * 3_600 + 1_800),
        ("2027-03-27T22:00:00Z", 23 * 3_600),
    ])
    func `of a day end at midnight on the bank's wall, also when its clock changes`(now: String, seconds: Int)
        throws
    {
        let moment = try #require(Timestamp(rfc3339: now))
        // One second more than there is left: at the edge itself the old day may still be meant.
        #expect(Limits.secondsToMidnight(moment, .chisinau) == seconds + 1)
    }

    @Test func `count what a link brought or may bring`() {
        let counting = PaymentState.allCases.filter(\.countsTowardsDay)
        #expect(
            Set(counting) == [
                .registering, .open, .pending, .unconfirmed, .paid, .partiallyRefunded, .refunded,
            ])
        #expect(PaymentState.allCases.allSatisfy { !($0.countsTowardsDay && $0.isRenewable) })
        #expect(PaymentState.allCases.filter(\.isRenewable).allSatisfy { $0.isFinal })
    }
}
