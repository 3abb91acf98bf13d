// Several payments told in one bubble: how many, their exact total, and a line for each. Only what says the same
// of each is put together: payments received, in one currency, for one reader. Pure.
import Contracts
import Copy
import Money
import World

struct OutcomeDigest: Sendable {
    /// Payments in one bubble: their lines stay well under the 4,096 units of a text.
    static let paymentsMax = 30
    /// UTF-16 units that the lines' own words may take of the 4,096 of a text; the rest of a line takes under 60.
    static let unitsMax = 1_800
    /// A line's description where there is no tag.
    static let descriptionMax = 40

    /// Told beside the leader, in order.
    let members: [OutboundMessage]
    let text: String

    /// Nil when the leader is told alone: it is of another sort, or nobody with its key waits behind it.
    init?(leader: OutboundMessage, followers: [OutboundMessage], place: WallClock, now: Timestamp) {
        guard let key = leader.coalesceKey, let first = Self.payment(leader) else { return nil }
        var payments = [first], members: [OutboundMessage] = []
        var total = first.amount, units = Self.units(first)
        for next in followers where next.seq > leader.seq {
            guard payments.count < Self.paymentsMax, next.coalesceKey == key, next.locale == leader.locale,
                next.refusals == 0, next.notAfter.map({ $0 >= now }) ?? true, next.runAt <= now,
                let payment = Self.payment(next), payment.amount.currency == total.currency,
                let sum = total.adding(payment.amount), units + Self.units(payment) <= Self.unitsMax
            else { break }
            total = sum
            units += Self.units(payment)
            payments.append(payment)
            members.append(next)
        }
        if members.isEmpty { return nil }
        self.members = members
        text = Receipt.several(
            payments.map {
                Receipt(
                    outcome: .paid, amount: $0.amount, at: $0.at, place: place,
                    description: Self.short($0.description), tag: $0.tag)
            }, total: total, leader.locale)
    }

    private static func short(_ description: String?) -> String? {
        description.map { String($0.prefix(descriptionMax)) }
    }

    /// What a seller wrote of one payment, as its line shows it. A character can be many units.
    private static func units(_ payment: PaymentOutcome) -> Int {
        (payment.tag?.utf16.count ?? 0) + (short(payment.description)?.utf16.count ?? 0)
    }

    /// A payment received in the ordinary way. One that came late or twice is told alone, in its own words.
    private static func payment(_ message: OutboundMessage) -> PaymentOutcome? {
        guard message.kind == "outcome", message.state == .queued, !message.templateOnly,
            case .outcome(let outcome)? = try? MessageRendering.decoded(message.content),
            outcome.kind == .paid, outcome.remark == nil
        else { return nil }
        return outcome
    }
}
