// A proxy between us and the server that stops moving bytes where a test says, as a network or a machine does that is
// there and does not answer. New connections are still accepted, by the kernel at least. And one that ends connections
// whose last answers it has kept back: what was asked is done, and who asked does not hear of it.
import EventLoop
import Glibc
package import Postgres
import Synchronization

package final class FreezingProxy: Sendable {
    /// What it lets through.
    package struct Limits: Sendable {
        /// Bytes from each server connection to its client.
        var toClient: Int
        /// Bytes from each client to its server.
        var toServer: Int
        /// Not only stops there, but ends the connection, as a machine does that was restarted.
        var cuts: Bool

        package init(toClient: Int = .max, toServer: Int = .max, cuts: Bool = false) {
            self.toClient = toClient
            self.toServer = toServer
            self.cuts = cuts
        }
    }

    private let limits = Mutex(Limits())
    /// Counts cuts: connections of before one are ended.
    private let ended = Mutex(0)
    private let listener: Listener
    private let target: SocketAddress
    private static let loop = TestLoop.shared

    package var port: UInt16 { listener.port }

    private init(listener: Listener, target: SocketAddress) {
        self.listener = listener
        self.target = target
    }

    /// From now on, for connections that are open too.
    package func set(_ limits: Limits) { self.limits.withLock { $0 = limits } }

    /// Clients hear no more, while the server goes on with what it is asked.
    package func keepAnswers() { set(Limits(toClient: 0)) }

    /// Ends what is open, with the answers that were kept; what is opened from now on is let through.
    package func cut() {
        ended.withLock { $0 += 1 }
        set(Limits())
    }

    /// Stands in front of `port` while `body` runs.
    package static func run(
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

    private struct Cut: Error {}

    private func check(_ born: Int) throws { if ended.withLock({ $0 }) != born { throw Cut() } }

    private func pump(
        _ from: StreamSocket, _ to: StreamSocket, _ limit: @Sendable (Limits) -> Int
    ) async throws {
        var passed = 0
        let born = ended.withLock { $0 }
        while true {
            // Frozen: the bytes stay where they are, the sender's buffers fill.
            while limits.withLock({ limit($0) }) <= passed {
                if limits.withLock({ $0.cuts }) { return }
                try await Self.loop.sleep(for: .milliseconds(5))
                try check(born)
            }
            var bytes: [UInt8] = []
            guard try await from.read({ span in for index in span.indices { bytes.append(span[index]) } })
            else {
                return
            }
            var rest = bytes[...]
            while !rest.isEmpty {
                try check(born)
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

extension TemporaryCluster {
    /// As `withPool`, over TCP and `proxy`, by one connection.
    package func withPool<Value: Sendable>(
        _ database: String, role: String, behind proxy: FreezingProxy,
        _ body: (PostgresPool) async throws -> Value
    ) async throws -> Value {
        try await withPool(
            database, role: role,
            configure: {
                $0.url = url(database, role: role, behind: proxy)
                $0.preparesStatements = true
                $0.connectionsMax = 1
            }, body)
    }

    package func url(_ database: String, role: String, behind proxy: FreezingProxy) -> String {
        "postgresql://\(role)@127.0.0.1:\(proxy.port)/\(database)"
    }
}

/// Until at least as many sessions of the database of `pool` wait for a lock.
package func untilLocked(
    _ count: Int = 1, atMost limit: Duration = .seconds(30), on pool: PostgresPool
) async throws {
    try await until(atMost: limit) {
        try await pool.query(
            "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        ).count >= count
    }
}
