// Percent escapes of RFC 3986 section 2.1, both ways. Decoding is done once and only here; text that was
// decoded is never decoded again.

/// Escaping for URLs that we build and unescaping for those that we receive.
package enum PercentEncoding {
    /// `text` as one path segment: everything but the unreserved characters escaped, slashes included.
    package static func encodePathSegment(_ text: String) -> String { encode(text.utf8) }

    /// `text` as a name or value of a query: everything but the unreserved characters escaped, a space as
    /// `%20`.
    package static func encodeQueryComponent(_ text: String) -> String { encode(text.utf8) }

    /// A query of these pairs, without the question mark.
    package static func query(_ pairs: [(name: String, value: String)]) -> String {
        pairs.map { encode($0.name.utf8) + "=" + encode($0.value.utf8) }.joined(separator: "&")
    }

    /// `text` with its escapes undone; nil for a broken escape, an encoded NUL or octets that are not UTF-8.
    package static func decode(_ text: String) -> String? {
        decode(text.utf8, plusIsSpace: false).flatMap { String(validating: $0, as: UTF8.self) }
    }

    /// As `decode`, with `+` as a space: HTML forms and Meta's handshake write queries so.
    package static func decodeQuery(_ text: some Collection<UInt8>) -> String? {
        decode(text, plusIsSpace: true).flatMap { String(validating: $0, as: UTF8.self) }
    }

    static func decode(_ octets: some Collection<UInt8>, plusIsSpace: Bool) -> [UInt8]? {
        var out: [UInt8] = []
        out.reserveCapacity(octets.count)
        var rest = octets.makeIterator()
        while let octet = rest.next() {
            switch octet {
            case 37:
                guard let first = rest.next(), let second = rest.next(), let high = Octets.hexValue(first),
                    let low = Octets.hexValue(second), high + low > 0
                else { return nil }
                out.append(UInt8(high << 4 | low))
            case 43 where plusIsSpace: out.append(Octets.space)
            default: out.append(octet)
            }
        }
        return out
    }

    private static func encode(_ octets: some Collection<UInt8>) -> String {
        var out: [UInt8] = []
        out.reserveCapacity(octets.count)
        for octet in octets {
            if Octets.isUnreserved(octet) { out.append(octet) } else { appendEscape(octet, to: &out) }
        }
        return String(decoding: out, as: UTF8.self)
    }

    static func appendEscape(_ octet: UInt8, to out: inout [UInt8]) {
        out.append(37)
        out.append(hexDigit(octet >> 4))
        out.append(hexDigit(octet & 15))
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 48 + value : 55 + value }
}
