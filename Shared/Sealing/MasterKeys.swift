// The master keys a process was given: a small text file, the first key current, the others still able to
// open. They wrap data keys and nothing else; losing the file loses every sealed record, so operators back it
// up.

/// Master keys by id. The file has one key a line: an id (1 to 32 of `a-z 0-9 . _ -`), spaces, base64 of 32
/// bytes. Blank lines and lines that start with `#` are skipped. The first key seals; all open.
package struct MasterKeys: Sendable {
    static let idBytesMax = 32
    /// Keys in one file: a rotation a week for a year, and a bound on what one lookup walks.
    static let keysMax = 64

    struct Key: Sendable {
        let id: String
        let secret: Secret
    }

    private let keys: [Key]

    /// The id of the key that seals now.
    package var currentId: String { keys[0].id }
    /// Every id that can open, current first. Ids are not secret.
    package var ids: [String] { keys.map(\.id) }

    var current: Key { keys[0] }
    func key(_ id: String) -> Key? { keys.first { $0.id == id } }

    /// Reads the file; throws `unreadableFile` or `keyFile` with the line.
    package init(file path: String) throws(SealingFailure) {
        var bytes = try readFile(path)
        defer { wipe(&bytes) }
        try self.init(text: bytes, path: path)
    }

    /// One key made for this process: for tests and the demo's first start.
    package init(id: String, key: Secret) throws(SealingFailure) {
        guard Self.isValid(id: Array(id.utf8)) else {
            throw .refusedArgument("a master key id is [a-z0-9._-]{1,32}")
        }
        guard key.count == AESGCM.keyLength else { throw .refusedArgument("a master key is 256 bits") }
        keys = [Key(id: id, secret: key)]
    }

    /// The content of a key file that is already in memory; `path` is for the refusals' text only.
    package init(text: [UInt8], path: String) throws(SealingFailure) {
        var keys: [Key] = []
        for (index, line) in text.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            let words = line.split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
            guard let first = words.first, first.first != UInt8(ascii: "#") else { continue }
            func refused(_ reason: String) -> SealingFailure {
                .keyFile(path: path, line: index + 1, reason: reason)
            }
            guard words.count == 2 else { throw refused("wants an id and a key") }
            guard Self.isValid(id: Array(first)) else { throw refused("a key id is [a-z0-9._-]{1,32}") }
            guard var bytes = Base64.decode(words[1]), bytes.count == AESGCM.keyLength else {
                throw refused("the key is not base64 of 32 bytes")
            }
            defer { wipe(&bytes) }
            let id = String(decoding: first, as: UTF8.self)
            guard !keys.contains(where: { $0.id == id }) else { throw refused("the id appears twice") }
            guard keys.count < Self.keysMax else { throw refused("more than \(Self.keysMax) keys") }
            keys.append(Key(id: id, secret: Secret(bytes: bytes)))
        }
        guard !keys.isEmpty else { throw .keyFile(path: path, line: 0, reason: "holds no key") }
        self.keys = keys
    }

    private static func isValid(id: [UInt8]) -> Bool {
        (1...idBytesMax).contains(id.count)
            && id.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || [UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-")].contains($0)
            }
    }
}
