// Reading a Request to Pay: amount and payer beside each other, though a phone begins with digits as an amount
// does.
import Money

extension ChargeText {
    /// Amount, payer and remark from the cursor to the end, the phone before or behind the amount.
    func request(_ text: inout TypedText) throws(CommandRefusal) -> Command {
        var names: [String] = []
        var phone: String?
        // "rtp Ion 069123456 100": what cannot be an amount stands before it.
        while phone == nil || names.isEmpty {
            if phone == nil, let found = try phoneBefore(&text) {
                phone = found
            } else if names.isEmpty, let found = namesBefore(&text) {
                names = found
            } else {
                break
            }
        }
        let (before, who) = (phone, names)
        let amount = try amount(
            &text, orElse: .requestIncomplete, spacesMax: phone == nil ? try spacesBeforePhone(text) : .max,
            phoneFollows: phone == nil)
        return try command(amount, text) { (amount, text) throws(CommandRefusal) in
            var parts = try RemarkParts.take(from: &text, findsPhone: before == nil)
            parts.phone = parts.phone ?? before.map { .number($0) }
            parts.pieces.insert(
                contentsOf: who.map { RemarkParts.Piece(text: $0, isQuoted: false, place: 0) }, at: 0)
            let payer = try TypedPayer(parts)
            let description = try Remark.description(parts.nameAndDescription.description)
            return .requestToPay(
                Charge(amount: amount, description: description, tag: parts.tag), payer: payer)
        }
    }

    /// Up to five words without digits, of which none is a currency, before a digit or a phone; `nil`, and the
    /// cursor stays, when there are none.
    private func namesBefore(_ text: inout TypedText) -> [String]? {
        var cursor = text
        var names: [String] = []
        while names.count < 5, let scalar = cursor.next, scalar.isLetter, !takeCurrencyAhead(cursor) {
            let start = cursor.position
            while let scalar = cursor.next, !scalar.isTypedSpace { cursor.advance() }
            let name = text.text(from: start, to: cursor.position)
            guard !name.unicodeScalars.contains(where: { $0.digit != nil }) else { return nil }
            names.append(name)
            cursor.skipSpaces()
        }
        let isNumber = PhoneText.mayBegin(cursor) || takeCurrencyAhead(cursor)
        guard !names.isEmpty, isNumber else { return nil }
        text = cursor
        return names
    }

    private func takeCurrencyAhead(_ text: TypedText) -> Bool {
        var text = text
        return takeCurrency(&text) != nil
    }

    /// "069123456 100": digits that can be no amount, and are a phone.
    private func phoneBefore(_ text: inout TypedText) throws(CommandRefusal) -> String? {
        let start = text.position
        let isNoAmount =
            switch text.next {
            case "+", "(", "\u{FF0B}": true
            case let scalar?: scalar.digit == 0 && text.at(1)?.digit != nil
            case nil: false
            }
        guard isNoAmount, let phone = PhoneText.take(from: &text) else {
            text.goBack(to: start)
            return nil
        }
        switch phone {
        case .number(let number):
            text.skipSpaces()
            return number
        case .foreign: throw .payerPhoneForeign
        case .unreadable: throw .payerPhoneUnreadable
        }
    }

    /// How many spaces group the amount at the cursor, when what follows should be a phone: of "1 250 069 123
    /// 456" only the first does. Throws when two readings leave a phone.
    private func spacesBeforePhone(_ text: TypedText) throws(CommandRefusal) -> Int {
        var cursor = text
        _ = takeCurrency(&cursor)
        cursor.skipSpaces()
        var whole = cursor
        guard let amount = AmountText.take(from: &whole, isCurrency: { codes($0) != nil }) else {
            return .max
        }
        let spaces = amount.signs.count { $0 == .space }
        // More groups than an amount has digits for are no amount either way.
        guard (1...6).contains(spaces) else { return .max }
        var fitting: [Int] = []
        for count in 0...spaces {
            var rest = cursor
            _ = AmountText.take(from: &rest, spacesMax: count, isCurrency: { codes($0) != nil })
            rest.skipSpaces()
            guard case .number = PhoneText.take(from: &rest) else { continue }
            rest.skipSpaces()
            guard rest.next?.digit == nil else { throw .payerPhoneUnreadable }
            fitting.append(count)
        }
        guard fitting.count < 2 else { throw .payerPhoneUnreadable }
        return fitting.first ?? .max
    }
}
