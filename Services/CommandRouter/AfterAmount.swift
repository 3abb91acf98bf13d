// What may stand right behind an amount, and what there makes it another amount: a multiplier, coins, a sum.

extension ChargeText {
    /// Skips a sentence's end, however many signs long, or the shopkeeper's ",-".
    static func skipEnding(_ text: inout TypedText) {
        // The second star of "*100*".
        while let mark = text.next, TypedText.formatting.contains(mark), text.at(1)?.isTagPart != true,
            text.at(1)?.isTypedSpace ?? true
        {
            text.advance()
        }
        guard let scalar = text.next, scalar.endsSentence else { return }
        if scalar == "." || scalar == ",", text.at(1).map(Remark.dashes.contains) == true,
            text.at(2)?.isTypedSpace ?? true
        {
            text.advance(2)
        } else {
            text.skipSentenceEnd()
        }
    }

    /// Whether a sum, a product or a range comes next: "2 x 50", "100 - 150", "100 lei + 10%". What it comes
    /// to is the seller's to work out. Where a phone may follow, a piece of one is no sum either.
    static func isCalculated(_ text: TypedText, phoneFollows: Bool = false) -> Bool {
        var text = text
        text.skipSpaces()
        var phone = text
        if text.next == "+", PhoneText.take(from: &phone).map({ $0 != .unreadable }) ?? false { return false }
        if phoneFollows, PhoneText.isCut(text) { return false }
        if text.next == "%" { return true }
        if let sign = text.next, sign == "+" || sign == "*" || sign == "/" || sign == "×" || sign == "=" {
            text.advance()
            text.skipSpaces()
            return text.next?.digit != nil
        }
        if let sign = text.next, Remark.dashes.contains(sign) {
            text.advance()
            text.skipSpaces()
            guard AmountText.take(from: &text) != nil else { return false }
            text.skipSpaces()
            return text.isAtPartEnd || text.next == "%" || CommandWords.currencies(text.takeWord()) != nil
        }
        let start = text.position
        guard CommandWords.times.contains(text.takeWord()) else { return false }
        guard text.position - start == 1 || text.next?.isTypedSpace == true else { return false }
        text.skipSpaces()
        return text.next?.digit != nil
    }

    /// Whether "mii", "тыс." or "k" comes next, with or without "de" before it.
    static func isMultiplied(_ text: TypedText) -> Bool {
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

    /// Whether the amount goes on in words: "100 și jumătate", "100 с половиной", "100 lei și cincizeci".
    static func goesOnInWords(_ text: TypedText) -> Bool {
        var text = text
        text.skipSpaces()
        let link = text.takeWord()
        if CommandWords.halves.contains(link) { return link == CommandWords.joinedHalf }
        guard CommandWords.and.contains(link) || link == CommandWords.withHalf else { return false }
        if CommandWords.isHalf(text) { return true }
        return link != CommandWords.withHalf && CommandWords.isNumberInWords(text)
    }

    /// Whether "50 bani" comes next: "10 lei 50 bani" is not ten lei with a description.
    func isFollowedByCoins(_ text: TypedText) -> Bool {
        var text = text
        text.skipSpaces()
        let start = text.position
        if CommandWords.and.contains(text.takeWord()) { text.skipSpaces() } else { text.goBack(to: start) }
        guard AmountText.take(from: &text) != nil else { return false }
        return (takeCurrency(&text) ?? takePartitive(&text)) == .part
    }

    static func mayFollowAmount(_ scalar: Unicode.Scalar, _ following: Unicode.Scalar?) -> Bool {
        scalar.isTypedSpace || scalar == "#" || scalar == "(" || scalar == "," || scalar == ";"
            || scalar == "!" || RemarkParts.closingQuotes[scalar] != nil
            || scalar.properties.generalCategory == .otherSymbol
            || (Remark.dashes.contains(scalar) && following?.digit == nil)
    }
}
