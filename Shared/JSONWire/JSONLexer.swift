// The grammar of RFC 8259 over a span of bytes: where a string, a number or a whole value ends. Positions in,
// positions out; nothing is built and nothing is remembered here. `JSONScanner` keeps the place.

/// What to do with a UTF-16 surrogate escape that has no partner, such as `"\ud83d"`. RFC 8259 section 8.2
/// leaves it open.
package enum LoneSurrogates: Sendable {
    /// Refuse the text. The rule for everything we are asked to act upon.
    case refused
    /// Accept it and decode it as U+FFFD: a name cut in the middle of an emoji must not cost a whole
    /// delivery.
    case replaced
}

enum JSONLexer {
    /// The deepest nesting that is read. The deepest outside payload that we know has 12 levels; a bit per
    /// level in one machine word is what keeps skipping free of allocation.
    static let depthMax = 64

    @inline(__always)
    static func skipSpace(_ text: Span<UInt8>, _ start: Int) -> Int {
        var at = start
        while at < text.count {
            let byte = text[at]
            guard byte <= 0x20, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { break }
            at += 1
        }
        return at
    }

    /// `start` is just behind the opening quote; answers the offset of the closing quote.
    static func endOfString(
        _ text: Span<UInt8>, _ start: Int, _ surrogates: LoneSurrogates, escaped: inout Bool
    ) throws(JSONFailure) -> Int {
        var at = start
        let count = text.count
        while at < count {
            let byte = text[at]
            if byte >= 0x20 && byte < 0x80 && byte != 0x22 && byte != 0x5C {
                at += 1
            } else if byte == 0x22 {
                return at
            } else if byte == 0x5C {
                escaped = true
                at = try endOfEscape(text, at, surrogates)
            } else if byte < 0x20 {
                throw JSONFailure(.controlCharacter, at: at)
            } else {
                at = try endOfScalar(text, at)
            }
        }
        throw JSONFailure(.unexpectedEnd, at: count)
    }

    /// `start` is the backslash; answers the offset behind the escape (behind both halves of a surrogate
    /// pair).
    static func endOfEscape(
        _ text: Span<UInt8>, _ start: Int, _ surrogates: LoneSurrogates
    ) throws(JSONFailure) -> Int {
        guard start + 1 < text.count else { throw JSONFailure(.unexpectedEnd, at: text.count) }
        switch text[start + 1] {
        case 0x22, 0x5C, 0x2F, 0x62, 0x66, 0x6E, 0x72, 0x74: return start + 2
        case 0x75: break
        default: throw JSONFailure(.badEscape, at: start)
        }
        let unit = try codeUnit(text, start + 2)
        guard unit & 0xF800 == 0xD800 else { return start + 6 }
        if unit < 0xDC00, start + 7 < text.count, text[start + 6] == 0x5C, text[start + 7] == 0x75 {
            let second = try codeUnit(text, start + 8)
            if second & 0xFC00 == 0xDC00 { return start + 12 }
        }
        guard surrogates == .replaced else { throw JSONFailure(.loneSurrogate, at: start) }
        return start + 6
    }

    /// The four hexadecimal digits of a `\u` escape.
    static func codeUnit(_ text: Span<UInt8>, _ start: Int) throws(JSONFailure) -> UInt32 {
        guard start + 4 <= text.count else { throw JSONFailure(.unexpectedEnd, at: text.count) }
        var unit: UInt32 = 0
        for at in start..<start + 4 {
            let byte = text[at]
            let digit: UInt8
            switch byte {
            case 0x30...0x39: digit = byte - 0x30
            case 0x41...0x46: digit = byte - 0x41 + 10
            case 0x61...0x66: digit = byte - 0x61 + 10
            default: throw JSONFailure(.badEscape, at: at)
            }
            unit = unit << 4 | UInt32(digit)
        }
        return unit
    }

    /// One scalar of two to four bytes, by the table of well-formed sequences (Unicode, table 3-7).
    static func endOfScalar(_ text: Span<UInt8>, _ start: Int) throws(JSONFailure) -> Int {
        let first = text[start]
        let length: Int
        var low: UInt8 = 0x80
        var high: UInt8 = 0xBF
        switch first {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, low) = (3, 0xA0)
        case 0xED: (length, high) = (3, 0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, low) = (4, 0x90)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, high) = (4, 0x8F)
        default: throw JSONFailure(.invalidUTF8, at: start)
        }
        guard start + length <= text.count else { throw JSONFailure(.unexpectedEnd, at: text.count) }
        guard text[start + 1] >= low, text[start + 1] <= high else {
            throw JSONFailure(.invalidUTF8, at: start)
        }
        for at in start + 2..<max(start + 2, start + length) where text[at] & 0xC0 != 0x80 {
            throw JSONFailure(.invalidUTF8, at: start)
        }
        return start + length
    }

    /// `start` is `-` or a digit.
    static func endOfNumber(_ text: Span<UInt8>, _ start: Int) throws(JSONFailure) -> Int {
        var at = start
        if text[at] == 0x2D { at += 1 }
        let whole = digits(text, at)
        guard whole > at else { throw JSONFailure(.badNumber, at: start) }
        if text[at] == 0x30, whole > at + 1 { throw JSONFailure(.badNumber, at: start) }
        at = whole
        if at < text.count, text[at] == 0x2E {
            let fraction = digits(text, at + 1)
            guard fraction > at + 1 else { throw JSONFailure(.badNumber, at: start) }
            at = fraction
        }
        if at < text.count, text[at] | 0x20 == 0x65 {
            at += 1
            if at < text.count, text[at] == 0x2B || text[at] == 0x2D { at += 1 }
            let exponent = digits(text, at)
            guard exponent > at else { throw JSONFailure(.badNumber, at: start) }
            at = exponent
        }
        return at
    }

    @inline(__always)
    private static func digits(_ text: Span<UInt8>, _ start: Int) -> Int {
        var at = start
        while at < text.count, text[at] &- 0x30 < 10 { at += 1 }
        return at
    }

    static func endOfLiteral(_ text: Span<UInt8>, _ start: Int) throws(JSONFailure) -> Int {
        let rest: (UInt8, UInt8, UInt8)
        var length = 4
        switch text[start] {
        case 0x74: rest = (0x72, 0x75, 0x65)
        case 0x6E: rest = (0x75, 0x6C, 0x6C)
        case 0x66: (rest, length) = ((0x61, 0x6C, 0x73), 5)
        default: throw JSONFailure(.unexpectedByte, at: start)
        }
        guard start + length <= text.count else { throw JSONFailure(.unexpectedEnd, at: text.count) }
        guard text[start + 1] == rest.0, text[start + 2] == rest.1, text[start + 3] == rest.2,
            length == 4 || text[start + 4] == 0x65
        else { throw JSONFailure(.badLiteral, at: start) }
        return start + length
    }

    /// Appends the decoded bytes of a string that was scanned before (`range` lies between its quotes).
    static func decode(_ text: Span<UInt8>, _ range: Range<Int>, into out: inout [UInt8]) {
        var at = range.lowerBound
        while at < range.upperBound {
            let byte = text[at]
            guard byte == 0x5C, at + 1 < range.upperBound else {
                out.append(byte)
                at += 1
                continue
            }
            switch text[at + 1] {
            case 0x62: out.append(0x08)
            case 0x66: out.append(0x0C)
            case 0x6E: out.append(0x0A)
            case 0x72: out.append(0x0D)
            case 0x74: out.append(0x09)
            case 0x75:
                at = decodeUnicode(text, at, into: &out)
                continue
            default: out.append(text[at + 1])
            }
            at += 2
        }
    }

    private static func decodeUnicode(_ text: Span<UInt8>, _ start: Int, into out: inout [UInt8]) -> Int {
        var next = start + 6
        var value = (try? codeUnit(text, start + 2)) ?? 0xFFFD
        if value & 0xFC00 == 0xD800, next + 1 < text.count, text[next] == 0x5C, text[next + 1] == 0x75,
            let second = try? codeUnit(text, next + 2), second & 0xFC00 == 0xDC00
        {
            value = 0x10000 + (value & 0x3FF) << 10 + (second & 0x3FF)
            next += 6
        }
        let scalar = Unicode.Scalar(value) ?? "\u{FFFD}"
        out.append(contentsOf: String(scalar).utf8)
        return next
    }
}
