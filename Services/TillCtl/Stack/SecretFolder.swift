// The demo's secrets: random, made once per data folder, one file each with mode 0600. Real installations
// bring their own files; nothing here is ever a default of a service.
import FoundationEssentials
import Glibc
import Sealing

/// A folder of generated secrets.
package struct SecretFolder: Sendable {
    package let folder: String

    /// Throws when something else stands there, or somebody else's folder: its owner would know every secret.
    package init(folder: String) throws {
        self.folder = folder
        try PostgresCluster.makeFolder(folder, owner: nil)
        chmod(folder, 0o700)
    }

    package func path(_ name: String) -> String { folder + "/" + name }

    /// The secret of that name, made on first use: 64 hex digits.
    @discardableResult
    package func text(_ name: String) throws -> String { try text(name) { Hex.encode(randomBytes(32)) } }

    /// The secret of that name, made on first use by `make`.
    @discardableResult
    package func text(_ name: String, _ make: () -> String) throws -> String {
        if let known = try? String(contentsOfFile: path(name), encoding: .utf8) {
            return String(known.drop { $0 == "\n" }.prefix { $0 != "\n" })
        }
        let made = make()
        try write(made + "\n", name)
        return made
    }

    /// Writes a file of several lines that is made from other secrets, such as a callers file.
    package func write(_ text: String, _ name: String) throws {
        let file = open(path(name), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw PostgresCluster.Failure("cannot write \(path(name))") }
        defer { close(file) }
        let bytes = Array(text.utf8)
        guard Glibc.write(file, bytes, bytes.count) == bytes.count else {
            throw PostgresCluster.Failure("cannot write \(path(name))")
        }
    }
}
