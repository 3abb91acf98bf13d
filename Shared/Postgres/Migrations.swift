// Forward-only changes of a schema, applied in order, each in one transaction together with the note that it
// was. Services bring the texts; nothing here knows a table of theirs. There is no way back: a mistake is
// undone by the next number.

/// One SQL text, named `0001_what_it_does`.
package struct Migration: Sendable, Equatable {
    package let name: String
    package let sql: String

    package init(name: String, sql: String) {
        self.name = name
        self.sql = sql
    }

    /// From a file that was embedded in the program; its bytes are UTF-8.
    package init(name: String, bytes: [UInt8]) {
        self.init(name: name, sql: String(decoding: bytes, as: UTF8.self))
    }

    /// The digits before the first underscore.
    var number: Int32? { name.split(separator: "_", maxSplits: 1).first.flatMap { Int32($0) } }
}

package enum Migrations {
    /// "till" in ASCII: one migrator at a time per database, whatever service it migrates.
    private static let lockKey: Int64 = 0x7469_6C6C
    /// Building an index over a large table takes longer than any statement of a service.
    private static let timeout: Duration = .seconds(1_800)
    /// How long a file waits for a table that is in use: everybody who comes behind it waits too, and those who hold
    /// one table and want the next would wait for each other with it. Far below the server's deadlock_timeout (1 s),
    /// which would end one of them, and be that a payment.
    private static let patience = "200ms"
    /// A file that found its tables in use has changed nothing. Six seconds of tries outlast what services do in their
    /// ordinary hours; the last one waits as long as it takes.
    private static let triesMax = 20

    /// Applies what is missing of `files` for `service`, in order of their numbers. Returns the names it
    /// applied. Throws `.migrationChanged` when an applied file has another text now, `.configuration` when
    /// numbers repeat or are missing from the names, and the server's refusal when a file fails: that file
    /// then left no trace.
    @discardableResult
    package static func apply(
        _ files: [Migration], service: String, on pool: PostgresPool
    ) async throws -> [String] {
        let ordered = try inOrder(files)
        try await pool.transaction { transaction in
            try await transaction.query(
                "select pg_advisory_xact_lock($1)", [.int8(lockKey)], timeout: timeout)
            try await transaction.query(MigrationQueries.createTable)
        }
        var applied: [String] = []
        for (number, file) in ordered where try await applyBesideTraffic(file, number, service, pool) {
            applied.append(file.name)
        }
        return applied
    }

    /// Programs go on using the tables meanwhile.
    private static func applyBesideTraffic(
        _ file: Migration, _ number: Int32, _ service: String, _ pool: PostgresPool
    ) async throws -> Bool {
        for _ in 1..<triesMax {
            do { return try await apply(file, number, service, pool, patience) } catch let error
                as PostgresError
                where error.sqlState == "55P03"
            {
                // Those who waited behind it come first.
                try await pool.query(MigrationQueries.pause)
            }
        }
        return try await apply(file, number, service, pool, "0")
    }

    /// False when it was applied before, with this very text. Refused with 55P03 where a table is in use for longer
    /// than `patience`; 0 is for ever.
    private static func apply(
        _ file: Migration, _ number: Int32, _ service: String, _ pool: PostgresPool, _ patience: String
    ) async throws -> Bool {
        try await pool.transaction { transaction in
            try await transaction.query("set local statement_timeout = 0")
            try await transaction.query(
                "select pg_advisory_xact_lock($1)", [.int8(lockKey)], timeout: timeout)
            let text = PostgresValue.bytes(Array(file.sql.utf8))
            let known = try await transaction.query(
                MigrationQueries.known, [.text(service), .int4(number), text])
            if let row = try known.atMostOne() {
                if try row.bool("is_same") { return false }
                throw PostgresError(.migrationChanged, operatorText: service + "/" + file.name)
            }
            try await transaction.query(.lockPatience, [.text(patience)])
            try await transaction.script(file.sql, timeout: timeout)
            try await transaction.query(
                MigrationQueries.note, [.text(service), .int4(number), .text(file.name), text])
            return true
        }
    }

    private static func inOrder(_ files: [Migration]) throws(PostgresError) -> [(Int32, Migration)] {
        var byNumber: [Int32: Migration] = [:]
        for file in files {
            guard let number = file.number, byNumber.updateValue(file, forKey: number) == nil else {
                throw PostgresError(
                    .configuration, operatorText: "migration \(file.name) has no number of its own")
            }
        }
        return byNumber.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}

/// The server computes the SHA-256 itself, so that this module needs no cryptography.
enum MigrationQueries {
    static let createTable: PostgresStatement = """
        create table if not exists public.till_migration (
          service text not null, number int not null, name text not null, sha256 bytea not null,
          applied_at timestamptz not null default now(), primary key (service, number))
        """
    static let pause: PostgresStatement = "select pg_sleep(0.1)"
    static let known: PostgresStatement = """
        select sha256 = sha256($3) as is_same from public.till_migration where service = $1 and number = $2
        """
    static let note: PostgresStatement = """
        insert into public.till_migration (service, number, name, sha256) values ($1, $2, $3, sha256($4))
        """
}
