// What follows the amount: a description, quoted or not, and a tag. Reads to the end of the text whatever is
// in it.

/// Description and tag of one command.
struct Remark: Equatable {
    var description: String?
    var tag: String?

    /// Takes everything that is left. Throws when there are two tags or a part is longer than its limit.
    static func take(from text: inout TypedText) throws(CommandRefusal) -> Remark {
        let parts = try RemarkParts.take(from: &text, findsPhone: false)
        return Remark(description: try description(parts.pieces.map(\.text)), tag: parts.tag)
    }

    /// Puts the pieces of a description together.
    static func description(_ pieces: [String]) throws(CommandRefusal) -> String? {
        let description = line(pieces)
        guard description.unicodeScalars.count <= CommandGrammar.descriptionScalarsMax else {
            throw .descriptionTooLong
        }
        return description.isEmpty ? nil : description
    }

    /// The pieces as one line, single spaces between words. Nothing but punctuation describes nothing.
    static func line(_ pieces: [String]) -> String {
        let line = pieces.joined(separator: " ").split { $0.isWhitespace }.joined(separator: " ")
        return line.unicodeScalars.allSatisfy { $0.isTypedSpace || $0.isPunctuation } ? "" : line
    }

    static let dashes: Set<Unicode.Scalar> = [
        "-", "\u{2010}", "\u{2011}", "\u{2012}", "\u{2013}", "\u{2014}", "\u{2212}",
    ]
}

/// Everything behind an amount, taken apart but not yet given a meaning.
struct RemarkParts: Equatable {
    struct Piece: Equatable {
        var text: String
        var isQuoted: Bool
        /// How many of amount and phone stood before it; the words of one such place belong together.
        var place = 1
    }

    var pieces: [Piece] = []
    var tag: String?
    /// Only where phones are looked for.
    var phone: PhoneText?

    /// Takes everything that is left. With `findsPhone`, the first phone outside quotes is taken out of it.
    static func take(from text: inout TypedText, findsPhone: Bool) throws(CommandRefusal) -> RemarkParts {
        var parts = RemarkParts()
        var unclosed: Set<Set<Unicode.Scalar>> = []
        text.skipSpaces()
        while let scalar = text.next,
            scalar == ":" || scalar == ";" || scalar == "," || Remark.dashes.contains(scalar)
        {
            text.advance()
            text.skipSpaces()
        }
        while let scalar = text.next {
            if scalar.isTypedSpace {
                text.advance()
            } else if scalar == "#", text.at(1)?.isTagPart == true {
                guard parts.tag == nil else { throw .severalTags }
                parts.tag = try takeTag(from: &text)
            } else if let closing = closingQuotes[scalar] {
                text.advance()
                // A kind of quote that nothing closes here is not looked for again further on.
                if !unclosed.contains(closing), let quoted = takeQuoted(until: closing, from: &text) {
                    parts.pieces.append(Piece(text: quoted, isQuoted: true))
                } else {
                    unclosed.insert(closing)
                }
            } else if findsPhone, parts.phone == nil, let phone = PhoneText.takeLabelled(from: &text) {
                parts.phone = phone
            } else {
                let place = parts.phone == nil ? 1 : 2
                parts.pieces.append(Piece(text: takeUnquoted(from: &text), isQuoted: false, place: place))
            }
        }
        return parts
    }

    private static func takeTag(from text: inout TypedText) throws(CommandRefusal) -> String {
        text.advance()
        let start = text.position
        while text.next?.isTagPart == true { text.advance() }
        guard text.position - start <= CommandGrammar.tagScalarsMax else { throw .tagTooLong }
        let tag = text.text(from: start, to: text.position)
        // "#ceai!": what ends a sentence behind a tag belongs to neither tag nor description.
        text.skipSentenceEnd()
        return tag
    }

    /// The text up to a closing quote that ends a word, and past it. A quote nobody closed quotes nothing:
    /// the cursor stays behind it and the rest is read as words, so that a tag in it is still a tag.
    private static func takeQuoted(until closing: Set<Unicode.Scalar>, from text: inout TypedText) -> String?
    {
        let end = text.firstIndex { scalar, following in
            guard closing.contains(scalar) else { return false }
            guard let following else { return true }
            return following.isTypedSpace || following == "#" || following.endsSentence || following == ")"
        }
        guard let end else { return nil }
        let quoted = text.text(from: text.position, to: end)
        text.advance(end - text.position + 1)
        return quoted
    }

    private static func takeUnquoted(from text: inout TypedText) -> String {
        let start = text.position
        while let scalar = text.next, !scalar.isTypedSpace { text.advance() }
        return text.text(from: start, to: text.position)
    }

    /// Which signs close a quotation that began with this one. Phones replace quotes as they like and people
    /// mix them, but guillemets close only guillemets, so that either kind may stand inside the other.
    static let closingQuotes: [Unicode.Scalar: Set<Unicode.Scalar>] = {
        let double: Set<Unicode.Scalar> = ["\"", "\u{201C}", "\u{201D}", "\u{201E}", "\u{201F}", "\u{FF02}"]
        let single: Set<Unicode.Scalar> = [
            "'", "\u{2018}", "\u{2019}", "\u{201A}", "\u{201B}", "`", "\u{B4}",
        ]
        let guillemets: Set<Unicode.Scalar> = ["\u{AB}", "\u{BB}"]
        let small: Set<Unicode.Scalar> = ["\u{2039}", "\u{203A}"]
        var closing: [Unicode.Scalar: Set<Unicode.Scalar>] = [:]
        for kind in [double, single, guillemets, small] { for quote in kind { closing[quote] = kind } }
        return closing
    }()
}
