// What HTTP leaves to a server, seen from outside: each policy by its name. The parser's own readings are in
// Tests/Vectors/http; here is what a client gets.
import EventLoop
import HTTPServer
import HTTPWire
import Testing

@Suite struct `HTTP as we serve it` {
    private var routes: Routes {
        var routes = Routes()
        routes.on("GET", "/hello") { _ in .text(200, "hello") }
        routes.on("POST", "/echo", bodyBytesMax: 100) { request in
            let names = request.headers.map(\.name).sorted().joined(separator: ",")
            return .text(200, "[\(String(decoding: request.body, as: UTF8.self))|\(names)]")
        }
        routes.on("GET", "/part/{part}") { .text(200, "<\($0.parameter("part"))|\($0.query("q") ?? "")>") }
        return routes
    }

    private func answer(_ input: String) async throws -> String {
        let routes = routes
        return try await loop.run {
            let box = Answer()
            try await withServer(routes) { server in
                let peer = try await RawPeer.connect(server.port)
                defer { peer.close() }
                try await peer.send(input)
                await box.put(try await peer.readToEnd())
            }
            return await box.text
        }
    }

    private actor Answer {
        private(set) var text = ""
        func put(_ text: String) { self.text = text }
    }

    private static let close = "GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

    @Test(arguments: [
        (
            "a body in chunks with a trailer", "5\r\nhello\r\n0\r\nX-Late: 1\r\n\r\n",
            "[hello|host,transfer-encoding]"
        ),
        ("extensions of chunks", "5;a=b;c=\"d\"\r\nhello\r\n0;e\r\n\r\n", "[hello|host,transfer-encoding]"),
        ("no chunk at all", "0\r\n\r\n", "[|host,transfer-encoding]"),
    ])
    func `trailers and extensions are checked and dropped`(_ what: String, _ body: String, _ echo: String)
        async throws
    {
        let head = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        let text = try await answer(head + body + Self.close)
        #expect(text.contains(echo) && text.hasSuffix("hello"), "\(what): \(text)")
    }

    @Test(arguments: [
        ("5\r\nhelloX\r\n0\r\n\r\n", "400", "junk after the data of a chunk"),
        (
            "5\r\nhello\r\n0\r\nX: \(String(repeating: "y", count: 4_096))\r\n\r\n", "431",
            "trailers beyond the limit"
        ),
        (
            "5;\(String(repeating: "y", count: 1_100))\r\nhello\r\n0\r\n\r\n", "400",
            "a chunk line beyond the limit"
        ),
        ("5\r\nhello\r\n0\r\nContent-Length: 3\r\n\r\n", "400", "a field in a trailer"),
    ])
    func `what is wrong in a body is named and closes the connection`(
        _ body: String, _ status: String, _ policy: String
    ) async throws {
        let head = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        let text = try await answer(head + body + Self.close)
        #expect(text.hasPrefix("HTTP/1.1 \(status) ") && text.contains(policy), "\(text)")
        #expect(text.contains("connection: close\r\n") && !text.hasSuffix("hello"))
    }

    @Test(arguments: ["gzip", "gzip, chunked", "chunked, gzip", "identity", "x"])
    func `codings other than chunked are not implemented`(_ coding: String) async throws {
        let text = try await answer(
            "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \(coding)\r\n\r\n0\r\n\r\n")
        #expect(text.hasPrefix("HTTP/1.1 501 ") && text.contains("a transfer coding other than chunked"))
    }

    @Test(arguments: ["websocket", "h2c", "TLS/1.0"])
    func `a wish to upgrade is ignored`(_ what: String) async throws {
        let text = try await answer(
            "GET /hello HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: \(what)\r\n\r\n" + Self.close)
        #expect(text.matches(of: #/HTTP/1\.1 200 OK/#).count == 2 && !text.contains("101"))
    }

    @Test func `an address is decoded once`() async throws {
        let text = try await answer(
            "GET /part/a%2520b%C3%A9?q=%2525+c HTTP/1.1\r\nHost: a\r\n\r\nGET /part/a%2Fb HTTP/1.1\r\nHost: a\r\n\r\n"
        )
        #expect(text.contains("<a%20bé|%25 c>"), "\(text)")
        #expect(text.contains("HTTP/1.1 400 ") && text.contains("an encoded slash"), "\(text)")
    }

    @Test func `HEAD has the head of GET and nothing else, and the next answer follows it`() async throws {
        let text = try await answer("HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n" + Self.close)
        let parts = text.split(separator: "\r\n\r\n", omittingEmptySubsequences: false)
        #expect(parts.count == 3 && parts[0].contains("content-length: 5") && parts[2] == "hello", "\(text)")
        #expect(parts[1].hasPrefix("HTTP/1.1 200 OK"))
    }

    @Test func `pipelined requests are answered in order, up to the one that closes`() async throws {
        let paths = (0..<50).map { "GET /part/\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined()
        let text = try await answer(paths + Self.close + paths)
        let parts = text.matches(of: /<(\d+)\|>/).compactMap { Int($0.1) }
        #expect(parts == Array(0..<50) && text.hasSuffix("hello"))
    }

    @Test func `an expectation is met before the body, and only where there is one`() async throws {
        let expecting = "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: "
        let with = try await answer(expecting + "5\r\n\r\nhello" + Self.close)
        #expect(with.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK") && with.contains("[hello|"))
        let without = try await answer(expecting + "0\r\n\r\n" + Self.close)
        #expect(without.hasPrefix("HTTP/1.1 200 OK") && !without.contains("100 Continue"))
        let other = try await answer("GET /hello HTTP/1.1\r\nHost: a\r\nExpect: more\r\n\r\n")
        #expect(other.hasPrefix("HTTP/1.1 417 "))
    }
}
