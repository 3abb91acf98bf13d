// Ends of messages, many in one statement: nobody waits for them but the next message of the same person, and whoever
// knows of one does not let it wait.
import JobQueue
import Postgres
import World

struct MessageEnds: Sendable {
    /// How long an end waits for others, and how many do not wait for more. A worker's place is taken meanwhile.
    static let patience = Duration.milliseconds(20)
    static let enough = 8

    /// What became of a message that was finished.
    struct Finished: Sendable {
        /// Another message of the conversation may be claimed.
        var isDue: Bool
    }

    private struct End: Sendable {
        var event: InboundEvent
        var memory: ConversationMemory
    }

    /// Nil for one whose claim was lost.
    private let gathering: Gathering<End, Result<Finished?, any Error>>

    init(database: PostgresPool, world: World, patience: Patience?) {
        gathering = Gathering(patience: patience) { ends in await Self.apart(ends, database, world) }
    }

    /// Nil when the claim was lost: then nothing was changed.
    func write(_ event: InboundEvent, _ memory: ConversationMemory) async throws -> Finished? {
        try await gathering.add(End(event: event, memory: memory), hurries: event.hasMore).get()
    }

    /// One that the database refuses is refused alone.
    private static func apart(
        _ ends: [End], _ database: PostgresPool, _ world: World
    ) async -> [Result<Finished?, any Error>] {
        do { return try await write(ends, database, world).map { .success($0) } } catch {
            let isOfOne = (error as? PostgresError).map { !$0.isRetryable } ?? true
            guard isOfOne, ends.count > 1 else { return ends.map { _ in .failure(error) } }
            let middle = ends.count / 2
            let first = await apart(Array(ends[..<middle]), database, world)
            return first + (await apart(Array(ends[middle...]), database, world))
        }
    }

    private static func write(
        _ ends: [End], _ database: PostgresPool, _ world: World
    ) async throws -> [Finished?] {
        let events = ends.map(\.event)
        let rows = try await database.query(
            InboundQueries.finish,
            [
                .int8Array(events.map(\.seq)), .timestampArray(events.map(\.eventAt)),
                .int8Array(events.map(\.fence)), .int8Array(events.map(\.version)),
                .boolArray(events.map(\.hasMore)), .textArray(events.map(\.phoneNumberId)),
                .textArray(events.map(\.peer)), .boolArray(ends.map { $0.memory != $0.event.memory }),
            ] + ConversationMemory.columns(ends.map(\.memory)) + [.timestamp(world.now())])
        var finished: [Int64: Finished] = [:]
        for row in rows { finished[try row.int8("seq")] = Finished(isDue: try row.bool("is_due")) }
        return events.map { finished[$0.seq] }
    }
}
