// Restarting without refusing anybody: the listening socket belongs to somebody who stays, and a connection that is
// open when its server drains gets to ask once more.
import EventLoop
import Glibc
import HTTPServer
import HTTPWire
import Observe
import Testing

@Suite struct `A socket that outlives its server` {
    private func routes(_ answer: String) -> Routes {
        var routes = Routes()
        routes.on("GET", "/who") { _ in .text(200, answer) }
        return routes
    }

    private static let ask = "GET /who HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

    @Test func `lets nobody be refused between two servers`() async throws {
        let (held, port) = try PlainSocket.listening()
        defer { close(held) }
        try await withServer(routes("first"), inherited: dup(held)) { server in
            #expect(server.port == port)
            let peer = try await RawPeer.connect(port)
            try await peer.send(Self.ask)
            #expect(try await peer.readToEnd().hasSuffix("first"))
            peer.close()
        }
        // Nobody accepts now, and nobody is refused.
        let waiting = try await loop.run { try await RawPeer.connect(port) }
        try await loop.run { try await waiting.send(Self.ask) }
        try await withServer(routes("second"), inherited: dup(held)) { _ in
            let answer = try await waiting.readToEnd()
            #expect(answer.hasSuffix("second"))
            waiting.close()
        }
    }

    @Test func `is refused when it does not listen`() async throws {
        let plain = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        await #expect(throws: SystemFailure.self) {
            try await withServer(routes("nobody"), inherited: plain) { _ in }
        }
        // It was closed, not leaked.
        #expect(fcntl(plain, F_GETFD) == -1)
    }

    @Test func `sees idle connections ask once more while it drains, and none is cut`() async throws {
        var settings = ServerSettings()
        settings.lastRequestTime = .seconds(20)
        try await withServer(routes("last"), settings: settings) { server in
            let peer = try await RawPeer.connect(server.port)
            defer { peer.close() }
            try await peer.send("GET /who HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try await peer.read(until: "last")
            async let drained: Void = server.drain(within: .seconds(25))
            try await loop.sleep(for: .milliseconds(100))
            try await peer.send("GET /who HTTP/1.1\r\nHost: a\r\n\r\n")
            let answer = try await peer.readToEnd()
            #expect(answer.hasSuffix("last") && answer.contains("connection: close\r\n"))
            await drained
        }
    }
}

@Suite struct `A server whose task is cancelled` {
    @Test func `ends every connection that waits for its sender, whatever it waits for`() async throws {
        var routes = Routes()
        routes.on("GET", "/who") { _ in .text(200, "here") }
        let server = try await HTTPServer.bind(
            name: "test", host: "127.0.0.1", port: 0, routes: routes, loop: loop, world: world,
            log: .silent(world), metrics: Metrics())
        let running = Task(executorPreference: loop) { try await server.run() }
        try await loop.run {
            let peers = [
                try await RawPeer.connect(server.port), try await RawPeer.connect(server.port),
                try await RawPeer.connect(server.port),
            ]
            let (head, answered) = (peers[1], peers[2])
            try await head.send("GET /wh")
            try await answered.send("GET /who HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await answered.read(until: "here").hasSuffix("here"))
            running.cancel()
            // Their own patience is thirty seconds and more; a peer's here is ten.
            for peer in peers { #expect(try await peer.readToEnd().isEmpty) }
            for peer in peers { peer.close() }
        }
        try await running.value
    }
}
