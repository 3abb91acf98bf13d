// A server, or what stands in its place, that does what we never asked for: a flood of notices, the states of COPY, an
// answer that ends in its middle, bytes of another protocol. And statements that are larger than any may be.
import EventLoop
import Glibc
import Postgres
import TestSupport
import Testing
import World

@Suite struct `A server that does what nobody asked for` {
    private static func failure(_ call: () async throws -> PostgresRows) async -> PostgresError? {
        do { _ = try await call() } catch let error as PostgresError { return error } catch {
            Issue.record("\(error)")
        }
        return nil
    }

    @Test func `sends a flood of notices, which stops nobody and is written nowhere`() async throws {
        let cluster = try await TemporaryCluster.shared()
        let printed = try await withStandardErrorCaught {
            try await cluster.withPool("postgres", configure: { $0.connectionsMax = 1 }) { pool in
                let flood = """
                    do $$ begin for i in 1..50000 loop
                    raise notice 'the flood % %', i, repeat('x', 200); end loop; end $$
                    """
                let ticker = try await Ticker.watch {
                    async let other = pool.query("select 7::int8")
                    try await pool.query(PostgresStatement(composed: flood))
                    #expect(try await other.one().int8(0) == 7)
                }
                #expect(
                    ticker.longestMs < 2_000 * Int64(Sanitizer.slowness),
                    "the loop stood still for \(ticker.longestMs) ms")
                #expect(try await pool.query("select 1::int8").one().int8(0) == 1)
            }
        }
        // A notice may quote a row.
        #expect(!printed.contains("the flood"))
    }

    /// What is written to standard error while `body` runs.
    private func withStandardErrorCaught(_ body: () async throws -> Void) async throws -> String {
        var template = Array("/tmp/till-stderr-XXXXXX".utf8CString)
        let file = mkstemp(&template), before = dup(2)
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard file >= 0, before >= 0 else { throw SystemFailure.badAddress }
        dup2(file, 2)
        let result: Result<Void, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        dup2(before, 2)
        close(before)
        close(file)
        let text = try readText(path)
        unlink(path)
        try result.get()
        return text
    }

    @Test(arguments: ["copy (select 1) to stdout", "copy item from stdin"])
    func `begins a COPY, which ends the session and hangs nobody`(_ statement: String) async throws {
        let cluster = try await TemporaryCluster.shared()
        let database = try await cluster.freshDatabase()
        try await cluster.execute("create table item (k int8)", in: database)
        try await cluster.withPool(database, configure: { $0.connectionsMax = 1 }) { pool in
            let before = try await pool.query("select pg_backend_pid()").one().int4(0)
            let error = await Self.failure { try await pool.query(PostgresStatement(composed: statement)) }
            #expect(error?.kind == .connectionLost(sent: true))
            let after = try await pool.query("select pg_backend_pid()").one().int4(0)
            #expect(after != before)
            let kept = try await pool.query("select count(*) from item").one().int8(0)
            #expect(kept == 0)
        }
    }

    @Test func `ends in the middle of an answer, which is lost whole`() async throws {
        let cluster = try await TemporaryCluster.shared()
        try await FreezingProxy.run(before: cluster.port) { proxy in
            var configuration = PostgresConfiguration(
                url: "postgresql://postgres@127.0.0.1:\(proxy.port)/postgres", connectionsMax: 1)
            configuration.acquireTimeout = .seconds(20)
            let pool = PostgresPool(configuration, loop: TestLoop.shared, world: .forWireTests)
            let small = try await pool.query("select n from generate_series(1, 5) n")
            #expect(small.count == 5)
            proxy.set(FreezingProxy.Limits(toClient: 50_000, cuts: true))
            let error = await Self.failure {
                try await pool.query("select n, repeat('x', 100) from generate_series(1, 10000) n")
            }
            #expect(error?.kind == .connectionLost(sent: true) && error?.isRetryable == true)
            proxy.set(FreezingProxy.Limits())
            // The same statement, prepared anew on the session that takes its place.
            let again = try await pool.query("select n from generate_series(1, 5) n")
            #expect(again.count == 5)
            await pool.close()
        }
    }

    /// Messages of the server as its protocol writes them: a type, a length that counts itself, and what it holds.
    private static func message(_ type: Character, _ body: [UInt8], length: UInt32? = nil) -> [UInt8] {
        let length = length ?? UInt32(body.count + 4)
        return [type.asciiValue ?? 0] + (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) }
            + body
    }

    private static let welcome = message("R", [0, 0, 0, 0]) + message("Z", [73])

    @Test(arguments: [
        Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8), message("R", [0, 0, 0, 99]),
        message("R", [0, 0, 0, 0], length: 0x7FFF_FFFF), message("E", [0xFF, 0xFF, 0xFF, 0xFF]),
        [0, 0, 0, 0, 0, 0, 0, 0],
    ]) func `is no PostgreSQL and is not connected to`(_ greeting: [UInt8]) async throws {
        try await Self.withImpostor({ _ in greeting }) { pool in
            let error = await Self.failure { try await pool.query("select 1") }
            #expect(error?.kind == .connectFailed)
        }
    }

    @Test(arguments: [
        Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8), message("D", [0, 9, 0, 0]),
        message("T", [0, 1], length: 3),
        message("1", []) + message("1", []) + message("1", []) + message("1", []),
        message("Z", [73]) + message("Z", [73]), message("G", [0, 0, 0]), message("S", [65]),
    ]) func `answers a statement with something else and is left`(_ answer: [UInt8]) async throws {
        try await Self.withImpostor({ $0 == 0 ? Self.welcome : answer }) { pool in
            let error = await Self.failure { try await pool.query("select 1", timeout: .seconds(3)) }
            #expect(
                [.connectionLost(sent: true), .timedOut].contains(error?.kind), "\(String(describing: error))"
            )
        }
    }

    /// Accepts, and sends `script(n)` for the n-th time that the client writes.
    private static func withImpostor(
        _ script: @escaping @Sendable (Int) -> [UInt8],
        _ body: @escaping @Sendable (PostgresPool) async throws -> Void
    ) async throws {
        let loop = TestLoop.shared
        try await loop.run {
            guard let here = SocketAddress(numeric: "127.0.0.1", port: 0) else {
                throw SystemFailure.badAddress
            }
            let listener = try Listener(on: here, loop: loop)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask(executorPreference: loop) {
                    while let client = try? await listener.accept() {
                        // The client goes when it has heard enough.
                        for turn in 0..<100 {
                            guard (try? await client.read { _ in }) == true else { break }
                            try? await client.write(script(turn))
                        }
                        client.close()
                    }
                }
                var configuration = PostgresConfiguration(
                    url: "postgresql://me@127.0.0.1:\(listener.port)/x?sslmode=disable", connectionsMax: 1)
                configuration.connectTimeout = .seconds(2)
                configuration.acquireTimeout = .milliseconds(500)
                let pool = PostgresPool(configuration, loop: loop, world: .forWireTests)
                let result: Result<Void, any Error>
                do { result = .success(try await body(pool)) } catch { result = .failure(error) }
                await pool.close()
                listener.close()
                group.cancelAll()
                try result.get()
            }
        }
    }

    @Test func `gets no statement that is larger than one may be, and goes on after one that is as large`()
        async throws
    {
        let cluster = try await TemporaryCluster.shared()
        try await cluster.withPool("postgres", configure: { $0.connectionsMax = 1 }) { pool in
            func sum(_ count: Int) async throws -> PostgresRows {
                let places = (1...count).map { "$\($0)" }.joined(separator: ",")
                return try await pool.query(
                    PostgresStatement(composed: "select cardinality(array[\(places)]::int8[])::int8"),
                    Array(repeating: .int8(1), count: count))
            }
            #expect(try await sum(65_535).one().int8(0) == 65_535)
            #expect(await Self.failure { try await sum(65_536) }?.kind == .configuration)
            let most = [UInt8](repeating: 1, count: 64 << 20)
            let length = try await pool.query("select length($1)::int8", [.bytes(most)]).one().int8(0)
            #expect(length == 64 << 20)
            let over = await Self.failure {
                try await pool.query("select length($1)::int8", [.bytes(most + [1])])
            }
            #expect(over?.kind == .configuration)
            #expect(try await pool.query("select 1::int8").one().int8(0) == 1)
        }
    }
}
