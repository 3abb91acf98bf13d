// Our scanner and Foundation's decoder on the same public suite. Our services ask the scanner first, so a text is read
// only where both take it; where they differ, and what is decided where the standard leaves it open, is written in
// Tests/Vectors/json/decisions.table, file by file.
import FoundationEssentials
import JSONWire
import Testing

@Suite struct `Foundation's decoder beside our scanner` {
    /// Any JSON value, read by Foundation, structure and all.
    private indirect enum Anything: Decodable {
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

    private struct Decision: Equatable {
        var scanner: String
        var foundation: String
    }

    /// `file => scanner => Foundation => why`
    private static func decisions() throws -> [String: Decision] {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../Tests/Vectors/json/decisions.table").standardized
        var decisions: [String: Decision] = [:]
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        where !line.hasPrefix("#") {
            let cells = line.split(separator: "=>").map { cell in
                String(cell.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
            }
            try #require(cells.count == 4, "\(line)")
            decisions[cells[0]] = Decision(scanner: cells[1], foundation: cells[2])
        }
        return decisions
    }

    @Test func `is asked after it, and where the two differ a table says so`() throws {
        guard let files = VectorFolder.files("jsontestsuite") else { return }
        let decisions = try Self.decisions()
        var open = 0
        for (name, bytes) in files where name.hasSuffix(".json") {
            let scanner = Self.word { try JSONScanner.check(bytes) }
            let foundation = Self.word { _ = try JSONDecoder().decode(Anything.self, from: Data(bytes)) }
            let found = Decision(scanner: scanner, foundation: foundation)
            if name.hasPrefix("i_") { open += 1 }
            // What is not in the table is as the standard says, by both.
            let standard = name.hasPrefix("y_") ? "taken" : "refused"
            let expected = decisions[name] ?? Decision(scanner: standard, foundation: standard)
            #expect(found == expected, "\(name) => \(scanner) => \(foundation) =>")
            if name.hasPrefix("i_") { #expect(decisions[name] != nil, "\(name) is not decided") }
            // Both together never take what the standard forbids.
            if name.hasPrefix("n_") { #expect(scanner == "refused", "\(name)") }
            if name.hasPrefix("y_") { #expect(scanner == "taken", "\(name)") }
        }
        #expect(open == 35)
    }

    @Test(arguments: [
        (#"{"amount":1,"amount":2}"#, false), (#"{"amount":1,"\u0061mount":2}"#, false),
        (#"[{"a":{"b":1,"b":1}}]"#, false), (#"{"a":{"b":1},"c":{"b":1}}"#, true), (#"{"a":1,"A":1}"#, true),
        (#"{"a":[{"b":1},{"b":2}]}"#, true), ("{\"\u{E9}\":1,\"e\u{301}\":2}", true), ("1", true),
        ("", false),
        (#"{"a":1}x"#, false),
    ]) func `leaves names that occur twice to it`(_ text: String, _ isTaken: Bool) {
        let bytes = Array(text.utf8)
        #expect(
            Self.word { try JSONScanner.check(bytes, duplicates: .refused) }
                == (isTaken ? "taken" : "refused"))
    }

    @Test func `nests no deeper than it, whichever way it checks`() {
        for depth in [JSONScanner.depthMax, JSONScanner.depthMax + 1] {
            let text = String(repeating: #"{"a":"#, count: depth) + "1" + String(repeating: "}", count: depth)
            let expected = depth <= JSONScanner.depthMax ? "taken" : "refused"
            for duplicates in [JSONValue.Duplicates.kept, .refused] {
                #expect(
                    Self.word { try JSONScanner.check(Array(text.utf8), duplicates: duplicates) } == expected)
            }
        }
    }

    private static func word(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "taken"
        } catch { return "refused" }
    }
}
