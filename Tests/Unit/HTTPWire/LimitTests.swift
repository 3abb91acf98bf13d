// Each limit of a message: reached it is accepted, one byte past it the named refusal comes, also when the
// bytes trickle.
import HTTPWire
import Testing

@Suite struct `A limit` {
    private func expect(
        _ input: String, _ refusal: HTTPRefusal?, _ limits: HTTPLimits,
        _ line: SourceLocation = #_sourceLocation
    ) {
        let input = Array(input.utf8)
        for pieces in [[input], input.map { [$0] }] {
            let trace = WireTrace.requests(pieces, limits: limits)
            #expect(trace.refusal == refusal, sourceLocation: line)
            #expect(trace.messages.count == (refusal == nil ? 1 : 0), sourceLocation: line)
        }
    }

    @Test func `of the start line is exact`() {
        var limits = HTTPLimits()
        limits.startLineBytesMax = 20
        let rest = " HTTP/1.1\r\nHost: a\r\n\r\n"
        expect("GET /" + String(repeating: "a", count: 6) + rest, nil, limits)
        expect(
            "GET /" + String(repeating: "a", count: 7) + rest, HTTPRefusal(414, "a start line too long"),
            limits)
        expect("GET /" + String(repeating: "a", count: 50), HTTPRefusal(414, "a start line too long"), limits)
    }

    @Test func `of the head is exact`() {
        var limits = HTTPLimits()
        limits.headBytesMax = 60
        let head = "GET / HTTP/1.1\r\nHost: a\r\nX: "
        let fits = 60 - head.utf8.count - 4
        expect(head + String(repeating: "a", count: fits) + "\r\n\r\n", nil, limits)
        let refusal = HTTPRefusal(431, "a head beyond the limit")
        expect(head + String(repeating: "a", count: fits + 1) + "\r\n\r\n", refusal, limits)
        expect(head + String(repeating: "a", count: 60), refusal, limits)
    }

    @Test func `of one field is exact, and the one that is met first is told`() {
        var limits = HTTPLimits()
        limits.fieldBytesMax = 20
        let head = "GET / HTTP/1.1\r\nHost: a\r\nX: "
        expect(head + String(repeating: "a", count: 17) + "\r\n\r\n", nil, limits)
        let refusal = HTTPRefusal(431, "a field beyond the limit")
        expect(head + String(repeating: "a", count: 18) + "\r\n\r\n", refusal, limits)
        expect(head + String(repeating: "a", count: 400), refusal, limits)
        // What lies beyond the limit is not looked at.
        expect(head + String(repeating: "a", count: 400) + "\n\r\n", refusal, limits)
        limits.headBytesMax = 40
        expect(head + String(repeating: "a", count: 400), HTTPRefusal(431, "a head beyond the limit"), limits)
    }

    @Test func `has a reason and a value that peers of the kind have`() {
        let limits = HTTPLimits()
        #expect(limits.startLineBytesMax == 8_192 && limits.fieldBytesMax == 8_192)
        #expect(limits.headBytesMax == 16_384 && limits.headerCountMax == 100)
        #expect(limits.chunkExtensionBytesMax == 1_024 && limits.trailerBytesMax == 4_096)
    }

    @Test func `of the number of fields is exact`() {
        let head = "GET / HTTP/1.1\r\nHost: a\r\n"
        let field = "X: y\r\n"
        expect(head + String(repeating: field, count: 99) + "\r\n", nil, HTTPLimits())
        let refusal = HTTPRefusal(431, "too many fields")
        expect(head + String(repeating: field, count: 100) + "\r\n", refusal, HTTPLimits())
    }

    @Test func `of the body is exact, by length and by chunks`() {
        let limits = HTTPLimits(bodyBytesMax: 6)
        let head = "POST / HTTP/1.1\r\nHost: a\r\n"
        let refusal = HTTPRefusal(413, "a body beyond the limit")
        expect(head + "Content-Length: 6\r\n\r\n123456", nil, limits)
        expect(head + "Content-Length: 7\r\n\r\n", refusal, limits)
        let chunked = head + "Transfer-Encoding: chunked\r\n\r\n3\r\n123\r\n"
        expect(chunked + "3\r\n456\r\n0\r\n\r\n", nil, limits)
        expect(chunked + "4\r\n", refusal, limits)
    }

    @Test func `of chunk extensions counts all chunks of a message`() {
        var limits = HTTPLimits()
        limits.chunkExtensionBytesMax = 8
        let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;a=b\r\nx\r\n"
        expect(head + "1;a=b\r\nx\r\n0\r\n\r\n", nil, limits)
        expect(
            head + "1;a=bc\r\nx\r\n0\r\n\r\n", HTTPRefusal(400, "chunk extensions beyond the limit"), limits)
        let endless = head + "1;a=" + String(repeating: "b", count: 40)
        expect(endless, HTTPRefusal(400, "a chunk line beyond the limit"), limits)
        let zeros = head + String(repeating: "0", count: 40) + "1\r\n"
        expect(zeros, HTTPRefusal(400, "a chunk line beyond the limit"), limits)
    }

    @Test func `of trailers counts all of them`() {
        var limits = HTTPLimits()
        limits.trailerBytesMax = 12
        let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
        expect(head + "A: b\r\nC: d\r\n\r\n", nil, limits)
        expect(head + "A: b\r\nC: de\r\n\r\n", HTTPRefusal(431, "trailers beyond the limit"), limits)
    }
}
