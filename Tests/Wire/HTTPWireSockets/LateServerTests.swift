// A server whose thread comes late to its sockets, because many connect at once or because its whole process was held
// up: those who are connected have their turn, and nobody loses the place for what only we were slow to read.
import EventLoop
import Glibc
import HTTPServer
import HTTPWire
import Observe
import Testing

@Suite struct `A server that comes late to its sockets` {
    private static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    private func routes(_ answer: @escaping @Sendable () -> String) -> Routes {
        var routes = Routes()
        routes.on("GET", "/") { _ in .text(200, answer()) }
        return routes
    }

    @Test func `answers who is connected while it accepts a crowd`() async throws {
        let crowd = 200, metrics = Metrics()
        // How many were let in when the request was answered.
        let routes = routes {
            let line = metrics.render().split(separator: "\n").first {
                $0.hasPrefix("till_http_connections{")
            }
            return "\(line?.split(separator: " ").last ?? "none") open"
        }
        try await withServer(routes, metrics: metrics) { server in
            let peer = try await RawPeer.connect(server.port)
            defer { peer.close() }
            try await peer.send(Self.get)
            #expect(try await peer.read(until: " open").hasSuffix("1 open"))
            // All of it on the loop's own thread, which therefore finds it at once.
            let strangers = try (0..<crowd).map { _ in try PlainSocket.connected(to: server.port) }
            defer { for stranger in strangers { close(stranger) } }
            try await peer.send(Self.get)
            let answer = try await peer.read(until: " open")
            let open = try #require(
                answer.split(separator: "\r\n").last?.split(separator: " ").first.flatMap { Int($0) })
            #expect(open <= 1 + crowd / 2, "\(open)")
        }
    }

    @Test func `closes nobody whose request lies unread, however long it was held up`() async throws {
        var settings = ServerSettings()
        settings.connectionsMax = 1
        settings.waitedForMin = .milliseconds(50)
        try await withServer(routes { "hello" }, settings: settings) { server in
            let peer = try await RawPeer.connect(server.port)
            defer { peer.close() }
            try await peer.send(Self.get)
            #expect(try await peer.read(until: "hello").hasPrefix("HTTP/1.1 200 "))
            // The new one came first and the thread comes late: as if the process had been stopped.
            let stranger = try PlainSocket.connected(to: server.port)
            defer { close(stranger) }
            usleep(100_000)
            try await peer.send(Self.get)
            #expect(try await peer.read(until: "hello").hasPrefix("HTTP/1.1 200 "))
            // Now it is the one that we wait for.
            usleep(100_000)
            let other = try PlainSocket.connected(to: server.port)
            defer { close(other) }
            #expect(try await peer.readToEnd() == "")
        }
    }
}
