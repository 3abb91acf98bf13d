// A proxy between us and the server that stops moving bytes where a test says, as a network or a machine does that is
// there and does not answer. New connections are still accepted, by the kernel at least.
import EventLoop
import Glibc
import Synchronization
import TestSupport

final class FreezingProxy: Sendable {
    /// What it lets through.
    struct Limits: Sendable {
        /// Bytes from each server connection to its client.
        var toClient = Int.max
        /// Bytes from each client to its server.
        var toServer = Int.max
        /// Not only stops there, but ends the connection, as a machine does that was restarted.
        var cuts = false
    }

    private let limits = Mutex(Limits())
    private let listener: Listener
    private let target: SocketAddress
    private static let loop = TestLoop.shared

    var port: UInt16 { listener.port }

    private init(listener: Listener, target: SocketAddress) {
        self.listener = listener
        self.target = target
    }

    /// From now on, for connections that are open too.
    func set(_ limits: Limits) { self.limits.withLock { $0 = limits } }

    /// Stands in front of `port` while `body` runs.
    static func run(
        before port: UInt16, _ body: @escaping @Sendable (FreezingProxy) async throws -> Void
    ) async throws {
        try await loop.run {
            guard let here = SocketAddress(numeric: "127.0.0.1", port: 0),
                let target = SocketAddress(numeric: "127.0.0.1", port: port)
            else { throw SystemFailure.badAddress }
            let proxy = FreezingProxy(listener: try Listener(on: here, loop: loop), target: target)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask(executorPreference: loop) { await proxy.accept() }
                defer { proxy.listener.close() }
                try await body(proxy)
                proxy.listener.close()
                group.cancelAll()
            }
        }
    }

    private func accept() async {
        await withDiscardingTaskGroup { group in
            while let client = try? await listener.accept() {
                group.addTask(executorPreference: Self.loop) {
                    // Either side may go at any time: that is what this is for.
                    try? await self.join(client)
                    client.close()
                }
            }
            group.cancelAll()
        }
    }

    private func join(_ client: StreamSocket) async throws {
        let server = try await StreamSocket.connect(
            to: [target], loop: Self.loop, deadlineNs: Self.loop.nowNs + 10_000_000_000)
        defer { server.close() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: Self.loop) {
                try await self.pump(client, server) { $0.toServer }
            }
            group.addTask(executorPreference: Self.loop) {
                try await self.pump(server, client) { $0.toClient }
            }
            try await group.next()
            group.cancelAll()
        }
    }

    private func pump(
        _ from: StreamSocket, _ to: StreamSocket, _ limit: @Sendable (Limits) -> Int
    ) async throws {
        var passed = 0
        while true {
            // Frozen: the bytes stay where they are, the sender's buffers fill.
            while limits.withLock({ limit($0) }) <= passed {
                if limits.withLock({ $0.cuts }) { return }
                try await Self.loop.sleep(for: .milliseconds(5))
            }
            var bytes: [UInt8] = []
            guard try await from.read({ span in for index in span.indices { bytes.append(span[index]) } })
            else {
                return
            }
            var rest = bytes[...]
            while !rest.isEmpty {
                let room = limits.withLock { limit($0) } - passed
                guard room > 0 else {
                    if limits.withLock({ $0.cuts }) { return }
                    try await Self.loop.sleep(for: .milliseconds(5))
                    continue
                }
                let part = Array(rest.prefix(room))
                try await to.write(part)
                passed += part.count
                rest = rest.dropFirst(part.count)
            }
        }
    }
}

/// Watches that a loop goes on: the longest time between two ticks that should be 10 ms apart.
final class Ticker: Sendable {
    private let longest = Mutex<Int64>(0)

    var longestMs: Int64 { longest.withLock { $0 } / 1_000_000 }

    /// Ticks while `body` runs.
    static func watch(_ body: @escaping @Sendable () async throws -> Void) async throws -> Ticker {
        let ticker = Ticker(), loop = TestLoop.shared
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: loop) {
                while true {
                    let before = loop.nowNs
                    try await loop.sleep(for: .milliseconds(10))
                    let span = loop.nowNs - before
                    ticker.longest.withLock { $0 = max($0, span) }
                }
            }
            try await body()
            group.cancelAll()
        }
        return ticker
    }
}
