// Every way a text can fail to be a command. Each has its own answer in the catalogue, and none is silence.
package import Money

/// Why a text is not a command.
package enum CommandRefusal: Error, Sendable, Hashable {
    /// Anything that does not begin like a command: answered with how to write one.
    case notACommand
    case amountMissing
    case amountUnreadable
    /// "o sută", "250 mii": an amount, or a part of it, not in digits.
    case amountInWords
    /// "coffee 100": what it would be with the amount first.
    case amountNotFirst(Charge)
    case amountZero
    case amountNegative
    case amountTooManyDecimals(allowed: Int)
    /// More than an amount can hold, in any currency.
    case amountTooLarge
    case amountOverLimit(Money)
    /// "1.250": a thousand and a quarter, or one and a quarter? `typed` has digits and separators only. One
    /// whole command per reading that would be acceptable, the larger amount first, never empty.
    case amountAmbiguous(typed: String, readings: [Command])
    /// A currency that is not the merchant's.
    case otherCurrency
    /// An amount in a part of a currency: "100 bani".
    case partOfCurrency
    case descriptionTooLong
    case tagTooLong
    case severalTags
    /// A Request to Pay without an amount.
    case requestIncomplete
    /// Digits where the payer's phone belongs, and no number of this country; or more than one.
    case payerPhoneUnreadable
    /// A phone of another country, which the rail cannot ring.
    case payerPhoneForeign
    case payerNameTooLong
    /// A message that begins with a phone number of this country, in E.164, and no currency behind it.
    case phoneAlone(String)
    /// `status`, `cancel` or `resend` with something that is no reference: guessing could hit the wrong
    /// payment.
    case referenceUnreadable
    /// `refund`: money goes back through the bank, which offers no refunds to this chat.
    case refundByBank
    case listUnreadable
    case spanUnreadable

    /// Whether the seller was clearly trying to charge, so that a merchant with another currency could be
    /// meant.
    var dependsOnCurrency: Bool {
        switch self {
        case .amountTooManyDecimals, .amountOverLimit, .amountAmbiguous, .otherCurrency: true
        case .notACommand, .amountMissing, .amountUnreadable, .amountInWords, .amountNotFirst, .amountZero,
            .amountNegative,
            .amountTooLarge,
            .partOfCurrency, .descriptionTooLong, .tagTooLong, .severalTags, .requestIncomplete,
            .payerPhoneUnreadable, .payerPhoneForeign, .payerNameTooLong, .phoneAlone, .referenceUnreadable,
            .refundByBank,
            .listUnreadable, .spanUnreadable:
            false
        }
    }

    /// Whether the text began as a command, so that it cannot be an answer to a question before it.
    var beganAsCommand: Bool {
        if case .amountNotFirst = self { return false }
        return self != .notACommand
    }
}
