// A JSON text as a tree, for payloads from outside whose shape may surprise us: every getter is optional, the
// order of members is kept, and numbers stay text. Not for hot paths (`JSONScanner`) and not for our own
// contracts (Codable).

/// One JSON value.
package enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case number(JSONNumber)
    case string(String)
    case array([JSONValue])
    case object([Member])

    /// A member of an object, in the order of the text.
    package struct Member: Sendable, Hashable {
        /// Decoded name.
        package let name: String
        /// Its value.
        package let value: JSONValue

        package init(_ name: String, _ value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    /// What to do with a name that occurs twice in one object.
    package enum Duplicates: Sendable {
        /// Refuse the text: two readers could act on different halves of it.
        case refused
        /// Keep both; the getters answer the first.
        case kept
    }

    /// Parses one whole text. Throws `JSONFailure`; bounded by `JSONScanner.depthMax`.
    package init(
        parsing bytes: [UInt8], duplicates: Duplicates = .refused, loneSurrogates: LoneSurrogates = .refused
    ) throws(JSONFailure) {
        var scanner = JSONScanner(bytes, loneSurrogates: loneSurrogates)
        self = try JSONValue.read(&scanner, duplicates)
        try scanner.finish()
    }

    private static func read(
        _ scanner: inout JSONScanner, _ duplicates: Duplicates
    ) throws(JSONFailure) -> JSONValue {
        switch try scanner.peek() {
        case .object: return try readObject(&scanner, duplicates)
        case .array:
            var items: [JSONValue] = []
            try scanner.enterArray()
            while try scanner.nextElement() { items.append(try read(&scanner, duplicates)) }
            return .array(items)
        case .string: return .string(scanner.decoded(try scanner.string()))
        case .number:
            let range = try scanner.skipValue()
            return .number(JSONNumber(scanned: String(decoding: scanner.bytes[range], as: UTF8.self)))
        case .bool: return .bool(try scanner.skipValue().count == 4)
        case .null:
            try scanner.skipValue()
            return .null
        }
    }

    private static func readObject(
        _ scanner: inout JSONScanner, _ duplicates: Duplicates
    ) throws(JSONFailure) -> JSONValue {
        var members: [Member] = []
        var seen = Set<[UInt8]>()
        try scanner.enterObject()
        while let text = try scanner.nextName() {
            if duplicates == .refused, !seen.insert(scanner.decodedBytes(text)).inserted {
                throw JSONFailure(.duplicateName, at: text.range.lowerBound)
            }
            members.append(Member(scanner.decoded(text), try read(&scanner, duplicates)))
        }
        return .object(members)
    }
}

extension JSONValue {
    /// The first member of that name, compared as bytes; nil when there is none or this is no object.
    package subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
    }

    /// The element at `index`; nil when out of range or this is no array.
    package subscript(index: Int) -> JSONValue? {
        guard case .array(let items) = self, items.indices.contains(index) else { return nil }
        return items[index]
    }

    /// The text of a string.
    package var text: String? {
        if case .string(let text) = self { return text }
        return nil
    }

    /// The text of a string that is not empty.
    package var filledText: String? {
        if let text, !text.isEmpty { return text }
        return nil
    }

    /// A whole number that fits 64 bits.
    package var int64: Int64? {
        if case .number(let number) = self { return number.int64 }
        return nil
    }

    /// A whole number, written as a number or as a string of digits: senders disagree.
    package var int64OrDigits: Int64? {
        if case .string(let text) = self { return Int64(jsonDigits: text.utf8) }
        return int64
    }

    /// A string, or a number as it was written: for ids that some senders write bare.
    package var textOrNumber: String? {
        switch self {
        case .string(let text): text
        case .number(let number): number.text
        case .null, .bool, .array, .object: nil
        }
    }

    /// The exact text of a number.
    package var number: JSONNumber? {
        if case .number(let number) = self { return number }
        return nil
    }

    /// A boolean.
    package var bool: Bool? {
        if case .bool(let value) = self { return value }
        return nil
    }

    /// An array's elements; empty for anything else.
    package var items: [JSONValue] {
        if case .array(let items) = self { return items }
        return []
    }

    /// An object's members in order; empty for anything else.
    package var members: [Member] {
        if case .object(let members) = self { return members }
        return []
    }

    /// True for JSON's `null`.
    package var isNull: Bool { self == .null }
}
