// Every type of value goes to a real server and comes back the same, NULLs and extremes included. What a
// getter refuses is here too; the binary forms themselves are in the unit tests.
import Postgres
import TestSupport
import Testing
import World

@Suite struct `A value` {
    @Test func `comes back from the server as it went`() async throws {
        let cluster = try await TemporaryCluster.shared()
        let moment = Timestamp(microseconds: 1_790_000_000_123_456)
        let early = Timestamp(microseconds: -62_000_000_000_000_001)
        try await cluster.withPool("postgres") { pool in
            let row = try await pool.query(
                """
                select $1::text as t, $2::bytea as b, $3::int8 as i8, $4::int4 as i4, $5::bool as flag,
                  $6::timestamptz as at, $7::jsonb as j, $8::timestamptz as early
                """,
                [
                    .text("Cafea + croissant, ţară 😀"), .bytes([0, 255, 0x5C, 0x27]), .int8(.min),
                    .int4(.max),
                    .bool(true), .timestamp(moment), .jsonb(Array(#"{"a": [1, null]}"#.utf8)),
                    .timestamp(early),
                ]
            ).one()
            #expect(try row.text("t") == "Cafea + croissant, ţară 😀")
            #expect(try row.bytes("b") == [0, 255, 0x5C, 0x27])
            #expect(try row.int8("i8") == .min)
            #expect(try row.int4("i4") == .max)
            #expect(try row.bool("flag"))
            #expect(try row.timestamp("at") == moment)
            #expect(try row.timestamp("early") == early)
            #expect(try row.jsonb("j") == Array(#"{"a": [1, null]}"#.utf8))
            #expect(try row.text(0) == row.text("t"))
        }
    }

    @Test func `with a NUL is kept with the replacement character, never refused`() async throws {
        let cluster = try await TemporaryCluster.shared()
        try await cluster.withPool("postgres") { pool in
            let row = try await pool.query(
                "select $1::text as t, ($2::text[])[2] as a, $3::jsonb ->> 'k' as j, $3::jsonb ->> 'l' as l",
                [
                    .text("\u{0}a\u{0}b"), .textArray(["x", "y\u{0}", nil]),
                    .jsonb(Array(#"{"k":"a\u0000b\\n","l":"\\\\u0000"}"#.utf8)),
                ]
            ).one()
            #expect(try row.text("t") == "\u{FFFD}a\u{FFFD}b")
            #expect(try row.text("a") == "y\u{FFFD}")
            #expect(try row.text("j") == "a\u{FFFD}b\\n")
            #expect(try row.text("l") == "\\\\u0000")
        }
    }

    @Test func `of every type may be NULL`() async throws {
        let cluster = try await TemporaryCluster.shared()
        try await cluster.withPool("postgres") { pool in
            let row = try await pool.query(
                "select $1::text, $2::bytea, $3::int8, $4::int4, $5::bool, $6::timestamptz, $7::jsonb",
                [.text(nil), .bytes(nil), .int8(nil), .int4(nil), .bool(nil), .timestamp(nil), .jsonb(nil)]
            ).one()
            #expect(try row.textOrNil(0) == nil)
            #expect(try row.bytesOrNil(1) == nil)
            #expect(try row.int8OrNil(2) == nil)
            #expect(try row.int4OrNil(3) == nil)
            #expect(try row.boolOrNil(4) == nil)
            #expect(try row.timestampOrNil(5) == nil)
            #expect(try row.jsonbOrNil(6) == nil)
            for column in 0..<7 { #expect(try row.isNull(column)) }
        }
    }

    @Test func `may be empty, which is not NULL`() async throws {
        let cluster = try await TemporaryCluster.shared()
        try await cluster.withPool("postgres") { pool in
            let row = try await pool.query(
                "select $1::text, $2::bytea, $3::text[]", [.text(""), .bytes([]), .textArray([])]
            ).one()
            #expect(try row.text(0) == "")
            #expect(try row.bytes(1) == [])
            #expect(try row.textArray(2) == [])
        }
    }

    @Test func `may be an array with gaps`() async throws {
        let cluster = try await TemporaryCluster.shared()
        let moments = [Timestamp(seconds: 0), nil, Timestamp(microseconds: -1)]
        try await cluster.withPool("postgres") { pool in
            let row = try await pool.query(
                "select $1::text[] as t, $2::bytea[] as b, $3::int8[] as i, $4::timestamptz[] as m, $5::bool[] as f",
                [
                    .textArray(["a", nil, "", "ţ"]), .bytesArray([[1, 2], nil, []]),
                    .int8Array([1, nil, .min]),
                    .timestampArray(moments), .boolArray([true, false]),
                ]
            ).one()
            #expect(try row.textArray("t") == ["a", nil, "", "ţ"])
            #expect(try row.bytesArray("b") == [[1, 2], nil, []])
            #expect(try row.int8Array("i") == [1, nil, .min])
            #expect(try row.timestampArray("m") == moments)
            #expect(try row.boolArray("f") == [true, false])
        }
    }

    @Test func `unnests into rows, five hundred at a time`() async throws {
        let cluster = try await TemporaryCluster.shared()
        let names: [String?] = (0..<500).map { "name \($0)" }
        let bodies: [[UInt8]?] = (0..<500).map { [UInt8](repeating: UInt8($0 % 256), count: $0) }
        try await cluster.withPool("postgres") { pool in
            let rows = try await pool.query(
                "select name, body from unnest($1::text[], $2::bytea[]) as given(name, body)",
                [.textArray(names), .bytesArray(bodies)])
            #expect(rows.count == 500)
            #expect(try rows.map { try $0.text(0) } == names)
            #expect(try rows.map { try $0.bytes(1) } == bodies)
        }
    }

    @Test func `sums as a whole number although the server calls it numeric`() async throws {
        let cluster = try await TemporaryCluster.shared()
        try await cluster.withPool("postgres") { pool in
            let row = try await pool.query(
                """
                select sum(x) as large, sum(-x) as negative, sum(x - x) as zero, 1.5::numeric as half,
                  1e30::numeric as huge, 120000::numeric as round, count(*) as n, avg(x)::float8 as mean
                from unnest($1::int8[]) as given(x)
                """, [.int8Array([9_000_000_000_000_000, 7, 12_345])]
            ).one()
            #expect(try row.int8("large") == 9_000_000_000_012_352)
            #expect(try row.int8("negative") == -9_000_000_000_012_352)
            #expect(try row.int8("zero") == 0)
            #expect(try row.int8("round") == 120_000)
            #expect(try row.int8("n") == 3)
            #expect(try row.double("mean") == 3_000_000_000_004_117.5 || row.double("mean") > 2.9e15)
            #expect(throws: PostgresError.self) { try row.int8("half") }
            #expect(throws: PostgresError.self) { try row.int8("huge") }
        }
    }

    @Test func `is refused by a getter of another type, which names the column and not the value`()
        async throws
    {
        let cluster = try await TemporaryCluster.shared()
        try await cluster.withPool("postgres") { pool in
            let row = try await pool.query(
                "select 'secret'::text as word, null::text as nothing, 'infinity'::timestamptz as never"
            ).one()
            for attempt in [
                { _ = try row.int8("word") }, { _ = try row.text("nothing") }, { _ = try row.text("other") },
                { _ = try row.timestamp("never") }, { _ = try row.text(7) },
            ] as [() throws -> Void] {
                let error = #expect(throws: PostgresError.self) { try attempt() }
                #expect(error?.kind == .decode)
                #expect(error?.operatorText.contains("secret") == false)
            }
            #expect(try row.text("word") == "secret")
        }
    }

    @Test func `of an enum type reads as its label`() async throws {
        let cluster = try await TemporaryCluster.shared()
        let database = try await cluster.freshDatabase()
        try await cluster.execute("create type mood as enum ('glad', 'sad')", in: database)
        try await cluster.withPool(database) { pool in
            #expect(try await pool.query("select 'sad'::mood, enum_range(null::mood)").one().text(0) == "sad")
            let labels = try await pool.query("select enum_range(null::mood) as labels").one().textArray(
                "labels")
            #expect(labels == ["glad", "sad"])
        }
    }
}
