// A chat message prepared for reading: invisible characters gone, every kind of white space one kind, walked
// scalar by scalar. Characters would do the wrong thing here ("\r\n" is one, a digit with a combining mark is
// no digit).

/// A cursor over cleaned text. Never traps: past the end it sees `nil`.
struct TypedText {
    private let scalars: [Unicode.Scalar]
    private(set) var position = 0

    /// Keeps what is printed: control characters, line breaks among them, and separators become `gap`, a
    /// space that never groups digits; the spaces that do stay recognisable. Format characters go, among
    /// them the bidirectional overrides that can make "1" look like another amount. The two joiners stay,
    /// because emoji and Indic text need them.
    init(_ text: String) {
        scalars = text.unicodeScalars.compactMap { scalar in
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: Self.gap
            case .spaceSeparator: Self.groupingSpaces.contains(scalar) ? scalar : Self.gap
            case .format: scalar == "\u{200D}" || scalar == "\u{200C}" ? scalar : nil
            case .surrogate, .unassigned, .privateUse: nil
            default: scalar
            }
        }
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

    /// A word that may hold one apostrophe: "aujourd’hui".
    mutating func takeVerb() -> String {
        let word = takeWord()
        guard word == "aujourd", let sign = next, sign == "'" || sign == "\u{2019}" else { return word }
        advance()
        return word + "'" + takeWord()
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

    var isTagPart: Bool { isLetter || isMark || digit != nil || self == "-" || self == "_" }
    var isCurrencySign: Bool { properties.generalCategory == .currencySymbol }
    var endsSentence: Bool {
        self == "." || self == "," || self == "!" || self == "?" || self == ";" || self == ":"
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
