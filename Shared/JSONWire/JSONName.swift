// A member name to look for, kept as bytes so that looking costs a comparison of lengths and a few bytes.

/// The name of a member of an object, written as a string literal where it is defined.
package struct JSONName: Sendable, Hashable, ExpressibleByStringLiteral {
    /// The UTF-8 bytes, unescaped.
    package let bytes: [UInt8]

    package init(stringLiteral text: String) { bytes = Array(text.utf8) }
}

/// A string inside a scanned text: where it lies, and whether it has to be decoded to be read.
package struct JSONText: Sendable, Equatable {
    /// Offsets between the quotes.
    package let range: Range<Int>
    /// True when a backslash occurs in it.
    package let isEscaped: Bool

    /// Built by the scanner.
    init(range: Range<Int>, isEscaped: Bool) {
        self.range = range
        self.isEscaped = isEscaped
    }

    /// True for `""`, which some senders write where they mean "absent".
    package var isEmpty: Bool { range.isEmpty }
}
