// A request as every handler sees it: whole, checked, its body in memory. Plain data that a test can write
// down; how it is read from bytes is in RequestParser, how it is written in RequestSerializer.

/// One request. `target` is what stood on the request line; `path` is what a router compares.
package struct HTTPRequest: Sendable {
    /// The method as sent (case matters): a token.
    package var method: String
    /// The request target as sent: visible ASCII, percent escapes untouched.
    package var target: String
    /// The path of the target, percent-decoded once. Dot segments stay as they are: they are data, not
    /// navigation. Never contains an encoded slash, a control character or ill-formed UTF-8 when it comes
    /// from the parser.
    package var path: String
    /// The fields, `host` included.
    package var headers: HTTPHeaders
    /// The whole body, transfer coding removed.
    package var body: [UInt8]
    /// The named parts of the route's pattern, filled by the router; already percent-decoded.
    package var parameters: [String: String]

    /// A request for a test, or one that the router rewrites. `path` is taken from the target where it is not
    /// given.
    package init(
        method: String = "GET", target: String = "/", path: String? = nil, headers: HTTPHeaders = [:],
        body: [UInt8] = [], parameters: [String: String] = [:]
    ) {
        self.method = method
        self.target = target
        self.path = path ?? PercentEncoding.decode(String(target.prefix { $0 != "?" })) ?? target
        self.headers = headers
        self.body = body
        self.parameters = parameters
    }

    /// The pairs of the query in their order, decoded when asked for (`+` is a space). The parser has refused
    /// a request with a pair that does not decode; in a request made by hand such a pair is left out.
    package var query: [(name: String, value: String)] {
        guard let mark = target.utf8.firstIndex(of: 63) else { return [] }
        let text = target.utf8[target.utf8.index(after: mark)...]
        return text.split(separator: 38).compactMap { pair in
            let sides = pair.split(separator: 61, maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decodeQuery(sides[0]) else { return nil }
            guard sides.count == 2 else { return (name, "") }
            return PercentEncoding.decodeQuery(sides[1]).map { (name, $0) }
        }
    }

    /// The value of the first pair of that name, which may contain dots (`hub.mode`).
    package func query(_ name: String) -> String? {
        query.first { $0.name == name }?.value
    }
}
