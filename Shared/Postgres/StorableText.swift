// Text as PostgreSQL can hold it. Its types text and jsonb have no U+0000 (manual, sections 8.3 and 8.14),
// and refuse a whole statement for one; what a stranger typed must never stop a batch, a lane or a retry, so
// it is replaced here, where every text passes. Nothing else about a text is changed.

enum StorableText {
    /// U+FFFD in UTF-8, the character that stands for what could not be kept.
    private static let replacement: [UInt8] = [0xEF, 0xBF, 0xBD]

    /// Appends the UTF-8 of `text`, each U+0000 as U+FFFD.
    static func append(_ text: String, to bytes: inout [UInt8]) {
        let start = bytes.count
        bytes.append(contentsOf: text.utf8)
        guard bytes[start...].contains(0) else { return }
        let kept = Array(bytes[start...])
        bytes.removeSubrange(start...)
        for byte in kept {
            if byte == 0 { bytes.append(contentsOf: replacement) } else { bytes.append(byte) }
        }
    }

    /// Appends JSON, each escaped U+0000 as U+FFFD. A zero byte of its own is no JSON and left to the
    /// server's check.
    static func append(json: [UInt8], to bytes: inout [UInt8]) {
        var at = 0
        while at < json.count {
            guard json[at] == UInt8(ascii: "\\"), at + 1 < json.count else {
                bytes.append(json[at])
                at += 1
                continue
            }
            // A backslash and what follows belong together, so an escaped backslash before `u0000` stays.
            if json[at...].starts(with: "\\u0000".utf8) {
                bytes.append(contentsOf: replacement)
                at += 6
            } else {
                bytes.append(json[at])
                bytes.append(json[at + 1])
                at += 2
            }
        }
    }
}
