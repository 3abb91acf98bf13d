// A server that is there and does not answer, or does not read, at every phase of a session: the caller learns it by
// its deadline, the loop goes on for everybody else, and when the server comes back so do we.
import EventLoop
import Postgres
import TestSupport
import Testing
import World

@Suite struct `A server that freezes` {
    /// A call of libpq that waited would hold the loop for as long as the server is frozen: for ever, since the proxy
    /// that thaws it is on the same loop. A busy machine alone takes less than this.
    private static let stallMsMax = Int64(5_000 * Sanitizer.slowness)

    private static func withFrozen(
        configure: @escaping @Sendable (inout PostgresConfiguration) -> Void = { _ in },
        _ body: @escaping @Sendable (FreezingProxy, PostgresPool) async throws -> Void
    ) async throws {
        let cluster = try await TemporaryCluster.shared()
        try await FreezingProxy.run(before: cluster.port) { proxy in
            var configuration = PostgresConfiguration(
                url: "postgresql://postgres@127.0.0.1:\(proxy.port)/postgres", connectionsMax: 1)
            configuration.connectTimeout = .seconds(1)
            configuration.acquireTimeout = .seconds(2)
            configure(&configuration)
            let pool = PostgresPool(configuration, loop: TestLoop.shared, world: .forWireTests)
            do {
                let ticker = try await Ticker.watch { try await body(proxy, pool) }
                #expect(ticker.longestMs < stallMsMax, "the loop stood still for \(ticker.longestMs) ms")
            } catch {
                await pool.close()
                throw error
            }
            await pool.close()
        }
    }

    private static func failure(_ call: () async throws -> PostgresRows) async -> PostgresError? {
        do { _ = try await call() } catch let error as PostgresError { return error } catch {
            Issue.record("\(error)")
        }
        return nil
    }

    /// Comes back by itself once the server does.
    private static func expectRecovery(_ proxy: FreezingProxy, _ pool: PostgresPool) async throws {
        proxy.set(FreezingProxy.Limits())
        try await until(atMost: .seconds(30)) { await failure { try await pool.query("select 1") } == nil }
    }

    @Test(arguments: [0, 1, 40])
    func `while a session begins costs its caller the time to connect, and nobody else any`(
        _ bytes: Int
    ) async throws {
        try await Self.withFrozen { proxy, pool in
            proxy.set(FreezingProxy.Limits(toClient: bytes))
            let start = TestLoop.shared.nowNs
            let error = await Self.failure { try await pool.query("select 1") }
            #expect(error?.kind == .connectFailed, "after \(bytes) bytes: \(String(describing: error))")
            #expect(TestLoop.shared.nowNs - start < 20_000_000_000)
            try await Self.expectRecovery(proxy, pool)
        }
    }

    @Test func `before it reads the first byte is the same to its caller`() async throws {
        try await Self.withFrozen { proxy, pool in
            proxy.set(FreezingProxy.Limits(toServer: 0))
            #expect(await Self.failure { try await pool.query("select 1") }?.kind == .connectFailed)
            try await Self.expectRecovery(proxy, pool)
        }
    }

    @Test func `in the middle of an answer is given up, although its cancel hangs as well`() async throws {
        try await Self.withFrozen { proxy, pool in
            try await pool.query("select 1")
            proxy.set(FreezingProxy.Limits(toClient: 100_000))
            let error = await Self.failure {
                try await pool.query("select repeat('x', 1000000)", timeout: .milliseconds(300))
            }
            #expect(error?.kind == .timedOut)
            // The session is not used again: what waits behind on it learns that it is lost.
            let next = await Self.failure { try await pool.query("select 2") }
            #expect(next?.kind == .connectionLost(sent: true))
            try await Self.expectRecovery(proxy, pool)
        }
    }

    @Test func `and reads nothing takes no more of a statement than its buffers hold`() async throws {
        try await Self.withFrozen { proxy, pool in
            try await pool.query("select 1")
            proxy.set(FreezingProxy.Limits(toServer: 0))
            let large = [UInt8](repeating: 7, count: 24 << 20)
            let error = await Self.failure {
                try await pool.query("select length($1)::int8", [.bytes(large)], timeout: .milliseconds(500))
            }
            #expect(error?.kind == .timedOut)
            try await Self.expectRecovery(proxy, pool)
        }
    }

    @Test func `inside a transaction ends it, and nothing of it is kept`() async throws {
        let cluster = try await TemporaryCluster.shared()
        let database = try await cluster.freshDatabase()
        try await cluster.execute("create table item (k int8)", in: database)
        try await FreezingProxy.run(before: cluster.port) { proxy in
            var configuration = PostgresConfiguration(
                url: "postgresql://postgres@127.0.0.1:\(proxy.port)/\(database)", connectionsMax: 2,
                statementTimeout: .milliseconds(500))
            configuration.connectTimeout = .seconds(1)
            let pool = PostgresPool(configuration, loop: TestLoop.shared, world: .forWireTests)
            let ticker = try await Ticker.watch {
                let error = await #expect(throws: PostgresError.self) {
                    try await pool.transaction { transaction in
                        try await transaction.query("insert into item values (1)")
                        proxy.set(FreezingProxy.Limits(toClient: 0, toServer: 0))
                        try await transaction.query("insert into item values (2)")
                    }
                }
                #expect(error?.isRetryable == true, "\(String(describing: error))")
            }
            #expect(ticker.longestMs < Self.stallMsMax)
            await pool.close()
            proxy.set(FreezingProxy.Limits())
        }
        try await until(atMost: .seconds(20)) {
            try await cluster.withPool(database) {
                try await $0.query("select count(*) from item").one().int8(0) == 0
            }
        }
    }
}
