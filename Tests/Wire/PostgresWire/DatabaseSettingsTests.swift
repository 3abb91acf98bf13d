// What deploy/postgres/databases.sql promises of a database, asked of a real server.
import Postgres
import TestSupport
import Testing

@Suite struct `A database of ours` {
    @Test func `writes no row and no parameter into the server's log when a statement fails`() async throws {
        let cluster = try await TemporaryCluster.shared()
        try await cluster.withPool("postgres") { pool in
            let settings = try await pool.query(
                """
                select unnest(s.setconfig) as setting from pg_db_role_setting s
                join pg_database d on d.oid = s.setdatabase where d.datname = 'till_template'
                """
            ).map { try $0.text("setting") }
            #expect(settings.contains("log_error_verbosity=terse"))
            #expect(settings.contains("log_parameter_max_length_on_error=0"))
        }
    }
}
