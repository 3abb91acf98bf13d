// What happens when the server, the network or the caller gives up: the failure that each caller sees, and
// that the pool works again afterwards.
import EventLoop
import Glibc
import Postgres
import TestSupport
import Testing
import World

@Suite struct `A pool in trouble` {
    @Test func `fails exactly what was in flight on a killed session, and recovers`() async throws {
        let cluster = try await TemporaryCluster.shared()
        try await cluster.withPool("postgres", configure: { $0.connectionsMax = 2 }) { pool in
            let victim = Task { try await pool.query("select pg_sleep(20), 'the victim'") }
            try await until { try await cluster.sessions("%the victim%") == 1 }
            try await cluster.terminate("%the victim%")
            let error = await #expect(throws: PostgresError.self) { try await victim.value }
            #expect(error?.kind == .connectionLost(sent: true))
            #expect(error?.isRetryable == true)
            #expect(try await pool.query("select 1::int8").one().int8(0) == 1)
        }
    }

    @Test func `replaces a connection that ended while it was idle`() async throws {
        let cluster = try await TemporaryCluster.shared()
        try await cluster.withPool("postgres", configure: { $0.connectionsMax = 1 }) { pool in
            let first = try await pool.query("select pg_backend_pid(), 'idle one'").one().int4(0)
            try await cluster.execute("select pg_terminate_backend(\(first))", in: "postgres")
            try await until {
                (try? await pool.query("select pg_backend_pid()").one().int4(0)) ?? first != first
            }
        }
    }

    @Test func `survives a restart of the server`() async throws {
        let cluster = try await TemporaryCluster.start()
        try await cluster.withPool("postgres") { pool in
            try await pool.query("create table kept (n int8)")
            try await pool.query("insert into kept values (1)")
            try await cluster.stopServer()
            async let waiting = pool.query("select count(*) from kept")
            try await cluster.startAgain()
            #expect(try await waiting.one().int8(0) == 1)
            try await cluster.restartServer(mode: "immediate")
            #expect(try await pool.query("select count(*) from kept").one().int8(0) == 1)
        }
        try await cluster.stop()
    }

    @Test func `says that nobody answers when there is no server`() async throws {
        var configuration = PostgresConfiguration(url: "postgresql:///nothing?host=/tmp/no-such-folder")
        configuration.acquireTimeout = .milliseconds(200)
        let pool = PostgresPool(configuration, loop: TestLoop.shared, world: .forWireTests)
        let error = await #expect(throws: PostgresError.self) { try await pool.query("select 1") }
        #expect(error?.kind == .connectFailed)
        await pool.close()
        let closed = await #expect(throws: PostgresError.self) { try await pool.query("select 1") }
        #expect(closed?.kind == .closed)
    }

    @Test func `does not tell the password of a URL that it cannot read`() async throws {
        var configuration = PostgresConfiguration(url: "postgresql://me:hunter2@host:notaport:/db?x")
        configuration.acquireTimeout = .milliseconds(200)
        let pool = PostgresPool(configuration, loop: TestLoop.shared, world: .forWireTests)
        let error = await #expect(throws: PostgresError.self) { try await pool.query("select 1") }
        #expect(error?.kind == .configuration)
        #expect("\(configuration)\(String(describing: error))".contains("hunter2") == false)
        await pool.close()
    }

    @Test func `refuses callers that waited too long for a connection`() async throws {
        let cluster = try await TemporaryCluster.shared()
        let configure: (inout PostgresConfiguration) -> Void = {
            $0.connectionsMax = 1
            $0.acquireTimeout = .milliseconds(150)
        }
        try await cluster.withPool("postgres", configure: configure) { pool in
            // On a busy machine the first connection may take longer than this pool lets anybody wait.
            try await until { (try? await pool.query("select 1")) != nil }
            try await pool.transaction { transaction in
                try await transaction.query("select 1")
                let error = await #expect(throws: PostgresError.self) { try await pool.query("select 1") }
                #expect(error?.kind == .poolExhausted)
                let other = await #expect(throws: PostgresError.self) {
                    try await pool.transaction { _ in }
                }
                #expect(other?.kind == .poolExhausted)
            }
            #expect(try await pool.query("select 1::int8").one().int8(0) == 1)
        }
    }

    @Test func `lets the server stop a statement that takes too long`() async throws {
        let cluster = try await TemporaryCluster.shared()
        let configure: (inout PostgresConfiguration) -> Void = { $0.statementTimeout = .seconds(2) }
        try await cluster.withPool("postgres", configure: configure) { pool in
            let error = await #expect(throws: PostgresError.self) {
                try await pool.query("select pg_sleep(10)")
            }
            #expect(error?.kind == .timedOut)
            let found = try await pool.query("select 1::int8").one().int8(0)
            #expect(found == 1)
        }
    }

    @Test func `stops a statement itself when the caller's own limit is shorter`() async throws {
        let cluster = try await TemporaryCluster.shared()
        try await cluster.withPool("postgres", configure: { $0.connectionsMax = 1 }) { pool in
            try await pool.query("select 1")
            let clock = ContinuousClock(), start = clock.now
            let error = await #expect(throws: PostgresError.self) {
                try await pool.query("select pg_sleep(20), 'limited'", timeout: .milliseconds(100))
            }
            #expect(error?.kind == .timedOut)
            // The session itself is freed too, by a cancel, long before the statement would have ended.
            let found = try await pool.query("select 1::int8").one().int8(0)
            #expect(found == 1)
            #expect(clock.now - start < .seconds(18))
        }
    }

    @Test func `gives a statement that is sent behind another the time that it would have had alone`()
        async throws
    {
        let cluster = try await TemporaryCluster.shared()
        try await cluster.withPool("postgres", configure: { $0.connectionsMax = 1 }) { lock in
            let configure: (inout PostgresConfiguration) -> Void = {
                $0.connectionsMax = 1
                $0.timesEachAlone = true
            }
            try await cluster.withPool("postgres", configure: configure) { pool in
                let process = try await pool.query("select pg_backend_pid()").one().int4(0)
                try await lock.query("select pg_advisory_lock(7355608)")
                let ahead = Task {
                    try await pool.query("select pg_advisory_lock(7355608), 'the one ahead'")
                }
                try await until { try await cluster.sessions("%the one ahead%") == 1 }
                let patience = Duration.seconds(1)
                let behind = Task {
                    try await pool.query("select pg_backend_pid()", timeout: patience).one().int4(0)
                }
                try await TestLoop.shared.sleep(for: patience * 2)
                try await lock.query("select pg_advisory_unlock(7355608)")
                _ = try await ahead.value
                #expect(try await behind.value == process)
                // Its own time ends all the same.
                let error = await #expect(throws: PostgresError.self) {
                    try await pool.query("select pg_sleep(20)", timeout: .milliseconds(100))
                }
                #expect(error?.kind == .timedOut)
            }
        }
    }

    @Test func `stops a statement whose task was cancelled`() async throws {
        let cluster = try await TemporaryCluster.shared()
        try await cluster.withPool("postgres", configure: { $0.connectionsMax = 1 }) { pool in
            let task = Task { try await pool.query("select pg_sleep(20), 'unwanted'") }
            try await until { try await cluster.sessions("%unwanted%") == 1 }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            try await until { try await cluster.sessions("%unwanted%") == 0 }
            #expect(try await pool.query("select 1::int8").one().int8(0) == 1)
        }
    }

    @Test func `gives up a session that answers no more, not even to a cancel`() async throws {
        let cluster = try await TemporaryCluster.shared()
        try await cluster.withPool("postgres", configure: { $0.connectionsMax = 1 }) { pool in
            let process = try await pool.query("select pg_backend_pid()").one().int4(0)
            kill(process, SIGSTOP)
            defer { kill(process, SIGCONT) }
            let error = await #expect(throws: PostgresError.self) {
                try await pool.query("select 1", timeout: .milliseconds(200))
            }
            #expect(error?.kind == .timedOut)
            // It was sent to the silent session, and fails with it; the next one gets a new session.
            let second = await #expect(throws: PostgresError.self) { try await pool.query("select 2") }
            #expect(second?.kind == .connectionLost(sent: true))
            let other = try await pool.query("select pg_backend_pid()").one().int4(0)
            #expect(other != process)
        }
    }

    @Test func `undoes a transaction whose task was cancelled`() async throws {
        let cluster = try await TemporaryCluster.shared()
        let database = try await cluster.freshDatabase()
        try await cluster.execute("create table item (k int8)", in: database)
        try await cluster.withPool(database, configure: { $0.connectionsMax = 1 }) { pool in
            let task = Task {
                try await pool.transaction { transaction in
                    try await transaction.query("insert into item values (1)")
                    try await transaction.query("select pg_sleep(20), 'half done'")
                }
            }
            try await until { try await cluster.sessions("%half done%") == 1 }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(try await pool.query("select count(*) from item").one().int8(0) == 0)
        }
    }

    @Test func `loses a transaction that was left open for too long`() async throws {
        let cluster = try await TemporaryCluster.shared()
        let database = try await cluster.freshDatabase()
        try await cluster.execute("create table item (k int8)", in: database)
        let configure: (inout PostgresConfiguration) -> Void = {
            $0.connectionsMax = 1
            $0.idleInTransactionTimeout = .milliseconds(200)
        }
        try await cluster.withPool(database, configure: configure) { pool in
            let error = await #expect(throws: PostgresError.self) {
                try await pool.transaction { transaction in
                    try await transaction.query("insert into item values (1)")
                    try await until(atMost: .seconds(20)) {
                        let open = try await cluster.withPool("postgres") { pool in
                            try await pool.query(
                                """
                                select count(*) from pg_stat_activity
                                where datname = $1 and state like 'idle in transaction%'
                                """, [.text(database)]
                            ).one().int8(0)
                        }
                        return open == 0
                    }
                    try await transaction.query("insert into item values (2)")
                }
            }
            // Whether it was sent is not known; the transaction can be begun again either way.
            #expect(error?.isRetryable == true, "\(String(describing: error))")
            let kept = try await pool.query("select count(*) from item").one().int8(0)
            #expect(kept == 0)
        }
    }

    @Test func `refuses a server that would lose commits, except for a demo`() async throws {
        let cluster = try await TemporaryCluster.start(settings: ["fsync": "off"])
        try await cluster.withPool("postgres") { pool in
            let error = await #expect(throws: PostgresError.self) {
                try await requireDurability(pool, isDemo: false)
            }
            #expect(error?.kind == .notDurable)
            try await requireDurability(pool, isDemo: true)
        }
        try await cluster.stop()
        let durable = try await TemporaryCluster.shared()
        try await durable.withPool("postgres") { try await requireDurability($0, isDemo: false) }
        let role = "create role forgetful login; alter role forgetful set synchronous_commit = off"
        try await durable.script(role, in: "postgres")
        try await durable.withPool("postgres", role: "forgetful") { pool in
            await #expect(throws: PostgresError.self) { try await requireDurability(pool, isDemo: false) }
        }
    }
}

extension TemporaryCluster {
    /// How many sessions run a statement like this one right now.
    fileprivate func sessions(_ pattern: String) async throws -> Int64 {
        try await withPool("postgres") { pool in
            try await pool.query(
                """
                select count(*) from pg_stat_activity
                where state = 'active' and query like $1 and pid <> pg_backend_pid()
                """, [.text(pattern)]
            ).one().int8(0)
        }
    }

    fileprivate func terminate(_ pattern: String) async throws {
        try await withPool("postgres") { pool in
            _ = try await pool.query(
                """
                select pg_terminate_backend(pid) from pg_stat_activity
                where state = 'active' and query like $1 and pid <> pg_backend_pid()
                """, [.text(pattern)])
        }
    }
}
