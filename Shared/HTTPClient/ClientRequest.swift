// What a client asks of a server, as data. Where it goes is part of it; how it gets there is HTTPClient's.
package import HTTPWire

/// One request to another server.
package struct ClientRequest: Sendable {
    /// A token such as GET.
    package var method: String
    /// Which server, and the path that every target at it begins with.
    package var url: HTTPURL
    /// Path and query behind `url.path`, already escaped. Nil asks for `url` itself, exactly as it was
    /// written.
    package var target: String?
    /// Fields besides `host` and the length, which the client writes.
    package var headers: HTTPHeaders
    /// The whole body.
    package var body: [UInt8]
    /// Who is asked, for metrics: a name from our own source or configuration.
    package var peer: String
    /// The longest answer taken, where it differs from the client's.
    package var answerBytesMax: Int?

    /// A request; see the properties.
    package init(
        method: String = "GET", url: HTTPURL, target: String? = nil, headers: HTTPHeaders = [:],
        body: [UInt8] = [],
        peer: String = "other", answerBytesMax: Int? = nil
    ) {
        self.method = method
        self.url = url
        self.target = target
        self.headers = headers
        self.body = body
        self.peer = peer
        self.answerBytesMax = answerBytesMax
    }

    /// What stands on the request line.
    var wholeTarget: String {
        guard let target else { return url.target }
        return url.path + target
    }
}
