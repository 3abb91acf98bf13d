// The client's side of the wire: bytes of an answer in, the answer out. As strict as the server's side,
// because an answer that can be read in two ways can be somebody else's. No I/O; the client decides about
// time and about reuse.
//
// Contract: `begin(method:)` before each request on a connection, `receive` for each read, then `next` until
// it returns nil. When the peer closes, `finish`: the answer if it lasted until then, else a refusal.
// Refusals have status 502 and are final.

/// Turns the bytes of one connection into answers, one for each request that was begun.
package struct ResponseParser: Sendable {
    /// A complete answer.
    package struct Answer: Sendable {
        /// The answer with its whole body.
        package let response: HTTPResponse
        /// The connection may carry another request: the peer keeps it open and sent nothing beyond the
        /// answer.
        package let keepAlive: Bool
    }

    private enum Stage { case idle, head, body }

    private let limits: HTTPLimits
    private var inbox = Inbox()
    private var reader = HeadReader()
    private var body = BodyReader()
    private var stage = Stage.idle
    private var isHead = false
    private var interim = 0
    private var pending: HTTPResponse?
    private var keepAlive = true
    private var refusal: HTTPRefusal?

    /// A parser for a new connection. `limits.bodyBytesMax` bounds the answer's body.
    package init(limits: HTTPLimits = HTTPLimits()) { self.limits = limits }

    /// A parser whose first request is already under way.
    package init(method: String, limits: HTTPLimits = HTTPLimits()) {
        self.init(limits: limits)
        begin(method: method)
    }

    /// The next answer belongs to a request with this method (HEAD answers have no body).
    package mutating func begin(method: String) {
        isHead = method == "HEAD"
        stage = .head
        interim = 0
    }

    /// Bytes of the awaited answer have arrived: the server has seen the request.
    package var hasBegun: Bool { stage == .body || interim > 0 || !inbox.isEmpty || !reader.isUntouched }

    /// Takes bytes from the socket. Bytes that belong to no request make the connection unfit for another.
    package mutating func receive(_ bytes: Span<UInt8>) {
        guard refusal == nil else { return }
        guard stage == .body, inbox.isEmpty else { return inbox.receive(bytes) }
        let taken = body.receiveDirectly(bytes)
        if taken < bytes.count { inbox.receive(bytes.extracting(droppingFirst: taken)) }
    }

    /// The answer, or nil if more bytes are needed.
    package mutating func next() throws(HTTPRefusal) -> Answer? {
        if let refusal { throw refusal }
        do throws(HTTPRefusal) {
            if stage == .idle {
                guard inbox.isEmpty else { throw HTTPRefusal(502, "an answer that nobody asked for") }
                return nil
            }
            while stage == .head {
                guard try readHead() else { return nil }
            }
            guard try body.read(&inbox, limits: limits) else { return nil }
            return complete()
        } catch {
            throw keep(error)
        }
    }

    /// The peer closed the connection. The answer if it lasts until then; a refusal if it was cut short.
    package mutating func finish() throws(HTTPRefusal) -> Answer {
        if let answer = try next() { return answer }
        guard stage == .body, body.finish() else {
            throw keep(.cutShort)
        }
        return complete()
    }

    private mutating func keep(_ error: HTTPRefusal) -> HTTPRefusal {
        let kept = HTTPRefusal(502, error.reason)
        refusal = kept
        return kept
    }

    private mutating func complete() -> Answer {
        guard var response = pending else {
            preconditionFailure("a body was read for which no head was kept")
        }
        pending = nil
        response.body = body.take()
        stage = .idle
        return Answer(response: response, keepAlive: keepAlive && inbox.isEmpty)
    }

    /// False if the head is not complete. Reads through 1xx answers.
    private mutating func readHead() throws(HTTPRefusal) -> Bool {
        if inbox.isEmpty { return false }
        guard try reader.read(&inbox, limits: limits, emptyLinesMax: 0), let startLine = reader.startLine
        else {
            return false
        }
        let bounds = inbox.start + startLine.lowerBound..<inbox.start + startLine.upperBound
        let (isHTTP11, status) = try StatusLine.read(inbox.bytes.span, bounds)
        let framing = reader.framing
        try framing.settle(isHTTP11: isHTTP11)
        let headers = reader.takeHeaders(from: &inbox)
        reader = HeadReader()
        if status < 200 {
            guard status != 101 else { throw HTTPRefusal(502, "a switch of protocols that nobody asked for") }
            interim += 1
            guard interim <= limits.interimAnswersMax else {
                throw HTTPRefusal(502, "too many interim answers")
            }
            return true
        }
        pending = HTTPResponse(status: status, headers: headers)
        let hasNoBody = isHead || status == 204 || status == 304
        let isOpenEnded = !hasNoBody && !framing.isChunked && framing.contentLength == nil
        keepAlive = isHTTP11 && !framing.asksToClose && !isOpenEnded
        if hasNoBody {
            body = BodyReader()
        } else if framing.isChunked {
            body = try BodyReader(.chunkSize, bytesMax: limits.bodyBytesMax)
        } else if let length = framing.contentLength {
            body = try BodyReader(.fixed(remaining: length), bytesMax: limits.bodyBytesMax)
        } else {
            body = try BodyReader(.untilClose, bytesMax: limits.bodyBytesMax)
        }
        stage = .body
        return true
    }
}

/// The first line of an answer (RFC 9112 section 4). The reason phrase is checked and forgotten.
enum StatusLine {
    static func read(_ span: Span<UInt8>, _ line: Range<Int>) throws(HTTPRefusal) -> (
        isHTTP11: Bool, status: Int
    ) {
        let first = line.lowerBound
        guard line.count >= 12 else { throw HTTPRefusal(502, "a status line too short") }
        let isHTTP11 = try RequestLine.version(span, first..<first + 8)
        guard span[first + 8] == Octets.space else {
            throw HTTPRefusal(502, "a status line without a status")
        }
        var status = 0
        for index in first + 9..<first + 12 {
            guard Octets.isDigit(span[index]) else { throw HTTPRefusal(502, "a status that is no number") }
            status = status * 10 + Int(span[index] - 48)
        }
        guard status >= 100 else { throw HTTPRefusal(502, "a status below 100") }
        guard line.count == 12 || span[first + 12] == Octets.space else {
            throw HTTPRefusal(502, "a status with more than three digits")
        }
        for index in first + 12..<line.upperBound where !Octets.isFieldValue(span[index]) {
            throw HTTPRefusal(502, "a control octet in a reason phrase")
        }
        return (isHTTP11, status)
    }
}
