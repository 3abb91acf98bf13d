// Rows of an outbox as a queue: leases, retries and the end, the same for what sellers and what banks are told. Ends
// that come together are one statement.
import JobQueue
import Observe
import Postgres
import Problem
import World

/// One claimed row.
protocol OutgoingRow: Sendable {
    var seq: Int64 { get }
    var fence: Int64 { get }
    /// This try counted, from 1.
    var attempts: Int32 { get }
    var paymentId: String { get }
}

/// How one try went.
struct OutgoingEnd: Sendable {
    enum Kind: Sendable, Equatable {
        case handed
        /// Comes again, with the code of the trouble.
        case retried(String)
        /// Kept for a person: asking again would be refused again.
        case parked(String)

        /// As metrics have it.
        var word: String {
            switch self {
            case .handed: "handed"
            case .retried: "retried"
            case .parked: "parked"
            }
        }

        var code: String? {
            switch self {
            case .handed: nil
            case .retried(let code), .parked(let code): code
            }
        }

        fileprivate var state: String {
            switch self {
            case .handed: "done"
            case .retried: "ready"
            case .parked: "parked"
            }
        }
    }

    let seq: Int64
    let paymentId: String
    let kind: Kind
    fileprivate let fence: Int64
    fileprivate let attempts: Int32

    init(_ row: some OutgoingRow, _ kind: Kind) {
        seq = row.seq
        paymentId = row.paymentId
        fence = row.fence
        attempts = row.attempts
        self.kind = kind
    }
}

struct OutgoingRows: Sendable {
    /// The texts for one table, all of them known by number and fence.
    struct Queries: Sendable {
        var release: PostgresStatement
        var renew: PostgresStatement
        var end: PostgresStatement
    }

    static let claimMax = 64
    /// Five minutes at most between tries: somebody waits for this.
    private static let backoff = Backoff(first: .seconds(1), last: .seconds(300))

    let database: PostgresPool
    let world: World
    let queries: Queries

    init(database: PostgresPool, world: World, queries: Queries) {
        self.database = database
        self.world = world
        self.queries = queries
    }

    /// What can be read of the claimed rows. One with a word that only another release knows stays as it is until its
    /// lease ends, for that one to find, and holds up nobody else.
    static func readable<Row>(
        _ rows: PostgresRows, _ log: Log, _ read: (PostgresRow) throws -> Row
    ) -> [Row] {
        rows.compactMap { row in
            do { return try read(row) } catch {
                log.error("outgoing.unreadable", ["seq": .int(Int((try? row.int8(0)) ?? 0))])
                return nil
            }
        }
    }

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

    /// Notes how tries went. The numbers of those that were still ours, and whether a later row of one of their
    /// payments waited for it.
    func end(_ ends: [OutgoingEnd]) async throws -> (ours: Set<Int64>, isWaitedFor: Bool) {
        let now = world.now()
        let again: [Timestamp?] = ends.map { end in
            guard case .retried = end.kind else { return nil }
            return now.advanced(by: Self.backoff.pause(after: Int(end.attempts), world))
        }
        let rows = try await database.query(
            queries.end,
            [
                .int8Array(ends.map(\.seq)), .int8Array(ends.map(\.fence)), .timestamp(now),
                .textArray(ends.map(\.kind.state)), .timestampArray(again), .textArray(ends.map(\.kind.code)),
            ])
        return (Set(try rows.map { try $0.int8(0) }), try rows.contains { try $0.bool(1) })
    }
}

extension Problem {
    /// The peer has had another text under our key: an earlier try arrived, and only its answer was lost.
    var saysDoneBefore: Bool { kind == .conflict && code == "IDEMPOTENCY_CONFLICT" }

    /// A token that is not accepted yet will be, once its rotation is through.
    var isWorthAnotherTry: Bool { isRetryable || kind == .unauthenticated }
}
