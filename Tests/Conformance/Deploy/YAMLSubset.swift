// The part of YAML that our own deployment files are written in: block maps and lists, flow lists of words,
// plain and quoted scalars, anchors and merge keys, several documents. Anything else is refused, so the files
// stay plain.

/// A parsed value.
indirect enum YAML: Equatable {
    case text(String)
    case list([YAML])
    case map([(key: String, value: YAML)])
    case null

    struct Refusal: Error, CustomStringConvertible {
        let line: Int
        let why: String
        var description: String { "line \(line): \(why)" }
    }

    static func == (a: YAML, b: YAML) -> Bool {
        switch (a, b) {
        case (.text(let a), .text(let b)): a == b
        case (.list(let a), .list(let b)): a == b
        case (.map(let a), .map(let b)):
            a.count == b.count && zip(a, b).allSatisfy { $0.key == $1.key && $0.value == $1.value }
        case (.null, .null): true
        case (_, _): false
        }
    }

    subscript(key: String) -> YAML? {
        guard case .map(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }

    var text: String? { if case .text(let text) = self { text } else { nil } }
    var items: [YAML] { if case .list(let items) = self { items } else { [] } }
    var keys: [String] { if case .map(let members) = self { members.map(\.key) } else { [] } }
    var texts: [String] { items.compactMap(\.text) }

    /// The documents of one file.
    static func documents(_ source: String) throws(Refusal) -> [YAML] {
        var documents: [YAML] = []
        var lines: [YAMLLine] = []
        var anchors: [String: YAML] = [:]
        for (index, raw) in source.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if raw == "---" {
                if !lines.isEmpty { documents.append(try YAMLBlock.parse(lines, &anchors)) }
                lines = []
            } else if let line = try YAMLLine(String(raw), number: index + 1) {
                lines.append(line)
            }
        }
        if !lines.isEmpty { documents.append(try YAMLBlock.parse(lines, &anchors)) }
        return documents
    }
}

/// A line with its indentation, without its comment.
struct YAMLLine {
    let number: Int
    let indent: Int
    let text: String

    init(number: Int, indent: Int, text: String) {
        self.number = number
        self.indent = indent
        self.text = text
    }

    /// Nil for a line that holds nothing.
    init?(_ raw: String, number: Int) throws(YAML.Refusal) {
        if raw.contains("\t") { throw YAML.Refusal(line: number, why: "a tab") }
        let indent = raw.prefix { $0 == " " }.count
        var text = ""
        var quote: Character?
        for character in raw.dropFirst(indent) {
            if quote == nil, character == "#", text.isEmpty || text.last == " " { break }
            if character == quote {
                quote = nil
            } else if quote == nil, character == "\"" || character == "'" {
                quote = character
            }
            text.append(character)
        }
        while text.last == " " { text.removeLast() }
        if text.isEmpty { return nil }
        self.init(number: number, indent: indent, text: text)
    }
}

/// One nested block: lines of the same or deeper indentation.
enum YAMLBlock {
    static func parse(_ lines: [YAMLLine], _ anchors: inout [String: YAML]) throws(YAML.Refusal) -> YAML {
        guard let first = lines.first else { return .null }
        if first.text == "-" || first.text.hasPrefix("- ") { return try list(lines, first.indent, &anchors) }
        return try map(lines, first.indent, &anchors)
    }

    private static func list(
        _ lines: [YAMLLine], _ indent: Int, _ anchors: inout [String: YAML]
    ) throws(YAML.Refusal) -> YAML {
        var items: [YAML] = []
        for group in try groups(lines, indent, isList: true) {
            let head = group[0]
            let rest = String(head.text.dropFirst(2))
            if key(of: rest) == nil {
                guard group.count == 1 else {
                    throw YAML.Refusal(line: group[1].number, why: "belongs to nothing")
                }
                items.append(try scalar(rest, head.number))
            } else {
                // `- key: value`: a map that begins two columns further in.
                let inner = YAMLLine(number: head.number, indent: indent + 2, text: rest)
                items.append(try map([inner] + group.dropFirst(), indent + 2, &anchors))
            }
        }
        return .list(items)
    }

    private static func map(
        _ lines: [YAMLLine], _ indent: Int, _ anchors: inout [String: YAML]
    ) throws(YAML.Refusal) -> YAML {
        var members: [(key: String, value: YAML)] = []
        var merged: [(key: String, value: YAML)] = []
        for group in try groups(lines, indent, isList: false) {
            let head = group[0]
            guard let key = key(of: head.text) else { throw YAML.Refusal(line: head.number, why: "no key") }
            var rest = head.text.dropFirst(key.count + 1).drop { $0 == " " }
            if members.contains(where: { $0.key == key }) {
                throw YAML.Refusal(line: head.number, why: "\(key) twice")
            }
            var anchor: String?
            if rest.hasPrefix("&") {
                anchor = String(rest.dropFirst())
                rest = ""
            }
            let value: YAML
            if rest.hasPrefix("*") {
                guard let known = anchors[String(rest.dropFirst())] else {
                    throw YAML.Refusal(line: head.number, why: "no anchor \(rest)")
                }
                value = known
            } else if rest.isEmpty {
                value = try parse(Array(group.dropFirst()), &anchors)
            } else {
                guard group.count == 1 else {
                    throw YAML.Refusal(line: group[1].number, why: "belongs to nothing")
                }
                value = try scalar(String(rest), head.number)
            }
            if let anchor { anchors[anchor] = value }
            if key == "<<", case .map(let others) = value {
                merged += others
            } else {
                members.append((key, value))
            }
        }
        return .map(members + merged.filter { other in !members.contains { $0.key == other.key } })
    }

    /// The lines of each member: one at `indent`, and those further in. A list may stand at its key's own
    /// indentation.
    private static func groups(
        _ lines: [YAMLLine], _ indent: Int, isList: Bool
    ) throws(YAML.Refusal) -> [[YAMLLine]] {
        var groups: [[YAMLLine]] = []
        for line in lines {
            if line.indent < indent {
                throw YAML.Refusal(line: line.number, why: "indented less than its block")
            }
            if line.indent == indent {
                guard (line.text == "-" || line.text.hasPrefix("- ")) == isList else {
                    throw YAML.Refusal(line: line.number, why: "a list and a map in one block")
                }
                groups.append([line])
            } else {
                groups[groups.count - 1].append(line)
            }
        }
        return groups
    }

    /// The key of `key: value` or `key:`.
    private static func key(of text: String) -> String? {
        if text.hasPrefix("\"") || text.hasPrefix("[") || text.hasPrefix("'") { return nil }
        if let mark = text.firstRange(of: ": ") { return String(text[..<mark.lowerBound]) }
        return text.hasSuffix(":") ? String(text.dropLast()) : nil
    }

    private static func scalar(_ text: String, _ line: Int) throws(YAML.Refusal) -> YAML {
        if text.hasPrefix("[") {
            guard text.hasSuffix("]") else {
                throw YAML.Refusal(line: line, why: "a flow list over several lines")
            }
            var items: [YAML] = []
            for part in text.dropFirst().dropLast().split(separator: ",") {
                items.append(try scalar(String(part.drop { $0 == " " }), line))
            }
            return .list(items)
        }
        for quote in ["\"", "'"] where text.hasPrefix(quote) {
            guard text.count >= 2, text.hasSuffix(quote), !text.contains("\\") else {
                throw YAML.Refusal(line: line, why: "a quotation that this reader does not know")
            }
            return .text(String(text.dropFirst().dropLast()))
        }
        if "{}&*|>!%@`".contains(text.first ?? " ") {
            throw YAML.Refusal(line: line, why: "not in our subset")
        }
        return text == "null" || text == "~" ? .null : .text(text)
    }
}
