// What a request asks for, in text: the Host rules of RFC 9112 section 3.2 and the decoding of the path.
// Refusing here what a router could read in two ways (encoded slashes, control characters, ill-formed UTF-8)
// keeps routes simple.

enum RequestTarget {
    /// One Host with a plausible value for HTTP/1.1, at most one for HTTP/1.0; an absolute-form target names
    /// the same. `line` and `start`, the head's first byte, are offsets into `span`.
    static func checkHost(
        _ span: Span<UInt8>, start: Int, _ line: RequestLine, _ framing: Framing
    ) throws(HTTPRefusal) {
        guard framing.hostCount <= 1 else { throw HTTPRefusal(400, "more than one Host") }
        guard let host = framing.host.map({ $0.lowerBound + start..<$0.upperBound + start }) else {
            if line.isHTTP11 { throw HTTPRefusal(400, "no Host") }
            if line.authority != nil { throw HTTPRefusal(400, "an absolute target without a Host") }
            return
        }
        guard !host.isEmpty else { throw HTTPRefusal(400, "an empty Host") }
        guard isHost(span, host) else { throw HTTPRefusal(400, "a Host that is no host") }
        guard let authority = line.authority else { return }
        guard authority.count == host.count else {
            throw HTTPRefusal(400, "a target whose authority is not the Host")
        }
        for (one, other) in zip(authority, host)
        where Octets.lowercased(span[one]) != Octets.lowercased(span[other]) {
            throw HTTPRefusal(400, "a target whose authority is not the Host")
        }
    }

    /// `uri-host [":" port]` (RFC 9110 section 7.2) without empty labels, user information or a list.
    private static func isHost(_ span: Span<UInt8>, _ range: Range<Int>) -> Bool {
        for index in range where !Octets.isAuthority(span[index]) { return false }
        var end = range.lowerBound
        if span[end] == 91 {
            while end < range.upperBound, span[end] != 93 { end += 1 }
            guard end < range.upperBound, end > range.lowerBound + 2 else { return false }
            end += 1
        } else {
            var label = 0
            while end < range.upperBound, span[end] != Octets.colon {
                guard span[end] != 91, span[end] != 93, span[end] != 46 || label > 0 else { return false }
                label = span[end] == 46 ? 0 : label + 1
                end += 1
            }
            guard end > range.lowerBound else { return false }
        }
        if end == range.upperBound { return true }
        guard span[end] == Octets.colon, (1...5).contains(range.upperBound - end - 1) else { return false }
        for index in (end + 1)..<range.upperBound where !Octets.isDigit(span[index]) { return false }
        return true
    }

    /// The target as sent and its decoded path. Every escape of the query is checked as well.
    static func texts(
        _ bytes: [UInt8], _ line: RequestLine
    ) throws(HTTPRefusal) -> (target: String, path: String) {
        let target = String(decoding: bytes[line.target], as: UTF8.self)
        if line.hasQuery { try checkQuery(bytes[(line.path.upperBound + 1)..<line.target.upperBound]) }
        if line.path.isEmpty { return (target, "/") }
        if !line.hasEscapes {
            if line.path == line.target { return (target, target) }
            return (target, String(decoding: bytes[line.path], as: UTF8.self))
        }
        guard let decoded = PercentEncoding.decode(bytes[line.path], plusIsSpace: false) else {
            throw HTTPRefusal(400, "a broken escape in a path")
        }
        let raw = bytes[line.path]
        guard decoded.allSatisfy({ $0 >= 32 && $0 != 127 }),
            decoded.count(where: { $0 == 47 }) == raw.count(where: { $0 == 47 })
        else { throw HTTPRefusal(400, "an encoded slash or control character in a path") }
        guard let path = String(validating: decoded, as: UTF8.self) else {
            throw HTTPRefusal(400, "a path that is not UTF-8")
        }
        return (target, path)
    }

    private static func checkQuery(_ query: ArraySlice<UInt8>) throws(HTTPRefusal) {
        guard query.contains(37) else { return }
        for part in query.split(whereSeparator: { $0 == 38 || $0 == 61 })
        where PercentEncoding.decodeQuery(part) == nil {
            throw HTTPRefusal(400, "a query that does not decode")
        }
    }
}
