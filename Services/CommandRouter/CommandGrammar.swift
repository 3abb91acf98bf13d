// The command grammar: text in, command or refusal out. Total and pure: every text of any length in any
// script has an answer, nothing traps, the work is linear. Its EBNF is in this service's README; change both
// together.
package import Money

package enum CommandGrammar {
    /// Scalars in a description. miaPOS publishes no maximum; 140 fits a bank statement line and one chat
    /// bubble line.
    package static let descriptionScalarsMax = 140
    package static let tagScalarsMax = 64

    /// Reads one message for a merchant that charges in `currency`, at most `limit` per payment.
    package static func read(
        _ message: String, currency: Currency, limit: Money? = nil
    ) -> Result<Command, CommandRefusal> {
        do throws(CommandRefusal) {
            return .success(try command(message, currency, limit))
        } catch {
            return .failure(error)
        }
    }

    /// The number in a message that is only a number, 1...99 ("2", "2.", " 2) "): an answer to a numbered
    /// question.
    package static func choice(_ message: String) -> Int? {
        var text = TypedText(message)
        text.skipSpaces()
        var number = 0
        var digits = 0
        while let digit = text.next?.digit, digits < 3 {
            number = number * 10 + Int(digit)
            digits += 1
            text.advance()
        }
        if let scalar = text.next, scalar == "." || scalar == ")" { text.advance() }
        text.skipSpaces()
        return text.isAtEnd && (1...99).contains(number) && digits < 3 ? number : nil
    }

    private static func command(
        _ message: String, _ currency: Currency, _ limit: Money?
    ) throws(CommandRefusal) -> Command {
        var text = TypedText(message)
        text.skipSpaces()
        let isSlashed = text.next == "/"
        if isSlashed { text.advance() }
        let start = text.position
        let word = text.takeWord()
        if word.isEmpty, !isSlashed, text.next == "?", TypedText.isBlank(text, after: 1) { return .help }
        if CommandWords.pay.contains(word) || CommandWords.requestToPay.contains(word) {
            if text.next == ":" { text.advance() }
            text.skipSpaces()
            guard !text.isAtEnd else { throw .amountMissing }
            let charge = try charge(&text, currency, limit, orElse: .amountMissing)
            return CommandWords.pay.contains(word) ? .pay(charge) : .requestToPay(charge)
        }
        if CommandWords.language.contains(word), let command = languageCommand(text, isSlashed) {
            return command
        }
        if CommandWords.help.contains(word), isSlashed || TypedText.isBlank(text) { return .help }
        if let command = smallTalk(word, isSlashed, text) { return command }
        guard !isSlashed, word.isEmpty || CommandWords.currencies(word) != nil else { throw .notACommand }
        text.goBack(to: start)
        return .pay(try charge(&text, currency, limit, orElse: .notACommand))
    }

    /// What needs no amount and gets a sentence. A digit behind a greeting or thanks may be meant as an
    /// amount, so that is not taken for either.
    private static func smallTalk(_ word: String, _ isSlashed: Bool, _ rest: TypedText) -> Command? {
        if CommandWords.cancel.contains(word) { return .cancel }
        if CommandWords.status.contains(word) { return .status }
        guard isSlashed || rest.firstIndex(where: { s, _ in s.digit != nil }) == nil else { return nil }
        if CommandWords.hello.contains(word) { return .hello }
        return CommandWords.thanks.contains(word) ? .thanks : nil
    }

    /// `/lang`, `/lang ro`, `lang`, `limba română`; without the slash anything else after it is not this
    /// command.
    private static func languageCommand(_ text: TypedText, _ isSlashed: Bool) -> Command? {
        var text = text
        text.skipSpaces()
        guard !text.isAtEnd else { return .language(nil) }
        let language = CommandWords.languages[text.takeWord()]
        if language != nil, TypedText.isBlank(text) { return .language(language) }
        return isSlashed ? .language(nil) : nil
    }

    /// Amount, currency and remark from the cursor to the end. `noAmount` is what a missing amount means
    /// here.
    private static func charge(
        _ text: inout TypedText, _ currency: Currency, _ limit: Money?, orElse noAmount: CommandRefusal
    ) throws(CommandRefusal) -> Charge {
        let before = takeCurrency(&text, currency)
        text.skipSpaces()
        if let sign = text.next, Remark.dashes.contains(sign) {
            text.advance()
            text.skipSpaces()
            guard text.next?.digit != nil || text.next?.isCurrencySign == true else { throw noAmount }
            throw .amountNegative
        }
        let start = text.position
        guard let amount = AmountText.take(from: &text) else { throw noAmount }
        let typed = text.text(from: start, to: text.position)
        try skipEnding(&text)
        let after = takeCurrency(&text, currency) ?? takePartitive(&text, currency)
        guard after != nil || !isMultiplied(text) else { throw .amountUnreadable }
        guard text.next.map(mayFollowAmount) ?? true else { throw .amountUnreadable }
        let meaning = amount.meaning(in: currency)
        if case .refused(.amountUnreadable) = meaning { throw .amountUnreadable }
        guard before != .part, after != .part, !isFollowedByCoins(text, currency) else {
            throw .partOfCurrency
        }
        guard before != .other, after != .other else { throw .otherCurrency }
        let readings = try acceptable(meaning, limit)
        let remark = try Remark.take(from: &text)
        let charges = readings.map { Charge(amount: $0, description: remark.description, tag: remark.tag) }
        if case .ambiguous = meaning { throw .amountAmbiguous(typed: typed, readings: charges) }
        return charges[0]
    }

    /// The readings that could be charged, at least one, or why there is none.
    private static func acceptable(_ meaning: AmountText.Meaning, _ limit: Money?) throws(CommandRefusal)
        -> [Money]
    {
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

    /// Takes "de lei": the word that Romanian puts between an amount and its currency, only with a currency.
    private static func takePartitive(_ text: inout TypedText, _ currency: Currency) -> NamedCurrency? {
        let start = text.position
        text.skipSpaces()
        if text.takeWord() == CommandWords.partitive, text.next?.isTypedSpace == true,
            let named = takeCurrency(&text, currency)
        {
            return named
        }
        text.goBack(to: start)
        return nil
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
    private static func isFollowedByCoins(_ text: TypedText, _ currency: Currency) -> Bool {
        var text = text
        text.skipSpaces()
        let start = text.position
        if CommandWords.and.contains(text.takeWord()) { text.skipSpaces() } else { text.goBack(to: start) }
        guard AmountText.take(from: &text) != nil else { return false }
        return (takeCurrency(&text, currency) ?? takePartitive(&text, currency)) == .part
    }

    private enum NamedCurrency { case own, other, part }

    /// Takes a currency word or sign at the cursor, with spaces before it; `nil` when there is none, and then
    /// the cursor has not moved.
    private static func takeCurrency(_ text: inout TypedText, _ currency: Currency) -> NamedCurrency? {
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

    private static func mayFollowAmount(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isTypedSpace || scalar == "#" || scalar == "(" || scalar == "," || scalar == ";"
            || scalar == "!"
            || Remark.closingQuotes[scalar] != nil || scalar.properties.generalCategory == .otherSymbol
    }
}

extension TypedText {
    /// Whether nothing but spaces and sentence ends is left, `after` scalars ahead of the cursor.
    static func isBlank(_ text: TypedText, after: Int = 0) -> Bool {
        var text = text
        text.advance(after)
        return text.firstIndex { scalar, _ in !scalar.isTypedSpace && !scalar.endsSentence } == nil
    }
}
