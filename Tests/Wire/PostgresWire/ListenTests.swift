// LISTEN: a notification wakes, and goes on waking after the session was lost.
import Postgres
import Synchronization
import TestSupport
import Testing
import World

@Suite struct `A subscription` {
    private final class Heard: Sendable {
        private let calls = Mutex<[String]>([])
        func add(_ channel: String, _ payload: String) {
            calls.withLock { $0.append(channel + ":" + payload) }
        }
        func count(_ call: String) -> Int { calls.withLock { all in all.count { $0 == call } } }
    }

    @Test func `wakes on a notification, and again after its session was killed`() async throws {
        let cluster = try await TemporaryCluster.shared()
        let database = try await cluster.freshDatabase()
        let heard = Heard()
        let configure: (inout PostgresConfiguration) -> Void = { $0.applicationName = "subscriber" }
        try await cluster.withPool(database, configure: configure) { pool in
            let listening = Task {
                try await pool.listen(["till_work", "Other \"one\""]) { heard.add($0, $1) }
            }
            try await until { heard.count("till_work:") == 1 && heard.count("Other \"one\":") == 1 }
            try await pool.query("select pg_notify('till_work', 'first'), pg_notify('Other \"one\"', 'x')")
            try await until { heard.count("till_work:first") == 1 && heard.count("Other \"one\":x") == 1 }
            try await cluster.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'subscriber listen'",
                in: "postgres")
            try await until { heard.count("till_work:") == 2 }
            try await pool.query("select pg_notify('till_work', 'second')")
            try await until { heard.count("till_work:second") == 1 }
            listening.cancel()
            await #expect(throws: CancellationError.self) { try await listening.value }
            try await until {
                try await pool.query(
                    "select count(*) from pg_stat_activity where application_name = 'subscriber listen'"
                ).one().int8(0) == 0
            }
        }
    }

    @Test func `behind a pooler alone waits quietly until it is cancelled`() async throws {
        let cluster = try await TemporaryCluster.shared()
        try await cluster.withPool("postgres", configure: { $0.preparesStatements = false }) { pool in
            let listening = Task { try await pool.listen(["till_work"]) { _, _ in Issue.record("called") } }
            listening.cancel()
            await #expect(throws: CancellationError.self) { try await listening.value }
        }
    }
}
