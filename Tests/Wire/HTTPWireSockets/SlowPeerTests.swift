// A hundred and fifty peers that dawdle, in three ways, beside one that does not: each is closed in time and costs a
// bounded buffer, and the other one notices nothing. The same with a thousand, and with figures: ./till bench slow.
import EventLoop
import Glibc
import HTTPServer
import HTTPWire
import Observe
import Synchronization
import TestSupport
import Testing

@Suite struct `A crowd of slow peers` {
    private static let crowd = 150
    /// A tenth of the limits that services have, so that the test sees several generations.
    private static let patience: Duration = .seconds(1)
    /// Deadlines are looked at ten times a second; the rest is for a busy machine.
    private static let graceNs: Int64 = 8_000_000_000

    private enum Kind: CaseIterable { case head, body, reader }

    private final class Lives: Sendable {
        let all = Mutex<[Kind: [Int64]]>([:])
        func add(_ kind: Kind, _ ns: Int64) { all.withLock { $0[kind, default: []].append(ns) } }
    }

    private var settings: ServerSettings {
        var settings = ServerSettings()
        (settings.headTime, settings.bodyTime, settings.writeTime) = (
            Self.patience, Self.patience, Self.patience
        )
        return settings
    }

    private var routes: Routes {
        var routes = Routes()
        routes.on("GET", "/hello") { _ in .text(200, "hello") }
        routes.on("POST", "/echo", bodyBytesMax: 3 << 20) { .text(200, "\($0.body.count) bytes") }
        routes.on("GET", "/large") { _ in
            HTTPResponse(status: 200, body: [UInt8](repeating: 7, count: 100_000))
        }
        return routes
    }

    @Test func `is closed in time, costs little, and is not noticed by a peer that is not slow`() async throws
    {
        let lives = Lives(), metrics = Metrics()
        let before = Self.residentBytes()
        try await withServer(routes, settings: settings, metrics: metrics) { server in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<Self.crowd {
                    let kind = Kind.allCases[index % Kind.allCases.count]
                    group.addTask(executorPreference: loop) {
                        while !Task.isCancelled {
                            let start = loop.nowNs
                            try await Self.dawdle(kind, server.port)
                            lives.add(kind, loop.nowNs - start)
                        }
                    }
                }
                group.addTask(executorPreference: loop) {
                    let healthy = try await RawPeer.connect(server.port)
                    defer { healthy.close() }
                    for _ in 0..<200 {
                        try await healthy.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
                        #expect(try await healthy.read(until: "hello").hasPrefix("HTTP/1.1 200 "))
                        try await loop.sleep(for: .milliseconds(20))
                    }
                }
                // The crowd never ends by itself: the first task that does is the one that is not slow.
                try await group.next()
                group.cancelAll()
                while let ended = await group.nextResult() {
                    if case .failure(let error) = ended, !(error is CancellationError) { throw error }
                }
            }
        }
        let all = lives.all.withLock { $0 }
        for kind in Kind.allCases {
            let longest = all[kind]?.max() ?? .max
            #expect(longest < 1_000_000_000 + Self.graceNs, "\(kind): \(longest / 1_000_000) ms")
        }
        let grown = (Self.residentBytes() - before) >> 20
        // A sanitizer keeps what was freed for a while, 256 MiB of it, and room around everything.
        let mebibytesMax = Sanitizer.isOn ? 512 : 64
        #expect(grown < mebibytesMax, "\(grown) MiB")
    }

    /// Until the server closes.
    private static func dawdle(_ kind: Kind, _ port: UInt16) async throws {
        let peer = try await RawPeer.connect(port)
        defer { peer.close() }
        do {
            switch kind {
            case .head:
                try await peer.send("GET /hello HTTP/1.1\r\nHost: a\r\nX: ")
                while true { try await drip(peer) }
            case .body:
                try await peer.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n")
                while true { try await drip(peer) }
            case .reader:
                // More answers than any buffer takes; then only looks whether the server is still there.
                let ask = "GET /large HTTP/1.1\r\nHost: a\r\n\r\n"
                while true {
                    try await peer.send(String(repeating: ask, count: 20))
                    try await loop.sleep(for: .milliseconds(100))
                }
            }
        } catch is SystemFailure {
            // Closed by the server, which is what we waited for.
        }
    }

    /// One octet a fifth of a second, as long as the server listens.
    private static func drip(_ peer: RawPeer) async throws {
        do {
            guard try await peer.socket.read(deadlineNs: loop.nowNs + 200_000_000, { _ in }) else {
                throw SystemFailure.closed
            }
        } catch SystemFailure.timedOut { try await peer.send("x") }
    }

    private static func residentBytes() -> Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var buffer = [CChar](repeating: 0, count: 256)
        guard fgets(&buffer, Int32(buffer.count), file) != nil else { return 0 }
        let text = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * Int(getpagesize())
    }
}
