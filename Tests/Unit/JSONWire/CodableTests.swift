// Our own Codable reader and writer beside Foundation's: the same values, the same bytes, and errors that name the
// same field. Where they differ is written out: names that occur twice.
import FoundationEssentials
import JSONWire
import Testing

@Suite struct `Codable without Foundation` {
    private enum Colour: String, Codable, Equatable { case red, green }

    private struct Inner: Codable, Equatable {
        var text: String
        var count: Int64?
    }

    private enum Choice: Codable, Equatable {
        case plain(String)
        case pair(left: Inner, right: Int?)
        case nothing
    }

    private struct Whole: Codable, Equatable {
        var zeta: String
        var alpha: Int
        var flag: Bool
        var tint: Colour
        var inner: Inner
        var maybe: Inner?
        var words: [String]
        var grid: [[Int8]]
        var table: [String: String]
        var choices: [Choice]
        var ratio: Double
        var hole: String?
        var unsigned: UInt64

        enum CodingKeys: String, CodingKey {
            case zeta, alpha, flag, tint, inner, maybe, words, grid, table, choices, ratio, hole
            case unsigned = "un\"signed\n"
        }
    }

    /// Any JSON value, structure and all.
    private indirect enum Anything: Decodable, Equatable {
        case null, bool(Bool), number(Double), text(String), list([Anything]), object([String: Anything])

        init(from decoder: any Decoder) throws {
            let single = try decoder.singleValueContainer()
            if single.decodeNil() {
                self = .null
            } else if let value = try? single.decode(Bool.self) {
                self = .bool(value)
            } else if let value = try? single.decode(String.self) {
                self = .text(value)
            } else if let value = try? single.decode([Anything].self) {
                self = .list(value)
            } else if let value = try? single.decode([String: Anything].self) {
                self = .object(value)
            } else {
                self = .number(try single.decode(Double.self))
            }
        }
    }

    private static let texts = [
        "", "a", "„Cafea” + croissant ăîșțâ", "a\"b\\c/d", "\u{0}\u{1}\u{8}\t\n\u{B}\u{C}\r\u{1F}\u{7F}",
        "\u{2028}\u{2029}", "👩‍👩‍👧 and e\u{301}", String(repeating: "x", count: 3_000),
    ]

    private static func whole(_ text: String, _ number: Int64) -> Whole {
        Whole(
            zeta: text, alpha: Int(truncatingIfNeeded: number), flag: number % 2 == 0,
            tint: number % 3 == 0 ? .red : .green, inner: Inner(text: text, count: number),
            maybe: number % 2 == 0 ? nil : Inner(text: text, count: nil), words: texts,
            grid: [[], [1, -2], [127]],
            table: ["b": text, "a": "", "ă": "1", "a\"": "2", "B": "3"],
            choices: [.plain(text), .pair(left: Inner(text: "", count: 0), right: nil), .nothing],
            ratio: Double(number) / 3, hole: nil, unsigned: UInt64(bitPattern: number))
    }

    private static func foundation(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }

    @Test(arguments: texts, [0, 1, -7, .max, .min, 1_000_000_007] as [Int64])
    func `writes the bytes that Foundation writes, and reads them back`(_ text: String, _ number: Int64)
        throws
    {
        let value = Self.whole(text, number)
        let ours = try value.jsonBytes()
        let theirs = try Self.foundation(value)
        #expect(String(decoding: ours, as: UTF8.self) == String(decoding: theirs, as: UTF8.self))
        #expect(try Whole(jsonBytes: ours) == value)
        #expect(try JSONDecoder().decode(Whole.self, from: Data(ours)) == value)
    }

    @Test func `writes single values and empty ones as Foundation does`() throws {
        struct Empty: Codable {}
        #expect(try "a/b".jsonBytes() == Array(#""a/b""#.utf8))
        #expect(try [Int]().jsonBytes() == Array("[]".utf8))
        #expect(try Empty().jsonBytes() == Array("{}".utf8))
        #expect(
            try [Double]([0, -0.0, 1, 0.1, 1e21, 2.5e-300, 1e15, 123_456.75]).jsonBytes()
                == Self.foundation([Double]([0, -0.0, 1, 0.1, 1e21, 2.5e-300, 1e15, 123_456.75])))
        #expect(try [String?](["a", nil]).jsonBytes() == Array(#"["a",null]"#.utf8))
        #expect(throws: EncodingError.self) { try [Double.infinity].jsonBytes() }
    }

    /// What became of a text: the value, or the kind of error with the path of its field.
    private static func outcome<Value: Decodable>(_ read: () throws -> Value) -> String {
        func path(_ context: DecodingError.Context) -> String {
            context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
        }
        do {
            let value = try read()
            // Two equal dictionaries may name their members in two orders.
            if let table = value as? [String: Inner] { return "\(table.sorted { $0.key < $1.key })" }
            return "\(value)"
        } catch let error as DecodingError {
            switch error {
            case .keyNotFound(let key, let context): return "missing \(key.stringValue) in \(path(context))"
            case .typeMismatch(_, let context): return "mismatch \(path(context))"
            case .valueNotFound(_, let context): return "null \(path(context))"
            case .dataCorrupted(let context): return "corrupted \(path(context))"
            @unknown default: return "unknown"
            }
        } catch { return "no JSON" }
    }

    private static func expectSame<Value: Decodable>(_ type: Value.Type, _ text: String) {
        let bytes = Array(text.utf8)
        let ours = outcome { try Value(jsonBytes: bytes) }
        let theirs = outcome { try JSONDecoder().decode(Value.self, from: Data(bytes)) }
        // Of a number that does not fit Foundation does not say where it stands.
        let isSame = ours == theirs || (theirs == "corrupted " && ours.hasPrefix(theirs))
        #expect(isSame, "\(type) of \(text): \(ours), not \(theirs)")
    }

    @Test(arguments: [
        "{}", "[]", "null", "1", #""a""#, #"{"text":1}"#, #"{"text":null}"#, #"{"text":"a","count":"b"}"#,
        #"{"text":"a","count":null}"#, #"{"text":"a","count":1.5}"#, #"{"te\u0078t":"\u0061\n","count":7}"#,
        #"{"text":"a","other":{"text":[1,{"a":2}]}}"#, #" { "text" : "a" , "count" : 1 } "#,
        #"{"text":"a","count":true}"#,
    ]) func `names the field that Foundation names`(_ text: String) {
        Self.expectSame(Inner.self, text)
        Self.expectSame([Inner].self, "[\(text)]")
        Self.expectSame([[Inner]].self, #"[[{"text":"a"},\#(text)]]"#)
        Self.expectSame([String: Inner].self, #"{"x":{"text":"b"},"y":\#(text)}"#)
        Self.expectSame(Inner?.self, text)
    }

    @Test(arguments: [
        #"{"plain":{"_0":"a"}}"#, #"{"plain":{}}"#, #"{"plain":{"_0":null}}"#, #"{"nothing":{}}"#, "{}",
        #"{"pair":{"left":{"text":"a"}}}"#, #"{"pair":{"left":{"text":1},"right":2}}"#, #"{"other":{}}"#,
        #"{"plain":{"_0":"a"},"nothing":{}}"#, #""plain""#,
    ]) func `reads enums with contents as Foundation does`(_ text: String) {
        Self.expectSame(Choice.self, text)
    }

    @Test(arguments: [
        "0", "-0", "1", "-1", "127", "128", "-128", "-129", "255", "256", "1.0", "1e2", "1E+2", "10e-1",
        "1.5", "1e-1",
        "2147483648", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
        "-9223372036854775809",
        "18446744073709551615", "18446744073709551616", "100.00", "0.0", "-0.0", #""1""#, "true",
        "null",
    ]) func `reads numbers into what Foundation reads them into`(_ text: String) {
        let wrapped = "[\(text)]"
        Self.expectSame([Int].self, wrapped)
        Self.expectSame([Int8].self, wrapped)
        Self.expectSame([Int64].self, wrapped)
        Self.expectSame([UInt8].self, wrapped)
        Self.expectSame([UInt64].self, wrapped)
        Self.expectSame([Double].self, wrapped)
        Self.expectSame([Colour].self, wrapped)
        Self.expectSame([Bool?].self, wrapped)
    }

    @Test func `reads no number that an exponent makes huge`() throws {
        for text in ["[1e400]", "[1e99999999999999999999]", "[-1e40]", "[1e41]"] {
            #expect(throws: DecodingError.self) { try [Int](jsonBytes: Array(text.utf8)) }
        }
        #expect(throws: DecodingError.self) { try [Double](jsonBytes: Array("[1e400]".utf8)) }
        // Which Foundation refuses.
        #expect(try [Double](jsonBytes: Array("[0e5]".utf8)) == [0])
    }

    @Test func `takes and refuses the public suite as the scanner does, and reads it as Foundation does`() {
        guard let files = VectorFolder.files("jsontestsuite") else { return }
        for (name, bytes) in files where name.hasSuffix(".json") {
            let isJSON = (try? JSONScanner.check(bytes, duplicates: .refused)) != nil
            let ours = try? Anything(jsonBytes: bytes)
            if !isJSON { #expect(ours == nil, "\(name)") }
            guard isJSON, let ours, let theirs = try? JSONDecoder().decode(Anything.self, from: Data(bytes))
            else {
                continue
            }
            #expect(ours == theirs, "\(name)")
        }
    }

    @Test(arguments: [1, 15, 16, 17, 40, 5_000]) func `finds members among few and among many`(_ count: Int)
        throws
    {
        let table = Dictionary(uniqueKeysWithValues: (0..<count).map { ("name\($0)", $0) })
        let bytes = try table.jsonBytes()
        #expect(bytes == (try Self.foundation(table)))
        #expect(try [String: Int](jsonBytes: bytes) == table)
        // The first name once more, at the end, plain and in disguise.
        for again in ["name0", #"n\u0061me0"#] {
            let doubled = bytes.dropLast() + Array(",\"\(again)\":1}".utf8)
            #expect(throws: JSONFailure.self) { try [String: Int](jsonBytes: Array(doubled)) }
        }
    }

    @Test func `refuses what is no JSON wherever it stands`() {
        for text in [#"{"text":"a","rest":[1,]}"#, #"{"text":"a"}x"#, #"{"text":"a","b":{"c":1,"c":2}}"#, ""]
        {
            #expect(throws: JSONFailure.self, "\(text)") { try Inner(jsonBytes: Array(text.utf8)) }
        }
        let deep = Array((String(repeating: "[", count: 65) + String(repeating: "]", count: 65)).utf8)
        #expect(throws: JSONFailure.self) { try Anything(jsonBytes: deep) }
    }
}
