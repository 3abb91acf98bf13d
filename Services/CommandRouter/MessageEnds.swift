// Ends of messages, many in one statement: nobody waits for them but the next message of the same person, and whoever
// knows of one does not let it wait.
import EventLoop
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

    /// A message can be claimed once more while its first end waits for company.
    private struct Claim: Hashable {
        let seq: Int64
        let fence: Int64
    }

    struct End: Sendable {
        var event: InboundEvent
        var memory: ConversationMemory
        /// When the sender had been answered: the wait for company is not part of a message's time.
        var at: Timestamp
        /// Whether its commit is waited for, and that of all that are written with it.
        var isDurable: Bool
    }

    private let world: World

    /// Nil for one whose claim was lost.
    private let gathering: Gathering<End, Result<Finished?, any Error>>

    init(database: PostgresPool, world: World, patience: Patience?, loop: EventLoop?) {
        self.world = world
        gathering = Gathering(
            apartOn: loop, itemsMax: InboundStore.claimMax, patience: patience,
            write: { try await Self.write($0, isApart: $1, database, world) })
    }

    /// Nil when the claim was lost: then nothing was changed. Throws what the database throws, of this message alone.
    func write(
        _ event: InboundEvent, _ memory: ConversationMemory, isDurable: Bool
    ) async throws -> Finished? {
        let end = End(event: event, memory: memory, at: world.now(), isDurable: isDurable)
        return try await gathering.add(end, hurries: event.hasMore).get()
    }

    /// A conversation that somebody holds is not waited for by all of them, and not for long by those that were written
    /// with it: theirs are answered together.
    private static func write(
        _ ends: [End], isApart: Bool, _ database: PostgresPool, _ world: World
    ) async throws -> [Finished?] {
        let events = ends.map(\.event)
        let values: [PostgresValue] =
            [
                .int8Array(events.map(\.seq)), .timestampArray(events.map(\.eventAt)),
                .int8Array(events.map(\.fence)), .int8Array(events.map(\.version)),
                .boolArray(events.map(\.hasMore)), .textArray(events.map(\.phoneNumberId)),
                .textArray(events.map(\.peer)), .boolArray(ends.map { $0.memory != $0.event.memory }),
            ] + (try ConversationMemory.columns(ends.map(\.memory)))
            + [
                .timestamp(world.now()), .timestampArray(ends.map(\.at)),
                .bool(ends.contains(where: \.isDurable)),
            ]
        let rows =
            if ends.count == 1, !isApart {
                try await database.query(InboundQueries.finish, values)
            } else {
                try await database.batch([
                    (.lockPatience, [.text(isApart ? "1s" : "250ms")]),
                    (InboundQueries.finish, values),
                ])[1]
            }
        var finished: [Claim: Finished] = [:]
        for row in rows {
            finished[Claim(seq: try row.int8("seq"), fence: try row.int8("fence"))] = Finished(
                isDue: try row.bool("is_due"))
        }
        return events.map { finished[Claim(seq: $0.seq, fence: $0.fence)] }
    }
}
