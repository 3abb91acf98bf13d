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
        func differ(_ x: String?, _ y: String?) -> Bool {
            x.map { Array($0.utf8) } != y.map { Array($0.utf8) }
        }
        if differ(a.posUserId, b.posUserId) { return "posUserId" }
        if differ(a.bankId, b.bankId) { return "bankId" }
        if differ(a.merchantId, b.merchantId) { return "merchantId" }
        if differ(a.terminalId, b.terminalId) { return "terminalId" }
        if a.rail != b.rail { return "rail" }
        if a.amount.minorUnits != b.amount.minorUnits { return "amount.minor" }
        if a.amount.currency != b.amount.currency { return "amount.currency" }
        if differ(a.description, b.description) { return "description" }
        if differ(a.tag, b.tag) { return "tag" }
        if differ(a.payer?.phone, b.payer?.phone) { return "payer.phone" }
        if differ(a.payer?.name, b.payer?.name) { return "payer.name" }
        if differ(a.conversation.phoneNumberId, b.conversation.phoneNumberId) {
            return "conversation.phoneNumberId"
        }
        if differ(a.conversation.peer, b.conversation.peer) { return "conversation.peer" }
        return nil
    }
}
