// A peer that reads slowly: welcome as long as it keeps a least rate, however long that takes, and closed when it falls
// behind, also where each single write of ours was taken just in time.
import EventLoop
import Glibc
import HTTPWire
import TestSupport
import Testing

@testable import HTTPServer

@Suite struct `A slow reader` {
    private static let mebibyte = 1 << 20

    private var routes: Routes {
        var routes = Routes()
        routes.on("GET", "/hello") { _ in .text(200, "hello") }
        for mebibytes in [1, 14] {
            routes.on("GET", "/large/\(mebibytes)") { _ in
                HTTPResponse(status: 200, body: [UInt8](repeating: 7, count: mebibytes * Self.mebibyte))
            }
        }
        return routes
    }

    @Test func `is given its patience once, and earns it back by what it takes`() {
        let second: Int64 = 1_000_000_000
        func allowance(after pieces: [(bytes: Int, ns: Int64)]) -> Int64 {
            var pace = ReaderPace(patience: .seconds(15), bytesPerSecondMin: 64 << 10)
            for piece in pieces { pace.took(piece.bytes, piece.ns) }
            return pace.allowanceNs
        }
        #expect(allowance(after: []) == 15 * second)
        // At the rate, for ever.
        #expect(allowance(after: Array(repeating: (64 << 10, second), count: 1_000)) == 15 * second)
        // At half of it, fifteen times.
        #expect(allowance(after: Array(repeating: (64 << 10, 2 * second), count: 14)) == second)
        #expect(allowance(after: Array(repeating: (64 << 10, 2 * second), count: 15)) == 0)
        #expect(allowance(after: Array(repeating: (64 << 10, 2 * second), count: 16)) == 0)
        // A little just in time, once.
        #expect(allowance(after: [(16 << 10, 15 * second)]) == second / 4)
        // What was paid off is paid off, and nothing is saved up beyond that.
        #expect(allowance(after: [(16 << 10, 10 * second), (640 << 10, 0)]) == 15 * second)
        #expect(allowance(after: [(64 << 20, 0), (16 << 10, 10 * second)]) == 5 * second + second / 4)
    }

    @Test
    func `has all of a large answer when it keeps the rate, though that takes longer than its patience`()
        async throws
    {
        var settings = ServerSettings()
        settings.writeTime = .seconds(2 * Sanitizer.slowness)
        try await withServer(routes, settings: settings) { server in
            let peer = try await RawPeer.connect(server.port, receiveBytes: 64 << 10)
            defer { peer.close() }
            try await peer.send("GET /large/14 HTTP/1.1\r\nHost: a\r\n\r\n")
            let taken = try await Self.sip(
                peer, apart: .milliseconds(250 * Sanitizer.slowness), atMost: 14 * Self.mebibyte)
            #expect(taken == 14 * Self.mebibyte)
            try await peer.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await peer.read(until: "hello").contains("HTTP/1.1 200 "))
        }
    }

    /// Each answer is a write of its own, and is taken within the patience; together they are too slow.
    @Test func `is closed when it falls behind the rate, though it takes each answer in time`() async throws {
        var settings = ServerSettings()
        settings.writeTime = .seconds(1)
        settings.answerBytesPerSecondMin = 16 * Self.mebibyte
        try await withServer(routes, settings: settings) { server in
            let peer = try await RawPeer.connect(server.port, receiveBytes: 64 << 10)
            defer { peer.close() }
            let answers = 30
            try await peer.send(
                String(repeating: "GET /large/1 HTTP/1.1\r\nHost: a\r\n\r\n", count: answers))
            let taken = try await Self.sip(
                peer, apart: .milliseconds(300), atMost: answers * Self.mebibyte)
            #expect(taken < answers * Self.mebibyte)
        }
    }

    /// A mebibyte at a time, with a pause after each, until it has so many bytes or the server ends it; how many.
    private static func sip(_ peer: RawPeer, apart: Duration, atMost: Int) async throws -> Int {
        var taken = 0, nextPause = mebibyte
        do {
            while taken < atMost {
                var count = 0
                let room = min(nextPause, atMost) - taken
                guard
                    try await peer.socket.read(deadlineNs: soon, bytesMax: room, { count = $0.count })
                else { return taken }
                taken += count
                if taken >= nextPause {
                    nextPause += mebibyte
                    try await loop.sleep(for: apart)
                }
            }
        } catch SystemFailure.call(_, code: ECONNRESET) {
            return taken
        }
        return taken
    }
}
