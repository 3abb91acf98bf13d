// What both parsers make of our own tables, whole and cut at every place, and how they tell a server or a
// client in time.
import HTTPWire
import Testing

@Suite struct `Reading a request` {
    @Test func `gives the one reading that the table says, however it is cut`() {
        let rows = OwnTable.rows("http/requests.table")
        #expect(rows.count > 60)
        for row in rows {
            let input = OwnTable.octets(row[0])
            let whole = WireTrace.requests([input])
            #expect(whole.description == row[1], "\(row[0])")
            for pieces in cuts(of: input) where WireTrace.requests(pieces) != whole {
                Issue.record("\(row[0]): \(WireTrace.requests(pieces)) for pieces of \(pieces.map(\.count))")
                break
            }
        }
    }

    @Test func `reports the head before the body, so that the server can answer first`() throws {
        var parser = RequestParser()
        let head = "PUT /a%20b?x=1 HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
        #expect(parser.isIdle)
        parser.receive(Array(head.utf8.dropLast()).span)
        #expect(try parser.next() == nil && parser.isReadingHead)
        parser.receive([10].span)
        guard case .head(let found) = try parser.next() else { throw Missing() }
        #expect(found.expectsContinue && found.keepAlive && found.contentLength == 3)
        #expect(
            found.request.path == "/a b" && found.request.target == "/a%20b?x=1" && found.request.body.isEmpty
        )
        #expect(try parser.next() == nil && parser.isReadingBody)
        parser.receive(Array("abc".utf8).span)
        guard case .request(let request) = try parser.next() else { throw Missing() }
        #expect(request.body == Array("abc".utf8) && parser.isIdle)
    }

    @Test func `takes a body limit of the route after the head, for that request alone`() throws {
        var parser = RequestParser(limits: HTTPLimits(bodyBytesMax: 4))
        let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"
        parser.receive(Array(head.utf8).span)
        _ = try parser.next()
        parser.bodyBytesMax = 5
        parser.receive(Array("12345".utf8).span)
        guard case .request = try parser.next() else { throw Missing() }
        parser.receive(Array(head.utf8).span)
        _ = try parser.next()
        #expect(throws: HTTPRefusal(413, "a body beyond the limit")) { try parser.next() }
        #expect(throws: HTTPRefusal(413, "a body beyond the limit")) { try parser.next() }
    }

    @Test func `keeps pipelined requests in order and a long body whole`() throws {
        let body = [UInt8](repeating: 7, count: 300_000)
        var input: [UInt8] = []
        for index in 0..<3 {
            try serializeRequest(
                method: "POST", target: "/\(index)", host: "a", headers: ["x": "y"], body: body, into: &input)
        }
        for size in [1000, 65_536, 300_001] {
            let pieces = stride(from: 0, to: input.count, by: size).map {
                Array(input[$0..<min($0 + size, input.count)])
            }
            let trace = WireTrace.requests(pieces)
            #expect(trace.messages.map(\.start) == ["POST /0", "POST /1", "POST /2"])
            #expect(
                trace.messages.allSatisfy { $0.body == body && $0.keepAlive && $0.headers.first("X") == "y" })
        }
    }
}

@Suite struct `Reading an answer` {
    @Test func `gives the one reading that the table says, however it is cut`() {
        let rows = OwnTable.rows("http/answers.table")
        #expect(rows.count > 20)
        for row in rows {
            let input = OwnTable.octets(row[1])
            let whole = WireTrace.answers([input], method: row[0], closes: true)
            #expect(String(whole.description.drop { $0 == " " }) == row[2], "\(row[1])")
            for pieces in cuts(of: input)
            where WireTrace.answers(pieces, method: row[0], closes: true) != whole {
                Issue.record("\(row[1]) differs for pieces of \(pieces.map(\.count))")
                break
            }
        }
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true),
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", false),
        ("HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n", false),
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nmore", false),
    ])
    func `says whether the connection can be used again`(input: String, reusable: Bool) throws {
        var parser = ResponseParser(method: "GET")
        parser.receive(Array(input.utf8).span)
        #expect(try parser.next()?.keepAlive == reusable)
    }

    @Test func `refuses bytes that belong to no request`() throws {
        var parser = ResponseParser()
        #expect(try parser.next() == nil && !parser.hasBegun)
        parser.receive(Array("HTTP/1.1 408 Request Timeout\r\n\r\n".utf8).span)
        #expect(throws: HTTPRefusal(502, "an answer that nobody asked for")) { try parser.next() }
    }

    @Test func `refuses an answer longer than its limit, however it is framed`() {
        let limits = HTTPLimits(bodyBytesMax: 4)
        for head in [
            "Content-Length: 5\r\n\r\n12345", "Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n", "\r\n12345",
        ] {
            let trace = WireTrace.answers([Array("HTTP/1.1 200 OK\r\n\(head)".utf8)], limits: limits)
            #expect(trace.refusal == HTTPRefusal(502, "a body beyond the limit"), "\(head)")
        }
        for head in [
            "Content-Length: 4\r\n\r\n1234", "Transfer-Encoding: chunked\r\n\r\n4\r\n1234\r\n0\r\n\r\n",
            "\r\n1234",
        ] {
            let input = Array("HTTP/1.1 200 OK\r\n\(head)".utf8)
            #expect(
                WireTrace.answers([input], closes: true, limits: limits).messages.first?.body.count == 4,
                "\(head)")
        }
    }
}

struct Missing: Error {}
