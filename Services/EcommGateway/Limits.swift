// How fast and how much: paces of sellers and merchants, the most of one payment and of one day. What can be said
// of one order alone is said here; what needs to count is counted by PostgreSQL, in the transaction that writes the
// payment, so that replicas cannot pass a limit together.
package import Contracts
package import Copy
import Money
package import Problem
package import World

/// What a bank lets its sellers do.
package struct BankLimits: Sendable, Equatable {
    /// On whose wall a day begins.
    package var clock: WallClock
    package var sellerPerMinute: Int
    package var merchantPerMinute: Int

    package init(clock: WallClock, sellerPerMinute: Int = 30, merchantPerMinute: Int = 300) {
        self.clock = clock
        self.sellerPerMinute = sellerPerMinute
        self.merchantPerMinute = merchantPerMinute
    }
}

/// Why a payment was not opened although the rail would take it.
package enum LimitRefusal: String, Error, Sendable, CaseIterable {
    case perPayment = "LIMIT_PER_PAYMENT"
    case perDay = "LIMIT_PER_DAY"
    case sellerTooFast = "SELLER_TOO_FAST"
    case merchantTooFast = "MERCHANT_TOO_FAST"
}

package struct Limits: Sendable {
    private let byBank: [String: BankLimits]

    package init(_ byBank: [String: BankLimits]) { self.byBank = byBank }

    /// A bank without limits of its own keeps the standard ones.
    private func of(_ bankId: String) -> BankLimits { byBank[bankId] ?? BankLimits(clock: .utc) }

    /// What needs no counting: an order above the merchant's most for one payment, or for a whole day.
    package func refusal(of order: OpenPayment) -> LimitRefusal? {
        if let most = order.limits?.perPayment, order.amount.minorUnits > most { return .perPayment }
        if let most = order.limits?.perDay, order.amount.minorUnits > most { return .perDay }
        return nil
    }

    /// What opening `order` at `now` takes.
    func share(of order: OpenPayment, at now: Timestamp) -> LimitShare {
        let bank = of(order.bankId)
        let local = CivilTime(now, at: bank.clock)
        return LimitShare(
            sellerStep: Self.step(bank.sellerPerMinute), merchantStep: Self.step(bank.merchantPerMinute),
            day: Int32(truncatingIfNeeded: local.date.daysSince1970), mostPerDay: order.limits?.perDay)
    }

    /// What the caller is told, with the time after which asking again makes sense.
    package func problem(_ refusal: LimitRefusal, bankId: String, at now: Timestamp) -> Problem {
        let bank = of(bankId)
        switch refusal {
        case .perPayment:
            return Problem(
                .unprocessable, code: refusal.rawValue,
                toUser: "The bank allows this merchant less for one payment.")
        case .perDay:
            return Problem(
                .unprocessable, code: refusal.rawValue,
                toUser: "The payments of this day would pass what the bank allows this merchant.",
                retryAfterSeconds: Self.secondsToMidnight(now, bank.clock))
        case .sellerTooFast:
            return Problem(
                .tooManyRequests, code: refusal.rawValue, toUser: "This seller opens payments too fast.",
                retryAfterSeconds: Self.seconds(Self.step(bank.sellerPerMinute)))
        case .merchantTooFast:
            return Problem(
                .tooManyRequests, code: refusal.rawValue, toUser: "This merchant opens payments too fast.",
                retryAfterSeconds: Self.seconds(Self.step(bank.merchantPerMinute)))
        }
    }

    /// How far one payment moves a pace ahead.
    private static func step(_ perMinute: Int) -> Duration { .seconds(60) / max(1, perMinute) }

    private static func seconds(_ span: Duration) -> Int {
        Int(span.components.seconds) + (span.components.attoseconds > 0 ? 1 : 0)
    }

    /// To the next midnight on that wall; a night with a change of the clock included.
    package static func secondsToMidnight(_ now: Timestamp, _ clock: WallClock) -> Int {
        let next = (CivilTime(now, at: clock).date.daysSince1970 + 1) * 86_400
        var midnight = Timestamp(seconds: next - clock.offsetSeconds(at: now))
        midnight = Timestamp(seconds: next - clock.offsetSeconds(at: midnight))
        return max(1, Int(midnight.since(now).components.seconds) + 1)
    }
}

/// What one payment takes of its limits. Written with the payment's row, and only when that row is new: a repeat takes
/// nothing and is refused nothing.
package struct LimitShare: Sendable, Equatable {
    var sellerStep: Duration
    var merchantStep: Duration
    /// Days since 1970-01-01 on the bank's wall.
    var day: Int32
    var mostPerDay: Int64?

    /// What a change of the record adds to its merchant's day, in minor units.
    package static func change(of record: PaymentRecord) -> Int64 {
        let before = record.countedWhenWritten, after = record.countsTowardsDay
        if before == after { return 0 }
        return after ? record.order.amount.minorUnits : -record.order.amount.minorUnits
    }
}

/// Why nothing of a registration was written: the constraint that it broke.
package enum RegistrationRefusal: Error, Sendable, Equatable {
    case limit(LimitRefusal)
    /// The handle has made a payment already.
    case handleSpent
    /// Another payment stands in the place of the ended one, and can be paid or was.
    case renewedAlready

    init?(constraint: String?) {
        switch constraint {
        case "pace_of_seller": self = .limit(.sellerTooFast)
        case "pace_of_merchant": self = .limit(.merchantTooFast)
        case "merchant_day_limit": self = .limit(.perDay)
        case "renewal_used_once": self = .handleSpent
        case "renewal_one_live": self = .renewedAlready
        default: return nil
        }
    }
}
