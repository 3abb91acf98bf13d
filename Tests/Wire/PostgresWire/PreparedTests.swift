// Statements are prepared once for each session, however often and however many at once they are asked; a session that
// is new or has forgotten them is told again, without a word to the caller; and no session is filled with names.
import Postgres
import TestSupport
import Testing

@Suite struct `A prepared statement` {
    private static let double: PostgresStatement = "select $1::int8 * 2 as doubled"

    /// How many names the session has for `text`; without one, for any.
    private func names(_ pool: PostgresPool, of text: String = "%") async throws -> Int64 {
        try await pool.query(
            "select count(*) from pg_prepared_statements where name <> '' and statement like $1",
            [.text(text)]
        ).one().int8(0)
    }

    private func session(_ pool: PostgresPool) async throws -> Int32 {
        try await pool.query("select pg_backend_pid()").one().int4(0)
    }

    @Test func `is prepared once for each session, and again for the next one`() async throws {
        let cluster = try await TemporaryCluster.shared()
        try await cluster.withPool("postgres", configure: { $0.connectionsMax = 1 }) { pool in
            func ask() async throws {
                try await withThrowingTaskGroup(of: Int64.self) { group in
                    for n in 0..<100 {
                        group.addTask {
                            try await pool.query(Self.double, [.int8(Int64(n))]).one().int8(0) - 2 * Int64(n)
                        }
                    }
                    for try await rest in group { #expect(rest == 0) }
                }
            }
            try await ask()
            try await ask()
            #expect(try await names(pool, of: Self.double.sql) == 1)
            let first = try await session(pool)
            try await cluster.execute("select pg_terminate_backend(\(first))", in: "postgres")
            try await until(atMost: .seconds(20)) { (try? await session(pool)) ?? first != first }
            try await ask()
            #expect(try await names(pool, of: Self.double.sql) == 1)
        }
    }

    @Test func `that the session has forgotten is prepared again, and its caller does not notice`()
        async throws
    {
        let cluster = try await TemporaryCluster.shared()
        try await cluster.withPool("postgres", configure: { $0.connectionsMax = 1 }) { pool in
            let before = try await session(pool)
            for _ in 0..<3 {
                #expect(try await pool.query(Self.double, [.int8(4)]).one().int8(0) == 8)
                try await pool.query("deallocate all")
            }
            #expect(try await pool.query(Self.double, [.int8(5)]).one().int8(0) == 10)
            #expect(try await session(pool) == before)
        }
    }

    @Test func `has a name only while there are few, and works without one`() async throws {
        let cluster = try await TemporaryCluster.shared()
        try await cluster.withPool("postgres", configure: { $0.connectionsMax = 1 }) { pool in
            for n in 0..<600 {
                let statement = PostgresStatement(composed: "select $1::int8 + \(n)")
                for value in 0..<2 {
                    let sum = try await pool.query(statement, [.int8(Int64(value))]).one().int8(0)
                    #expect(sum == Int64(n + value))
                }
            }
            #expect(try await names(pool) == 512)
        }
    }
}
