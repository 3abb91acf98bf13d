// Hexadecimal text, strict in and lower case out. Also used for codes that are compared, so decoding never
// guesses.

/// Hexadecimal (RFC 4648 section 8).
package enum Hex {
    private static let digits = Array("0123456789abcdef".utf8)

    /// Two lower-case digits per byte.
    package static func encode(_ bytes: [UInt8]) -> String {
        unsafe String(unsafeUninitializedCapacity: bytes.count * 2) { target in
            for (index, byte) in bytes.enumerated() {
                // SAFETY: the capacity is twice the count, so both places exist.
                unsafe target[index * 2] = digits[Int(byte >> 4)]
                unsafe target[index * 2 + 1] = digits[Int(byte & 15)]
            }
            return bytes.count * 2
        }
    }

    /// Either case; nil for an odd length or any other character.
    package static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        let count = text.count
        guard count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count / 2)
        var characters = text.makeIterator()
        // Looked at once, after the last: every webhook's signature comes here.
        var all: UInt8 = 0
        while let first = characters.next(), let second = characters.next() {
            let (high, low) = (values[Int(first)], values[Int(second)])
            all |= high | low
            bytes.append(high << 4 | low & 15)
        }
        return all & other == 0 ? bytes : nil
    }

    package static func decode(_ text: String) -> [UInt8]? { decode(text.utf8) }

    /// What is no digit.
    private static let other: UInt8 = 0x80
    private static let values: [UInt8] = (0...255).map { (character: UInt8) in
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
        default: other
        }
    }
}
