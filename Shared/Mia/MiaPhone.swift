// Phone numbers as miaPOS wants them. Reading what people type is not done here.

/// Moldovan numbers on the rail.
package enum MiaPhone {
    /// `+37369123456` becomes `69123456`: the eight national digits, without prefix or trunk zero. Nil for
    /// anything that is not E.164 of Moldova.
    package static func nationalDigits(e164: String) -> String? {
        let digits = e164.utf8
        guard e164.hasPrefix("+373"), digits.count == 12, digits.dropFirst(4).first != UInt8(ascii: "0"),
            digits.dropFirst(4).allSatisfy({ (48...57).contains($0) })
        else { return nil }
        return String(decoding: digits.dropFirst(4), as: UTF8.self)
    }
}
