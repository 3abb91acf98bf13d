// A JSON number as it was written. Amounts come as numbers from some senders, and a double would change them;
// whoever wants arithmetic takes the text and parses it exactly.

/// The exact source text of a number (RFC 8259 section 6), such as `100.10` or `-1e3`.
package struct JSONNumber: Sendable, Hashable, CustomStringConvertible {
    /// ASCII, as written by the sender.
    package let text: String

    /// Built by the parser from scanned text.
    init(scanned text: String) { self.text = text }

    /// A whole number of ours.
    package init(_ value: Int64) { text = String(value) }

    /// Nil unless `text` is one JSON number and nothing else.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard let first = bytes.first, first == 0x2D || (0x30...0x39).contains(first),
            let end = try? JSONLexer.endOfNumber(bytes.span, 0), end == bytes.count
        else { return nil }
        self.text = text
    }

    /// The value when it is written as a whole number (no point, no exponent) and fits.
    package var int64: Int64? { Int64.init(jsonDigits: text.utf8) }

    package var description: String { text }
}

extension Int64 {
    /// Digits with an optional minus and nothing else (no plus, no space), with overflow as nil.
    package init?(jsonDigits digits: some Collection<UInt8>) {
        var rest = digits[...]
        let isNegative = rest.first == 0x2D
        if isNegative { rest = rest.dropFirst() }
        guard !rest.isEmpty else { return nil }
        var value: Int64 = 0
        for byte in rest {
            guard (0x30...0x39).contains(byte) else { return nil }
            let (product, over) = value.multipliedReportingOverflow(by: 10)
            let digit = Int64(byte - 0x30)
            let (sum, overSum) =
                isNegative
                ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
            if over || overSum { return nil }
            value = sum
        }
        self = value
    }
}
