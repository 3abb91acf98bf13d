// What stands behind a command that charges nothing: a reference, a tag and a page, a language. Words of
// courtesy are skipped, and what is left and not understood is refused, never ignored: a mistyped reference
// must not cancel the last payment.
import Money

enum CommandArguments {
    /// Pages of a list that a number may name.
    static let pages = 1...999

    /// The one reference in the rest of the message, `nil` when there is nothing but courtesy.
    static func reference(_ text: TypedText) throws(CommandRefusal) -> String? {
        let words = words(text).filter { !$0.allSatisfy(isSign) }
        guard !words.isEmpty else { return nil }
        guard words.count == 1, let reference = PaymentReference.canonical(words[0].drop { isSign($0) })
        else { throw .referenceUnreadable }
        return reference
    }

    /// `list`, `list #cafea`, `list 2`, `list cafea 2`; `list today` is the command for today.
    static func list(_ text: TypedText) throws(CommandRefusal) -> Command {
        var tag: String?
        var page: Int?
        let words = words(text, without: CommandWords.courtesies.union(CommandWords.spanLinks))
        if words.count == 1, CommandWords.verb(words[0].lowercased()) == .today { return .today }
        // Other days are the export's.
        guard !words.contains(where: { SpanText.isSpan($0.lowercased()) }) else { throw .listUnreadable }
        for word in words {
            if let number = number(word), !isSign(word.first ?? " ") {
                guard page == nil, pages.contains(number) else { throw .listUnreadable }
                page = number
            } else {
                let name = word.drop { isSign($0) }.unicodeScalars
                guard tag == nil, !name.isEmpty, name.allSatisfy(\.isTagPart) else { throw .listUnreadable }
                guard name.count <= CommandGrammar.tagScalarsMax else { throw .tagTooLong }
                tag = String(name)
            }
        }
        return .list(tag: tag, page: page)
    }

    /// `/lang`, `/lang ro`, `lang`, `limba română`; without the slash anything else after it is not this
    /// command.
    static func language(_ text: TypedText, _ isSlashed: Bool) -> Command? {
        var text = text
        text.skipSpaces()
        guard !text.isAtEnd else { return .language(nil) }
        let language = CommandWords.languages[text.takeWord()]
        if language != nil, TypedText.isBlank(text) { return .language(language) }
        return isSlashed ? .language(nil) : nil
    }

    /// The language that these words name and nothing else: "Deutsch", "in English, please", "на русском".
    static func namedLanguage(_ text: TypedText) -> Language? {
        let words = words(text, without: CommandWords.courtesies.union(CommandWords.languageLinks))
        return words.count == 1 ? CommandWords.languages[words[0].lowercased()] : nil
    }

    /// Nothing but courtesy, or a number, which chooses nothing before the choices are shown.
    static func areEmpty(_ text: TypedText) -> Bool {
        let words = words(text)
        return words.isEmpty || (words.count == 1 && number(words[0]).map { $0 < 100 } ?? false)
    }

    /// "total azi", "сколько сегодня", "today #cafea": the sums come by tag anyway.
    static func areAboutToday(_ text: TypedText) -> Bool {
        words(text).allSatisfy { word in
            let plain = word.lowercased()
            return CommandWords.verb(plain) == .today || CommandWords.todayWords.contains(plain)
                || (word.hasPrefix("#") && word.count > 1)
        }
    }

    /// "a plătit?", "has he paid?": three words at most and no figure.
    static func askWhetherPaid(_ text: TypedText) -> Bool {
        let words = words(text, without: [])
        return (1...3).contains(words.count) && !text.holdsDigit
            && words.contains { CommandWords.paid.contains($0.lowercased()) }
    }

    /// The words that are left, without courtesies and without the punctuation around them. Four at most:
    /// no command has more, and who writes a novel is not read to its end.
    static func words(
        _ text: TypedText, without courtesies: Set<String> = CommandWords.courtesies
    ) -> [String] {
        var text = text
        var words: [String] = []
        while words.count < 4 {
            while let scalar = text.next, scalar.isTypedSpace || scalar.endsSentence || isWrapping(scalar) {
                text.advance()
            }
            let start = text.position
            while let scalar = text.next, !scalar.isTypedSpace { text.advance() }
            guard text.position > start else { break }
            let whole = text.text(from: start, to: text.position)
            let word = String(
                whole.unicodeScalars.reversed().drop { $0.endsSentence || isWrapping($0) }.reversed()
                    .map(Character.init))
            if !word.isEmpty, !courtesies.contains(word.lowercased()) { words.append(word) }
        }
        return words
    }

    /// A number of one to four digits and nothing else.
    static func number(_ word: some StringProtocol) -> Int? {
        let digits = word.unicodeScalars.map(\.digit)
        guard (1...4).contains(digits.count) else { return nil }
        var number = 0
        for digit in digits {
            guard let digit else { return nil }
            number = number * 10 + Int(digit)
        }
        return number
    }

    private static func isSign(_ character: Character) -> Bool { character == "#" || character == "№" }

    private static func isWrapping(_ scalar: Unicode.Scalar) -> Bool {
        RemarkParts.closingQuotes[scalar] != nil || scalar == "(" || scalar == ")" || scalar == "<"
            || scalar == ">" || scalar == "[" || scalar == "]" || Remark.dashes.contains(scalar)
    }
}
