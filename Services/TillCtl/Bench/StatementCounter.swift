// Statements by role, by PostgreSQL's own pg_stat_statements, where it is installed. Off but while it counts.
import Postgres

struct StatementCounter {
    private let pool: PostgresPool

    /// One role's share.
    struct Share: Sendable {
        var role: String
        var calls: Double
        var milliseconds: Double
    }

    /// One statement of a role.
    struct Statement: Sendable {
        var role: String
        var text: String
        var calls: Double
        var milliseconds: Double
    }

    /// Nil where the extension is missing.
    init?(_ bench: Bench) async throws {
        let cluster = bench.stack.cluster
        pool = PostgresPool(
            PostgresConfiguration(
                url: "postgresql://\(cluster.superuser)@127.0.0.1:\(cluster.port)/till",
                password: try bench.stack.secrets.text("postgres-superuser"), applicationName: "bench",
                connectionsMax: 1),
            loop: bench.tools.loop, world: bench.tools.world)
        do {
            try await pool.query("create extension if not exists pg_stat_statements")
            try await pool.query("select count(*) from pg_stat_statements")
            try await pool.query("alter system set pg_stat_statements.track = 'none'")
        } catch is PostgresError {
            await pool.close()
            return nil
        }
    }

    func begin() async throws {
        try await pool.query("alter system set pg_stat_statements.track = 'top'")
        try await pool.query("alter system set pg_stat_statements.track_planning = 'on'")
        try await pool.query("select pg_reload_conf()")
        try await pool.query("select pg_sleep(0.5)")
        try await pool.query("select pg_stat_statements_reset()")
    }

    func statements() async throws -> [Share] {
        let rows = try await pool.query(
            """
            select r.rolname::text as role, sum(s.calls)::float8 as calls,
              sum(s.total_exec_time + s.total_plan_time)::float8 as ms
            from pg_stat_statements s join pg_roles r on r.oid = s.userid
            where r.rolname like 'till\\_%' and r.rolname <> 'till_super'
            group by r.rolname order by 2 desc
            """)
        return try rows.map {
            Share(
                role: try $0.text("role"), calls: try $0.doubleOrNil("calls") ?? 0,
                milliseconds: try $0.doubleOrNil("ms") ?? 0)
        }
    }

    /// The `limit` that took PostgreSQL most time, planning and executing, dearest first.
    func dearest(_ limit: Int) async throws -> [Statement] {
        let rows = try await pool.query(
            """
            select r.rolname::text as role, s.calls::float8 as calls,
              (s.total_exec_time + s.total_plan_time)::float8 as ms,
              left(regexp_replace(s.query, '\\s+', ' ', 'g'), 100) as text
            from pg_stat_statements s join pg_roles r on r.oid = s.userid
            where r.rolname like 'till\\_%' and r.rolname <> 'till_super'
            order by 3 desc limit $1
            """, [.int8(Int64(limit))])
        return try rows.map {
            Statement(
                role: try $0.text("role"), text: try $0.text("text"),
                calls: try $0.doubleOrNil("calls") ?? 0, milliseconds: try $0.doubleOrNil("ms") ?? 0)
        }
    }

    /// Of all databases, so far.
    func commits() async throws -> Double {
        try await pool.query("select sum(xact_commit)::float8 as n from pg_stat_database").one().doubleOrNil(
            "n") ?? 0
    }

    func end() async {
        // The stack is about to end; a counter left on would only cost a little.
        _ = try? await pool.query("alter system set pg_stat_statements.track = 'none'")
        _ = try? await pool.query("select pg_reload_conf()")
        await pool.close()
    }
}
