// Rows of an outbox as a queue: leases, retries and the end, the same for what sellers and what banks are told.
import JobQueue
import Postgres
import Problem
import World

/// One claimed row.
protocol OutgoingRow: Sendable {
    var seq: Int64 { get }
    var fence: Int64 { get }
    /// This try counted, from 1.
    var attempts: Int32 { get }
}

struct OutgoingRows: Sendable {
    /// The texts for one table, all of them known by number and fence.
    struct Queries: Sendable {
        var release: PostgresStatement
        var renew: PostgresStatement
        var finish: PostgresStatement
        var retry: PostgresStatement
        var park: PostgresStatement
    }

    static let claimMax = 64
    /// Five minutes at most between tries: somebody waits for this.
    private static let backoff = Backoff(first: .seconds(1), last: .seconds(300))

    let database: PostgresPool
    let world: World
    let queries: Queries

    func release(_ rows: [some OutgoingRow]) async throws {
        try await database.query(
            queries.release, [.int8Array(rows.map(\.seq)), .int8Array(rows.map(\.fence))])
    }

    func renew(_ rows: [some OutgoingRow], lease: Duration) async throws {
        try await database.query(
            queries.renew,
            [
                .int8Array(rows.map(\.seq)), .int8Array(rows.map(\.fence)),
                .timestamp(world.now().advanced(by: lease)),
            ])
    }

    /// The three ends of a try answer whether the row was still ours.
    func finish(_ row: some OutgoingRow) async throws -> Bool {
        try await note(row, queries.finish, [.timestamp(world.now())])
    }

    func retry(_ row: some OutgoingRow, _ code: String) async throws -> Bool {
        let at = world.now().advanced(by: Self.backoff.pause(after: Int(row.attempts), world))
        return try await note(row, queries.retry, [.timestamp(at), .text(code)])
    }

    func park(_ row: some OutgoingRow, _ code: String) async throws -> Bool {
        try await note(row, queries.park, [.text(code)])
    }

    private func note(
        _ row: some OutgoingRow, _ statement: PostgresStatement, _ values: [PostgresValue]
    ) async throws -> Bool {
        let key: [PostgresValue] = [.int8(row.seq), .int8(row.fence)]
        return try await database.query(statement, key + values).affected == 1
    }
}

extension Problem {
    /// The peer has had another text under our key: an earlier try arrived, and only its answer was lost.
    var saysDoneBefore: Bool { kind == .conflict && code == "IDEMPOTENCY_CONFLICT" }

    /// A token that is not accepted yet will be, once its rotation is through.
    var isWorthAnotherTry: Bool { isRetryable || kind == .unauthenticated }
}
