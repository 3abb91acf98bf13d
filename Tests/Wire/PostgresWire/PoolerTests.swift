// A real PgBouncer in transaction mode between us and the server: every statement may run in another session
// than the one before. Skipped, with a line that says so, where no pgbouncer is installed.
import JobQueue
import Observe
import Postgres
import Synchronization
import TestSupport
import Testing
import World

@Suite(.serialized) struct `Behind a pooler in transaction mode` {
    private struct Place: Sendable {
        let cluster: TemporaryCluster
        let pooler: TemporaryPooler
        let database: String
        let pool: PostgresPool
    }

    private func behindPooler(
        role: String = "postgres", listens: Bool = true,
        prepare: (TemporaryCluster, String) async throws -> Void = { _, _ in },
        _ body: (Place) async throws -> Void
    ) async throws {
        let cluster = try await TemporaryCluster.shared()
        guard let pooler = try await TemporaryPooler.start(before: cluster) else {
            return print("skipped, no pgbouncer")
        }
        let database = try await cluster.freshDatabase()
        try await prepare(cluster, database)
        let pool = PostgresPool(
            PostgresConfiguration(
                url: pooler.url(database, role: role), applicationName: "pooled", connectionsMax: 8,
                preparesStatements: false, listenURL: listens ? cluster.url(database, role: role) : nil),
            loop: TestLoop.shared, world: .forWireTests)
        do {
            try await body(
                Place(cluster: cluster, pooler: pooler, database: database, pool: pool))
        } catch {
            await pool.close()
            try await pooler.stop()
            throw error
        }
        await pool.close()
        try await pooler.stop()
    }

    @Test func `statements of many tasks run at once, each with its own values and its own error`()
        async throws
    {
        try await behindPooler { place in
            let pool = place.pool
            try await withThrowingTaskGroup(of: Void.self) { group in
                for n in 0..<400 {
                    group.addTask {
                        guard n % 10 != 0 else {
                            let error = await #expect(throws: PostgresError.self) {
                                try await pool.query("select 1 / ($1::int8 - $1::int8)", [.int8(Int64(n))])
                            }
                            #expect(error?.sqlState == "22012")
                            return
                        }
                        let row = try await pool.query(
                            "select $1::int8, pg_sleep(0.002)", [.int8(Int64(n))]
                        ).one()
                        let answer = try row.int8(0)
                        #expect(answer == Int64(n))
                    }
                }
                try await group.waitForAll()
            }
            let sessions = try await pool.query(
                """
                select count(*) from pg_stat_activity
                where datname = current_database() and application_name = 'pooled'
                """
            ).one().int8(0)
            #expect((1...Int64(TemporaryPooler.sessionsMax)).contains(sessions))
        }
    }

    @Test func `a batch is all or nothing, and transactions that overlap do not mix`() async throws {
        try await behindPooler { place in
            let pool = place.pool
            try await pool.query("create table item (k int8 primary key, owner int8)")
            let insert: PostgresStatement = "insert into item values ($1, $2)"
            let error = await #expect(throws: PostgresError.self) {
                try await pool.batch([
                    (insert, [.int8(1), .int8(0)]), (insert, [.int8(1), .int8(0)]),
                ])
            }
            #expect(error?.sqlState == "23505")
            try await withThrowingTaskGroup(of: Void.self) { group in
                // More than there are server sessions: some wait for one, none gets another's.
                for owner in 1...6 as ClosedRange<Int64> {
                    group.addTask {
                        try await pool.transaction { transaction in
                            let before = try await transaction.query("select pg_backend_pid()").one().int4(0)
                            for k in 0..<20 as Range<Int64> {
                                try await transaction.query(insert, [.int8(owner * 100 + k), .int8(owner)])
                            }
                            let after = try await transaction.query("select pg_backend_pid()").one().int4(0)
                            #expect(before == after)
                            if owner % 2 == 0 { throw Given.up }
                        }
                    }
                }
                while let result = await group.nextResult() {
                    if case .failure(let error) = result, !(error is Given) { throw error }
                }
            }
            let kept = try await pool.query("select count(*), count(distinct owner) from item").one()
            let count = try kept.int8(0), owners = try kept.int8(1)
            #expect(count == 60 && owners == 3)
        }
    }

    private enum Given: Error { case up }

    @Test func `LISTEN goes past it, and without a direct address nothing is heard`() async throws {
        try await behindPooler { place in
            let (payloads, heard) = AsyncStream<String>.makeStream()
            let listening = Task { [pool = place.pool] in
                try await pool.listen(["till_work"]) { _, payload in heard.yield(payload) }
            }
            var next = payloads.makeAsyncIterator()
            #expect(await next.next() == "")
            try await place.pool.query("select pg_notify('till_work', 'first')")
            #expect(await next.next() == "first")
            listening.cancel()
            await #expect(throws: CancellationError.self) { try await listening.value }
        }
        try await behindPooler(listens: false) { place in
            let listening = Task { [pool = place.pool] in
                try await pool.listen(["till_work"]) { _, _ in Issue.record("heard without a session") }
            }
            try await place.pool.query("select pg_notify('till_work', 'second')")
            try await Task.sleep(for: .milliseconds(100))
            listening.cancel()
            await #expect(throws: CancellationError.self) { try await listening.value }
        }
    }

    @Test func `nothing is left in a session: no name, no setting, no lock, no subscription`() async throws {
        try await behindPooler { place in
            let pool = place.pool
            try await pool.transaction { transaction in
                _ = try await transaction.query("select set_config('synchronous_commit', 'off', true)")
            }
            for _ in 0..<(TemporaryPooler.sessionsMax * 4) {
                let row = try await pool.query(
                    """
                    select current_setting('statement_timeout'), current_setting('enable_seqscan'),
                        current_setting('synchronous_commit'),
                        (select count(*) from pg_prepared_statements where name <> ''),
                        (select count(*) from pg_locks l join pg_database d on d.oid = l.database
                            where l.locktype = 'advisory' and d.datname = current_database()),
                        (select count(*) from pg_listening_channels())
                    """
                ).one()
                let settings = try [row.text(0), row.text(1), row.text(2)]
                let left = try [row.int8(3), row.int8(4), row.int8(5)]
                #expect(settings == ["0", "on", "on"] && left == [0, 0, 0])
            }
            try await requireDurability(pool, isDemo: false)
        }
    }

    @Test func `a role's own settings reach its sessions where the pooler takes none from us`() async throws {
        let sql = try readText(Repository.root() + "/deploy/postgres/pooler.sql")
        // Roles are the whole server's: other tests on it expect them plain afterwards.
        let undo = """
            do $$ declare r text; begin
              for r in select rolname from pg_roles where rolname like 'till\\_%' loop
                execute format('alter role %I reset all', r);
              end loop;
            end $$
            """
        try await behindPooler(
            role: "till_router", prepare: { cluster, _ in try await cluster.script(sql, in: "postgres") }
        ) { place in
            let row = try await place.pool.query(
                """
                select current_setting('statement_timeout'), current_setting('enable_seqscan'),
                    current_setting('TimeZone'), current_setting('idle_in_transaction_session_timeout')
                """
            ).one()
            let settings = try (0..<4).map { try row.text($0) }
            #expect(settings == ["10s", "off", "UTC", "30s"])
        }
        try await TemporaryCluster.shared().script(undo, in: "postgres")
    }

    @Test func `a statement that takes too long is given up and ends on the server as well`() async throws {
        try await behindPooler { place in
            let began = ContinuousClock.now
            let error = await #expect(throws: PostgresError.self) {
                try await place.pool.query("select pg_sleep(30)", timeout: .milliseconds(200))
            }
            #expect(error?.kind == .timedOut)
            try await until(atMost: .seconds(20)) {
                try await place.pool.query(
                    """
                    select count(*) from pg_stat_activity
                    where state = 'active' and query like '%sleep(30)%' and pid <> pg_backend_pid()
                    """
                ).one().int8(0) == 0
            }
            #expect(ContinuousClock.now - began < .seconds(28))
        }
    }

    @Test func `jobs are done once and in order, by polling alone`() async throws {
        try await behindPooler(
            listens: false, prepare: { try await $0.execute(TableSource.schema, in: $1) }
        ) { place in
            let source = TableSource(pool: place.pool)
            let done = Mutex<[Int64]>([])
            try await place.pool.query(
                "insert into job (conversation) select 'c' || n % 10 from generate_series(1, 200) as n")
            let tasks = (0..<2).map { _ in
                let worker = JobWorker(
                    name: "pooled", source: source, concurrency: 4, pollInterval: .milliseconds(20),
                    loop: TestLoop.shared, world: .forWireTests, log: .silent(.forWireTests),
                    metrics: Metrics()
                ) { job in
                    done.withLock { $0.append(job.id) }
                    _ = try? await source.finish(job)
                }
                return Task { try await worker.run() }
            }
            try await until(atMost: .seconds(20)) { try await source.left() == 0 }
            for task in tasks {
                task.cancel()
                await #expect(throws: CancellationError.self) { try await task.value }
            }
            let all = done.withLock { $0 }
            #expect(all.count == 200 && Set(all).count == 200)
        }
    }
}
