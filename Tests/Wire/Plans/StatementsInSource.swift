// Every SQL text of the services, read from their sources, so that no statement can be forgotten by whoever adds
// one. Text only: what a literal holds, with names of other literals of the same file put in.
import FoundationEssentials

/// One statement and where it stands.
struct SourceStatement: Sendable {
    /// `EcommGateway/PaymentQueries.swift:42`.
    var place: String
    var sql: String
}

enum StatementsInSource {
    static let services = [
        "CallbackReceiver", "CapService", "CommandRouter", "EcommGateway", "Notifier", "WebhookIngress",
    ]

    /// Those of one service, nil where the sources are not at hand.
    static func of(_ service: String, from file: String = #filePath) -> [SourceStatement]? {
        var parts = file.split(separator: "/").map(String.init)
        parts.removeLast(4)
        let folder = "/" + parts.joined(separator: "/") + "/Services/" + service
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return nil }
        return names.filter { $0.hasSuffix(".swift") }.sorted().flatMap { name -> [SourceStatement] in
            let text = (try? String(contentsOfFile: folder + "/" + name, encoding: .utf8)) ?? ""
            return statements(in: text).map {
                SourceStatement(place: "\(service)/\(name):\($0.line)", sql: $0.sql)
            }
        }
    }

    private struct Literal {
        var line: Int
        /// What it is assigned to by `let name =` on its line or the one before.
        var name: String?
        var text: String
    }

    private static func statements(in source: String) -> [(line: Int, sql: String)] {
        let literals = literals(in: source)
        var named: [String: String] = [:]
        for literal in literals { if let name = literal.name { named[name] = literal.text } }
        return literals.compactMap { literal in
            guard isStatement(literal.text) else { return nil }
            var sql = literal.text
            for (name, text) in named { sql = sql.replacing("\\(\(name))", with: text) }
            return (literal.line, sql)
        }
    }

    private static func isStatement(_ text: String) -> Bool {
        let words = text.split(maxSplits: 3, whereSeparator: { " \n".contains($0) }).map { $0.lowercased() }
        switch words.first {
        case "select": return words.count > 1
        case "with": return words.count > 2 && words[2].hasPrefix("as")
        case "insert": return words.count > 1 && words[1] == "into"
        case "delete": return words.count > 1 && words[1] == "from"
        case "update": return words.contains("set") || text.contains(" set ") || text.contains("\nset ")
        default: return false
        }
    }

    private static func literals(in source: String) -> [Literal] {
        var found: [Literal] = []
        var open: Literal?
        var before = ""
        for (index, raw) in source.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = String(raw)
            let trimmed = String(line.drop { $0 == " " })
            if var literal = open {
                if trimmed.hasPrefix("\"\"\"") {
                    found.append(literal)
                    open = nil
                } else {
                    literal.text += (literal.text.isEmpty ? "" : "\n") + trimmed
                    open = literal
                }
                continue
            }
            if trimmed.hasPrefix("//") { continue }
            let name = name(in: line) ?? name(in: before)
            before = line
            if line.hasSuffix("\"\"\"") {
                open = Literal(line: index + 1, name: name, text: "")
                continue
            }
            let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
            for part in stride(from: 1, to: parts.count - 1, by: 2) {
                found.append(Literal(line: index + 1, name: name, text: String(parts[part])))
            }
        }
        return found
    }

    private static func name(in line: String) -> String? {
        guard let found = line.firstRange(of: "static let ") else { return nil }
        let rest = line[found.upperBound...].prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        return rest.isEmpty ? nil : String(rest)
    }
}
