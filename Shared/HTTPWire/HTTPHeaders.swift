// The fields of a message in their order, kept as the octets that arrived plus offsets, because most fields
// of most messages are never read. What this type holds can always be written to the wire as it is: names are
// lower-case tokens and values carry no control octets, whoever put them in. Strings are made when somebody
// asks for one.

/// Ordered header fields. Names compare without regard to case and are stored in lower case; a name may occur
/// twice.
package struct HTTPHeaders: Sendable, ExpressibleByDictionaryLiteral {
    struct Field: Sendable {
        var nameStart: UInt32
        var nameCount: UInt32
        var valueStart: UInt32
        var valueCount: UInt32
    }

    var octets: [UInt8]
    var fields: [Field]

    /// No fields.
    package init() {
        octets = []
        fields = []
    }

    /// Fields in the order of the literal; the rules of `append` hold.
    package init(dictionaryLiteral elements: (String, String)...) {
        self.init()
        for (name, value) in elements { append(name, value) }
    }

    /// What a head reader found: `fields` are offsets into `octets`, names already checked, not yet in lower
    /// case.
    init(octets found: consuming [UInt8], fields: [Field]) {
        var octets = found
        var span = octets.mutableSpan
        for field in fields {
            for index in Int(field.nameStart)..<Int(field.nameStart + field.nameCount) {
                span[index] = Octets.lowercased(span[index])
            }
        }
        self.octets = octets
        self.fields = fields
    }

    /// How many fields there are.
    package var count: Int { fields.count }

    /// The value of the first field of that name, without surrounding blanks. UTF-8, or Latin-1 where it is
    /// not UTF-8.
    package func first(_ name: String) -> String? {
        for field in fields where matches(field, name) { return value(of: field) }
        return nil
    }

    /// The octets of the first field of that name, for values compared as bytes (signatures, tokens).
    package func firstOctets(_ name: String) -> ArraySlice<UInt8>? {
        for field in fields where matches(field, name) { return octets[valueRange(field)] }
        return nil
    }

    /// The values of every field of that name, in order.
    package func all(_ name: String) -> [String] {
        fields.filter { matches($0, name) }.map(value(of:))
    }

    /// Adds a field at the end. A control octet in the value becomes a space (RFC 9110 section 5.5), so a
    /// value can never start a line of its own. False, and nothing added, if the name is not a token.
    @discardableResult
    package mutating func append(_ name: String, _ value: String) -> Bool {
        guard !name.isEmpty, name.utf8.allSatisfy(Octets.isToken) else { return false }
        let nameStart = octets.count
        for octet in name.utf8 { octets.append(Octets.lowercased(octet)) }
        let valueStart = octets.count
        for octet in value.utf8 { octets.append(Octets.isFieldValue(octet) ? octet : Octets.space) }
        fields.append(
            Field(
                nameStart: UInt32(nameStart), nameCount: UInt32(valueStart - nameStart),
                valueStart: UInt32(valueStart), valueCount: UInt32(octets.count - valueStart)))
        return true
    }

    /// Removes every field of that name and adds this one at the end; the rules of `append` hold.
    @discardableResult
    package mutating func replace(_ name: String, _ value: String) -> Bool {
        remove(name)
        return append(name, value)
    }

    /// Removes every field of that name.
    package mutating func remove(_ name: String) {
        let kept = fields.filter { !matches($0, name) }
        fields = kept
    }

    private func matches(_ field: Field, _ name: String) -> Bool {
        guard Int(field.nameCount) == name.utf8.count else { return false }
        var index = Int(field.nameStart)
        for octet in name.utf8 {
            if Octets.lowercased(octet) != octets[index] { return false }
            index += 1
        }
        return true
    }

    func nameRange(_ field: Field) -> Range<Int> {
        Int(field.nameStart)..<Int(field.nameStart + field.nameCount)
    }

    func valueRange(_ field: Field) -> Range<Int> {
        Int(field.valueStart)..<Int(field.valueStart + field.valueCount)
    }

    func name(of field: Field) -> String { String(decoding: octets[nameRange(field)], as: UTF8.self) }

    func value(of field: Field) -> String {
        let value = octets[valueRange(field)]
        if let text = String(validating: value, as: UTF8.self) { return text }
        return String(String.UnicodeScalarView(value.map { Unicode.Scalar($0) }))
    }
}

extension HTTPHeaders: Sequence {
    /// Every field in order, the name in lower case.
    package func makeIterator() -> AnyIterator<(name: String, value: String)> {
        var index = 0
        return AnyIterator {
            guard index < fields.count else { return nil }
            defer { index += 1 }
            return (name(of: fields[index]), value(of: fields[index]))
        }
    }
}

extension HTTPHeaders: Equatable {
    /// The same names with the same value octets in the same order.
    package static func == (left: HTTPHeaders, right: HTTPHeaders) -> Bool {
        guard left.count == right.count else { return false }
        return zip(left.fields, right.fields).allSatisfy { one, other in
            left.octets[left.nameRange(one)] == right.octets[right.nameRange(other)]
                && left.octets[left.valueRange(one)] == right.octets[right.valueRange(other)]
        }
    }
}
