// What an object and an array of a text look like to Codable. Looking a member up is a walk along its neighbours, or a
// table where there are many.

/// The members of one object.
struct JSONMembers<Key: CodingKey>: KeyedDecodingContainerProtocol {
    private let decoder: JSONDecoding
    /// For objects with many members; the walk would cost the square of them.
    /// By bytes, as names that occur twice are found: Unicode calls other names equal, too.
    private let table: [[UInt8]: Int]?

    init(_ decoder: JSONDecoding) {
        self.decoder = decoder
        let tape = decoder.source.tape
        if decoder.node.count > JSONTape.linearMax {
            table = Dictionary(
                tape.children(of: decoder.index).map { (Array(tape.name($0).utf8), $0) },
                uniquingKeysWith: { first, _ in first })
        } else {
            table = nil
        }
    }

    var codingPath: [any CodingKey] { decoder.codingPath }
    var allKeys: [Key] {
        decoder.source.tape.children(of: decoder.index).compactMap {
            Key(stringValue: decoder.source.tape.name($0))
        }
    }

    private func find(_ key: Key) -> JSONDecoding? {
        let name = key.stringValue
        let found =
            if let table { table[Array(name.utf8)] } else {
                decoder.source.tape.member(name, of: decoder.index)
            }
        return found.map { JSONDecoding(source: decoder.source, index: $0) }
    }

    private func require(_ key: Key) throws -> JSONDecoding {
        if let value = find(key) { return value }
        throw DecodingError.keyNotFound(
            key, .init(codingPath: codingPath, debugDescription: "a member is missing"))
    }

    /// Nil for a member that is not there and for one that is null.
    private func value(_ key: Key) -> JSONDecoding? {
        guard let value = find(key), value.node.kind != .null else { return nil }
        return value
    }

    func contains(_ key: Key) -> Bool { find(key) != nil }
    func decodeNil(forKey key: Key) throws -> Bool { try require(key).decodeNil() }

    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try require(key).decode(type) }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try require(key).decode(type) }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try require(key).decode(type) }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try require(key).decode(type) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try require(key).decode(type) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try require(key).decode(type) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try require(key).decode(type) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try require(key).decode(type) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try require(key).decode(type) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try require(key).decode(type) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try require(key).decode(type) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try require(key).decode(type) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try require(key).decode(type) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try require(key).decode(type) }
    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try Value(from: try require(key))
    }

    // The standard library's own would look each member up three times.
    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { try value(key)?.decode(type) }
    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
        try value(key)?.decode(type)
    }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { try value(key)?.decode(type) }
    func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? {
        try value(key)?.decode(type)
    }
    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
        try value(key).map { try Value(from: $0) }
    }

    func nestedContainer<Inner: CodingKey>(
        keyedBy type: Inner.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Inner> {
        try require(key).container(keyedBy: type)
    }
    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try require(key).unkeyedContainer()
    }
    func superDecoder() throws -> any Decoder {
        guard let key = Key(stringValue: "super") else { return decoder }
        return try require(key)
    }
    func superDecoder(forKey key: Key) throws -> any Decoder { try require(key) }
}

/// The elements of one array.
struct JSONElements: UnkeyedDecodingContainer {
    private let decoder: JSONDecoding
    private var at: Int
    private(set) var currentIndex = 0

    init(_ decoder: JSONDecoding) {
        self.decoder = decoder
        at = decoder.source.tape.first(in: decoder.index)
    }

    var codingPath: [any CodingKey] { decoder.codingPath }
    var count: Int? { Int(decoder.node.count) }
    var isAtEnd: Bool { at == 0 }

    private func current(_ wanted: Any.Type) throws -> JSONDecoding {
        if at > 0 { return JSONDecoding(source: decoder.source, index: at) }
        let path = codingPath + [JSONPathKey(intValue: currentIndex)]
        throw DecodingError.valueNotFound(
            wanted, .init(codingPath: path, debugDescription: "the array has no more elements"))
    }

    /// An element that could not be read stays the next one.
    private mutating func take<Value>(_ read: (JSONDecoding) throws -> Value) throws -> Value {
        let value = try read(try current(Value.self))
        at = Int(decoder.source.tape.nodes[at].next)
        currentIndex += 1
        return value
    }

    mutating func decodeNil() throws -> Bool {
        guard try current(Never.self).decodeNil() else { return false }
        try take { _ in }
        return true
    }
    mutating func decode(_ type: Bool.Type) throws -> Bool { try take { try $0.decode(type) } }
    mutating func decode(_ type: String.Type) throws -> String { try take { try $0.decode(type) } }
    mutating func decode(_ type: Double.Type) throws -> Double { try take { try $0.decode(type) } }
    mutating func decode(_ type: Float.Type) throws -> Float { try take { try $0.decode(type) } }
    mutating func decode(_ type: Int.Type) throws -> Int { try take { try $0.decode(type) } }
    mutating func decode(_ type: Int8.Type) throws -> Int8 { try take { try $0.decode(type) } }
    mutating func decode(_ type: Int16.Type) throws -> Int16 { try take { try $0.decode(type) } }
    mutating func decode(_ type: Int32.Type) throws -> Int32 { try take { try $0.decode(type) } }
    mutating func decode(_ type: Int64.Type) throws -> Int64 { try take { try $0.decode(type) } }
    mutating func decode(_ type: UInt.Type) throws -> UInt { try take { try $0.decode(type) } }
    mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try take { try $0.decode(type) } }
    mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try take { try $0.decode(type) } }
    mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try take { try $0.decode(type) } }
    mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try take { try $0.decode(type) } }
    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try take { try Value(from: $0) }
    }

    mutating func nestedContainer<Inner: CodingKey>(
        keyedBy type: Inner.Type
    ) throws -> KeyedDecodingContainer<Inner> {
        try take { try $0.container(keyedBy: type) }
    }
    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try take { try $0.unkeyedContainer() }
    }
    mutating func superDecoder() throws -> any Decoder { try take { $0 } }
}
