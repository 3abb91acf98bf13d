// From a refusal of the grammar to the sentence that helps. Every refusal has one.
import Contracts
import Copy
import Money

struct RefusalWords {
    /// Whose currency the message was read with.
    let usual: Till
    let language: Language

    func text(_ refusal: CommandRefusal) -> String {
        switch refusal {
        case .notACommand: say(.teaching)
        case .amountMissing: say(.amountMissing)
        case .amountUnreadable, .amountAmbiguous: say(.amountUnreadable)
        case .amountInWords: say(.amountInWords)
        case .amountNotFirst(let charge):
            say(
                .amountNotFirst,
                [
                    .command: ChatCommand.pay(
                        charge.amount, description: charge.description, tag: charge.tag)
                ])
        case .amountZero: say(.amountZero)
        case .amountNegative: say(.amountNegative)
        case .amountTooManyDecimals(let allowed):
            say(.amountTooManyDecimals, [.currency: currency, .digits: String(allowed)])
        case .amountTooLarge: say(.amountTooLarge)
        case .amountOverLimit(let limit): say(.amountOverLimit, [.limit: AmountFormat(language).text(limit)])
        case .otherCurrency: say(.currencyOther, [.currency: currency])
        case .partOfCurrency: say(.amountInParts, [.currency: currency])
        case .descriptionTooLong:
            say(.descriptionTooLong, [.limit: String(CommandGrammar.descriptionScalarsMax)])
        case .tagTooLong: say(.tagTooLong, [.limit: String(CommandGrammar.tagScalarsMax)])
        case .severalTags: say(.severalTags)
        case .requestIncomplete: say(.requestIncomplete)
        case .payerPhoneUnreadable: say(.payerPhoneUnreadable)
        case .payerPhoneForeign: say(.payerPhoneForeign)
        case .payerNameTooLong:
            say(.payerNameTooLong, [.limit: String(CommandGrammar.payerNameScalarsMax)])
        case .phoneAlone(let phone):
            say(.phoneAlone, [.command: "/rtp 100 " + phone, .currency: currency])
        case .referenceUnreadable: say(.referenceUnreadable)
        case .refundByBank: say(.refundByBank, [.bank: usual.bank.name])
        case .listUnreadable: say(.listUnreadable)
        case .spanUnreadable: say(.spanUnreadable)
        }
    }

    private var currency: String { usual.merchant.currency.rawValue }

    private func say(_ key: CopyKey, _ values: [Slot: String] = [:]) -> String {
        Catalogue.text(key, language, values)
    }
}
