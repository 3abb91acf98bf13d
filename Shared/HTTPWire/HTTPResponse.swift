// An answer as a handler returns it and a client receives it. Plain data; the wire form is in
// ResponseSerializer.

/// One answer with its whole body in memory.
package struct HTTPResponse: Sendable, Equatable {
    /// The status, 100...999.
    package var status: Int
    /// The fields. Framing fields (`content-length`, `transfer-encoding`, `connection`, `date`) are the
    /// serializer's.
    package var headers: HTTPHeaders
    /// The whole body.
    package var body: [UInt8]

    /// An answer with the given parts.
    package init(status: Int, headers: HTTPHeaders = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// An answer in plain text, UTF-8.
    package static func text(_ status: Int, _ body: String) -> HTTPResponse {
        HTTPResponse(
            status: status, headers: ["content-type": "text/plain; charset=utf-8"], body: Array(body.utf8))
    }

    /// An answer whose body is already JSON.
    package static func json(_ status: Int, _ bytes: [UInt8]) -> HTTPResponse {
        HTTPResponse(status: status, headers: ["content-type": "application/json"], body: bytes)
    }
}
