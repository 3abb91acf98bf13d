// Statements, batches and transactions against a real server: order, all or nothing, refusals, limits.
import Postgres
import TestSupport
import Testing
import World

@Suite struct `A statement` {
    @Test func `of each of many callers gets its own answer, and later ones of one caller come later`()
        async throws
    {
        let cluster = try await TemporaryCluster.shared()
        let database = try await cluster.freshDatabase()
        try await cluster.execute(
            "create table mark (n bigserial primary key, who int8, turn int8)", in: database)
        try await cluster.withPool(database) { pool in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for who in 0..<50 {
                    group.addTask {
                        for turn in 0..<10 {
                            let row = try await pool.query(
                                "insert into mark (who, turn) values ($1, $2) returning who * 100 + turn as sum",
                                [.int8(Int64(who)), .int8(Int64(turn))]
                            ).one()
                            #expect(try row.int8("sum") == Int64(who * 100 + turn))
                        }
                    }
                }
                try await group.waitForAll()
            }
            let disorder = try await pool.query(
                """
                select count(*) from (
                  select turn, lag(turn) over (partition by who order by n) as before from mark) as each
                where before is not null and turn <> before + 1
                """
            ).one().int8(0)
            #expect(disorder == 0)
            #expect(try await pool.query("select count(*) from mark").one().int8(0) == 500)
        }
    }

    @Test func `shares one connection with others by pipelining`() async throws {
        let cluster = try await TemporaryCluster.shared()
        try await cluster.withPool("postgres", configure: { $0.connectionsMax = 1 }) { pool in
            let clock = ContinuousClock(), start = clock.now
            let processes = try await withThrowingTaskGroup(of: Int32.self) { group in
                for _ in 0..<200 {
                    group.addTask { try await pool.query("select pg_backend_pid()").one().int4(0) }
                }
                return try await group.reduce(into: Set<Int32>()) { $0.insert($1) }
            }
            #expect(processes.count == 1)
            #expect(clock.now - start < .seconds(20))
        }
    }

    @Test func `can return ten thousand rows`() async throws {
        let cluster = try await TemporaryCluster.shared()
        try await cluster.withPool("postgres") { pool in
            let rows = try await pool.query(
                "select n, 'row ' || n as name from generate_series(1, 10000) as n")
            #expect(rows.count == 10_000 && rows.affected == 10_000)
            var sum: Int64 = 0
            for row in rows { sum += try row.int8(0) }
            #expect(sum == 50_005_000)
            #expect(try rows[9_999].text("name") == "row 10000")
        }
    }

    @Test func `can carry megabytes both ways`() async throws {
        let cluster = try await TemporaryCluster.shared()
        let large = (0..<(8 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try await cluster.withPool("postgres") { pool in
            let found = try await pool.query("select $1::bytea", [.bytes(large)]).one().bytes(0)
            #expect(found == large)
        }
    }

    @Test func `that breaks a unique key says which`() async throws {
        let cluster = try await TemporaryCluster.shared()
        let database = try await cluster.freshDatabase()
        try await cluster.execute("create table one (k text constraint one_of_a_kind unique)", in: database)
        try await cluster.withPool(database) { pool in
            let insert: PostgresStatement = "insert into one (k) values ($1)"
            let found = try await pool.query(insert, [.text("private")]).affected
            #expect(found == 1)
            let error = await #expect(throws: PostgresError.self) {
                try await pool.query(insert, [.text("private")])
            }
            #expect(error?.isUniqueViolation == true && error?.constraint == "one_of_a_kind")
            #expect(error?.isRetryable == false)
            #expect(error.map { "\($0)" + $0.operatorText }?.contains("private") == false)
        }
    }

    @Test func `with a mistake is refused, and the next one on its connection is not`() async throws {
        let cluster = try await TemporaryCluster.shared()
        try await cluster.withPool("postgres", configure: { $0.connectionsMax = 1 }) { pool in
            for _ in 0..<2 {
                async let wrong = pool.query("select nonsense from nowhere")
                async let right = pool.query("select 1::int8")
                var refusal: PostgresError?
                do { _ = try await wrong } catch let error as PostgresError { refusal = error }
                #expect(refusal?.sqlState == "42P01")
                let found = try await right.one().int8(0)
                #expect(found == 1)
            }
        }
    }

    @Test func `keeps working when a migration changes the columns that it was prepared for`() async throws {
        let cluster = try await TemporaryCluster.shared()
        let database = try await cluster.freshDatabase()
        try await cluster.execute("create table shape (a int8)", in: database)
        try await cluster.execute("insert into shape values (7)", in: database)
        try await cluster.withPool(database) { pool in
            #expect(try await pool.query("table shape").one().int8("a") == 7)
            try await cluster.execute("alter table shape add column b int8 default 8", in: database)
            #expect(try await pool.query("table shape").one().int8("b") == 8)
        }
    }

    @Test func `works without names, as a pooler in transaction mode needs it`() async throws {
        let cluster = try await TemporaryCluster.shared()
        try await cluster.withPool("postgres", configure: { $0.preparesStatements = false }) { pool in
            for n in 0..<20 {
                #expect(try await pool.query("select $1::int8", [.int8(Int64(n))]).one().int8(0) == n)
            }
            let named = try await pool.query("select count(*) from pg_prepared_statements where name <> ''")
            #expect(try named.one().int8(0) == 0)
        }
    }

    @Test func `reaches the server by TCP and by name as well`() async throws {
        let cluster = try await TemporaryCluster.shared()
        for host in ["127.0.0.1", "localhost"] {
            let pool = PostgresPool(
                PostgresConfiguration(
                    url: "postgresql://postgres@\(host):\(cluster.port)/postgres?sslmode=disable"),
                loop: TestLoop.shared, world: .forWireTests)
            #expect(try await pool.query("select current_setting('TimeZone')").one().text(0) == "UTC")
            await pool.close()
        }
    }
}

@Suite struct `A batch` {
    private static let insert: PostgresStatement = "insert into item (k) values ($1)"

    @Test func `is one transaction: all of it or nothing`() async throws {
        let cluster = try await TemporaryCluster.shared()
        let database = try await cluster.freshDatabase()
        try await cluster.execute("create table item (k int8 primary key)", in: database)
        try await cluster.withPool(database) { pool in
            let results = try await pool.batch([
                (Self.insert, [.int8(1)]), (Self.insert, [.int8(2)]), ("select count(*) from item", []),
            ])
            #expect(try results[2].one().int8(0) == 2)
            let error = await #expect(throws: PostgresError.self) {
                try await pool.batch([
                    (Self.insert, [.int8(3)]), (Self.insert, [.int8(1)]), (Self.insert, [.int8(4)]),
                ])
            }
            #expect(error?.isUniqueViolation == true)
            #expect(try await pool.query("select count(*) from item").one().int8(0) == 2)
        }
    }

    @Test func `that fails before a statement was prepared does not spoil that statement`() async throws {
        let cluster = try await TemporaryCluster.shared()
        try await cluster.withPool("postgres", configure: { $0.connectionsMax = 1 }) { pool in
            await #expect(throws: PostgresError.self) {
                try await pool.batch([
                    ("select 1 / $1::int8", [.int8(0)]), ("select $1::int8 + 41", [.int8(1)]),
                ])
            }
            let found = try await pool.query("select $1::int8 + 41", [.int8(1)]).one().int8(0)
            #expect(found == 42)
        }
    }
}

@Suite struct `A transaction` {
    private struct Mistake: Error {}

    @Test func `can end with its last statements, all of it or nothing, and is over then`() async throws {
        let cluster = try await TemporaryCluster.shared()
        let database = try await cluster.freshDatabase()
        try await cluster.execute("create table item (id int8 primary key)", in: database)
        try await cluster.withPool(database) { pool in
            let sums = try await pool.transaction { transaction in
                try await transaction.query("insert into item values (1)")
                let rows = try await transaction.end(with: [
                    ("insert into item values (2)", []), ("select sum(id)::int8 as sum from item", []),
                ])
                await #expect(throws: PostgresError.self) { try await transaction.query("select 1") }
                await #expect(throws: PostgresError.self) { try await transaction.end(with: []) }
                return try rows.map { try $0.atMostOne()?.int8("sum") }
            }
            #expect(sums == [nil, 3])
            await #expect(throws: PostgresError.self) {
                try await pool.transaction { transaction in
                    try await transaction.query("insert into item values (3)")
                    _ = try await transaction.end(with: [
                        ("insert into item values (4)", []), ("insert into item values (1)", []),
                    ])
                }
            }
            await #expect(throws: PostgresError.self) {
                try await pool.transaction { transaction in
                    _ = try? await transaction.query("select 1 / 0")
                    _ = try await transaction.end(with: [])
                }
            }
            let kept = try await pool.query("select id from item order by id").map { try $0.int8("id") }
            #expect(kept == [1, 2])
        }
    }

    @Test func `is kept when its body returns and undone when it throws`() async throws {
        let cluster = try await TemporaryCluster.shared()
        let database = try await cluster.freshDatabase()
        try await cluster.execute("create table item (k int8 primary key)", in: database)
        try await cluster.withPool(database, configure: { $0.connectionsMax = 1 }) { pool in
            let answer = try await pool.transaction { transaction in
                try await transaction.query("insert into item values (1)")
                return 42
            }
            #expect(answer == 42)
            await #expect(throws: Mistake.self) {
                try await pool.transaction { transaction in
                    try await transaction.query("insert into item values (2)")
                    throw Mistake()
                }
            }
            #expect(try await pool.query("select array_agg(k) from item").one().int8Array(0) == [1])
        }
    }

    @Test func `whose statement was refused cannot be committed by ignoring that`() async throws {
        let cluster = try await TemporaryCluster.shared()
        try await cluster.withPool("postgres") { pool in
            let error = await #expect(throws: PostgresError.self) {
                try await pool.transaction { transaction in
                    _ = try? await transaction.query("select 1 / 0")
                }
            }
            #expect(error?.sqlState == "25P02")
        }
    }

    @Test func `cannot be used after its end`() async throws {
        let cluster = try await TemporaryCluster.shared()
        try await cluster.withPool("postgres") { pool in
            let escaped = try await pool.transaction { $0 }
            let error = await #expect(throws: PostgresError.self) { try await escaped.query("select 1") }
            #expect(error?.kind == .closed)
        }
    }

    @Test func `that lost a race begins again when asked to`() async throws {
        let cluster = try await TemporaryCluster.shared()
        let database = try await cluster.freshDatabase()
        try await cluster.script(
            "create table item (k int8, v int8); insert into item values (1, 0)", in: database)
        try await cluster.withPool(database) { pool in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        try await pool.transaction(retries: 20) { transaction in
                            try await transaction.query("set transaction isolation level repeatable read")
                            let now = try await transaction.query("select v from item where k = 1").one()
                                .int8(0)
                            try await transaction.query(
                                "update item set v = $1 where k = 1", [.int8(now + 1)])
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await pool.query("select v from item").one().int8(0) == 4)
        }
    }

    @Test func `gets its connection although statements never stop coming`() async throws {
        let cluster = try await TemporaryCluster.shared()
        try await cluster.withPool("postgres", configure: { $0.connectionsMax = 1 }) { pool in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask { while !Task.isCancelled { _ = try? await pool.query("select 1") } }
                }
                for _ in 0..<5 {
                    try await pool.transaction { _ = try await $0.query("select pg_sleep(0.001)") }
                }
                group.cancelAll()
                try await group.waitForAll()
            }
        }
    }
}
