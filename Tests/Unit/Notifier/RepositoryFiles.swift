// Where this suite finds the files it is compared with. The repository's root is three folders above this
// one.
import FoundationEssentials

/// A file or folder of the repository.
func repositoryPath(_ path: String, file: String = #filePath) -> String {
    file.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/") + "/"
        + path
}

/// The lines of a table, without comments and blank ones.
func lines(_ path: String) throws -> [String] {
    let data = try Data(contentsOf: URL(filePath: repositoryPath(path)))
    return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
        .filter { line in
            let first = line.first { $0 != " " }
            return first != nil && first != "#"
        }
}
