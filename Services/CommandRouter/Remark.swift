// What follows the amount: a description, quoted or not, and a tag. Reads to the end of the text whatever is
// in it.

/// Description and tag of one command.
struct Remark: Equatable {
    var description: String?
    var tag: String?

    /// Takes everything that is left. Throws when there are two tags or a part is longer than its limit.
    static func take(from text: inout TypedText) throws(CommandRefusal) -> Remark {
        var words: [String] = []
        var tag: String?
        text.skipSpaces()
        while let scalar = text.next,
            scalar == ":" || scalar == ";" || scalar == "," || Self.dashes.contains(scalar)
        {
            text.advance()
            text.skipSpaces()
        }
        while let scalar = text.next {
            if scalar.isTypedSpace {
                text.advance()
            } else if scalar == "#", text.at(1)?.isTagPart == true {
                guard tag == nil else { throw .severalTags }
                tag = try takeTag(from: &text)
            } else if let closing = closingQuotes[scalar] {
                text.advance()
                if let quoted = takeQuoted(until: closing, from: &text) { words.append(quoted) }
            } else {
                words.append(takeUnquoted(from: &text))
            }
        }
        // A "#" with nothing behind it was going to be a tag, and describes nothing.
        if words.allSatisfy({ $0 == "#" }) { words = [] }
        let description = words.joined(separator: " ").split { $0.isWhitespace }.joined(separator: " ")
        guard description.unicodeScalars.count <= CommandGrammar.descriptionScalarsMax else {
            throw .descriptionTooLong
        }
        return Remark(description: description.isEmpty ? nil : description, tag: tag)
    }

    private static func takeTag(from text: inout TypedText) throws(CommandRefusal) -> String {
        text.advance()
        let start = text.position
        while text.next?.isTagPart == true { text.advance() }
        guard text.position - start <= CommandGrammar.tagScalarsMax else { throw .tagTooLong }
        let tag = text.text(from: start, to: text.position)
        skipPunctuation(&text)
        return tag
    }

    /// "#ceai!": what ends a sentence behind a tag belongs to neither tag nor description.
    private static func skipPunctuation(_ text: inout TypedText) {
        var length = 0
        while text.at(length)?.endsSentence == true { length += 1 }
        if text.at(length)?.isTypedSpace ?? true { text.advance(length) }
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

    static let dashes: Set<Unicode.Scalar> = ["-", "\u{2013}", "\u{2014}", "\u{2212}"]

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
