// Every text of the catalogue in one list, whichever of its halves it stands in, and the project's sources for the
// tests that compare texts with their use.
import Copy
import FoundationEssentials
import Money
import Testing

/// One text in one language.
struct CopyText: Sendable, CustomTestStringConvertible {
    var key: String
    var language: Language
    var template: String

    var testDescription: String { language.rawValue + " " + key }

    /// Names in braces, each once.
    var slots: Set<String> {
        Set(
            template.split(separator: "{").dropFirst(template.hasPrefix("{") ? 0 : 1).compactMap { piece in
                piece.firstIndex(of: "}").map { String(piece[..<$0]) }
            })
    }

    static let all: [CopyText] = Language.allCases.flatMap { language in
        CopyKey.allCases.map {
            CopyText(key: $0.rawValue, language: language, template: Catalogue.template($0, language))
        }
            + SaleKey.allCases.map {
                CopyText(key: $0.rawValue, language: language, template: Catalogue.template($0, language))
            }
    }

    static let keys: [String] = CopyKey.allCases.map(\.rawValue) + SaleKey.allCases.map(\.rawValue)

    static func of(_ key: String) -> [CopyText] { all.filter { $0.key == key } }
}

/// The project's Swift files without their comments.
enum ProjectSources {
    static let root = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")

    /// Path and lines of every file below a folder; comments are blank.
    static func lines(below folder: String) -> [(path: String, lines: [String])] {
        let top = root + "/" + folder
        let paths = (try? FileManager.default.subpathsOfDirectory(atPath: top)) ?? []
        return paths.filter { $0.hasSuffix(".swift") }.sorted().map { path in
            let text = String(
                decoding: FileManager.default.contents(atPath: top + "/" + path) ?? Data(), as: UTF8.self)
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
                line.drop { $0 == " " }.hasPrefix("//") ? "" : String(line)
            }
            return (folder + "/" + path, lines)
        }
    }
}
