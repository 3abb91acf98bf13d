// Forgets what nothing reads any more: paces that lie in the past, days that are over, handles long expired, answers
// whose requests nobody repeats. In bounded batches, beside everything else; two replicas at once do no harm. Payments,
// receipts and their history are never among it. Also says when rows are there that this release cannot read.
package import EventLoop
package import Observe
package import Postgres
package import World

package struct Pruning: Sendable {
    static let interval = Duration.seconds(60)
    /// Rows of one statement: a few milliseconds each.
    static let batch = 500
    /// Statements of one round and kind. What is left waits for the next round.
    private static let batchesMax = 20
    /// A pace in the past is as good as none. An hour, for replicas whose clocks differ.
    static let paceKept = Duration.seconds(3_600)
    /// Openings read the day of their own moment only. Two days for the walls of all time zones, one for clocks.
    static let daysKept: Int64 = 3

    private let database: PostgresPool
    private let loop: EventLoop
    private let world: World
    private let log: Log
    private let meters: GatewayMeters

    package init(
        database: PostgresPool, loop: EventLoop, world: World, log: Log, meters: GatewayMeters
    ) {
        self.database = database
        self.loop = loop
        self.world = world
        self.log = log
        self.meters = meters
    }

    /// Until cancelled.
    package func run() async throws {
        while true {
            do { try await round(world.now()) } catch let error as PostgresError {
                log.warn("pruning.failed", ["code": .name(error.sqlState ?? "connection")])
            }
            // Jitter, so that replicas do not prune at the same moment.
            try await loop.sleep(for: Self.interval * (0.75 + world.fraction() / 2))
        }
    }

    func round(_ now: Timestamp) async throws {
        let handles = now.advanced(by: .zero - Renewals.remembered)
        try await prune(PruningQueries.renewals, .timestamp(handles), "renewal")
        let pins = now.advanced(by: .zero - PinnedAnswers.life)
        try await prune(PruningQueries.pinnedAnswers, .timestamp(pins), "pinned_answer")
        let today = now.seconds / 86_400
        try await prune(PruningQueries.days, .int4(Int32(today - Self.daysKept)), "merchant_day")
        try await prunePaces(takenBefore: now.advanced(by: .zero - Self.paceKept))
        let foreign = try await foreignCount()
        meters.foreign.set(.init(foreign))
        if foreign > 0 { log.error("payment.stateUnknown", ["payments": .int(foreign)]) }
    }

    /// Payments that wait for something, in a state that only another release of this program knows.
    func foreignCount() async throws -> Int {
        let rows = try await database.query(PruningQueries.foreign, [.textArray(PaymentState.known)])
        return Int(try rows.one().int8(0))
    }

    private func prune(
        _ statement: PostgresStatement, _ before: PostgresValue, _ table: StaticString
    ) async throws {
        for _ in 0..<Self.batchesMax {
            let count = try await database.query(statement, [before]).affected
            note(count, table)
            if count < Self.batch { return }
        }
    }

    /// Walks the whole table along its key, page by page. An index on the moment would be written with every
    /// payment; this reads each pace once a round instead.
    private func prunePaces(takenBefore moment: Timestamp) async throws {
        var after: [PostgresValue] = [.text(""), .text(""), .text("")]
        while true {
            let page = try await database.query(PruningQueries.pacePage, after)
            var old: [(bank: String, scope: String, subject: String)] = []
            var count = 0
            for row in page {
                count += 1
                let key = (bank: try row.text(0), scope: try row.text(1), subject: try row.text(2))
                if try row.timestamp(3) < moment { old.append(key) }
                after = [.text(key.bank), .text(key.scope), .text(key.subject)]
            }
            if !old.isEmpty {
                let gone = try await database.query(
                    PruningQueries.paces,
                    [
                        .textArray(old.map(\.bank)), .textArray(old.map(\.scope)),
                        .textArray(old.map(\.subject)), .timestamp(moment),
                    ])
                note(gone.affected, "pace")
            }
            if count < Self.batch { return }
        }
    }

    private func note(_ count: Int, _ table: StaticString) {
        if count == 0 { return }
        meters.pruned.add(count, ["\(table)"])
        log.debug("rows.pruned", ["table": .word(table), "count": .int(count)])
    }
}

extension PaymentState {
    /// What a program of before or after may have left beside these, this one leaves alone.
    static let known: [String?] = allCases.map(\.rawValue)
}

/// A row that is being written is passed over: whoever prunes waits for nobody, so that no two wait for each other.
enum PruningQueries {
    /// How many wait in a state that is none of $1.
    static let foreign: PostgresStatement = """
        select count(*) from gateway.payment where run_at is not null and not (state = any ($1))
        """

    static let renewals: PostgresStatement = """
        delete from gateway.renewal where ctid = any (array(
          select ctid from gateway.renewal where expires_at < $1 order by expires_at limit 500))
        """

    static let pinnedAnswers: PostgresStatement = """
        delete from gateway.pinned_answer where ctid = any (array(
          select ctid from gateway.pinned_answer where at < $1 order by at limit 500))
        """

    static let days: PostgresStatement = """
        delete from gateway.merchant_day where ctid = any (array(
          select ctid from gateway.merchant_day where day < $1 order by day limit 500 for update skip locked))
        """

    static let pacePage: PostgresStatement = """
        select bank_id, scope, subject, taken_until from gateway.pace
        where (bank_id, scope, subject) > ($1, $2, $3) order by bank_id, scope, subject limit 500
        """

    static let paces: PostgresStatement = """
        delete from gateway.pace where ctid = any (array(
          select p.at_row from unnest($1::text[], $2::text[], $3::text[]) as g (bank_id, scope, subject)
          cross join lateral (
            select ctid as at_row from gateway.pace
            where bank_id = g.bank_id and scope = g.scope and subject = g.subject and taken_until < $4
            offset 0 for update skip locked) p))
        """
}
