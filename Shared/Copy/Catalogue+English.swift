// The English texts, every key of the catalogue exactly once: the compiler refuses a missing one. The voice
// is polite, short and warm; {words in braces} are filled in and must be the same set in every language.

extension Catalogue {
    static func english(_ key: CopyKey) -> String {
        switch key {
        case .example: #"pay 100 "Coffee" #table5"#
        case .greeting:
            """
            Hello! Your number is registered with {merchant}, so you can charge right here in this \
            chat.

            Send an amount and I will reply with a payment link:
            {example}

            The description and the #tag are optional. To change the language, send /lang.
            """
        case .unknownSeller:
            """
            Hello! This number is not registered as a seller with any partner bank, so I cannot \
            issue payment links for it. Please ask your bank or your store administrator to add your \
            number, then write to me again.
            """
        case .sellerBlocked:
            """
            Your access to charging has been suspended by {bank}. Please contact the bank.
            """
        case .merchantDisabled:
            """
            Payments for {merchant} are switched off at the moment. Please contact the bank.
            """
        case .phoneHidden:
            """
            I cannot see your phone number, and the bank knows you by it. Please let this chat see \
            it in WhatsApp, or write from the number your bank has registered.
            """
        case .teaching:
            """
            I did not get that. For a payment link, send an amount, for example:
            {example}

            More: help
            """
        case .help:
            """
            How to charge, shortest first:
            100
            pay 100
            {example}

            Amounts may have decimals: 100.50. The description and the #tag appear in the merchant \
            portal.

            Also:
            status – how the last payment stands
            today – what was paid today
            list – the latest payments
            cancel – take a payment back
            resend – the link once more
            export – this month as a file
            rtp 100 069123456 – a request to the customer’s phone
            merchant – whom you charge for
            lang – the language

            To ask about one payment, reply to its message.
            """
        case .welcome: "You’re welcome!"
        case .textOnly:
            """
            I can only read text messages. Send an amount, for example:
            {example}
            """
        case .amountMissing:
            """
            Write the amount first, for example:
            {example}
            """
        case .amountUnreadable:
            """
            I could not read the amount. Write it plainly: 100 or 100.50. For example:
            {example}
            """
        case .amountInParts: "Write the amount in {currency}, small coins after the point: 1 or 1.50."
        case .amountZero: "The amount must be greater than zero."
        case .amountNegative: "The amount cannot be negative. Write it without the minus sign."
        case .amountTooManyDecimals:
            """
            Too many decimals. Digits after the point for {currency}: {digits} at most.
            """
        case .amountTooLarge: "The amount is too large for one payment."
        case .amountOverLimit: "The amount is over your limit of {limit} per payment."
        case .amountAmbiguous:
            """
            The amount “{typed}” can be read in more than one way. Choose the amount, or write it \
            again without a thousands separator.
            """
        case .amountAmbiguousButton: "Choose the amount"
        case .currencyOther:
            """
            I can only charge in {currency}. Send the amount in {currency}, without another \
            currency.
            """
        case .descriptionTooLong: "The description is too long. Maximum number of characters: {limit}."
        case .tagTooLong: "The tag is too long. Maximum number of characters: {limit}."
        case .severalTags: "Please use a single #tag per payment."
        case .requestToPayUnavailable:
            """
            Request to Pay is not available for {merchant}. A payment link works: {command}
            """
        case .requestIncomplete:
            """
            For a request to pay, write the amount and the customer’s phone, for example:
            /rtp 100 069123456 Ion Rusu
            """
        case .payerPhoneUnreadable:
            """
            I could not read the customer’s phone. After +373, or after the 0, it has eight digits: \
            069123456 or +373 69 123 456.
            """
        case .payerPhoneForeign:
            """
            A request to pay reaches Moldovan phones only (+373). To other customers, send a link: \
            just write the amount.
            """
        case .payerNameTooLong:
            """
            The customer’s name is too long. Maximum number of characters: {limit}.
            """
        case .referenceUnreadable:
            """
            Which payment? Reply to its message with the same word, or add the six characters of its \
            reference, for example: status K7M2QX
            """
        case .listUnreadable:
            """
            Write it like this: list, list #coffee, or list 2 for the second page.
            """
        case .spanUnreadable:
            """
            I did not recognise the period. For example:
            export
            export today
            export 2026-11
            export 1.11-15.11
            """
        case .amountInWords:
            """
            Please write the whole amount in digits, for example:
            {example}
            """
        case .phoneAlone:
            """
            That looks like a phone number. To request a payment from it, put the amount first:
            {command}

            If it is an amount, write {currency} after it.
            """
        case .amountNotFirst:
            """
            For a payment link, write the amount first, like this:
            {command}
            """
        case .refundByBank:
            """
            {bank} does not offer refunds in this chat. Please give the money back through the bank.
            """
        case .bankSilent:
            """
            The bank is not answering right now, so no link was created. Please try again in a \
            minute.
            """
        case .bankRefused:
            """
            The bank did not accept this payment, so there is no link. Check the amount or contact \
            the bank.
            """
        case .tryAgain:
            """
            Something went wrong on our side. If you did not get the link, please send the amount \
            again.
            """
        case .linkForward: "Send the link to your customer."
        case .linkForwardUntil: "Send the link to your customer. It works for {minutes}."
        case .linkForwardSoon: "Send the link to your customer at once. It works for less than a minute."
        case .linkButton: "Open payment"
        case .minutesOne: "{count} minute"
        case .minutesFew: "{count} minutes"
        case .minutesMany: "{count} minutes"
        case .minutesOther: "{count} minutes"
        case .chooseMerchant: "Which merchant is this {amount} for?"
        case .chooseMerchantButton: "Choose"
        case .chooseTapOrNumber: "Tap the list or reply with a number."
        case .choiceGone: "That choice is no longer open. Please send the amount again."
        case .languageAsk: "Which language shall we use?"
        case .languageButton: "Language"
        case .languageChanged: "Done, we continue in English."
        case .receiptPaid: "Paid"
        case .receiptPaidLate: "Paid after the link had closed"
        case .receiptPaidAgain: "Paid once more"
        case .receiptPaidAgainAdvice:
            """
            This payment had already been received: please give the customer the extra amount \
            back.
            """
        case .receiptRenew: "New link"
        case .severalPaidOne: "Paid · {count} payment · {amount}"
        case .severalPaidFew: "Paid · {count} payments · {amount}"
        case .severalPaidMany: "Paid · {count} payments · {amount}"
        case .severalPaidOther: "Paid · {count} payments · {amount}"
        case .receiptFailed: "Payment failed"
        case .receiptDeclined: "Payment declined"
        case .receiptExpired: "Link expired"
        case .receiptCancelled: "Payment cancelled"
        case .receiptRefunded: "Refunded"
        case .receiptPartlyRefunded: "Partly refunded"
        case .receiptRetry:
            """
            For a new link, send:
            {command}
            """
        case .templatePaid:
            """
            The payment of {amount} was received on {time}. Reference: {reference}. Have a nice day!
            """
        case .templateFailed:
            """
            The payment of {amount} failed on {time}. Reference: {reference}. For a new link, send \
            the amount in this chat.
            """
        case .templateDeclined:
            """
            The payment of {amount} was declined on {time}. Reference: {reference}. For a new link, \
            send the amount in this chat.
            """
        case .templateExpired:
            """
            The payment link for {amount} expired on {time}. Reference: {reference}. For a new link, \
            send the amount in this chat.
            """
        case .templatePaidSpare:
            """
            You received {amount} on {time} through your payment link. Reference: {reference}. \
            Thank you!
            """
        case .templateFailedSpare:
            """
            The attempt to pay {amount} on {time} did not go through. Reference: {reference}. No \
            money was received.
            """
        case .templateDeclinedSpare:
            """
            The customer or the bank declined {amount} on {time}. Reference: {reference}. No \
            money was received.
            """
        case .templateExpiredSpare:
            """
            The time to pay {amount} by your link ended on {time}. Reference: {reference}. No \
            money was received.
            """
        }
    }
}
