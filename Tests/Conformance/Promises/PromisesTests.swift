// The table in Tests/README.md names a proof for every sentence of the founding pages. Here each name is looked
// for in the sources: a proof that was renamed or taken away fails, and so does a sentence without one.
import FoundationEssentials
import TestSupport
import Testing
import TillCtl

@Suite struct `What the founding pages promise` {
    private struct Row {
        let sentence: String
        let tests: [String]
        let stories: [String]
    }

    /// Rows of the tables: a sentence, and names in backticks, those of stories after the word story.
    private static func rows() throws -> [Row] {
        let text = try readText(Repository.root() + "/Tests/README.md")
        return text.split(separator: "\n").compactMap { line in
            let cells = line.split(separator: "|").map { $0.drop { $0 == " " } }
            guard line.hasPrefix("| "), cells.count >= 2, !cells[0].hasPrefix("what is said"),
                !cells[0].hasPrefix("---")
            else { return nil }
            let pieces = cells[1].split(separator: "`", omittingEmptySubsequences: false)
            var tests: [String] = [], stories: [String] = []
            for index in stride(from: 1, to: pieces.count - 1, by: 2) {
                if pieces[index - 1].hasSuffix("story ") {
                    stories.append(String(pieces[index]))
                } else {
                    tests.append(String(pieces[index]))
                }
            }
            return Row(sentence: String(cells[0]), tests: tests, stories: stories)
        }
    }

    /// The names of all tests, as they stand in the sources.
    private static func testNames() throws -> Set<String> {
        let folder = Repository.root() + "/Tests"
        let files = try FileManager.default.subpathsOfDirectory(atPath: folder)
        var names: Set<String> = []
        for file in files where file.hasSuffix(".swift") {
            let pieces = try readText(folder + "/" + file).split(separator: "func `").dropFirst()
            for piece in pieces { names.insert(String(piece.prefix { $0 != "`" })) }
        }
        return names
    }

    @Test func `is proven, every sentence, by a test or a story that exists`() throws {
        let names = try Self.testNames(), rows = try Self.rows()
        #expect(rows.count > 50 && names.count > 500)
        for row in rows {
            #expect(!row.tests.isEmpty || !row.stories.isEmpty, "nothing proves: \(row.sentence)")
            for test in row.tests { #expect(names.contains(test), "there is no test: \(test)") }
            for story in row.stories {
                #expect(StoryBook.story(story) != nil, "there is no story: \(story)")
            }
        }
    }
}
