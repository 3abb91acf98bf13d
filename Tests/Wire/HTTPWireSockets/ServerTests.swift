// The server with raw bytes on a real socket: what a client can see of keep-alive, order, limits and
// draining.
import EventLoop
import HTTPServer
import HTTPWire
import Problem
import Sealing
import Testing

@Suite struct `A server` {
    private let hello = "content-length: 5\r\ndate: "

    private var routes: Routes {
        var routes = Routes()
        routes.on("GET", "/hello") { _ in .text(200, "hello") }
        routes.on("POST", "/echo", bodyBytesMax: 100) { HTTPResponse(status: 200, body: $0.body) }
        routes.on("GET", "/slow/{ms}") { request in
            try await loop.sleep(for: .milliseconds(Int(request.parameter("ms")) ?? 0))
            return .text(200, "slept " + request.parameter("ms") + ".")
        }
        routes.on("GET", "/broken") { _ in throw SystemFailure.badAddress }
        routes.on("GET", "/refused") { _ in
            throw Problem(.conflict, code: "NOT_NOW", toUser: "Not now.", retryAfterSeconds: 3)
        }
        routes.on("GET", "/private", callers: ["notifier"]) { .text(200, $0.caller ?? "nobody") }
        return routes
    }

    @Test func `answers several requests on one connection, in order, however they arrive`() async throws {
        try await withServer(routes) { server in
            let peer = try await RawPeer.connect(server.port)
            defer { peer.close() }
            try await peer.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(
                try await peer.read(until: "hello").hasPrefix(
                    "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ndate: "))
            let delays = [30, 0, 20, 0, 0]
            try await peer.send(delays.map { "GET /slow/\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
            try await peer.send("GET /slow/1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            let bodies = try await peer.readToEnd().matches(of: /slept (\d+)\./).map { Int($0.1) }
            #expect(bodies == delays + [1])
        }
    }

    @Test func `says 100 Continue before a body it will take, and refuses one that it will not`() async throws
    {
        try await withServer(routes) { server in
            let peer = try await RawPeer.connect(server.port)
            defer { peer.close() }
            let head = "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: "
            try await peer.send(head + "3\r\n\r\n")
            #expect(try await peer.read(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
            try await peer.send("abc")
            #expect(try await peer.read(until: "abc").hasPrefix("HTTP/1.1 200 OK\r\n"))
            try await peer.send(head + "101\r\n\r\n")
            let refused = try await peer.readToEnd()
            #expect(refused.hasPrefix("HTTP/1.1 413 ") && refused.contains("connection: close"))
        }
    }

    @Test func `refuses a body beyond the route's limit before it is sent, by length and by chunks`()
        async throws
    {
        try await withServer(routes) { server in
            for body in ["Content-Length: 101\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n65\r\n"] {
                let peer = try await RawPeer.connect(server.port)
                defer { peer.close() }
                try await peer.send("POST /echo HTTP/1.1\r\nHost: a\r\n" + body)
                #expect(try await peer.readToEnd().hasPrefix("HTTP/1.1 413 "))
            }
        }
    }

    @Test(arguments: [
        ("GET /hello HTTP/1.1\nHost: a\n\n", "400"), ("GET /hello HTTP/1.1\r\n\r\n", "400"),
        ("GET /hello HTTP/3.0\r\nHost: a\r\n\r\n", "505"),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", "501"),
    ])
    func `refuses what is not strict HTTP and closes`(input: String, status: String) async throws {
        try await withServer(routes) { server in
            let peer = try await RawPeer.connect(server.port)
            defer { peer.close() }
            try await peer.send(input)
            let answer = try await peer.readToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 \(status) ") && answer.contains("connection: close\r\n"))
        }
    }

    @Test func `answers unknown paths and wrong methods, and HEAD without a body`() async throws {
        try await withServer(routes) { server in
            let peer = try await RawPeer.connect(server.port)
            defer { peer.close() }
            try await peer.send("GET /none HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await peer.read(until: "}}").hasPrefix("HTTP/1.1 404 "))
            try await peer.send("DELETE /hello HTTP/1.1\r\nHost: a\r\n\r\n")
            let wrong = try await peer.read(until: "}}")
            #expect(wrong.hasPrefix("HTTP/1.1 405 ") && wrong.contains("\r\nallow: GET"))
            try await peer.send("HEAD /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            let head = try await peer.readToEnd()
            #expect(head.contains("content-length: 5\r\n") && head.hasSuffix("\r\n\r\n"))
        }
    }

    @Test func `turns a Problem into the envelope and anything else into a 500 that says nothing`()
        async throws
    {
        try await withServer(routes) { server in
            let peer = try await RawPeer.connect(server.port)
            defer { peer.close() }
            try await peer.send("GET /refused HTTP/1.1\r\nHost: a\r\nX-Request-Id: req_1\r\n\r\n")
            let refused = try await peer.read(until: "}}")
            #expect(refused.hasPrefix("HTTP/1.1 409 ") && refused.contains("retry-after: 3\r\n"))
            #expect(
                refused.contains(#"{"error":{"code":"NOT_NOW","message":"Not now.","requestId":"req_1"}}"#))
            try await peer.send("GET /broken HTTP/1.1\r\nHost: a\r\n\r\n")
            let broken = try await peer.read(until: "}}")
            #expect(broken.hasPrefix("HTTP/1.1 500 ") && !broken.contains("address"))
        }
    }

    @Test func `lets only named callers in, by their token`() async throws {
        let token = String(repeating: "n", count: 40)
        let other = String(repeating: "r", count: 40)
        let lines = [("notifier", token), ("command-router", other)].map { caller, token in
            CallerTokens.line(caller, Secret(text: token)) ?? ""
        }
        let callers = try CallerTokens(lines.joined(separator: "\n"))
        try await withServer(routes, callers: callers) { server in
            let peer = try await RawPeer.connect(server.port)
            defer { peer.close() }
            for (field, status) in [("", 401), ("Bearer \(token)x", 401), ("Bearer \(other)", 403)] {
                try await peer.send("GET /private HTTP/1.1\r\nHost: a\r\nAuthorization: \(field)\r\n\r\n")
                #expect(try await peer.read(until: "}}").hasPrefix("HTTP/1.1 \(status) "))
            }
            try await peer.send("GET /private HTTP/1.1\r\nHost: a\r\nAuthorization: bearer \(token)\r\n\r\n")
            #expect(try await peer.read(until: "notifier").hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test func `takes digests of tokens, two for a caller while they change, and no token in clear`() throws {
        func token(_ letter: Character) -> String { String(repeating: letter, count: 64) }
        func line(_ letter: Character) throws -> String {
            try #require(CallerTokens.line("notifier", Secret(text: token(letter))))
        }
        let file = "# who calls\n" + (try line("a")) + "\n\n" + (try line("b")) + "\n"
        let callers = try CallerTokens(file)
        for letter in ["a", "b"] as [Character] {
            #expect(callers.caller(authorization: "Bearer " + token(letter)) == "notifier")
        }
        // Whoever reads the file has nothing to call with.
        let digest = try line("a").split(separator: ":")[1]
        for stolen in [digest, "sha256:" + digest] {
            #expect(callers.caller(authorization: "Bearer \(stolen)") == nil)
        }
        #expect(throws: CallerTokens.Failure.tooMany(line: 5)) { try CallerTokens(file + (try line("c"))) }
        for wrong in [token("a"), "sha256:" + token("a").dropLast(), "sha256:" + token("x")] {
            do {
                _ = try CallerTokens((try line("a")) + "\nnotifier " + wrong)
                Issue.record("was taken")
            } catch let failure as CallerTokens.Failure {
                #expect(failure == .noDigest(line: 2))
                #expect(
                    failure.sentence.contains("tillctl callers digest") && !failure.sentence.contains(wrong))
            }
        }
        #expect(throws: CallerTokens.Failure.line(1)) { try CallerTokens("notifier") }
        // One token for two callers: whoever holds it would be either.
        let other = try #require(CallerTokens.line("tillctl", Secret(text: token("b"))))
        #expect(throws: CallerTokens.Failure.another(line: 5)) { try CallerTokens(file + other) }
        #expect(CallerTokens.line("notifier", Secret(text: "short")) == nil)
    }

    @Test func `closes a connection whose head comes too slowly, however it trickles`() async throws {
        var settings = ServerSettings()
        settings.headTime = .milliseconds(200)
        try await withServer(routes, settings: settings) { server in
            let silent = try await RawPeer.connect(server.port)
            let trickling = try await RawPeer.connect(server.port)
            defer { silent.close() }
            defer { trickling.close() }
            let start = loop.nowNs
            try await silent.send("GET /hel")
            async let drip: Void = {
                for octet in "GET /hello?" + String(repeating: "x", count: 2_000) {
                    try await trickling.send(String(octet))
                    try await loop.sleep(for: .milliseconds(20))
                }
            }()
            #expect(try await silent.readToEnd() == "")
            #expect(try await trickling.readToEnd() == "")
            #expect(loop.nowNs - start < 20_000_000_000)
            _ = try? await drip
        }
    }

    @Test func `turns connections away beyond its limit`() async throws {
        var settings = ServerSettings()
        settings.connectionsMax = 1
        try await withServer(routes, settings: settings) { server in
            let first = try await RawPeer.connect(server.port)
            defer { first.close() }
            try await first.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try await first.read(until: "hello")
            let second = try await RawPeer.connect(server.port)
            defer { second.close() }
            let answer = try await second.readToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 503 ") && answer.contains("retry-after: "))
        }
    }

    @Test func `gives the place of a sender that dawdles to one that does not`() async throws {
        var settings = ServerSettings()
        settings.connectionsMax = 2
        settings.waitedForMin = .milliseconds(50)
        try await withServer(routes, settings: settings) { server in
            let slow = try await RawPeer.connect(server.port)
            defer { slow.close() }
            try await slow.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 90\r\n\r\nx")
            try await Task.sleep(for: .milliseconds(20))
            let slower = try await RawPeer.connect(server.port)
            defer { slower.close() }
            try await slower.send("GET /hel")
            try await Task.sleep(for: .milliseconds(80))
            let quick = try await RawPeer.connect(server.port)
            defer { quick.close() }
            try await quick.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try await quick.read(until: "hello")
            let left = try await slow.readToEnd()
            #expect(left == "", "\(left)")
            // The other one is still welcome.
            try await slower.send("lo HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try await slower.read(until: "hello")
        }
    }

    @Test func `holds no more of unfinished bodies than it may, whoever sends them`() async throws {
        var settings = ServerSettings()
        settings.unfinishedBytesMax = 100
        try await withServer(routes, settings: settings) { server in
            let head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 90\r\n\r\n"
            let body = String(repeating: "x", count: 90)
            let slow = try await RawPeer.connect(server.port)
            defer { slow.close() }
            try await slow.send(head + body.prefix(60))
            try await Task.sleep(for: .milliseconds(50))
            let next = try await RawPeer.connect(server.port)
            defer { next.close() }
            // An idle connection that was there first is not the one that dawdles.
            try await next.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try await next.read(until: "hello")
            try await next.send(head + body.prefix(50))
            #expect(try await slow.readToEnd() == "")
            try await next.send(String(body.dropFirst(50)))
            _ = try await next.read(until: body)
            // What was answered or closed counts no more.
            try await next.send(head + body.prefix(80))
            try await Task.sleep(for: .milliseconds(50))
            try await next.send(String(body.dropFirst(80)))
            _ = try await next.read(until: body)
        }
    }

    @Test func `drains: idle connections close, requests under way are answered, new ones are not accepted`()
        async throws
    {
        try await withServer(routes) { server in
            let idle = try await RawPeer.connect(server.port)
            let busy = try await RawPeer.connect(server.port)
            defer { idle.close() }
            defer { busy.close() }
            try await idle.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try await idle.read(until: "hello")
            try await busy.send("GET /slow/2000 HTTP/1.1\r\nHost: a\r\n\r\n")
            try await loop.sleep(for: .milliseconds(50))
            async let drained: Void = server.drain(within: .seconds(5))
            #expect(try await idle.readToEnd() == "")
            let answer = try await busy.readToEnd()
            #expect(answer.hasSuffix("slept 2000.") && answer.contains("connection: close\r\n"))
            await drained
            await #expect(throws: SystemFailure.self) { try await RawPeer.connect(server.port) }
        }
    }
}
