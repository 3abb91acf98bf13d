// Base64 in both alphabets, strict: one text per byte string. A decoder that skips characters or ignores
// left-over bits lets two different texts mean one signature, so nothing here is forgiving.

/// Base64 (RFC 4648 section 4), padded, no line breaks.
package enum Base64 {
    package static func encode(_ bytes: [UInt8]) -> String {
        Base64Alphabet.standard.encode(bytes, padded: true)
    }

    /// nil unless the text is exactly what `encode` would write.
    package static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        guard text.count % 4 == 0 else { return nil }
        var body = Array(text)
        var padding = 0
        while padding < 2, body.last == UInt8(ascii: "=") {
            body.removeLast()
            padding += 1
        }
        guard (body.count + padding) % 4 == 0, padding == (4 - body.count % 4) % 4 else { return nil }
        return Base64Alphabet.standard.decode(body)
    }

    package static func decode(_ text: String) -> [UInt8]? { decode(text.utf8) }
}

/// Base64url (RFC 4648 section 5) without padding: for paths, ids and tokens.
package enum Base64URL {
    package static func encode(_ bytes: [UInt8]) -> String {
        Base64Alphabet.url.encode(bytes, padded: false)
    }

    /// nil unless the text is exactly what `encode` would write.
    package static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        Base64Alphabet.url.decode(Array(text))
    }

    package static func decode(_ text: String) -> [UInt8]? { decode(text.utf8) }
}

/// One of the two alphabets with its reverse table.
struct Base64Alphabet: Sendable {
    static let standard = Base64Alphabet(last: "+/")
    static let url = Base64Alphabet(last: "-_")

    private static let none: UInt8 = 0xFF
    private let characters: [UInt8]
    private let values: [UInt8]

    init(last: String) {
        characters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789\(last)".utf8)
        var values = [UInt8](repeating: Self.none, count: 256)
        for (value, character) in characters.enumerated() { values[Int(character)] = UInt8(value) }
        self.values = values
    }

    func encode(_ bytes: [UInt8], padded: Bool) -> String {
        var out: [UInt8] = []
        out.reserveCapacity((bytes.count + 2) / 3 * 4)
        var bits: UInt32 = 0, held = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            held += 8
            while held >= 6 {
                held -= 6
                out.append(characters[Int(bits >> UInt32(held) & 63)])
            }
        }
        if held > 0 { out.append(characters[Int(bits << UInt32(6 - held) & 63)]) }
        if padded { while out.count % 4 != 0 { out.append(UInt8(ascii: "=")) } }
        return String(decoding: out, as: UTF8.self)
    }

    /// Unpadded text; nil for a foreign character, an impossible length or left-over bits that are not zero.
    func decode(_ text: [UInt8]) -> [UInt8]? {
        guard text.count % 4 != 1 else { return nil }
        var out: [UInt8] = []
        out.reserveCapacity(text.count / 4 * 3 + 2)
        var bits: UInt32 = 0, held = 0
        for character in text {
            let value = values[Int(character)]
            guard value != Self.none else { return nil }
            bits = bits << 6 | UInt32(value)
            held += 6
            if held >= 8 {
                held -= 8
                out.append(UInt8(truncatingIfNeeded: bits >> UInt32(held)))
            }
        }
        guard bits & ((1 << UInt32(held)) - 1) == 0 else { return nil }
        return out
    }
}
