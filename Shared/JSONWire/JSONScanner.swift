// Walks a JSON text without building anything: the caller pulls names and elements, reads the few values it
// wants and steps over the rest. Strict (RFC 8259, nothing more) and bounded in depth; what is stepped over
// is checked as well. No tree here (`JSONValue`) and no knowledge of any particular payload.

/// What a value begins as.
package enum JSONKind: Sendable, Equatable { case object, array, string, number, bool, null }

/// A place in a JSON text. Copying it remembers the place; the bytes are shared.
package struct JSONScanner: Sendable {
    /// The deepest nesting that is read, in containers.
    package static let depthMax = JSONLexer.depthMax

    /// The text, as given.
    package let bytes: [UInt8]
    /// Offset of the next byte to read.
    package private(set) var position: Int
    private var depth = 0
    private var isBeforeFirst = false
    private let surrogates: LoneSurrogates

    /// `start` is for reading again a value whose range an earlier walk of the same bytes answered.
    package init(_ bytes: [UInt8], at start: Int = 0, loneSurrogates: LoneSurrogates = .refused) {
        self.bytes = bytes
        position = start
        surrogates = loneSurrogates
    }

    /// What comes next, white space stepped over. Throws at the end of the text and at a byte that begins no
    /// value.
    package mutating func peek() throws(JSONFailure) -> JSONKind {
        switch try next() {
        case 0x7B: return .object
        case 0x5B: return .array
        case 0x22: return .string
        case 0x2D, 0x30...0x39: return .number
        case 0x74, 0x66: return .bool
        case 0x6E: return .null
        default: throw JSONFailure(.unexpectedByte, at: position)
        }
    }

    /// Steps into an object; then call `nextName()` until it answers nil, and read or skip one value after
    /// each name.
    package mutating func enterObject() throws(JSONFailure) {
        guard try next() == 0x7B else { throw JSONFailure(.notAnObject, at: position) }
        try enter()
    }

    /// Steps into an array; then call `nextElement()` until it answers false, and read or skip one value
    /// after each.
    package mutating func enterArray() throws(JSONFailure) {
        guard try next() == 0x5B else { throw JSONFailure(.notAnArray, at: position) }
        try enter()
    }

    private mutating func enter() throws(JSONFailure) {
        guard depth < JSONLexer.depthMax else { throw JSONFailure(.depthExceeded, at: position) }
        depth += 1
        position += 1
        isBeforeFirst = true
    }

    /// The next member's name, or nil behind the object's end.
    package mutating func nextName() throws(JSONFailure) -> JSONText? {
        guard try advance(closing: 0x7D) else { return nil }
        let name = try string()
        guard try next() == 0x3A else { throw JSONFailure(.unexpectedByte, at: position) }
        position += 1
        return name
    }

    /// True before an element, false behind the array's end.
    package mutating func nextElement() throws(JSONFailure) -> Bool { try advance(closing: 0x5D) }

    private mutating func advance(closing: UInt8) throws(JSONFailure) -> Bool {
        let byte = try next()
        let wasBeforeFirst = isBeforeFirst
        isBeforeFirst = false
        if byte == closing {
            position += 1
            depth -= 1
            return false
        }
        if wasBeforeFirst { return true }
        guard byte == 0x2C else { throw JSONFailure(.unexpectedByte, at: position) }
        position += 1
        guard try next() != closing else { throw JSONFailure(.unexpectedByte, at: position) }
        return true
    }

    /// Steps over the next value, checking it; answers where it lies (white space around it excluded).
    @discardableResult
    package mutating func skipValue() throws(JSONFailure) -> Range<Int> {
        let start = JSONLexer.skipSpace(bytes.span, position)
        position = try JSONLexer.endOfValue(bytes.span, start, depth: depth, surrogates)
        return start..<position
    }

    /// The next value, which must be a string.
    package mutating func string() throws(JSONFailure) -> JSONText {
        guard try next() == 0x22 else { throw JSONFailure(.notAString, at: position) }
        var escaped = false
        let start = position + 1
        let end = try JSONLexer.endOfString(bytes.span, start, surrogates, escaped: &escaped)
        position = end + 1
        return JSONText(range: start..<end, isEscaped: escaped)
    }

    /// The next value if it is a string; anything else is stepped over and answers nil.
    package mutating func stringIfAny() throws(JSONFailure) -> JSONText? {
        if try next() == 0x22 { return try string() }
        try skipValue()
        return nil
    }

    /// The end of the text: throws when anything but white space is left.
    package mutating func finish() throws(JSONFailure) {
        position = JSONLexer.skipSpace(bytes.span, position)
        guard position == bytes.count else { throw JSONFailure(.trailingBytes, at: position) }
    }

    private mutating func next() throws(JSONFailure) -> UInt8 {
        position = JSONLexer.skipSpace(bytes.span, position)
        guard position < bytes.count else { throw JSONFailure(.unexpectedEnd, at: position) }
        return bytes[position]
    }

    /// Compares as bytes; a name written with escapes (`"\u0069d"`) is the name it decodes to.
    package func matches(_ text: JSONText, _ name: JSONName) -> Bool {
        if text.isEscaped { return decodedBytes(text) == name.bytes }
        guard text.range.count == name.bytes.count else { return false }
        var at = text.range.lowerBound
        for byte in name.bytes {
            guard bytes[at] == byte else { return false }
            at += 1
        }
        return true
    }

    /// Digits with an optional minus at `range`, and nothing else; nil on overflow.
    package func int64(_ range: Range<Int>) -> Int64? { Int64(jsonDigits: bytes[range]) }

    /// The string's UTF-8 bytes, escapes resolved.
    package func decodedBytes(_ text: JSONText) -> [UInt8] {
        guard text.isEscaped else { return Array(bytes[text.range]) }
        var out: [UInt8] = []
        out.reserveCapacity(text.range.count)
        JSONLexer.decode(bytes.span, text.range, into: &out)
        return out
    }

    /// The string. A scanned string is always valid UTF-8, so this cannot fail.
    package func decoded(_ text: JSONText) -> String {
        if text.isEscaped { return String(decoding: decodedBytes(text), as: UTF8.self) }
        return String(decoding: bytes[text.range], as: UTF8.self)
    }
}
