// What we write: lengths that are always right, nothing that a value could start a line with, and that our
// own parsers read back what was written.
import HTTPWire
import Testing

@Suite struct `Writing an answer` {
    private func text(_ response: HTTPResponse, keepAlive: Bool = true, headOnly: Bool = false) -> String {
        var out: [UInt8] = []
        response.serialize(
            into: &out, keepAlive: keepAlive, date: HTTPDate.imf(unixSeconds: 784_111_777), headOnly: headOnly
        )
        return String(decoding: out, as: UTF8.self)
    }

    private let date = "date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"

    @Test func `states the true length, whatever the handler said`() {
        var response = HTTPResponse.text(200, "ok")
        response.headers.append("Content-Length", "500")
        response.headers.append("Transfer-Encoding", "chunked")
        response.headers.append("Connection", "upgrade")
        response.headers.append("Date", "yesterday")
        let type = "content-type: text/plain; charset=utf-8\r\n\r\n"
        #expect(text(response) == "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\(date)\(type)ok")
        #expect(text(response, headOnly: true) == "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\(date)\(type)")
        let closing = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\(date)connection: close\r\n\(type)ok"
        #expect(text(response, keepAlive: false) == closing)
    }

    @Test func `has no body where the status forbids one`() {
        for status in [204, 304] {
            let written = text(HTTPResponse(status: status, body: [1, 2, 3]))
            #expect(!written.contains("content-length") && written.hasSuffix("\(date)\r\n"))
        }
    }

    @Test func `cannot be split by a value or a name`() {
        var headers: HTTPHeaders = ["location": "/a\r\nset-cookie: x=1\r\n\r\n<html>"]
        #expect(headers.append("x\r\ny", "v") == false && headers.append("", "v") == false)
        #expect(headers.append("x y", "v") == false && headers.append("x:", "v") == false)
        headers.replace("X-Null", "a\0b\u{7f}c")
        let written = text(HTTPResponse(status: 302, headers: headers))
        let fields = "location: /a  set-cookie: x=1    <html>\r\nx-null: a b c\r\n\r\n"
        #expect(written == "HTTP/1.1 302 Found\r\ncontent-length: 0\r\n\(date)\(fields)")
    }

    @Test func `can be read back`() {
        for body in [[], [UInt8](repeating: 13, count: 70_000)] {
            var out: [UInt8] = []
            let response = HTTPResponse(status: 418, headers: ["a": "1", "b": "ă", "A": "2"], body: body)
            response.serialize(into: &out, keepAlive: true)
            let trace = WireTrace.answers([out])
            #expect(
                trace.messages.count == 1 && trace.messages[0].start == "418"
                    && trace.messages[0].body == body)
            #expect(
                trace.messages[0].headers.all("a") == ["1", "2"]
                    && trace.messages[0].headers.first("B") == "ă")
        }
    }
}

@Suite struct `Writing a request` {
    private func text(_ method: String, _ target: String, _ host: String, _ body: String = "") throws
        -> String
    {
        var out: [UInt8] = []
        try serializeRequest(
            method: method, target: target, host: host, headers: ["accept": "*/*", "host": "other"],
            body: Array(body.utf8), into: &out)
        return String(decoding: out, as: UTF8.self)
    }

    @Test func `states Host and length itself`() throws {
        #expect(
            try text("GET", "/x?y=1", "a:80") == "GET /x?y=1 HTTP/1.1\r\nhost: a:80\r\naccept: */*\r\n\r\n")
        let post = "POST / HTTP/1.1\r\nhost: a\r\naccept: */*\r\ncontent-length: 3\r\n\r\nabc"
        #expect(try text("POST", "", "a", "abc") == post)
        #expect(try text("PUT", "/", "a").hasSuffix("content-length: 0\r\n\r\n"))
    }

    @Test func `escapes a target and refuses a method or a host that would start a line`() throws {
        #expect(
            try text("GET", "/a b\r\nX: y#ă", "a").hasPrefix(
                "GET /a%20b%0D%0AX:%20y%23%C4%83 HTTP/1.1\r\nhost: a\r\n"))
        #expect(throws: HTTPRefusal.self) { try text("GET / HTTP/1.1\r\nX:", "/", "a") }
        #expect(throws: HTTPRefusal.self) { try text("GET", "/", "a\r\nX: y") }
        #expect(throws: HTTPRefusal.self) { try text("GET", "/", "") }
    }

    @Test func `can be read back`() throws {
        var out: [UInt8] = []
        let request = HTTPRequest(method: "PATCH", target: "/a?b=c", headers: ["x": "y"], body: [1, 2, 3])
        try request.serialize(host: "h", into: &out)
        let trace = WireTrace.requests([out])
        #expect(trace.messages.map(\.start) == ["PATCH /a?b=c"] && trace.messages.first?.body == [1, 2, 3])
    }
}

@Suite struct `Fields` {
    @Test func `keep their order, compare without case and may repeat`() {
        var headers: HTTPHeaders = ["B": "1", "a": "2", "b": "3"]
        #expect(headers.count == 3 && headers.first("b") == "1" && headers.all("B") == ["1", "3"])
        #expect(headers.map(\.name) == ["b", "a", "b"] && headers.map(\.value) == ["1", "2", "3"])
        headers.replace("B", "4")
        #expect(
            headers.map(\.value) == ["2", "4"] && headers == ["A": "2", "b": "4"]
                && headers != ["A": "2", "b": "5"])
        #expect(headers.first("c") == nil && headers.firstOctets("A").map(Array.init) == [50])
    }

    @Test func `that are not UTF-8 are read as Latin-1, losing nothing`() {
        let input = Array("GET / HTTP/1.1\r\nHost: a\r\nX: D".utf8) + [0xFC] + Array("sseldorf\r\n\r\n".utf8)
        let headers = WireTrace.requests([input]).messages.first?.headers
        #expect(headers?.first("x") == "Düsseldorf")
    }
}
