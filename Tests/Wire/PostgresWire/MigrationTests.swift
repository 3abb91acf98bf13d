// Migrations on a real server: applied once and in order, by one program at a time, each whole or not at all.
import Postgres
import TestSupport
import Testing

@Suite struct `Migration files` {
    private static let files = [
        Migration(
            name: "0002_fill", sql: "insert into shop.item values (1); insert into shop.item values (2);"),
        Migration(
            name: "0001_begin",
            sql: "create schema shop; create table shop.item (k int8); comment on table shop.item is 'a;b';"),
    ]

    @Test func `are applied once, in the order of their numbers, whoever comes at the same time`()
        async throws
    {
        let cluster = try await TemporaryCluster.shared()
        let database = try await cluster.freshDatabase()
        try await cluster.withPool(database, role: "till_owner") { pool in
            let applied = try await withThrowingTaskGroup(of: [String].self) { group in
                for _ in 0..<4 {
                    group.addTask { try await Migrations.apply(Self.files, service: "shop", on: pool) }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(applied.sorted() == ["0001_begin", "0002_fill"])
            #expect(try await pool.query("select count(*) from shop.item").one().int8(0) == 2)
            #expect(try await Migrations.apply(Self.files, service: "shop", on: pool) == [])
        }
    }

    @Test func `refuse a file that was changed after it was applied`() async throws {
        let cluster = try await TemporaryCluster.shared()
        let database = try await cluster.freshDatabase(migrating: [("shop", Self.files)])
        try await cluster.withPool(database, role: "till_owner") { pool in
            let changed = [Migration(name: "0001_begin", sql: "create schema shop")]
            let error = await #expect(throws: PostgresError.self) {
                try await Migrations.apply(changed, service: "shop", on: pool)
            }
            #expect(error?.kind == .migrationChanged && error?.operatorText == "shop/0001_begin")
        }
    }

    @Test func `leave no trace of a file that fails halfway`() async throws {
        let cluster = try await TemporaryCluster.shared()
        let database = try await cluster.freshDatabase()
        try await cluster.withPool(database, role: "till_owner", configure: { $0.connectionsMax = 1 }) {
            pool in
            let broken = [
                Migration(name: "0001_broken", sql: "create table left_over (k int8); select nonsense;")
            ]
            await #expect(throws: PostgresError.self) {
                try await Migrations.apply(broken, service: "x", on: pool)
            }
            let isGone = try await pool.query("select to_regclass('left_over') is null").one().bool(0)
            #expect(isGone)
            let fixed = [Migration(name: "0001_broken", sql: "create table left_over (k int8)")]
            #expect(try await Migrations.apply(fixed, service: "x", on: pool) == ["0001_broken"])
        }
    }

    /// Who is at work holds one table and comes for the next, which a file has meanwhile, that comes for the first.
    @Test func `let those at work through who would wait for them and they for those`() async throws {
        let cluster = try await TemporaryCluster.shared()
        let database = try await cluster.freshDatabase(migrating: [
            (
                "shop",
                [Migration(name: "0001_two", sql: "create table one (k int8); create table two (k int8)")]
            )
        ])
        let file = Migration(
            name: "0002_both", sql: "alter table two add column l int8; alter table one add column l int8;")
        try await cluster.withPool(database, role: "till_owner") { pool in
            let migrating = try await pool.transaction { work in
                try await work.query("insert into one (k) values (1)")
                let migrating = Task { try await Migrations.apply([file], service: "shop", on: pool) }
                try await untilLocked(on: pool)
                try await work.query("insert into two (k) values (1)")
                return migrating
            }
            #expect(try await migrating.value == ["0002_both"])
            #expect(try await pool.query("select one.l, two.l from one, two").count == 1)
        }
    }

    @Test func `refuse numbers that repeat and names without one`() async throws {
        let cluster = try await TemporaryCluster.shared()
        try await cluster.withPool("postgres") { pool in
            for files in [
                [Migration(name: "0001_a", sql: ""), Migration(name: "1_b", sql: "")],
                [Migration(name: "first", sql: "")],
            ] {
                let error = await #expect(throws: PostgresError.self) {
                    try await Migrations.apply(files, service: "x", on: pool)
                }
                #expect(error?.kind == .configuration)
            }
        }
    }
}
