// Codable types into JSON text, without Foundation: members sorted by name, slashes as they are, the same bytes as
// Foundation's encoder with `.sortedKeys` and `.withoutEscapingSlashes` (Tests/Unit/JSONWire compares them), since
// contents are stored and compared as bytes. Values are noted down in the order in which they come and put in order
// once, at the end.

extension Encodable {
    /// The value as JSON text. Throws `EncodingError` for a number that JSON cannot write, and what the value throws.
    package func jsonBytes() throws -> [UInt8] {
        let notes = JSONNotes()
        try encode(to: JSONEncoding(notes: notes, index: 0))
        return notes.text()
    }
}

/// What a value has told of itself so far. One text is written by one encoder and those that it hands out.
final class JSONNotes {
    enum Kind: UInt8 { case nothing, object, array, leaf }

    private struct Note {
        var kind = Kind.nothing
        /// The escaped name between its quotes; empty in arrays.
        var name: Range<Int> = 0..<0
        /// A leaf's text as it will stand there.
        var text: Range<Int> = 0..<0
        var first = 0
        var last = 0
        var next = 0
        var count = 0
    }

    private var notes: [Note]
    /// Names and leaves, one after the other.
    private var octets: [UInt8] = []

    init() {
        notes = [Note()]
        notes.reserveCapacity(32)
        octets.reserveCapacity(512)
    }

    func begin(_ index: Int, _ kind: Kind) {
        // Both may be asked for a container twice, as a class and its superclass do.
        precondition(notes[index].kind == .nothing || notes[index].kind == kind, "one value of two kinds")
        notes[index].kind = kind
    }

    func count(_ index: Int) -> Int { notes[index].count }

    /// A further member or element. One that has this name already is replaced.
    func add(to container: Int, _ name: String? = nil) -> Int {
        var note = Note()
        if let name { note.name = append { Self.append(name, to: &$0) } }
        let last = notes[container].last
        let index = notes.count
        if last > 0 { notes[last].next = index } else { notes[container].first = index }
        notes[container].last = index
        notes[container].count += 1
        notes.append(note)
        return index
    }

    func leaf(_ index: Int, _ write: (inout [UInt8]) -> Void) {
        notes[index].kind = .leaf
        notes[index].text = append(write)
    }

    private func append(_ write: (inout [UInt8]) -> Void) -> Range<Int> {
        let start = octets.count
        write(&octets)
        return start..<octets.count
    }

    func text() -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(octets.count + notes.count * 5)
        write(0, &out)
        return out
    }

    private func write(_ index: Int, _ out: inout [UInt8]) {
        let note = notes[index]
        switch note.kind {
        case .leaf: out += octets[note.text]
        // As Foundation has it: what says nothing of itself is an empty object.
        case .nothing: out += "{}".utf8
        case .array:
            out.append(0x5B)
            var at = note.first
            while at > 0 {
                if at != note.first { out.append(0x2C) }
                write(at, &out)
                at = notes[at].next
            }
            out.append(0x5D)
        case .object:
            out.append(0x7B)
            for (place, at) in members(of: note).enumerated() {
                if place > 0 { out.append(0x2C) }
                out.append(0x22)
                out += octets[notes[at].name]
                out.append(0x22)
                out.append(0x3A)
                write(at, &out)
            }
            out.append(0x7D)
        }
    }

    /// By name; of those with one name the last.
    private func members(of note: Note) -> [Int] {
        var all: [Int] = []
        all.reserveCapacity(note.count)
        var at = note.first
        while at > 0 {
            all.append(at)
            at = notes[at].next
        }
        all.sort {
            let order = order($0, $1)
            return order == 0 ? $0 < $1 : order < 0
        }
        var kept: [Int] = []
        kept.reserveCapacity(all.count)
        for at in all {
            if let last = kept.last, order(last, at) == 0 { kept.removeLast() }
            kept.append(at)
        }
        return kept
    }

    private func order(_ left: Int, _ right: Int) -> Int {
        let one = notes[left].name, other = notes[right].name
        for place in 0..<min(one.count, other.count) {
            let a = octets[one.lowerBound + place], b = octets[other.lowerBound + place]
            if a != b { return a < b ? -1 : 1 }
        }
        return one.count - other.count
    }

    static func append(_ text: String, to out: inout [UInt8]) {
        let utf8 = text.utf8
        if utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x22 && $0 != 0x5C }) { return out.append(contentsOf: utf8) }
        var writer = JSONWriter()
        writer.string(text)
        out += writer.bytes.dropFirst().dropLast()
    }
}

/// One value being written: an encoder for it, and its own container where it is a single value.
struct JSONEncoding: Encoder, SingleValueEncodingContainer {
    let notes: JSONNotes
    let index: Int

    /// Errors of ours name no path: what does not encode is a mistake in the type.
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        notes.begin(index, .object)
        return KeyedEncodingContainer(JSONNewMembers<Key>(notes: notes, index: index))
    }
    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        notes.begin(index, .array)
        return JSONNewElements(notes: notes, index: index)
    }
    func singleValueContainer() -> any SingleValueEncodingContainer { self }

    func encodeNil() { notes.leaf(index) { $0 += "null".utf8 } }
    func encode(_ value: Bool) { notes.leaf(index) { $0 += (value ? "true" : "false").utf8 } }
    func encode(_ value: String) {
        notes.leaf(index) { out in
            out.append(0x22)
            JSONNotes.append(value, to: &out)
            out.append(0x22)
        }
    }
    func encode(_ value: Double) throws { try floating(value) }
    func encode(_ value: Float) throws { try floating(value) }
    func encode(_ value: Int) { whole(value) }
    func encode(_ value: Int8) { whole(value) }
    func encode(_ value: Int16) { whole(value) }
    func encode(_ value: Int32) { whole(value) }
    func encode(_ value: Int64) { whole(value) }
    func encode(_ value: UInt) { whole(value) }
    func encode(_ value: UInt8) { whole(value) }
    func encode(_ value: UInt16) { whole(value) }
    func encode(_ value: UInt32) { whole(value) }
    func encode(_ value: UInt64) { whole(value) }
    func encode<Value: Encodable>(_ value: Value) throws { try value.encode(to: self) }

    private func whole(_ value: some FixedWidthInteger) {
        notes.leaf(index) { $0 += String(value).utf8 }
    }

    private func floating(_ value: some BinaryFloatingPoint & LosslessStringConvertible) throws {
        guard value.isFinite else {
            throw EncodingError.invalidValue(
                value, .init(codingPath: [], debugDescription: "not a number of JSON"))
        }
        let text = String(value)
        notes.leaf(index) { $0 += (text.hasSuffix(".0") ? text.dropLast(2) : text[...]).utf8 }
    }
}

/// The members of an object being written.
struct JSONNewMembers<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let notes: JSONNotes
    let index: Int
    var codingPath: [any CodingKey] { [] }

    private func member(_ key: some CodingKey) -> JSONEncoding {
        JSONEncoding(notes: notes, index: notes.add(to: index, key.stringValue))
    }

    func encodeNil(forKey key: Key) { member(key).encodeNil() }
    func encode(_ value: Bool, forKey key: Key) { member(key).encode(value) }
    func encode(_ value: String, forKey key: Key) { member(key).encode(value) }
    func encode(_ value: Double, forKey key: Key) throws { try member(key).encode(value) }
    func encode(_ value: Float, forKey key: Key) throws { try member(key).encode(value) }
    func encode(_ value: Int, forKey key: Key) { member(key).encode(value) }
    func encode(_ value: Int8, forKey key: Key) { member(key).encode(value) }
    func encode(_ value: Int16, forKey key: Key) { member(key).encode(value) }
    func encode(_ value: Int32, forKey key: Key) { member(key).encode(value) }
    func encode(_ value: Int64, forKey key: Key) { member(key).encode(value) }
    func encode(_ value: UInt, forKey key: Key) { member(key).encode(value) }
    func encode(_ value: UInt8, forKey key: Key) { member(key).encode(value) }
    func encode(_ value: UInt16, forKey key: Key) { member(key).encode(value) }
    func encode(_ value: UInt32, forKey key: Key) { member(key).encode(value) }
    func encode(_ value: UInt64, forKey key: Key) { member(key).encode(value) }
    func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
        try value.encode(to: member(key))
    }

    func nestedContainer<Inner: CodingKey>(
        keyedBy type: Inner.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Inner> {
        member(key).container(keyedBy: type)
    }
    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        member(key).unkeyedContainer()
    }
    func superEncoder() -> any Encoder { member(JSONPathKey(stringValue: "super")) }
    func superEncoder(forKey key: Key) -> any Encoder { member(key) }
}

/// The elements of an array being written.
struct JSONNewElements: UnkeyedEncodingContainer {
    let notes: JSONNotes
    let index: Int
    var codingPath: [any CodingKey] { [] }
    var count: Int { notes.count(index) }

    private func element() -> JSONEncoding { JSONEncoding(notes: notes, index: notes.add(to: index)) }

    func encodeNil() { element().encodeNil() }
    func encode(_ value: Bool) { element().encode(value) }
    func encode(_ value: String) { element().encode(value) }
    func encode(_ value: Double) throws { try element().encode(value) }
    func encode(_ value: Float) throws { try element().encode(value) }
    func encode(_ value: Int) { element().encode(value) }
    func encode(_ value: Int8) { element().encode(value) }
    func encode(_ value: Int16) { element().encode(value) }
    func encode(_ value: Int32) { element().encode(value) }
    func encode(_ value: Int64) { element().encode(value) }
    func encode(_ value: UInt) { element().encode(value) }
    func encode(_ value: UInt8) { element().encode(value) }
    func encode(_ value: UInt16) { element().encode(value) }
    func encode(_ value: UInt32) { element().encode(value) }
    func encode(_ value: UInt64) { element().encode(value) }
    func encode<Value: Encodable>(_ value: Value) throws { try value.encode(to: element()) }

    func nestedContainer<Inner: CodingKey>(keyedBy type: Inner.Type) -> KeyedEncodingContainer<Inner> {
        element().container(keyedBy: type)
    }
    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { element().unkeyedContainer() }
    func superEncoder() -> any Encoder { element() }
}
