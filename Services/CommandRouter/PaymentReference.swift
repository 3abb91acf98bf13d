// The six characters a seller types to mean one payment. Crockford's base 32 leaves out the letters people
// confuse and reads them all the same, which is all this file knows.

/// `K7M2QX`, as bubbles show it.
package enum PaymentReference {
    package static let length = 6

    /// The reference a text stands for, upper case; `nil` when it is none. Letters of any case; O is read as
    /// 0, I and L as 1; U is in no reference.
    package static func canonical(_ text: some StringProtocol) -> String? {
        var reference = ""
        for scalar in text.unicodeScalars {
            guard let symbol = symbol(scalar) else { return nil }
            reference.unicodeScalars.append(symbol)
        }
        return reference.utf8.count == length ? reference : nil
    }

    private static func symbol(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
        let upper =
            ("a"..."z").contains(scalar)
            ? Unicode.Scalar(UInt8(truncatingIfNeeded: scalar.value - 32)) : scalar
        return switch upper {
        case "O": "0"
        case "I", "L": "1"
        case "U": nil
        case "0"..."9", "A"..."Z": upper
        default: scalar.digit.map { Unicode.Scalar($0 + 48) }
        }
    }
}
