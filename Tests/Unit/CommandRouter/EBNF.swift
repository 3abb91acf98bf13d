// Reads the grammar in the router's README and makes sentences from it: alternatives at random, repetitions up
// to twice. Knows nothing of the parser it is there to try.

/// A rule's right side.
indirect enum EBNF {
    case text(String)
    case named(String)
    /// "? … ?": filled in by the caller.
    case special(String)
    case sequence([EBNF])
    case choice([EBNF])
    case optional(EBNF)
    case repeated(EBNF)
}

/// All rules of one ebnf block.
struct Grammar {
    var rules: [String: EBNF] = [:]

    struct Malformed: Error { var rest: String }

    /// Reads ISO 14977's signs as far as we use them.
    init(_ text: String) throws {
        var reader = Reader(rest: text[...])
        reader.skip()
        while !reader.rest.isEmpty {
            let name = reader.name()
            guard !name.isEmpty, reader.take("=") else {
                throw Malformed(rest: String(reader.rest.prefix(40)))
            }
            rules[name] = try reader.choice()
            guard reader.take(";") else { throw Malformed(rest: String(reader.rest.prefix(40))) }
        }
    }

    private struct Reader {
        var rest: Substring

        mutating func skip() {
            while true {
                rest = rest.drop { $0.isWhitespace }
                guard rest.hasPrefix("(*"), let end = rest.firstRange(of: "*)") else { return }
                rest = rest[end.upperBound...]
            }
        }

        mutating func take(_ sign: String) -> Bool {
            guard rest.hasPrefix(sign) else { return false }
            rest = rest.dropFirst(sign.count)
            skip()
            return true
        }

        mutating func name() -> String {
            let name = rest.prefix { $0.isLetter || $0 == " " }
            rest = rest[name.endIndex...]
            skip()
            return name.split(separator: " ").joined(separator: " ")
        }

        mutating func choice() throws -> EBNF {
            var sequences = [try sequence()]
            while take("|") { sequences.append(try sequence()) }
            return sequences.count == 1 ? sequences[0] : .choice(sequences)
        }

        mutating func sequence() throws -> EBNF {
            var parts = [try part()]
            while take(",") { parts.append(try part()) }
            return parts.count == 1 ? parts[0] : .sequence(parts)
        }

        mutating func part() throws -> EBNF {
            if take("[") { return try closed("]") { .optional($0) } }
            if take("{") { return try closed("}") { .repeated($0) } }
            if take("(") { return try closed(")") { $0 } }
            for quote in ["\"", "'", "?"] where rest.hasPrefix(quote) {
                let inside = rest.dropFirst().prefix { String($0) != quote }
                rest = rest[inside.endIndex...].dropFirst()
                skip()
                let words = inside.split(separator: " ").joined(separator: " ")
                return quote == "?" ? .special(words) : .text(String(inside))
            }
            let name = name()
            guard !name.isEmpty else { throw Malformed(rest: String(rest.prefix(40))) }
            return .named(name)
        }

        mutating func closed(_ sign: String, _ wrap: (EBNF) -> EBNF) throws -> EBNF {
            let inside = try choice()
            guard take(sign) else { throw Malformed(rest: String(rest.prefix(40))) }
            return wrap(inside)
        }
    }
}

/// One sentence, and what it was made of.
struct Sentence {
    var text = ""
    /// Rules and specials with the text each became, in the order they ended.
    var parts: [(name: String, text: String)] = []

    func all(_ name: String) -> [String] { parts.filter { $0.name == name }.map(\.text) }
    func first(_ name: String) -> String? { parts.first { $0.name == name }?.text }
}

extension Grammar {
    /// Makes a sentence for a rule. `word` says what a special stands for.
    func sentence(
        _ rule: String, _ random: inout Lehmer, _ word: (String, inout Lehmer) throws -> String
    ) throws -> Sentence {
        var sentence = Sentence()
        try write(.named(rule), into: &sentence, &random, word)
        return sentence
    }

    private func write(
        _ part: EBNF, into sentence: inout Sentence, _ random: inout Lehmer,
        _ word: (String, inout Lehmer) throws -> String
    ) throws {
        switch part {
        case .text(let text): sentence.text += text
        case .special(let name):
            let text = try word(name, &random)
            sentence.text += text
            sentence.parts.append((name, text))
        case .named(let name):
            let start = sentence.text.unicodeScalars.count
            if let rule = rules[name] {
                try write(rule, into: &sentence, &random, word)
            } else {
                sentence.text += try word(name, &random)
            }
            sentence.parts.append(
                (name, String(String.UnicodeScalarView(sentence.text.unicodeScalars.dropFirst(start)))))
        case .sequence(let parts): for part in parts { try write(part, into: &sentence, &random, word) }
        case .choice(let parts):
            try write(parts[Int(random.next() % UInt64(parts.count))], into: &sentence, &random, word)
        case .optional(let part):
            if random.next() % 2 == 0 { try write(part, into: &sentence, &random, word) }
        case .repeated(let part):
            for _ in 0..<random.next() % 3 { try write(part, into: &sentence, &random, word) }
        }
    }
}

/// A fixed sequence for tests (Lehmer, 64-bit multiplier of Steele and Vigna).
struct Lehmer: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 0xDA94_2042_E4DD_58B5 &+ 0x9E37_79B9_7F4A_7C15
        return (state ^ (state >> 29)) >> 3
    }

    mutating func pick<Element>(_ all: [Element]) -> Element { all[Int(next() % UInt64(all.count))] }
}
