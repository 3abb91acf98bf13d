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
            let isOfMessages = events.contains { $0.lane == .messages }
            let sentAt = world.monotonic()
            let tells = statusBell.mustRing(at: sentAt)
            let row = try await commits.query(
                isOfMessages ? EventQueries.keep : EventQueries.keepOthers,
                (isOfMessages ? Self.values : Self.otherValues)(events, world.now(), tells)
            ).one()
            let fresh = Int(try row.int8("fresh"))
            // Of a status that was known before, nobody was told.
            if tells, fresh == events.count, events.contains(where: { $0.lane == .statuses }) {
                statusBell.rang(at: sentAt)
            }
            return KeptCount(fresh: fresh, seenBefore: events.count - fresh)
        } catch let error as PostgresError {
            if let code = error.sqlState, !error.isRetryable { throw EventsRefused(code: code) }
            throw error
        }
    }

    static func values(
        _ events: [InboundEvent], _ now: Timestamp, _ tellsOfStatuses: Bool = true
    ) -> [PostgresValue] {
        [
            .textArray(events.map { $0.lane.rawValue }), .textArray(events.map(\.dedupKey)),
            .timestampArray(events.map(\.eventAt)), .textArray(events.map(\.phoneNumberId)),
            .textArray(events.map(\.waId)), .textArray(events.map(\.userId)),
            .bytesArray(events.map(\.payload)), .textArray(events.map(\.requestId)),
            .boolArray(events.map(\.opensWindow)), .boolArray(events.map(\.isParked)),
            .timestamp(now), .bool(tellsOfStatuses),
        ]
    }

    static func otherValues(
        _ events: [InboundEvent], _ now: Timestamp, _ tellsOfStatuses: Bool
    ) -> [PostgresValue] {
        [
            .textArray(events.map { $0.lane.rawValue }), .textArray(events.map(\.dedupKey)),
            .timestampArray(events.map(\.eventAt)), .textArray(events.map(\.phoneNumberId)),
            .textArray(events.map { $0.waId ?? $0.userId ?? "" }), .bytesArray(events.map(\.payload)),
            .textArray(events.map(\.requestId)), .timestamp(now), .bool(tellsOfStatuses),
        ]
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
