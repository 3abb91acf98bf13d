// The absolute http and https addresses that configuration and peers give us, cut into what a client needs to
// connect and to ask. Strict: no user information, no fragment, nothing that is not visible ASCII. No
// resolving, no I/O.

/// An absolute URL of a server that we call.
package struct HTTPURL: Sendable, Equatable {
    /// Which transport the URL asks for.
    package enum Scheme: String, Sendable { case http, https }

    /// http or https.
    package let scheme: Scheme
    /// A name, an IPv4 address or an IPv6 address without its brackets, in lower case.
    package let host: String
    /// 1...65535; 80 or 443 where the URL names none.
    package let port: Int
    /// The path, percent escapes untouched, without trailing slashes: empty or starting with a slash, so that
    /// `url.path + "/pay"` is always right.
    package let path: String
    /// The request target of the URL itself, exactly as written: its path (`/` where it has none) and its
    /// query.
    package let target: String

    /// Nil for anything that is not an absolute http(s) URL of visible ASCII.
    package init?(_ text: String) {
        guard text.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != 35 && $0 != 34 && $0 != 92 }) else {
            return nil
        }
        guard let mark = text.firstRange(of: "://"),
            let scheme = Scheme(rawValue: text[..<mark.lowerBound].lowercased())
        else { return nil }
        let rest = text[mark.upperBound...]
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        guard let (host, port) = Self.authority(rest[..<end]) else { return nil }
        let question = rest[end...].firstIndex(of: "?")
        var path = rest[end..<(question ?? rest.endIndex)]
        while path.hasSuffix("/") { path = path.dropLast() }
        self.scheme = scheme
        self.host = host
        self.port = port ?? (scheme == .http ? 80 : 443)
        self.path = String(path)
        self.target = rest[end...].hasPrefix("/") ? String(rest[end...]) : "/" + rest[end...]
    }

    /// The Host field that belongs to this URL: brackets around IPv6, no default port.
    package var hostHeader: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (scheme == .http ? 80 : 443) ? name : "\(name):\(port)"
    }

    private static func authority(_ text: Substring) -> (host: String, port: Int?)? {
        let host: Substring
        let after: Substring
        if text.hasPrefix("[") {
            guard let close = text.firstIndex(of: "]") else { return nil }
            host = text[text.index(after: text.startIndex)..<close]
            after = text[text.index(after: close)...]
            guard !host.isEmpty, host.utf8.allSatisfy({ Octets.hexValue($0) != nil || $0 == 58 || $0 == 46 })
            else {
                return nil
            }
        } else {
            let colon = text.firstIndex(of: ":") ?? text.endIndex
            host = text[..<colon]
            after = text[colon...]
            guard !host.isEmpty, host.utf8.allSatisfy({ Octets.isUnreserved($0) }) else { return nil }
        }
        if after.isEmpty { return (host.lowercased(), nil) }
        guard after.hasPrefix(":"), let port = port(after.dropFirst()) else { return nil }
        return (host.lowercased(), port)
    }

    private static func port(_ digits: Substring) -> Int? {
        guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy(Octets.isDigit) else { return nil }
        let port = digits.utf8.reduce(0) { $0 * 10 + Int($1 - 48) }
        return (1...65535).contains(port) ? port : nil
    }
}
