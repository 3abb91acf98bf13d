// The keys of the text catalogue. A key names what is being said to a seller, not where it is shown; every
// text a person can read is behind one of these, and a test refuses a key that nothing uses.

/// What can be said. Each language file has one text for each; `Catalogue.text` looks it up.
package enum CopyKey: String, CaseIterable, Sendable, Hashable {
    // Who the seller is.
    case example, greeting, unknownSeller, sellerBlocked, merchantDisabled, phoneHidden
    // What can be written.
    case teaching, help, textOnly, welcome
    // The amount.
    case amountMissing, amountUnreadable, amountInWords, amountNotFirst, amountInParts, amountZero,
        amountNegative,
        amountTooManyDecimals,
        amountTooLarge, amountOverLimit, amountAmbiguous, amountAmbiguousButton, currencyOther
    // The rest of a command.
    case descriptionTooLong, tagTooLong, severalTags, requestToPayUnavailable, requestIncomplete,
        payerPhoneUnreadable, payerPhoneForeign, payerNameTooLong, phoneAlone
    // What stands behind the other commands.
    case referenceUnreadable, refundByBank, listUnreadable, spanUnreadable
    // The bank and the link.
    case bankSilent, bankRefused, tryAgain, linkForward, linkForwardUntil, linkForwardSoon, linkButton,
        minutesOne, minutesFew, minutesMany, minutesOther
    // Questions, and lists that ask them.
    case chooseMerchant, chooseMerchantButton, chooseTapOrNumber, choiceGone,
        languageAsk, languageButton, languageChanged
    // How a payment ended: first words of a receipt.
    case receiptPaid, receiptPaidLate, receiptPaidAgain, receiptPaidAgainAdvice, receiptRenew, receiptFailed,
        receiptDeclined, receiptExpired, receiptCancelled,
        receiptRefunded, receiptPartlyRefunded, receiptRetry
    // Several payments in one bubble: its first line.
    case severalPaidOne, severalPaidFew, severalPaidMany, severalPaidOther
    // The same outside the reply window, as message templates.
    case templatePaid, templateFailed, templateDeclined, templateExpired
    // Second wordings, for while Meta has paused the first.
    case templatePaidSpare, templateFailedSpare, templateDeclinedSpare, templateExpiredSpare
}

/// A word in braces inside a text, filled in when the text is used.
package enum Slot: String, CaseIterable, Sendable, Hashable {
    /// The seller's bank, by its public name.
    case bank
    /// A command to copy into the chat.
    case command
    /// A whole number.
    case count
    /// An ISO 4217 code.
    case currency
    /// A calendar day, or two with a dash between.
    case date
    /// How many decimals.
    case digits
    /// The language's own example command.
    case example
    /// The most that is allowed: an amount, or a number of characters.
    case limit
    case merchant
    /// A number of minutes with its noun.
    case minutes
    /// A formatted amount with its currency code.
    case amount
    /// Whom a request to pay is for, by the name that the seller gave.
    case payer
    /// Tag or description of a payment, or a dash; of a payment already made its six characters.
    case reference
    /// A clock time, in a template with its date.
    case time
    /// What the seller typed where an amount belongs; digits and separators only.
    case typed
}
