// The public suite of hard JSON texts: what must be read is read, what must be refused is refused, and what
// the standard leaves open is decided here, in a table, so that a change of mind shows.
import JSONWire
import Testing

@Suite struct `The JSON test suite` {
    /// Left open by RFC 8259, decided by us. Numbers stay text, so none is too large; lone surrogates,
    /// anything that is not UTF-8, byte order marks and nesting over `JSONScanner.depthMax` are refused.
    static let decisions: [(prefix: String, isAccepted: Bool)] = [
        ("i_number_", true),
        ("i_object_key_lone_2nd_surrogate", false),
        ("i_string_", false),
        ("i_structure_500_nested_arrays", false),
        ("i_structure_UTF-8_BOM_empty_object", false),
    ]

    @Test func `is answered as the standard says, and as our table says where it says nothing`() {
        guard let files = VectorFolder.files("jsontestsuite") else { return }
        var counts = ["y": 0, "n": 0, "i": 0]
        for (name, bytes) in files where name.hasSuffix(".json") {
            let kind = String(name.prefix(1))
            counts[kind, default: 0] += 1
            let decision = Self.decisions.first { name.hasPrefix($0.prefix) }?.isAccepted
            let expected = kind == "y" || (kind == "i" && decision == true)
            if kind == "i" { #expect(decision != nil, "\(name) is not decided") }
            let scan = accepts { () throws(JSONFailure) in try JSONScanner.check(bytes) }
            #expect(scan == expected, "\(name), scanner")
            let tree = accepts { () throws(JSONFailure) in
                _ = try JSONValue(parsing: bytes, duplicates: .kept)
            }
            #expect(tree == expected, "\(name), tree")
        }
        #expect(counts == ["y": 95, "n": 188, "i": 35])
    }

    @Test func `writes back every accepted text so that it reads the same`() throws {
        guard let files = VectorFolder.files("jsontestsuite") else { return }
        for (name, bytes) in files where name.hasPrefix("y_") {
            let value = try JSONValue(parsing: bytes, duplicates: .kept)
            for escaping in [JSONWriter.Escaping.minimal, .asMeta] {
                var writer = JSONWriter(escaping: escaping)
                writer.value(value)
                #expect(try JSONValue(parsing: writer.bytes, duplicates: .kept) == value, "\(name)")
            }
        }
    }

    private func accepts(_ body: () throws(JSONFailure) -> Void) -> Bool {
        do {
            try body()
            return true
        } catch { return false }
    }
}
