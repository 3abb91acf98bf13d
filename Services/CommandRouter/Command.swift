// What a seller can ask for in chat. Values only: reading them is in CommandGrammar, answering them in
// SellerTurn. Why a text is none of these is in CommandRefusal.
package import Money

/// One understood message.
package enum Command: Sendable, Hashable {
    /// Issue a payment link.
    case pay(Charge)
    /// Send a Request to Pay instead of a link. `payer` is `nil` when nothing of it was written.
    case requestToPay(Charge, payer: TypedPayer?)
    /// How a payment stands; without a reference, the one replied to or the last.
    case status(reference: String?)
    /// What was paid today, by tag.
    case today
    /// The latest payments, or those with a tag; pages count from 1.
    case list(tag: String?, page: Int?)
    /// Withdraw a payment; without a reference, the one replied to or the last.
    case cancel(reference: String?)
    /// Show a payment's link once more; never a second payment.
    case resend(reference: String?)
    /// A document with the payments of a span.
    case export(ExportSpan)
    /// Show the seller's merchants and which one is the default.
    case merchant
    /// Show the language list, or change at once when the language was named.
    case language(Language?)
    case help
    /// A greeting; answered with who the seller is and how to charge.
    case hello
    case thanks

    /// What is to be charged; `nil` for a command that charges nothing.
    package var charge: Charge? {
        switch self {
        case .pay(let charge), .requestToPay(let charge, _): charge
        case .status, .today, .list, .cancel, .resend, .export, .merchant, .language, .help, .hello, .thanks:
            nil
        }
    }
}

/// An amount to charge, with what the seller wrote beside it.
package struct Charge: Sendable, Hashable, Codable {
    /// Positive, in the merchant's currency, within the limit the grammar was given.
    package var amount: Money
    /// One line without control or invisible characters, 1...`CommandGrammar.descriptionScalarsMax` scalars.
    package var description: String?
    /// Without its "#": letters, digits, "-", "_"; 1...`CommandGrammar.tagScalarsMax` scalars.
    package var tag: String?

    package init(amount: Money, description: String? = nil, tag: String? = nil) {
        self.amount = amount
        self.description = description
        self.tag = tag
    }
}

/// Whom a Request to Pay is for, as far as it was written; at least one of the two.
package struct TypedPayer: Sendable, Hashable, Codable {
    /// E.164 with its plus: `+373` and eight digits.
    package var phone: String?
    /// One line, 1...`CommandGrammar.payerNameScalarsMax` scalars.
    package var name: String?

    package init(phone: String? = nil, name: String? = nil) {
        self.phone = phone
        self.name = name
    }
}
