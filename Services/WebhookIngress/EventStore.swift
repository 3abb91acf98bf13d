// Batches of events to rows. One statement per batch; which events share a batch is `GroupCommit`'s.
import Observe
import Postgres
import WhatsApp
import World

struct EventStore: Sendable {
    /// One connection: commits under way at once are pipelined on it, so what is sent first is numbered first.
    let commits: PostgresPool
    /// For everything that no sender waits for.
    let pool: PostgresPool
    let world: World
    private let statusBell = StatusBell()

    init(commits: PostgresPool, pool: PostgresPool, world: World) {
        self.commits = commits
        self.pool = pool
        self.world = world
    }

    /// Durable when it returns. Throws `EventsRefused` when the database takes this batch never; anything
    /// else may succeed when sent again.
    func keep(_ events: [InboundEvent]) async throws -> KeptCount {
        do {
            let sentAt = world.monotonic()
            let tells = statusBell.mustRing(at: sentAt)
            let rows = EventRows(events, now: world.now(), tellsOfStatuses: tells)
            let answer = try await commits.query(rows.statement, rows.values)
            // The general statement answers a row, the others insert and say it by their tag.
            let fresh = answer.isEmpty ? answer.affected : Int(try answer.one().int8("fresh"))
            // Who is told of a status that was known before finds nothing, and does not look again soon.
            if tells, fresh == events.count, events.contains(where: { $0.lane == .statuses }) {
                statusBell.rang(at: sentAt)
            }
            return KeptCount(fresh: fresh, seenBefore: events.count - fresh)
        } catch let error as PostgresError {
            if let code = error.sqlState, !error.isRetryable { throw EventsRefused(code: code) }
            throw error
        }
    }

    /// Answers how many weeks were created.
    func maintainPartitions() async throws -> Int {
        let rows = try await pool.query(EventQueries.maintainPartitions, [.timestamp(world.now())])
        return Int(try rows.one().int4("made"))
    }

    /// True when events can be stored.
    func isReady() async -> Bool {
        do {
            return try await pool.query(EventQueries.probe).one().bool("is_writable")
        } catch { return false }
    }
}
