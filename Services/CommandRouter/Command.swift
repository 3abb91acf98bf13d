// What a seller can ask for in chat, and every way a text can fail to be that. Values only: reading them is
// in CommandGrammar, answering them in Conversation.
package import Money

/// One understood message.
package enum Command: Sendable, Hashable {
    /// Issue a payment link.
    case pay(Charge)
    /// Send a Request to Pay instead of a link.
    case requestToPay(Charge)
    /// Show the language list, or change at once when the language was named.
    case language(Language?)
    case help
    /// A greeting; answered with who the seller is and how to charge.
    case hello
    case thanks
    /// Cannot be obeyed: a link ends by itself.
    case cancel
    /// Needs no obeying: the receipt comes by itself.
    case status
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

/// Why a text is not a command. Each has its own answer in the catalogue.
package enum CommandRefusal: Error, Sendable, Hashable {
    /// Anything that does not begin like a command: answered with how to write one.
    case notACommand
    case amountMissing
    case amountUnreadable
    case amountZero
    case amountNegative
    case amountTooManyDecimals(allowed: Int)
    /// More than an amount can hold, in any currency.
    case amountTooLarge
    case amountOverLimit(Money)
    /// "1.250": a thousand and a quarter, or one and a quarter? `typed` has digits and separators only. One
    /// charge per reading that would be acceptable, the larger first, never empty.
    case amountAmbiguous(typed: String, readings: [Charge])
    /// A currency that is not the merchant's.
    case otherCurrency
    /// An amount in a part of a currency: "100 bani".
    case partOfCurrency
    case descriptionTooLong
    case tagTooLong
    case severalTags

    /// Whether the seller was clearly trying to charge, so that a merchant with another currency could be
    /// meant.
    var dependsOnCurrency: Bool {
        switch self {
        case .amountTooManyDecimals, .amountOverLimit, .amountAmbiguous, .otherCurrency: true
        case .notACommand, .amountMissing, .amountUnreadable, .amountZero, .amountNegative, .amountTooLarge,
            .partOfCurrency, .descriptionTooLong, .tagTooLong, .severalTags:
            false
        }
    }
}
