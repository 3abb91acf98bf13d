// Each limit of an answer, as LimitTests does for requests: reached it is taken, one past it the answer is refused,
// also when its bytes trickle. A server that we call may be anybody's.
import HTTPWire
import Testing

@Suite struct `A limit of an answer` {
    private func expect(
        _ input: String, _ refusal: String?, _ limits: HTTPLimits,
        _ line: SourceLocation = #_sourceLocation
    ) {
        let input = Array(input.utf8)
        for pieces in [[input], input.map { [$0] }] {
            let trace = WireTrace.answers(pieces, limits: limits)
            #expect(trace.refusal?.reason.description == refusal, sourceLocation: line)
            #expect(trace.refusal.map { $0.status == 502 } ?? true, sourceLocation: line)
            #expect(trace.messages.count == (refusal == nil ? 1 : 0), sourceLocation: line)
        }
    }

    private func times(_ count: Int, _ text: String = "a") -> String { String(repeating: text, count: count) }

    private let none = "\r\nContent-Length: 0\r\n\r\n"

    @Test func `of the status line is exact`() {
        var limits = HTTPLimits()
        limits.startLineBytesMax = 20
        expect("HTTP/1.1 200 " + times(7) + none, nil, limits)
        expect("HTTP/1.1 200 " + times(8) + none, "a start line too long", limits)
        expect("HTTP/1.1 200 " + times(400), "a start line too long", limits)
    }

    @Test func `of the head is exact`() {
        var limits = HTTPLimits()
        limits.headBytesMax = 60
        let head = "HTTP/1.1 204 None\r\nX: "
        let fits = 60 - head.utf8.count - 4
        expect(head + times(fits) + "\r\n\r\n", nil, limits)
        expect(head + times(fits + 1) + "\r\n\r\n", "a head beyond the limit", limits)
        expect(head + times(500), "a head beyond the limit", limits)
    }

    @Test func `of one field and of their number is exact`() {
        var limits = HTTPLimits()
        limits.fieldBytesMax = 20
        let head = "HTTP/1.1 204 None\r\nX: "
        expect(head + times(17) + "\r\n\r\n", nil, limits)
        expect(head + times(18) + "\r\n\r\n", "a field beyond the limit", limits)
        expect(head + times(500), "a field beyond the limit", limits)
        expect("HTTP/1.1 204 None\r\n" + times(100, "X: y\r\n") + "\r\n", nil, HTTPLimits())
        expect("HTTP/1.1 204 None\r\n" + times(101, "X: y\r\n") + "\r\n", "too many fields", HTTPLimits())
    }

    @Test func `of the body is exact, and of what stands between its chunks`() {
        var limits = HTTPLimits(bodyBytesMax: 6)
        (limits.chunkExtensionBytesMax, limits.trailerBytesMax) = (8, 12)
        expect("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n123456", nil, limits)
        expect("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", "a body beyond the limit", limits)
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\n123\r\n"
        expect(chunked + "3;a=b\r\n456\r\n0\r\nA: b\r\nC: d\r\n\r\n", nil, limits)
        expect(chunked + "4\r\n", "a body beyond the limit", limits)
        expect(chunked + "3;a=bc\r\n456\r\n", "chunk extensions beyond the limit", limits)
        expect(chunked + "0\r\nA: b\r\nC: de\r\n\r\n", "trailers beyond the limit", limits)
    }

    @Test func `of interim answers is exact for each request, and they begin anew with the next`() throws {
        var limits = HTTPLimits()
        limits.interimAnswersMax = 2
        let hints = "HTTP/1.1 103 Hints\r\n\r\n"
        let final = "HTTP/1.1 204 None\r\n\r\n"
        expect(hints + hints + final, nil, limits)
        expect(hints + hints + hints + final, "too many interim answers", limits)
        var parser = ResponseParser(limits: limits)
        for _ in 0..<3 {
            parser.begin(method: "GET")
            parser.receive(Array((hints + hints + final).utf8).span)
            let answer = try parser.next()
            #expect(answer?.response.status == 204 && answer?.keepAlive == true)
        }
    }

    @Test(arguments: [
        ("GET", "HTTP/1.1 204 None\r\nContent-Length: 1\r\n\r\nx"),
        ("GET", "HTTP/1.1 304 Same\r\nContent-Length: 1\r\n\r\nx"),
        ("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"),
        ("GET", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxy"),
        ("GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nx"),
    ]) func `is the end of an answer, and bytes behind it end its connection`(
        _ method: String, _ input: String
    )
        throws
    {
        var parser = ResponseParser(method: method)
        parser.receive(Array(input.utf8).span)
        let answer = try parser.next()
        #expect(answer != nil && answer?.keepAlive == false)
        #expect(throws: HTTPRefusal(502, "an answer that nobody asked for")) { try parser.next() }
    }
}
