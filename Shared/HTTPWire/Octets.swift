// Which octets may stand where in HTTP/1.1 (RFC 9110 section 5.6, RFC 3986 section 2), as bit masks that the
// scanning loops can keep in registers. Only classification of single octets and the one copy out of a span;
// no state, no limits.

enum Octets {
    static let cr: UInt8 = 13
    static let lf: UInt8 = 10
    static let space: UInt8 = 32
    static let tab: UInt8 = 9
    static let colon: UInt8 = 58

    /// `tchar` of RFC 9110 section 5.6.2: what a method or a field name is made of.
    @inline(__always)
    static func isToken(_ octet: UInt8) -> Bool {
        contains(octet, 0x03ff_6cfa_0000_0000, 0x57ff_ffff_c7ff_fffe)
    }

    /// What a Host value is made of: RFC 3986 host and port without the comma, which only list smuggling
    /// uses.
    @inline(__always)
    static func isAuthority(_ octet: UInt8) -> Bool {
        contains(octet, 0x2fff_6ff2_0000_0000, 0x47ff_fffe_afff_fffe)
    }

    /// `unreserved` of RFC 3986 section 2.3: what never needs a percent escape.
    @inline(__always)
    static func isUnreserved(_ octet: UInt8) -> Bool {
        contains(octet, 0x03ff_6000_0000_0000, 0x47ff_fffe_87ff_fffe)
    }

    /// Visible text, space, tab and obs-text: what a field value is made of (RFC 9110 section 5.5).
    @inline(__always)
    static func isFieldValue(_ octet: UInt8) -> Bool {
        (octet >= 32 && octet != 127) || octet == tab
    }

    @inline(__always)
    static func isDigit(_ octet: UInt8) -> Bool { octet &- 48 < 10 }

    @inline(__always)
    static func lowercased(_ octet: UInt8) -> UInt8 {
        octet &- 65 < 26 ? octet | 32 : octet
    }

    /// The value of a hexadecimal digit, or nil.
    @inline(__always)
    static func hexValue(_ octet: UInt8) -> Int? {
        switch octet {
        case 48...57: Int(octet) - 48
        case 65...70: Int(octet) - 55
        case 97...102: Int(octet) - 87
        default: nil
        }
    }

    @inline(__always)
    private static func contains(_ octet: UInt8, _ low: UInt64, _ high: UInt64) -> Bool {
        if octet < 64 { return (low >> UInt64(octet)) & 1 == 1 }
        if octet < 128 { return (high >> UInt64(octet & 63)) & 1 == 1 }
        return false
    }

    /// Whether these octets are `word` in any mix of cases. `word` is lower case.
    static func equal(_ octets: Span<UInt8>, _ range: Range<Int>, _ word: String) -> Bool {
        guard range.count == word.utf8.count else { return false }
        var index = range.lowerBound
        for expected in word.utf8 {
            if lowercased(octets[index]) != expected { return false }
            index += 1
        }
        return true
    }
}

extension [UInt8] {
    /// Copies the octets of `span` to the end.
    mutating func append(copying span: Span<UInt8>) {
        append(addingCapacity: span.count) { output in
            for index in span.indices { output.append(span[index]) }
        }
    }

    /// Appends a whole number in decimal.
    mutating func append(decimal number: Int) {
        guard number >= 10 else { return append(UInt8(48 + Swift.max(number, 0))) }
        append(decimal: number / 10)
        append(UInt8(48 + number % 10))
    }
}
