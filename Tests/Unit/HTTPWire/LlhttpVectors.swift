// Reads the Markdown vectors of the llhttp project where they are present beside the repository: a heading, a
// line of metadata, the bytes, and the events that llhttp reports for them. Read in place, never copied.
import FoundationEssentials

/// One vector, and what llhttp makes of it.
struct LlhttpVector: Sendable {
    struct Message: Sendable, Equatable {
        var start = ""
        var body: [UInt8] = []
        var hasHost = false
        var afterStartLine: Int?
        var isComplete = false
    }

    var file: String
    var title: String
    /// `request`, `response`, or one of the lenient modes, which we do not have.
    var type: String
    var input: [UInt8]
    var messages: [Message]
    /// The reason of llhttp's refusal; pauses are none.
    var error: String?

    var name: String { "\(file): \(title)" }
    var isLenient: Bool { type.contains("lenient") }

    /// nil where the folder is missing.
    static func load() throws -> [LlhttpVector]? {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
            .standardized
        let folder = root.appending(path: "../shared/vectors/llhttp").standardized
        guard FileManager.default.fileExists(atPath: folder.path) else { return nil }
        var vectors: [LlhttpVector] = []
        for part in ["", "response/"] {
            let path = folder.appending(path: part).path
            for name in try FileManager.default.contentsOfDirectory(atPath: path).sorted()
            where name.hasSuffix(".md") {
                let text = try String(contentsOfFile: path + "/" + name, encoding: .utf8)
                vectors += parse(text, file: part + name)
            }
        }
        return vectors
    }

    private static func parse(_ text: String, file: String) -> [LlhttpVector] {
        var vectors: [LlhttpVector] = []
        var title = ""
        var type = ""
        var block: [String]?
        var kind = ""
        var input: [UInt8] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if line.hasPrefix("```") {
                if let lines = block {
                    if kind == "```http" { input = bytes(lines) }
                    if kind == "```log" {
                        var vector = LlhttpVector(
                            file: file, title: title, type: type, input: input, messages: [], error: nil)
                        vector.read(lines)
                        vectors.append(vector)
                    }
                    block = nil
                } else {
                    kind = line
                    block = []
                }
            } else if block != nil {
                block?.append(line)
            } else if line.hasPrefix("#") {
                title = String(line.drop { $0 == "#" || $0 == " " })
            } else if line.hasPrefix("<!-- meta="), let mark = line.firstRange(of: "\"type\"") {
                let quoted = line[mark.upperBound...].split(separator: "\"")
                type = quoted.count > 1 ? String(quoted[1]) : ""
            }
        }
        return vectors
    }

    /// The vectors' escapes: a line end is CRLF, a backslash before it removes it, \r \n \t \f \xNN are
    /// octets.
    private static func bytes(_ lines: [String]) -> [UInt8] {
        var out: [UInt8] = []
        for (index, line) in lines.enumerated() {
            var rest = Array(line.utf8)[...]
            var joins = false
            while let octet = rest.popFirst() {
                guard octet == 92, let next = rest.first ?? (index + 1 < lines.count ? 10 : nil) else {
                    out.append(octet)
                    continue
                }
                let known: [UInt8: UInt8] = [114: 13, 110: 10, 116: 9, 102: 12]
                if next == 10 {
                    joins = true
                } else if let escaped = known[next] {
                    rest.removeFirst()
                    out.append(escaped)
                } else if next == 120,
                    let value = UInt8(String(decoding: rest.dropFirst().prefix(2), as: UTF8.self), radix: 16)
                {
                    rest.removeFirst(3)
                    out.append(value)
                } else {
                    out.append(octet)
                }
            }
            if index + 1 < lines.count, !joins { out += [13, 10] }
        }
        return out
    }

    private mutating func read(_ log: [String]) {
        var last: Int { messages.count - 1 }
        for line in log {
            let words = line.split(separator: " ")
            guard let offset = words.first.flatMap({ Int($0.dropFirst(4)) }) else { continue }
            if line.hasSuffix("message begin") { messages.append(Message()) }
            if line.hasSuffix("message complete"), last >= 0 { messages[last].isComplete = true }
            if line.hasSuffix("version complete"), last >= 0 { messages[last].afterStartLine = offset + 2 }
            if line.contains("error code="), !line.contains("code=22"), !line.contains("code=21") {
                error = line.split(separator: "\"").dropFirst().first.map(String.init) ?? line
            }
            guard words.count > 2, words[1].hasPrefix("len="), let count = Int(words[1].dropFirst(4)),
                offset + count <= input.count, last >= 0
            else { continue }
            let span = Array(input[offset..<offset + count])
            let text = String(decoding: span, as: UTF8.self)
            if words[2].hasPrefix("span[method]") { messages[last].start = text }
            if words[2].hasPrefix("span[url]") { messages[last].start += " " + text }
            if words[2].hasPrefix("span[body]") { messages[last].body += span }
            if words[2].hasPrefix("span[header_field]"), text.lowercased() == "host" {
                messages[last].hasHost = true
            }
        }
    }
}
