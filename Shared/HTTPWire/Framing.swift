// What the fields of a head say about where the message ends and what becomes of the connection (RFC 9112
// sections 6 and 9). Every contradiction is refused here: two lengths, a length beside a coding, a coding
// other than chunked. Request smuggling is two peers reading these fields differently, so there is exactly
// one reading.

/// The facts gathered while the fields of one head are read.
struct Framing: Sendable {
    enum Expectation: Sendable { case none, proceed, unknown }

    private(set) var contentLength: Int?
    private(set) var isChunked = false
    private(set) var asksToClose = false
    private(set) var asksToKeep = false
    private(set) var expectation = Expectation.none
    private(set) var hostCount = 0
    /// Where the value of Host stands, counted from the first byte of the head.
    private(set) var host: Range<Int>?
    private var hasUnknownCoding = false
    private var hasTransferEncoding = false

    /// Takes note of one field. `name` and `value` are offsets into `span`; both have been checked octet by
    /// octet; the line ends at `end`. What is kept is relative to `start`, because the buffer may move before the
    /// head is complete.
    mutating func note(
        _ span: Span<UInt8>, start: Int, name: Range<Int>, value: Range<Int>, end: Int
    ) throws(HTTPRefusal) {
        switch name.count {
        case 4 where Octets.equal(span, name, "host"):
            hostCount += 1
            host = value.lowerBound - start..<value.upperBound - start
        case 6 where Octets.equal(span, name, "expect"):
            expectation = Octets.equal(span, value, "100-continue") ? .proceed : .unknown
        case 10 where Octets.equal(span, name, "connection"):
            noteConnection(span, value)
        case 14 where Octets.equal(span, name, "content-length"):
            guard contentLength == nil else { throw HTTPRefusal(400, "more than one Content-Length") }
            try Self.refuseTabs(span, name.upperBound..<end)
            contentLength = try Self.length(span, value)
        case 17 where Octets.equal(span, name, "transfer-encoding"):
            guard !hasTransferEncoding else { throw HTTPRefusal(400, "more than one Transfer-Encoding") }
            try Self.refuseTabs(span, name.upperBound..<end)
            guard !value.isEmpty else { throw HTTPRefusal(400, "an empty Transfer-Encoding") }
            hasTransferEncoding = true
            isChunked = Octets.equal(span, value, "chunked")
            hasUnknownCoding = !isChunked
        default: break
        }
    }

    /// Checks the fields against each other once the head is complete.
    func settle(isHTTP11: Bool) throws(HTTPRefusal) {
        guard hasTransferEncoding else { return }
        guard contentLength == nil else { throw HTTPRefusal(400, "Content-Length beside Transfer-Encoding") }
        guard isHTTP11 else { throw HTTPRefusal(400, "Transfer-Encoding in HTTP/1.0") }
        guard !hasUnknownCoding else { throw HTTPRefusal(501, "a transfer coding other than chunked") }
    }

    /// Fields that mean something about the end of a message or of a connection only in front of it: behind a body
    /// they are ignored by some readers and obeyed by others (RFC 9110 section 6.5.1).
    static func refuseInTrailer(_ span: Span<UInt8>, _ name: Range<Int>) throws(HTTPRefusal) {
        for known in ["content-length", "transfer-encoding", "connection", "host"]
        where Octets.equal(span, name, known) {
            throw HTTPRefusal(400, "a field in a trailer that belongs into the head")
        }
    }

    /// Blanks around a value may be tabs (RFC 9110 section 5.6.3), and parsers are known that do not cut them off.
    private static func refuseTabs(_ span: Span<UInt8>, _ range: Range<Int>) throws(HTTPRefusal) {
        for index in range where span[index] == Octets.tab {
            throw HTTPRefusal(400, "a tab beside a length or a coding")
        }
    }

    /// Digits only: no sign, no list, no blanks inside, no overflow.
    private static func length(_ span: Span<UInt8>, _ range: Range<Int>) throws(HTTPRefusal) -> Int {
        guard !range.isEmpty else { throw HTTPRefusal(400, "an empty Content-Length") }
        var length = 0
        for index in range {
            guard Octets.isDigit(span[index]) else {
                throw HTTPRefusal(400, "a Content-Length that is no number")
            }
            let (shifted, overflow) = length.multipliedReportingOverflow(by: 10)
            let (sum, more) = shifted.addingReportingOverflow(Int(span[index] - 48))
            guard !overflow, !more else { throw HTTPRefusal(400, "a Content-Length beyond 64 bits") }
            length = sum
        }
        return length
    }

    /// The options of a Connection field; unknown ones (such as `upgrade`) are ignored.
    private mutating func noteConnection(_ span: Span<UInt8>, _ value: Range<Int>) {
        var lower = value.lowerBound
        while lower < value.upperBound {
            var upper = lower
            while upper < value.upperBound, span[upper] != 44 { upper += 1 }
            var option = lower..<upper
            while let first = option.first, span[first] <= Octets.space {
                option = (first + 1)..<option.upperBound
            }
            while let last = option.last, span[last] <= Octets.space { option = option.lowerBound..<last }
            if Octets.equal(span, option, "close") { asksToClose = true }
            if Octets.equal(span, option, "keep-alive") { asksToKeep = true }
            lower = upper + 1
        }
    }
}
