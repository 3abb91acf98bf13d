// When are two requests with one idempotency key the same request? Everything that decides who is paid what
// must be equal; the words around it (the merchant's name and limits, languages) may change between two tries without
// making a second payment necessary.
package import Contracts
import Money

/// The three answers to a write with an idempotency key.
package enum IdempotencyAnswer: Sendable, Equatable {
    /// The key is new.
    case done
    /// The key is known, with the same content.
    case doneBefore
    /// The key is known, with other content in this field.
    case refused(field: String)
}

/// Compares orders.
package enum OrderFingerprint {
    /// `known` is what was stored under the key, nil when nothing was.
    package static func compare(_ asked: OpenPayment, with known: OpenPayment?) -> IdempotencyAnswer {
        guard let known else { return .done }
        return firstDifference(asked, known).map { .refused(field: $0) } ?? .doneBefore
    }

    /// Text is compared as bytes: equal-looking text is not the same order.
    private static func firstDifference(_ a: OpenPayment, _ b: OpenPayment) -> String? {
        zip(fields(of: a), fields(of: b)).first { mine, known in
            mine.value.map { Array($0.utf8) } != known.value.map { Array($0.utf8) }
        }?.0.name
    }

    /// What decides who is paid what, always in this order.
    static func fields(of order: OpenPayment) -> [(name: String, value: String?)] {
        [
            ("posUserId", order.posUserId), ("bankId", order.bankId), ("merchantId", order.merchantId),
            ("terminalId", order.terminalId), ("rail", order.rail.rawValue),
            ("amount.minor", String(order.amount.minorUnits)),
            ("amount.currency", order.amount.currency.rawValue), ("description", order.description),
            ("tag", order.tag), ("payer.phone", order.payer?.phone), ("payer.name", order.payer?.name),
            ("conversation.phoneNumberId", order.conversation.phoneNumberId),
            ("conversation.peer", order.conversation.peer),
        ]
    }
}
