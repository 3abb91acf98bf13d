// Figures beside the amount that may belong to it, or be the amount: "100 50", "2 coffees 50 lei", "coffee 100".
// None of them is guessed at: the seller is asked, or shown how to write it.
import Money

extension ChargeText {
    /// Digits behind an amount that it may go on with.
    struct MoreFigures {
        var typed: String
        /// What both are together, as far as that could be charged.
        var readings: [Money]
        /// What stands behind both.
        var rest: TypedText
        /// Where the remark begins if the amount ended before.
        var plain: TypedText
    }

    /// "100 50", "100 lei 50", "10 , 5" and "100 și 50" may be a hundred and fifty hundredths, "10 00" and, with two
    /// spaces, "1  250" a thousand: digits behind a whole amount, and then nothing that they could number.
    func moreDigits(_ amount: TypedAmount, _ rest: TypedText) -> MoreFigures? {
        guard !amount.isAmbiguous, amount.readings.count == 1 else { return nil }
        var text = rest
        let start = text.position
        var isParted = rest.previous == "." || rest.previous == ","
        let spaces = text.countSpaces()
        if text.next == "." || text.next == "," {
            text.advance()
            text.skipSpaces()
            isParted = true
        } else if spaces > 0 {
            let word = text.position
            if CommandWords.and.contains(text.takeWord()) {
                text.skipSpaces()
                isParted = true
            } else {
                text.goBack(to: word)
            }
        }
        // What stands on the next line is description.
        guard spaces > 0, !rest.holdsGap(from: start, to: text.position),
            let more = AmountText.take(from: &text), more.signs.isEmpty
        else { return nil }
        let typed = amount.typed + rest.text(from: start, to: text.position)
        if !amount.isNamed { takeOwnCurrency(&text) }
        let parts = amount.readings[0].decimalText.split(separator: ".")
        let whole = parts[0].compactMap { $0.wholeNumberValue.map(UInt8.init) }
        guard text.isAtPartEnd, !more.isMixed, parts.dropFirst().allSatisfy({ $0 == "00" }) else {
            return nil
        }
        let digits = more.runs[0]
        let isThousands =
            !amount.isNamed && !isParted
            && (digits == [0, 0] || (digits.count == 3 && spaces > 1 && whole.count <= 3))
        let isCoins =
            currency.minorUnitDigits == 2 && (digits.count == 2 || (digits.count == 1 && isParted))
        guard isThousands || isCoins else { return nil }
        let joined =
            isThousands
            ? AmountText(runs: [whole + digits], signs: [])
            : AmountText(runs: [whole, digits], signs: [.fraction])
        return MoreFigures(
            typed: Self.figures(typed),
            readings: (try? acceptable(joined.meaning(in: currency))) ?? [], rest: text,
            plain: digits == [0, 0] ? text : rest)
    }

    /// Digits and signs only, since what was typed is shown again: "100 50" of "100 și 50".
    private static func figures(_ typed: String) -> String {
        let words = typed.split(separator: " ").map { word in
            String(String.UnicodeScalarView(word.unicodeScalars.filter { !$0.isLetter && !$0.isMark }))
        }
        return words.filter { !$0.isEmpty }.joined(separator: " ")
    }

    /// Whether "0000" comes next and nothing else: "1 0000" is no one.
    static func isFollowedByZeros(_ text: TypedText) -> Bool {
        var text = text
        guard text.countSpaces() > 0, let more = AmountText.take(from: &text), more.signs.isEmpty else {
            return false
        }
        return more.runs[0].count > 2 && more.runs[0].allSatisfy { $0 == 0 } && text.isAtPartEnd
    }

    /// Of "2 buc 50 lei" the amount with the currency counts, and what it comes to is not ours to say: refused. Of
    /// "3 cafele 100" either could be the amount: the second charge it may be; `nil` when there is none.
    func amountBehind(
        _ charge: Charge, _ parts: RemarkParts, _ typed: String
    ) throws(CommandRefusal) -> Charge? {
        let words = parts.unquoted
        for (index, word) in words.enumerated() where word.unicodeScalars.first?.digit != nil {
            var text = TypedText(word + " " + (index + 1 < words.count ? words[index + 1] : ""))
            guard AmountText.take(from: &text) != nil, let named = takeCurrency(&text) else { continue }
            if named != .other { throw .amountUnreadable }
        }
        guard words.count == parts.pieces.count, words.count > 1, charge.amount.decimalText.utf8.count <= 5,
            let last = money(words[words.count - 1]), last.minorUnits > charge.amount.minorUnits
        else { return nil }
        let before = words[words.count - 2].lowercased()
        if CommandWords.times.contains(before) || CommandWords.eachWords.contains(before) {
            throw .amountUnreadable
        }
        guard !CommandWords.numberLabels.contains(before.filter { $0 != "." && $0 != ":" }) else {
            return nil
        }
        return Charge(
            amount: last, description: try Remark.description([typed] + words.dropLast()), tag: charge.tag)
    }

    /// "coffee 100 lei": the charge it would be with the amount first, for a text with one amount and a few words. With
    /// `afterVerb`, of a text behind a word that does not charge, only where one that does stands before the amount.
    func turned(_ text: TypedText, afterVerb: Bool = false) -> Charge? {
        var text = text
        guard let parts = try? RemarkParts.take(from: &text, findsPhone: false), parts.pieces.count <= 10
        else {
            return nil
        }
        let pieces = parts.pieces
        let numbered = pieces.indices.filter { index in
            !pieces[index].isQuoted && pieces[index].text.unicodeScalars.contains { $0.digit != nil }
        }
        guard numbered.count == 1, let index = numbered.first,
            pieces.allSatisfy({ !$0.text.contains("://") && !$0.text.hasPrefix("www.") }),
            let amount = money(pieces[index].text)
        else { return nil }
        var before = Array(pieces[..<index]), after = Array(pieces[(index + 1)...])
        if isOwnCurrency(after.first) {
            after.removeFirst()
        } else if after.count > 1, after[0].text == CommandWords.partitive, isOwnCurrency(after[1]) {
            after.removeFirst(2)
        } else if isOwnCurrency(before.last) {
            before.removeLast()
        }
        // "I would like to charge 100": what leads to that word is talk.
        if before.dropFirst(afterVerb ? 0 : 1).contains(where: { Self.verb($0) == .pay }) {
            before.removeAll { !$0.isQuoted }
        } else if afterVerb {
            return nil
        }
        let idle: Set<CommandWords.Verb> = [.pay, .hello, .thanks, .today]
        let rest = (before + after).filter { word in
            word.isQuoted || !(Self.verb(word).map(idle.contains) ?? false)
        }.map(\.text)
        let told = rest.filter { word in !word.unicodeScalars.allSatisfy(\.isPunctuation) }
        do throws(CommandRefusal) {
            return Charge(amount: amount, description: try Remark.description(told), tag: parts.tag)
        } catch { return nil }
    }

    private static func verb(_ word: RemarkParts.Piece) -> CommandWords.Verb? {
        CommandWords.verb(word.text.lowercased().filter { $0.isLetter || $0 == "'" })
    }

    private func isOwnCurrency(_ word: RemarkParts.Piece?) -> Bool {
        guard let word, !word.isQuoted else { return false }
        var text = TypedText(word.text)
        return takeCurrency(&text) == .own && text.isAtPartEnd
    }

    /// One word that is an exact amount within the limit, its currency perhaps stuck to it.
    private func money(_ word: String) -> Money? {
        var text = TypedText(word)
        guard let amount = AmountText.take(from: &text) else { return nil }
        let currency = takeCurrency(&text)
        guard currency == nil || currency == .own, text.isAtPartEnd, text.next != "#",
            case .exact(let money) = amount.meaning(in: self.currency),
            (try? acceptable(.exact(money))) != nil
        else { return nil }
        return money
    }
}
