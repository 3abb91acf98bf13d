// A currency beside an amount: the merchant's own, another, or a part of one such as "bani".
import Money

extension ChargeText {
    enum NamedCurrency { case own, other, part }

    /// "lei lei", "lei MDL" and "lei moldovenești" say it twice; another currency after the first is a refusal, and
    /// then this is false.
    func takeCurrencyAgain(_ text: inout TypedText) -> Bool {
        var cursor = text
        cursor.skipSpaces()
        if CommandWords.currencyAdjectives.contains(cursor.takeWord()), cursor.next?.isTagPart != true {
            text = cursor
            return true
        }
        cursor = text
        guard let again = takeCurrency(&cursor), again != .part else { return true }
        if again == .own { text = cursor }
        return again == .own
    }

    func takeOwnCurrency(_ text: inout TypedText) {
        var cursor = text
        if takeCurrency(&cursor) == .own { text = cursor }
    }

    /// Takes "de lei": the word that Romanian puts between an amount and its currency, only with a currency.
    func takePartitive(_ text: inout TypedText) -> NamedCurrency? {
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
    func takeCurrency(_ text: inout TypedText) -> NamedCurrency? {
        let start = text.position
        text.skipSpaces()
        var word = ""
        if let sign = text.next, sign.isCurrencySign {
            word = String(sign)
            text.advance()
        } else {
            word = text.takeWord()
        }
        // "100 L" is lei, "100 l'eau" is not.
        let isWhole = word.unicodeScalars.count > 1 || text.next != "'" && text.next != "\u{2019}"
        guard let codes = codes(word), isWhole, word.first?.isLetter == false || text.next?.isLetter != true
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

    /// The currencies a word may mean, none for a part of one; `nil` when it is no currency.
    func codes(_ word: String) -> [String]? {
        word == currency.rawValue.lowercased() ? [currency.rawValue] : CommandWords.currencies(word)
    }
}
