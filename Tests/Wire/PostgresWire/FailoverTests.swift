// Several servers in one URL: the one that takes writes is found wherever it stands in the list, also after it has
// changed, and one that is there and silent does not keep the others from being asked.
import EventLoop
import Postgres
import TestSupport
import Testing
import World

@Suite struct `A list of servers` {
    private static func pool(_ ports: [UInt16], _ more: String = "", connections: Int = 2) -> PostgresPool {
        let hosts = ports.map { "127.0.0.1:\($0)" }.joined(separator: ",")
        var configuration = PostgresConfiguration(
            url: "postgresql://postgres@\(hosts)/postgres?sslmode=disable\(more)", connectionsMax: connections
        )
        configuration.connectTimeout = .seconds(3)
        configuration.acquireTimeout = .seconds(10)
        return PostgresPool(configuration, loop: TestLoop.shared, world: .forWireTests)
    }

    @Test func `is used past a standby, and follows the writes when they move`() async throws {
        let primary = try await TemporaryCluster.start()
        let standby = try await primary.startStandby()
        let pool = Self.pool([standby.port, primary.port], "&target_session_attrs=read-write")
        try await pool.query("create table kept (n int8)")
        for n in 0..<20 { try await pool.query("insert into kept values ($1)", [.int8(Int64(n))]) }
        try await until(atMost: .seconds(30)) {
            let rows = try? await standby.withPool("postgres") {
                try await $0.query("select count(*) from kept")
            }
            return try rows?.one().int8(0) == 20
        }
        // As when a machine loses its power: nothing is said, and what is under way is lost.
        let victim = Task { try await pool.query("select pg_sleep(60)") }
        try await until {
            try await primary.withPool("postgres") { pool in
                try await pool.query(
                    "select count(*) from pg_stat_activity where state = 'active' and query = 'select pg_sleep(60)'"
                ).one().int8(0) == 1
            }
        }
        try await primary.stopServer(mode: "immediate")
        let lost = await #expect(throws: PostgresError.self) { try await victim.value }
        #expect(lost?.kind == .connectionLost(sent: true))
        try await standby.promote()
        try await until(atMost: .seconds(30)) {
            (try? await pool.query("insert into kept values (20)")) != nil
        }
        #expect(try await pool.query("select count(*) from kept").one().int8(0) >= 21)
        await pool.close()
        try await standby.stop()
        try await primary.stop()
    }

    @Test func `of which nobody takes writes is refused with the server's own words`() async throws {
        let cluster = try await TemporaryCluster.shared()
        let role = "create role reader login; alter role reader set default_transaction_read_only = on"
        try await cluster.script(role, in: "postgres")
        var configuration = PostgresConfiguration(
            url: cluster.tcpURL("postgres", role: "reader") + "?target_session_attrs=read-write")
        configuration.acquireTimeout = .seconds(2)
        let pool = PostgresPool(configuration, loop: TestLoop.shared, world: .forWireTests)
        let error = await #expect(throws: PostgresError.self) { try await pool.query("select 1") }
        #expect(error?.kind == .connectFailed)
        await pool.close()
    }

    @Test func `is gone through although the first of them says nothing`() async throws {
        let cluster = try await TemporaryCluster.shared()
        try await FreezingProxy.run(before: cluster.port) { silent in
            silent.set(FreezingProxy.Limits(toClient: 0, toServer: 0))
            let pool = Self.pool([silent.port, cluster.port])
            let answer = try await pool.query("select 1::int8").one().int8(0)
            #expect(answer == 1)
            await pool.close()
        }
    }

    @Test(arguments: [
        "postgresql://postgres@127.0.0.1:1,127.0.0.1:2,127.0.0.1/x?hostaddr=127.0.0.1",
        "postgresql://postgres@/x?host=\(Array(repeating: "a", count: 17).joined(separator: ","))",
    ]) func `that does not add up is a mistake of the configuration`(_ url: String) async throws {
        var configuration = PostgresConfiguration(url: url)
        configuration.acquireTimeout = .seconds(300)
        let pool = PostgresPool(configuration, loop: TestLoop.shared, world: .forWireTests)
        // At once: waiting does not mend it.
        let error = await #expect(throws: PostgresError.self) { try await pool.query("select 1") }
        #expect(error?.kind == .configuration)
        await pool.close()
    }
}
