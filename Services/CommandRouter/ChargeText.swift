// Reading what is to be charged: the amount with its currency, then what stands behind it. For a Request to
// Pay that is also the payer, whose phone begins with digits as an amount does.
import Money

/// One merchant's point of view on a message: its currency and its limit.
struct ChargeText {
    var currency: Currency
    var limit: Money?

    /// Amount, currency and remark from the cursor to the end. `noAmount` is what a missing amount means
    /// here.
    func payment(
        _ text: inout TypedText, orElse noAmount: CommandRefusal
    ) throws(CommandRefusal) -> Command {
        let amount = try amount(&text, orElse: noAmount)
        let remark = try Remark.take(from: &text)
        return try command(amount) { amount in
            .pay(Charge(amount: amount, description: remark.description, tag: remark.tag))
        }
    }

    /// Amount, payer and remark from the cursor to the end, the phone before or behind the amount.
    func request(_ text: inout TypedText) throws(CommandRefusal) -> Command {
        let phone = try phoneBefore(&text)
        let amount = try amount(
            &text, orElse: .requestIncomplete, spacesMax: phone == nil ? try spacesBeforePhone(text) : .max)
        var parts = try RemarkParts.take(from: &text, findsPhone: phone == nil)
        parts.phone = parts.phone ?? phone.map { .number($0) }
        let payer = try TypedPayer(parts)
        let description = try Remark.description(parts.description)
        return try command(amount) { amount in
            .requestToPay(
                Charge(amount: amount, description: description, tag: parts.tag), payer: payer)
        }
    }

    /// What the digits may mean, and as they were typed.
    private struct TypedAmount {
        var typed: String
        /// Never empty; more than one, or `isAmbiguous`, has to be asked back.
        var readings: [Money]
        var isAmbiguous: Bool
    }

    private func command(
        _ amount: TypedAmount, _ build: (Money) -> Command
    ) throws(CommandRefusal) -> Command {
        guard !amount.isAmbiguous else {
            throw .amountAmbiguous(typed: amount.typed, readings: amount.readings.map(build))
        }
        return build(amount.readings[0])
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
        guard let amount = AmountText.take(from: &whole) else { return .max }
        let spaces = amount.signs.count { $0 == .space }
        // More groups than an amount has digits for are no amount either way.
        guard (1...6).contains(spaces) else { return .max }
        let fitting = (0...spaces).filter { count in
            var rest = cursor
            _ = AmountText.take(from: &rest, spacesMax: count)
            rest.skipSpaces()
            if case .number = PhoneText.take(from: &rest) {
                rest.skipSpaces()
                return rest.next?.digit == nil
            }
            return false
        }
        guard fitting.count < 2 else { throw .payerPhoneUnreadable }
        return fitting.first ?? .max
    }

    private func amount(
        _ text: inout TypedText, orElse noAmount: CommandRefusal, spacesMax: Int = .max
    ) throws(CommandRefusal) -> TypedAmount {
        let before = takeCurrency(&text)
        text.skipSpaces()
        if let sign = text.next, Remark.dashes.contains(sign) {
            text.advance()
            text.skipSpaces()
            guard text.next?.digit != nil || text.next?.isCurrencySign == true else { throw noAmount }
            throw .amountNegative
        }
        let start = text.position
        guard let amount = AmountText.take(from: &text, spacesMax: spacesMax) else { throw noAmount }
        let typed = text.text(from: start, to: text.position)
        try Self.skipEnding(&text)
        let after = takeCurrency(&text) ?? takePartitive(&text)
        guard after != nil || !Self.isMultiplied(text) else { throw .amountUnreadable }
        guard text.next.map(Self.mayFollowAmount) ?? true else { throw .amountUnreadable }
        let meaning = amount.meaning(in: currency)
        if case .refused(.amountUnreadable) = meaning { throw .amountUnreadable }
        guard before != .part, after != .part, !isFollowedByCoins(text) else { throw .partOfCurrency }
        guard before != .other, after != .other else { throw .otherCurrency }
        let isAmbiguous = if case .ambiguous = meaning { true } else { false }
        return TypedAmount(typed: typed, readings: try acceptable(meaning), isAmbiguous: isAmbiguous)
    }

    /// The readings that could be charged, at least one, or why there is none.
    private func acceptable(_ meaning: AmountText.Meaning) throws(CommandRefusal) -> [Money] {
        let readings: [Money]
        switch meaning {
        case .exact(let money): readings = [money]
        case .ambiguous(let moneys): readings = moneys
        case .refused(let refusal): throw refusal
        }
        let positive = readings.filter { $0.minorUnits > 0 }
        guard !positive.isEmpty else { throw .amountZero }
        guard let limit else { return positive }
        let within = positive.filter { $0.currency != limit.currency || $0.minorUnits <= limit.minorUnits }
        guard !within.isEmpty else { throw .amountOverLimit(limit) }
        return within
    }

    /// A sentence's end or the shopkeeper's ",-" after an amount.
    private static func skipEnding(_ text: inout TypedText) throws(CommandRefusal) {
        guard let scalar = text.next, scalar.endsSentence else { return }
        let isPrice = (scalar == "." || scalar == ",") && text.at(1).map(Remark.dashes.contains) == true
        let length = isPrice ? 2 : 1
        guard text.at(length)?.isTypedSpace ?? true else { throw .amountUnreadable }
        text.advance(length)
    }

    /// Whether "mii", "тыс." or "k" comes next, with or without "de" before it.
    private static func isMultiplied(_ text: TypedText) -> Bool {
        var text = text
        text.skipSpaces()
        var word = text.takeWord()
        if word == CommandWords.partitive {
            text.skipSpaces()
            word = text.takeWord()
        }
        if word == CommandWords.loneMultiplier { return TypedText.isBlank(text) }
        return CommandWords.multipliers.contains(word) && text.next?.isTagPart != true
    }

    /// Whether "50 bani" comes next: "10 lei 50 bani" is not ten lei with a description.
    private func isFollowedByCoins(_ text: TypedText) -> Bool {
        var text = text
        text.skipSpaces()
        let start = text.position
        if CommandWords.and.contains(text.takeWord()) { text.skipSpaces() } else { text.goBack(to: start) }
        guard AmountText.take(from: &text) != nil else { return false }
        return (takeCurrency(&text) ?? takePartitive(&text)) == .part
    }

    private static func mayFollowAmount(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isTypedSpace || scalar == "#" || scalar == "(" || scalar == "," || scalar == ";"
            || scalar == "!" || RemarkParts.closingQuotes[scalar] != nil
            || scalar.properties.generalCategory == .otherSymbol
    }
}

extension ChargeText {
    private enum NamedCurrency { case own, other, part }

    /// Takes "de lei": the word that Romanian puts between an amount and its currency, only with a currency.
    private func takePartitive(_ text: inout TypedText) -> NamedCurrency? {
        let start = text.position
        text.skipSpaces()
        if text.takeWord() == CommandWords.partitive, text.next?.isTypedSpace == true,
            let named = takeCurrency(&text)
        {
            return named
        }
        text.goBack(to: start)
        return nil
    }

    /// Takes a currency word or sign at the cursor, with spaces before it; `nil` when there is none, and then
    /// the cursor has not moved.
    private func takeCurrency(_ text: inout TypedText) -> NamedCurrency? {
        let start = text.position
        text.skipSpaces()
        var word = ""
        if let sign = text.next, sign.isCurrencySign {
            word = String(sign)
            text.advance()
        } else {
            word = text.takeWord()
            if word == currency.rawValue.lowercased(), text.next?.isTagPart != true { return .own }
        }
        guard let codes = CommandWords.currencies(word),
            word.first?.isLetter == false || text.next?.isLetter != true
        else {
            // An unknown sign is still a currency, and not one we charge in.
            if word.unicodeScalars.first?.isCurrencySign == true { return .other }
            text.goBack(to: start)
            return nil
        }
        if word.first?.isLetter == true, text.next == ".", text.at(1)?.digit == nil { text.advance() }
        if codes.isEmpty { return .part }
        return codes.contains(currency.rawValue) ? .own : .other
    }
}
