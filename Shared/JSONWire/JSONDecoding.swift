// Codable types out of JSON text, without Foundation: the bodies between our services are read with this some
// twenty times for one payment. What is accepted, and which DecodingError names which field, is as Foundation's
// decoder has it (Tests/Unit/JSONWire compares them); only a name that occurs twice is refused here and not there.

extension Decodable {
    /// The value that a whole JSON text holds. Throws `JSONFailure` for what is no JSON, nests too deep or names a
    /// member twice, `DecodingError` for what is not this type, with the path of the field.
    package init(jsonBytes: [UInt8]) throws {
        try self.init(from: JSONDecoding(source: JSONSource(try JSONTape(jsonBytes)), index: 0))
    }
}

/// The text that all decoders and containers of one value share.
final class JSONSource {
    let tape: JSONTape
    init(_ tape: JSONTape) { self.tape = tape }
}

/// A name or a place on the way to a value, for errors.
struct JSONPathKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(stringValue: String) {
        self.stringValue = stringValue
        intValue = nil
    }
    init(intValue: Int) {
        stringValue = "Index \(intValue)"
        self.intValue = intValue
    }
}

/// One value of a text: a decoder for it, and its own container where it holds a single value.
struct JSONDecoding: Decoder, SingleValueDecodingContainer {
    let source: JSONSource
    let index: Int

    var node: JSONTape.Node { source.tape.nodes[index] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// Made when somebody asks, which only errors do.
    var codingPath: [any CodingKey] {
        var path: [any CodingKey] = []
        var at = index
        while at > 0 {
            let parent = Int(source.tape.nodes[at].parent)
            if source.tape.nodes[parent].kind == .object {
                path.append(JSONPathKey(stringValue: source.tape.name(at)))
            } else {
                let place = source.tape.children(of: parent).firstIndex(of: at) ?? 0
                path.append(JSONPathKey(intValue: place))
            }
            at = parent
        }
        return path.reversed()
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard node.kind == .object else { throw mismatch([String: Any].self) }
        return KeyedDecodingContainer(JSONMembers<Key>(self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard node.kind == .array else { throw mismatch([Any].self) }
        return JSONElements(self)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { self }

    /// Null where something else is wanted is told apart from the wrong kind of value.
    func mismatch(_ wanted: Any.Type) -> DecodingError {
        let context = DecodingError.Context(
            codingPath: codingPath, debugDescription: "another kind of value was expected")
        return node.kind == .null ? .valueNotFound(wanted, context) : .typeMismatch(wanted, context)
    }

    // MARK: single values

    func decodeNil() -> Bool { node.kind == .null }

    func decode(_ type: Bool.Type) throws -> Bool {
        guard node.kind == .bool else { throw mismatch(type) }
        return node.end - node.start == 4
    }

    func decode(_ type: String.Type) throws -> String {
        guard node.kind == .string else { throw mismatch(type) }
        return source.tape.text(index)
    }

    func decode(_ type: Double.Type) throws -> Double { try floating(type) }
    func decode(_ type: Float.Type) throws -> Float { try floating(type) }
    func decode(_ type: Int.Type) throws -> Int { try whole(type) }
    func decode(_ type: Int8.Type) throws -> Int8 { try whole(type) }
    func decode(_ type: Int16.Type) throws -> Int16 { try whole(type) }
    func decode(_ type: Int32.Type) throws -> Int32 { try whole(type) }
    func decode(_ type: Int64.Type) throws -> Int64 { try whole(type) }
    func decode(_ type: UInt.Type) throws -> UInt { try whole(type) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try whole(type) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try whole(type) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try whole(type) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try whole(type) }
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try Value(from: self) }

    private func whole<Number: FixedWidthInteger>(_ type: Number.Type) throws -> Number {
        guard node.kind == .number else { throw mismatch(type) }
        let text = source.tape.literal(index)
        if let value = Int64(jsonDigits: text).flatMap({ Number(exactly: $0) }) { return value }
        guard let value = WholeNumber.value(of: text, as: type) else { throw misfit() }
        return value
    }

    private func floating<Number: BinaryFloatingPoint & LosslessStringConvertible>(
        _ type: Number.Type
    ) throws -> Number {
        guard node.kind == .number else { throw mismatch(type) }
        guard let value = Number(String(decoding: source.tape.literal(index), as: UTF8.self)), value.isFinite
        else { throw misfit() }
        return value
    }

    private func misfit() -> DecodingError {
        .dataCorrupted(.init(codingPath: codingPath, debugDescription: "a number that the type cannot hold"))
    }
}

/// Numbers that are whole although they are not written as digits alone, such as `1.0` and `1e2`.
enum WholeNumber {
    /// More digits than any integer type holds: an exponent must not cost memory.
    private static let digitsMax = 40

    /// Nil for a fraction, and for what does not fit.
    static func value<Number: FixedWidthInteger>(
        of text: ArraySlice<UInt8>, as type: Number.Type
    ) -> Number? {
        var digits: [UInt8] = []
        var rest = text[...]
        let isNegative = rest.first == 0x2D
        if isNegative { rest = rest.dropFirst() }
        digits += rest.prefix { $0 &- 0x30 < 10 }
        rest = rest.dropFirst(digits.count)
        var exponent = 0
        if rest.first == 0x2E {
            let fraction = rest.dropFirst().prefix { $0 &- 0x30 < 10 }
            digits += fraction
            exponent -= fraction.count
            rest = rest.dropFirst(1 + fraction.count)
        }
        if !rest.isEmpty {
            let written = rest.dropFirst().drop { $0 == 0x2B }
            guard let shift = Int64(jsonDigits: written), abs(shift) < 1_000 else { return nil }
            exponent += Int(shift)
        }
        while exponent < 0, digits.last == 0x30 {
            digits.removeLast()
            exponent += 1
        }
        digits = Array(digits.drop { $0 == 0x30 })
        if digits.isEmpty { return 0 }
        guard exponent >= 0, digits.count + exponent <= digitsMax else { return nil }
        digits += repeatElement(0x30, count: exponent)
        return Number((isNegative ? "-" : "") + String(decoding: digits, as: UTF8.self))
    }
}
