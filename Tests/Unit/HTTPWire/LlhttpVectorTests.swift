// Replays every llhttp vector through both parsers, whole and cut at every place. Where we decide otherwise
// on purpose, the table below says what we make of the vector and which policy that is; everything else must
// agree.
import HTTPWire
import Testing

@Suite struct `The llhttp vectors` {
    @Test func `are read as llhttp reads them, or refused by a policy with a name`() throws {
        guard let vectors = try LlhttpVector.load() else { return print("skipped, no vectors") }
        #expect(vectors.count > 200)
        var unused = Set(Self.policies.keys)
        for vector in vectors where !vector.isLenient {
            let ours = Self.trace(vector, [Self.completed(vector)])
            if let policy = Self.policies[vector.name] {
                unused.remove(vector.name)
                #expect(ours.description.drop { $0 == " " } == policy.ours, "\(vector.name): \(policy.why)")
                continue
            }
            #expect((ours.refusal != nil) == (vector.error != nil), "\(vector.name): \(ours)")
            let theirs = vector.messages.filter(\.isComplete)
            #expect(ours.messages.map(\.body) == theirs.map(\.body), "\(vector.name)")
            if vector.type.hasPrefix("request") {
                let starts = theirs.map { $0.start.replacing("#hey", with: "/hey") }
                #expect(ours.messages.map(\.start) == starts, "\(vector.name)")
            }
        }
        #expect(unused.isEmpty, "policies about vectors that do not exist: \(unused)")
    }

    @Test func `in a lenient mode are refused, since we have none, or need no leniency`() throws {
        guard let vectors = try LlhttpVector.load() else { return print("skipped, no vectors") }
        for vector in vectors where vector.isLenient {
            let ours = Self.trace(vector, [Self.completed(vector)])
            let theirs = vector.messages.filter(\.isComplete).map(\.body)
            #expect(ours.refusal != nil || ours.messages.map(\.body) == theirs, "\(vector.name): \(ours)")
        }
    }

    @Test func `without a Host are refused when they are HTTP/1.1`() throws {
        guard let vectors = try LlhttpVector.load() else { return print("skipped, no vectors") }
        for vector in vectors where vector.type == "request" && vector.error == nil {
            guard let first = vector.messages.first, first.isComplete, !first.hasHost else { continue }
            guard String(decoding: vector.input, as: UTF8.self).contains(" HTTP/1.1\r\n") else { continue }
            let ours = Self.trace(vector, [vector.input])
            #expect(ours.refusal != nil && ours.messages.isEmpty, "\(vector.name): \(ours)")
        }
    }

    @Test func `read the same however the bytes are cut`() throws {
        guard let vectors = try LlhttpVector.load() else { return print("skipped, no vectors") }
        for vector in vectors {
            let input = Self.completed(vector)
            let whole = Self.trace(vector, [input])
            for pieces in cuts(of: input) {
                let cut = Self.trace(vector, pieces)
                guard cut != whole else { continue }
                Issue.record(
                    "\(vector.name): \(cut) instead of \(whole) for pieces of \(pieces.map(\.count))")
                break
            }
        }
    }

    static func trace(_ vector: LlhttpVector, _ pieces: [[UInt8]]) -> WireTrace {
        vector.type.hasPrefix("request") ? .requests(pieces) : .answers(pieces)
    }

    /// The vector with the Host that llhttp does not ask for put in front of the fields, so that its own
    /// point is tested; and with the fragment that some targets carry made a path, for the same reason.
    static func completed(_ vector: LlhttpVector) -> [UInt8] {
        var input = vector.input
        guard vector.type.hasPrefix("request") else { return input }
        let text = String(decoding: input, as: UTF8.self)
        if vector.file == "transfer-encoding.md" { input = Array(text.replacing("#hey", with: "/hey").utf8) }
        let hasHostLater = text.utf8.count == input.count && text.lowercased().contains(/\r?\nhost:/)
        for (index, message) in vector.messages.enumerated().reversed() where !message.hasHost {
            if index == vector.messages.count - 1, hasHostLater, vector.error != nil { continue }
            guard let place = message.afterStartLine, place <= input.count else { continue }
            var host = "a"
            if let mark = message.start.firstRange(of: "://") {
                host = String(message.start[mark.upperBound...].prefix { $0 != "/" && $0 != "?" })
            }
            input.insert(contentsOf: Array("Host: \(host)\r\n".utf8), at: place)
        }
        return input
    }

    /// Vectors that we decide otherwise (Tests/Vectors/http): what we make of them, and the policy.
    static let policies: [String: (ours: String, why: String)] = {
        var table: [String: (ours: String, why: String)] = [:]
        for columns in OwnTable.rows("http/llhttp-policies.table") where columns.count == 3 {
            table[columns[0]] = (columns[1] == "waits" ? "" : columns[1], columns[2])
        }
        return table
    }()
}
