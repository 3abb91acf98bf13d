// The server's side of the wire: bytes in, requests out, nil means "more". Strict, so that no proxy in front
// of us can read the same bytes as other requests than we do. No I/O, no clock; time limits are the server's.
//
// Contract: give every read to `receive`, then call `next` until it returns nil. `.head` comes as soon as the
// head is complete, so that the server may answer 401, 413 or 100 (Continue) before the body; it may set
// `bodyBytesMax` then, for that request alone. `.request` follows with the whole body. Bytes of pipelined
// requests wait inside: a server that stops calling `next` while it answers must stop calling `receive` too.
// A thrown refusal is final: answer and close.

/// Turns the bytes of one connection into requests.
package struct RequestParser: Sendable {
    /// A head whose body has not been read yet.
    package struct Head: Sendable {
        /// The request with an empty body.
        package let request: HTTPRequest
        /// The client waits for 100 (Continue) before it sends the body (RFC 9110 section 10.1.1).
        package let expectsContinue: Bool
        /// The connection may be used for another request after the answer.
        package let keepAlive: Bool
        /// The length of the body; nil if it is chunked. 0 where there is none.
        package let contentLength: Int?
    }

    /// What `next` finds.
    package enum Event: Sendable {
        /// A complete head. `.request` with the same request follows, unless the body is refused.
        case head(Head)
        /// A complete request.
        case request(HTTPRequest)
    }

    private enum Stage { case head, body, closed }

    /// The longest body of the request whose head came last. Back at the limits' value for the next request.
    package var bodyBytesMax: Int

    private let limits: HTTPLimits
    private var inbox = Inbox()
    private var reader = HeadReader()
    private var body: BodyReader?
    private var stage = Stage.head
    private var pending: HTTPRequest?
    private var bodyMode = BodyReader.Mode.done
    private var keepAlive = true
    private var refusal: HTTPRefusal?

    /// A parser for a new connection.
    package init(limits: HTTPLimits = HTTPLimits()) {
        self.limits = limits
        bodyBytesMax = limits.bodyBytesMax
    }

    /// No byte of a next request has arrived: closing the connection now loses nothing.
    package var isIdle: Bool { stage == .closed || (stage == .head && inbox.isEmpty && reader.isUntouched) }

    /// A head has begun and is not complete: the time limit for heads applies.
    package var isReadingHead: Bool { stage == .head && !isIdle }

    /// A head was reported and its body is not complete: the time limit for bodies applies.
    package var isReadingBody: Bool { stage == .body }
    /// How much of a body is held that has not come to its end.
    package var bodyBytesHeld: Int { isReadingBody ? body?.bytesHeld ?? 0 : 0 }

    /// Takes bytes from the socket. After a request that closes the connection, or a refusal, they are
    /// dropped.
    package mutating func receive(_ bytes: Span<UInt8>) {
        guard stage != .closed, refusal == nil else { return }
        guard body != nil, inbox.isEmpty else { return inbox.receive(bytes) }
        let taken = body?.receiveDirectly(bytes) ?? 0
        if taken < bytes.count { inbox.receive(bytes.extracting(droppingFirst: taken)) }
    }

    /// The next event, or nil if more bytes are needed.
    package mutating func next() throws(HTTPRefusal) -> Event? {
        if let refusal { throw refusal }
        do throws(HTTPRefusal) {
            switch stage {
            case .closed: return nil
            case .head: return try readHead()
            case .body: return try readBody()
            }
        } catch {
            refusal = error
            throw error
        }
    }

    private mutating func readHead() throws(HTTPRefusal) -> Event? {
        if inbox.isEmpty { return nil }
        guard
            try reader.read(&inbox, limits: limits, emptyLinesMax: limits.emptyLinesBeforeRequestMax),
            let startLine = reader.startLine
        else { return nil }
        let bounds = inbox.start + startLine.lowerBound..<inbox.start + startLine.upperBound
        let line = try RequestLine(inbox.bytes.span, bounds)
        let framing = reader.framing
        try framing.settle(isHTTP11: line.isHTTP11)
        try RequestTarget.checkHost(inbox.bytes.span, start: inbox.start, line, framing)
        guard framing.expectation != .unknown else {
            throw HTTPRefusal(417, "an expectation other than 100-continue")
        }
        let (target, path) = try RequestTarget.texts(inbox.bytes, line)
        keepAlive = line.isHTTP11 && !framing.asksToClose
        bodyMode = framing.isChunked ? .chunkSize : .fixed(remaining: framing.contentLength ?? 0)
        let method = String(decoding: inbox.bytes[line.method], as: UTF8.self)
        let headers = reader.takeHeaders(from: &inbox)
        let request = HTTPRequest(method: method, target: target, path: path, headers: headers)
        reader = HeadReader()
        pending = request
        stage = .body
        bodyBytesMax = limits.bodyBytesMax
        let hasBody = framing.isChunked || (framing.contentLength ?? 0) > 0
        return .head(
            Head(
                request: request,
                expectsContinue: framing.expectation == .proceed && hasBody && line.isHTTP11,
                keepAlive: keepAlive, contentLength: framing.isChunked ? nil : framing.contentLength ?? 0))
    }

    private mutating func readBody() throws(HTTPRefusal) -> Event? {
        if body == nil { body = try BodyReader(bodyMode, bytesMax: bodyBytesMax) }
        guard try body?.read(&inbox, limits: limits) == true, var request = pending else { return nil }
        pending = nil
        request.body = body?.take() ?? []
        body = nil
        stage = keepAlive ? .head : .closed
        if stage == .closed { inbox.consume(inbox.count) }
        return .request(request)
    }
}
