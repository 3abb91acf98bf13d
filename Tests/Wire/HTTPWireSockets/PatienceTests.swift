// How long a server waits for whom, and how many it lets in: each limit reached and one past it, with limits that
// are small enough for a test. Deadlines are looked at ten times a second, so spans are told apart by ratios.
import EventLoop
import HTTPServer
import HTTPWire
import Observe
import Testing

@Suite struct `A server's patience` {
    private static let get = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"

    private var routes: Routes {
        var routes = Routes()
        routes.on("GET", "/hello") { _ in .text(200, "hello") }
        routes.on("POST", "/echo", bodyBytesMax: 1 << 20) { .text(200, "\($0.body.count) bytes") }
        routes.on("GET", "/large") { _ in
            HTTPResponse(status: 200, body: [UInt8](repeating: 7, count: 16 << 20))
        }
        return routes
    }

    /// Long enough that only the limit under test can end a connection.
    private var settings: ServerSettings {
        var settings = ServerSettings()
        (settings.idle, settings.headTime) = (.seconds(60), .seconds(60))
        (settings.bodyTime, settings.writeTime) = (.seconds(60), .seconds(60))
        return settings
    }

    @Test func `is by default what services promise`() {
        let settings = ServerSettings()
        // A slow reader or sender is closed within 15 s: a body's sender is told by falling behind.
        #expect(settings.writeTime == .seconds(15) && settings.headTime == .seconds(10))
        #expect(settings.answerBytesPerSecondMin == 64 << 10)
        #expect(settings.bodyTime == .seconds(10) && settings.bodyBytesPerSecondMin == 64 << 10)
        #expect(settings.idle == .seconds(60) && settings.linger == .seconds(1))
        #expect(settings.requestsPerConnectionMax == 100_000 && settings.connectionsMax == 4_096)
        #expect(settings.connectionsPerAddressMax == 256 && settings.unfinishedBytesMax == 16 << 20)
        #expect(settings.waitedForMin == .seconds(1))
        #expect(Routes.bodyBytesMax == 64 << 10 && settings.parser.bodyBytesMax == 1 << 20)
        #expect(settings.uncounted.count == 2)
    }

    @Test func `ends with an idle connection, and not with one that asks again in time`() async throws {
        var settings = settings
        settings.idle = .seconds(2)
        try await withServer(routes, settings: settings) { server in
            let idle = try await RawPeer.connect(server.port)
            defer { idle.close() }
            for _ in 0..<4 {
                try await idle.send(Self.get)
                _ = try await idle.read(until: "hello")
                try await loop.sleep(for: .milliseconds(600))
            }
            #expect(try await idle.readToEnd() == "")
        }
    }

    @Test func `is short with a connection that never asked`() async throws {
        var settings = settings
        settings.headTime = .milliseconds(1_500)
        try await withServer(routes, settings: settings) { server in
            let silent = try await RawPeer.connect(server.port)
            let asking = try await RawPeer.connect(server.port)
            defer { silent.close() }
            defer { asking.close() }
            try await asking.send(Self.get)
            _ = try await asking.read(until: "hello")
            #expect(try await silent.readToEnd() == "")
            // Between two requests it has the long time.
            try await asking.send(Self.get)
            #expect(try await asking.read(until: "hello").hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test func `is with a body that keeps up with the rate, and ends with one that trickles`() async throws {
        var settings = settings
        settings.bodyTime = .seconds(1)
        settings.bodyBytesPerSecondMin = 1_000
        try await withServer(routes, settings: settings) { server in
            let head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: "
            let steady = try await RawPeer.connect(server.port)
            let trickling = try await RawPeer.connect(server.port)
            defer { steady.close() }
            defer { trickling.close() }
            try await steady.send(head + "12000\r\n\r\n")
            try await trickling.send(head + "12000\r\n\r\n")
            async let drip: Void = {
                for _ in 0..<400 {
                    try await trickling.send("x")
                    try await loop.sleep(for: .milliseconds(25))
                }
            }()
            let began = loop.nowNs
            for _ in 0..<12 {
                try await steady.send(String(repeating: "x", count: 1_000))
                try await loop.sleep(for: .milliseconds(150))
            }
            // Longer than `bodyTime` in all, and welcome, since each thousand bytes earn a second.
            #expect(loop.nowNs - began > 1_500_000_000)
            #expect(try await steady.read(until: "bytes").hasSuffix("12000 bytes"))
            #expect(try await trickling.readToEnd() == "")
            // The drip ends by its connection's end; that is what this test is about.
            _ = try? await drip
        }
    }

    @Test func `ends with a reader that does not take its answer`() async throws {
        var settings = settings
        settings.writeTime = .milliseconds(300)
        let metrics = Metrics()
        try await withServer(routes, settings: settings, metrics: metrics) { server in
            let stuck = try await RawPeer.connect(server.port)
            defer { stuck.close() }
            try await stuck.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
            try await openConnections(metrics, 0)
            let taken = try await stuck.readToEnd()
            #expect(taken.utf8.count < 16 << 20)
        }
    }

    @Test func `with a sender that was refused and goes on is short as well`() async throws {
        var settings = settings
        settings.linger = .milliseconds(300)
        let metrics = Metrics()
        try await withServer(routes, settings: settings, metrics: metrics) { server in
            for refused in [
                "GET /hello HTTP/9.9\r\n\r\n",
                "POST /echo HTTP/1.1\r\nHost: a\r\n"
                    + "Expect: 100-continue\r\nContent-Length: 2000000\r\n\r\n",
            ] {
                let peer = try await RawPeer.connect(server.port)
                defer { peer.close() }
                try await peer.send(refused)
                #expect(try await peer.read(until: "}}").hasPrefix("HTTP/1.1 "))
                async let goingOn: Void = {
                    for _ in 0..<1_000 {
                        try await peer.send("x")
                        try await loop.sleep(for: .milliseconds(20))
                    }
                }()
                // Closed for good, not only for writing.
                try await openConnections(metrics, 0)
                _ = try? await goingOn
            }
        }
    }

    @Test func `gives each message its own time, also when they come cut across`() async throws {
        var settings = settings
        settings.headTime = .seconds(2)
        try await withServer(routes, settings: settings) { server in
            let peer = try await RawPeer.connect(server.port)
            defer { peer.close() }
            // Each send ends one request and begins the next: the connection is never idle.
            try await peer.send("GET /hello HT")
            for _ in 0..<10 {
                try await loop.sleep(for: .milliseconds(300))
                try await peer.send("TP/1.1\r\nHost: a\r\n\r\nGET /hello HT")
                _ = try await peer.read(until: "hello")
            }
        }
    }

    @Test func `ends with the last request that one connection may bring`() async throws {
        var settings = settings
        settings.requestsPerConnectionMax = 3
        try await withServer(routes, settings: settings) { server in
            let peer = try await RawPeer.connect(server.port)
            defer { peer.close() }
            for _ in 0..<2 {
                try await peer.send(Self.get)
                #expect(try await !peer.read(until: "hello").contains("connection: close"))
            }
            try await peer.send(Self.get + Self.get)
            let last = try await peer.readToEnd()
            #expect(last.contains("connection: close\r\n"))
            #expect(last.matches(of: #/HTTP/1\.1 200 /#).count == 1)
        }
    }

    @Test func `lets in as many of one address as it may, and one more in place of a dawdler`() async throws {
        var settings = settings
        settings.connectionsPerAddressMax = 2
        settings.uncounted = []
        settings.waitedForMin = .seconds(2)
        let metrics = Metrics()
        try await withServer(routes, settings: settings, metrics: metrics) { server in
            let first = try await RawPeer.connect(server.port)
            let second = try await RawPeer.connect(server.port)
            defer { first.close() }
            defer { second.close() }
            try await openConnections(metrics, 2)
            let third = try await RawPeer.connect(server.port)
            defer { third.close() }
            let refused = try await third.readToEnd()
            #expect(refused.hasPrefix("HTTP/1.1 503 ") && refused.contains("retry-after: 1"))
            // Another address is not concerned.
            let other = try await PlainSocket.ask(
                server.port, from: "127.0.0.2", Self.get, until: "hello")
            #expect(other.hasPrefix("HTTP/1.1 200 "))
            // Once they have dawdled, the one that we wait for longest goes.
            try await loop.sleep(for: .milliseconds(2_200))
            try await second.send(Self.get)
            _ = try await second.read(until: "hello")
            let fourth = try await RawPeer.connect(server.port)
            defer { fourth.close() }
            try await fourth.send(Self.get)
            _ = try await fourth.read(until: "hello")
            #expect(try await first.readToEnd() == "")
            // Who left is counted no more, and neither is who was closed.
            second.close()
            fourth.close()
            try await openConnections(metrics, 0)
            let fifth = try await RawPeer.connect(server.port)
            defer { fifth.close() }
            try await fifth.send(Self.get)
            _ = try await fifth.read(until: "hello")
        }
    }

    @Test func `does not count proxies that it trusts, nor loopback by default`() async throws {
        var settings = settings
        settings.connectionsPerAddressMax = 1
        try await withServer(routes, settings: settings) { server in
            var peers: [RawPeer] = []
            for _ in 0..<5 { peers.append(try await RawPeer.connect(server.port)) }
            for peer in peers {
                try await peer.send(Self.get)
                _ = try await peer.read(until: "hello")
                peer.close()
            }
        }
    }

    /// Waits until the server holds so many connections.
    private func openConnections(_ metrics: Metrics, _ count: Int) async throws {
        for _ in 0..<2_000 {
            if metrics.render().contains("till_http_connections{server=\"test\"} \(count)\n") { return }
            try await loop.sleep(for: .milliseconds(10))
        }
        Issue.record("never \(count) connections: \(metrics.render())")
    }
}
