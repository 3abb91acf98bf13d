// The first line of a request (RFC 9112 section 3): method, target, version. A target is a path, an absolute
// URL whose authority is the Host's, or `*` for OPTIONS; the authority form of CONNECT is not ours, we are no
// proxy.

/// The parts of a request line, as offsets into the span that it was read from.
struct RequestLine {
    var method: Range<Int>
    var target: Range<Int>
    /// The authority of an absolute-form target.
    var authority: Range<Int>?
    /// The path inside the target, without the query; empty for an absolute form without a path.
    var path: Range<Int>
    var hasQuery: Bool
    var hasEscapes: Bool
    var isHTTP11: Bool

    init(_ span: Span<UInt8>, _ line: Range<Int>) throws(HTTPRefusal) {
        var index = line.lowerBound
        let end = line.upperBound
        while index < end, Octets.isToken(span[index]) { index += 1 }
        guard index > line.lowerBound, index < end, span[index] == Octets.space else {
            throw HTTPRefusal(400, "a request line that does not start with a method")
        }
        method = line.lowerBound..<index
        let targetStart = index + 1
        index = targetStart
        var question: Int?
        hasEscapes = false
        while index < end, span[index] != Octets.space {
            let octet = span[index]
            guard octet > 32, octet < 127, octet != 35 else {
                throw HTTPRefusal(400, "a request target with an octet that no URL has")
            }
            if octet == 37 { hasEscapes = true }
            if octet == 63, question == nil { question = index }
            index += 1
        }
        guard index > targetStart, index < end else {
            throw HTTPRefusal(400, "a request line without a version")
        }
        target = targetStart..<index
        hasQuery = question != nil
        isHTTP11 = try Self.version(span, (index + 1)..<end)
        path = targetStart..<(question ?? index)
        try readForm(span)
    }

    /// True for HTTP/1.1, false for HTTP/1.0; every other version is refused.
    static func version(_ span: Span<UInt8>, _ range: Range<Int>) throws(HTTPRefusal) -> Bool {
        let first = range.lowerBound
        guard range.count == 8, Octets.equal(span, first..<first + 5, "http/"), span[first] == 72,
            span[first + 1] == 84, span[first + 2] == 84, span[first + 3] == 80,
            Octets.isDigit(span[first + 5]),
            span[first + 6] == 46, Octets.isDigit(span[first + 7])
        else { throw HTTPRefusal(400, "a start line without an HTTP version") }
        guard span[first + 5] == 49, span[first + 7] <= 49 else {
            throw HTTPRefusal(505, "an HTTP version other than 1.0 and 1.1")
        }
        return span[first + 7] == 49
    }

    private mutating func readForm(_ span: Span<UInt8>) throws(HTTPRefusal) {
        if Octets.equal(span, method, "connect") { throw HTTPRefusal(501, "CONNECT") }
        if span[target.lowerBound] == 47 { return }
        if target.count == 1, span[target.lowerBound] == 42, Octets.equal(span, method, "options") { return }
        var authorityStart = 0
        for scheme in ["http://", "https://"] where target.count > scheme.utf8.count {
            let start = target.lowerBound
            if Octets.equal(span, start..<start + scheme.utf8.count, scheme) {
                authorityStart = start + scheme.utf8.count
            }
        }
        guard authorityStart > 0 else {
            throw HTTPRefusal(400, "a request target that is neither path nor URL")
        }
        var end = authorityStart
        while end < path.upperBound, span[end] != 47 { end += 1 }
        guard end > authorityStart else { throw HTTPRefusal(400, "a request target without an authority") }
        authority = authorityStart..<end
        path = end..<path.upperBound
    }
}
