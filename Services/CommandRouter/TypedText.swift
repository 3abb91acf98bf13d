// A chat message prepared for reading: invisible characters gone, every kind of white space one kind, walked
// scalar by scalar. Characters would do the wrong thing here ("\r\n" is one, a digit with a combining mark is
// no digit).

/// A cursor over cleaned text. Never traps: past the end it sees `nil`.
struct TypedText {
    private let scalars: [Unicode.Scalar]
    private(set) var position = 0

    private init(scalars: [Unicode.Scalar]) { self.scalars = scalars }

    /// Keeps what is printed: control characters, line breaks among them, and separators become `gap`, a
    /// space that never groups digits; the spaces that do stay recognisable. Format characters go, among
    /// them the bidirectional overrides that can make "1" look like another amount. The two joiners stay between what
    /// they can join, because emoji and Indic text need them; behind a digit or a space there is nothing to join.
    init(_ text: String) {
        var joinable = false
        scalars = text.unicodeScalars.compactMap { scalar -> Unicode.Scalar? in
            let category = scalar.properties.generalCategory
            let isJoiner = scalar == "\u{200D}" || scalar == "\u{200C}"
            let kept: Unicode.Scalar? =
                switch category {
                case .control, .lineSeparator, .paragraphSeparator: Self.gap
                case .spaceSeparator: Self.groupingSpaces.contains(scalar) ? scalar : Self.gap
                case .format: isJoiner && joinable ? scalar : nil
                case .surrogate, .unassigned, .privateUse: nil
                default: scalar
                }
            if category != .format { joinable = Self.canJoin(scalar) }
            return kept
        }
    }

    private static func canJoin(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isLetter || scalar.isMark || (scalar.properties.isEmoji && scalar.digit == nil)
            || scalar.properties.generalCategory == .modifierSymbol
    }

    /// What is left of a line break, a tab or an unusual space: it parts words, and "1", a line break, "250"
    /// are two numbers.
    static let gap: Unicode.Scalar = "\u{2003}"
    static let groupingSpaces: Set<Unicode.Scalar> = [" ", "\u{A0}", "\u{202F}", "\u{2009}"]

    var next: Unicode.Scalar? { at(0) }
    var isAtEnd: Bool { position >= scalars.count }
    /// What stood just before the cursor; `nil` at the beginning.
    var previous: Unicode.Scalar? { position > 0 ? scalars[min(position, scalars.count) - 1] : nil }

    func at(_ ahead: Int) -> Unicode.Scalar? {
        let index = position + ahead
        return index < scalars.count ? scalars[index] : nil
    }

    mutating func advance(_ count: Int = 1) { position = min(position + count, scalars.count) }
    mutating func goBack(to position: Int) { self.position = min(position, self.position) }

    mutating func skipSpaces() { while let scalar = next, scalar.isTypedSpace { advance() } }

    /// Letters with their marks, lower-cased; empty when the cursor is not at a letter.
    mutating func takeWord() -> String {
        var word = String.UnicodeScalarView()
        while let scalar = next, scalar.isLetter || (!word.isEmpty && scalar.isMark) {
            word.append(scalar)
            advance()
        }
        return String(word).lowercased()
    }

    /// Skips spaces and says how many there were.
    mutating func countSpaces() -> Int {
        let start = position
        skipSpaces()
        return position - start
    }

    func holdsGap(from start: Int, to end: Int) -> Bool { scalars[start..<end].contains(Self.gap) }

    /// A word that may hold one apostrophe, "aujourd’hui", or two that are one: "how much".
    mutating func takeVerb() -> String {
        let word = takeWord()
        if let second = Self.secondWords[word] {
            var ahead = self
            ahead.skipSpaces()
            if ahead.takeWord() == second {
                self = ahead
                return word + " " + second
            }
        }
        guard word == "aujourd", let sign = next, sign == "'" || sign == "\u{2019}" else { return word }
        advance()
        return word + "'" + takeWord()
    }

    private static let secondWords = ["how": "much", "wie": "viel"]

    /// What chats write around words to make them bold, struck or quoted.
    static let formatting: Set<Unicode.Scalar> = ["*", "_", "~", "`", ">", "•"]

    /// Drops formatting marks before a message, and quotes or brackets around the whole of it.
    mutating func unwrap() {
        skipSpaces()
        while let scalar = next, Self.formatting.contains(scalar) || scalar == "≈" || scalar == "=" {
            advance()
            skipSpaces()
        }
        guard let first = next, let last = scalars.last(where: { !$0.isTypedSpace }),
            scalars.count > position + 1
        else { return }
        let brackets: [Unicode.Scalar: Unicode.Scalar] = ["(": ")", "[": "]", "<": ">"]
        guard brackets[first] == last || RemarkParts.closingQuotes[first]?.contains(last) == true,
            let end = scalars.lastIndex(of: last), end > position
        else { return }
        let isOneQuotation = !scalars[(position + 1)..<end].contains { inner in
            inner == last || RemarkParts.closingQuotes[first]?.contains(inner) == true
        }
        guard isOneQuotation else { return }
        self = TypedText(scalars: Array(scalars[(position + 1)..<end]))
        skipSpaces()
    }

    /// Skips "/", also typed as a backslash or twice, or "!" and "." right before a word, as other bots are called.
    /// Whether there was one.
    mutating func skipSlashes() -> Bool {
        let start = position
        while next == "/" || next == "\\" { advance() }
        if position == start, next == "!" || next == ".", at(1)?.isLetter == true { advance() }
        guard position > start else { return false }
        skipSpaces()
        return true
    }

    /// "@till 100" and "/pay@till 100" are how other chats call a bot.
    mutating func skipMention() {
        guard next == "@", at(1)?.isTagPart == true else { return }
        advance()
        while next?.isTagPart == true { advance() }
        skipSpaces()
    }

    /// A thumb or a flower, and no word with it.
    var isOnlyPictures: Bool {
        var seen = false
        var text = self
        while let scalar = text.next {
            if scalar.properties.isEmoji, scalar.digit == nil, scalar != "#", scalar != "*" {
                seen = true
            } else if !scalar.isTypedSpace, !scalar.isMark, !scalar.endsSentence, scalar != "\u{200D}",
                scalar.properties.generalCategory != .modifierSymbol
            {
                return false
            }
            text.advance()
        }
        return seen
    }

    var holdsDigit: Bool { firstIndex { scalar, _ in scalar.digit != nil } != nil }

    func text(from start: Int, to end: Int) -> String {
        guard start < end, end <= scalars.count else { return "" }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars[start..<end])
        return String(view)
    }

    /// Where the cursor would be after the first scalar that satisfies `isEnd`, which gets it and what
    /// follows it.
    func firstIndex(where isEnd: (Unicode.Scalar, Unicode.Scalar?) -> Bool) -> Int? {
        var index = position
        while index < scalars.count {
            if isEnd(scalars[index], index + 1 < scalars.count ? scalars[index + 1] : nil) { return index }
            index += 1
        }
        return nil
    }
}

extension Unicode.Scalar {
    var isTypedSpace: Bool { properties.generalCategory == .spaceSeparator }

    var isMark: Bool {
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: true
        default: false
        }
    }

    var isLetter: Bool {
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
        default: false
        }
    }

    /// The value of a decimal digit of any script, 0...9: keyboards in Devanagari and Arabic send their own.
    var digit: UInt8? {
        guard properties.generalCategory == .decimalNumber, let value = properties.numericValue else {
            return nil
        }
        return UInt8(exactly: value)
    }

    var isPunctuation: Bool {
        switch properties.generalCategory {
        case .openPunctuation, .closePunctuation, .initialPunctuation, .finalPunctuation, .otherPunctuation,
            .dashPunctuation, .connectorPunctuation:
            true
        default: false
        }
    }

    var isTagPart: Bool { isLetter || isMark || digit != nil || self == "-" || self == "_" }
    var isCurrencySign: Bool { properties.generalCategory == .currencySymbol }
    var endsSentence: Bool {
        self == "." || self == "," || self == "!" || self == "?" || self == ";" || self == ":"
    }
}

extension TypedText {
    /// Whether the end, a tag or a quotation comes next, spaces and sentence ends aside.
    var isAtPartEnd: Bool {
        var text = self
        while let scalar = text.next, scalar.isTypedSpace || scalar.endsSentence { text.advance() }
        guard let scalar = text.next else { return true }
        return scalar == "#" || RemarkParts.closingQuotes[scalar] != nil
    }

    /// Skips "." and "!!!" before a space or the end; elsewhere they belong to what follows.
    mutating func skipSentenceEnd() {
        var length = 0
        while at(length)?.endsSentence == true { length += 1 }
        if at(length)?.isTypedSpace ?? true { advance(length) }
    }

    /// ".50": a decimal sign with nothing before it.
    var isAtSignedDigit: Bool { (next == "." || next == "," || next == "+") && at(1)?.digit != nil }

    /// Whether nothing but spaces and sentence ends is left, `after` scalars ahead of the cursor.
    static func isBlank(_ text: TypedText, after: Int = 0) -> Bool {
        var text = text
        text.advance(after)
        return text.firstIndex { scalar, _ in !scalar.isTypedSpace && !scalar.endsSentence } == nil
    }
}
