// The tables of variables in the documents against the code: an operator reads the tables, the programs read
// the keys.
import Lifecycle
import TestSupport
import Testing

@Suite struct `The documents of configuration` {
    private static let common = CommonKeys.program + CommonKeys.database + MigrationKeys.keys

    /// The second cell of each table row that begins with a variable's name.
    private static func defaults(_ path: String) throws -> [String: String] {
        var found: [String: String] = [:]
        for line in try readText(DeployedPrograms.path(path)).split(separator: "\n")
        where line.hasPrefix("| `TILL_") {
            let cells = line.split(separator: "|").map { $0.filter { $0 != "`" }.trimmed }
            found[cells[0]] = cells[1]
        }
        return found
    }

    /// What the table would have to say of a key.
    private static func isRight(_ cell: String?, of key: ConfigKey) -> Bool {
        guard let cell else { return false }
        if key.isRequired { return cell == "required" }
        // The table may ask for more than the key, where the program does so by another way.
        return cell == key.standard ?? "none" || (key.standard == nil && cell == "required here")
    }

    @Test func `list every common variable with its default`() throws {
        let table = try Self.defaults("Services/README.md")
        for key in Self.common { #expect(Self.isRight(table[key.name], of: key), "\(key.name)") }
    }

    @Test(arguments: DeployedPrograms.keys.keys.sorted())
    func `list every variable of a program with its default, and no other`(program: String) throws {
        let readme = "Services/\(try DeployedPrograms.folder(of: program))/README.md"
        let table = try Self.defaults(readme)
        let keys = try #require(DeployedPrograms.keys[program])
        let common = Set(Self.common.map(\.name))
        for key in keys where !common.contains(key.name) {
            #expect(Self.isRight(table[key.name], of: key), "\(readme): \(key.name)")
        }
        for name in table.keys { #expect(keys.contains { $0.name == name }, "\(readme): \(name)") }
    }
}

extension String {
    fileprivate var trimmed: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
