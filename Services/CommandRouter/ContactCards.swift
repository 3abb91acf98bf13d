// Whom a request to pay is for, from a card of the seller's address book instead of typed digits. Part of the decision
// core. A card is believed as far as a typed phone is: the payer's own bank app asks the payer.
import Contracts
import Copy
import Money
import WhatsApp

/// The payer whom cards name, if they name one.
enum CardPayer: Equatable {
    case payer(TypedPayer)
    /// Phones of several people, or several of one, none of them the only mobile.
    case several
    case foreign
    case none

    init(_ cards: [InboundMessage.ContactCard]) {
        var found: [(phone: String, name: String?)] = []
        var isForeign = false
        for card in cards {
            for written in card.phones {
                switch Self.phone(written) {
                case .number(let phone):
                    if !found.contains(where: { $0.phone == phone }) { found.append((phone, card.name)) }
                case .foreign: isForeign = true
                case .unreadable, nil: break
                }
            }
        }
        let mobiles = found.filter { Self.isMobile($0.phone) }
        let chosen = found.count == 1 ? found[0] : mobiles.count == 1 ? mobiles[0] : nil
        if let chosen {
            self = .payer(TypedPayer(phone: chosen.phone, name: chosen.name.flatMap(Self.name)))
        } else {
            self = !found.isEmpty ? .several : isForeign ? .foreign : .none
        }
    }

    /// The whole of the text is one phone.
    private static func phone(_ written: String) -> PhoneText? {
        var text = TypedText(written)
        text.skipSpaces()
        guard let phone = PhoneText.take(from: &text) else { return nil }
        text.skipSpaces()
        return text.isAtEnd ? phone : .unreadable
    }

    /// 6xx and 7xx; the others are lines in a house, which no bank app rings on.
    private static func isMobile(_ phone: String) -> Bool {
        ["6", "7"].contains { phone.hasPrefix("+" + PhoneText.countryCode + $0) }
    }

    /// The name as a typed one could be; nil for one that is none or too long, which is then asked for.
    private static func name(_ written: String) -> String? {
        var text = TypedText(written)
        while !text.isAtEnd { text.advance() }
        let plain = Remark.line([text.text(from: 0, to: text.position)])
        let isName = plain.unicodeScalars.contains { $0.isLetter }
        return isName && plain.unicodeScalars.count <= CommandGrammar.payerNameScalarsMax ? plain : nil
    }
}

extension SellerTurn {
    /// Cards answer who pays, and nothing else. What they lack is asked for as after typed words.
    mutating func take(_ cards: [InboundMessage.ContactCard]) -> Action {
        guard let question = memory.question, [.payerPhone, .payerName].contains(question.kind),
            var option = question.options.first, var order = option.order
        else { return say(.textOnly) }
        let card: TypedPayer
        switch CardPayer(cards) {
        case .payer(let payer): card = payer
        case .several:
            return say(.payerPhoneAsk, [.amount: AmountFormat(language).text(order.charge.amount)])
        case .foreign: return refuse(.payerPhoneForeign, keeping: question)
        case .none: return refuse(.payerPhoneUnreadable, keeping: question)
        }
        // What was typed of the same person is what the seller calls them.
        let typedName =
            order.payer?.phone == nil || order.payer?.phone == card.phone ? order.payer?.name : nil
        order.payer = TypedPayer(phone: card.phone, name: typedName ?? card.name)
        option.order = order
        if question.isOpen(at: message.heardAt) {
            return settle([option], question.sourceKey, isChosen: false)
        }
        return question.isJustOver(at: message.heardAt) ? tellLate(question, option) : say(.textOnly)
    }

    /// The question stays open: the seller sends another card, or types.
    private mutating func refuse(_ refusal: CommandRefusal, keeping question: Question) -> Action {
        guard question.isOpen(at: message.heardAt) else { return say(.textOnly) }
        return .reply(.text(RefusalWords(usual: usual, language: language).text(refusal)))
    }
}
