// Several connections that commit at once, each with its own batcher, so that one executes while another waits
// for the disk. A conversation always goes by the same one: what is numbered first is what came first. Nothing
// here knows SQL.
import Problem

/// The batchers of one process, by conversation.
struct CommitLanes: Sendable {
    let batchers: [EventBatcher]

    /// As `EventBatcher.keep`. All events of a delivery share a commit, that of its first event's person.
    @discardableResult
    func keep(_ events: [InboundEvent]) async throws(Problem) -> Int {
        guard let first = events.first else { return 1 }
        return try await batchers[Self.lane(of: first, among: batchers.count)].keep(events)
    }

    /// Commits until cancelled, on `desk`.
    func run(on desk: any Actor) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for batcher in batchers { group.addTask { try await batcher.run(on: desk) } }
            try await group.waitForAll()
        }
    }

    /// By the user id where there is one, since a person keeps it when the phone is not told.
    static func lane(of event: InboundEvent, among count: Int) -> Int {
        guard count > 1 else { return 0 }
        // FNV-1a: the standard library's hash differs from process to process, and two may share the work.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in (event.userId ?? event.waId ?? event.dedupKey).utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        return Int((hash >> 32) % UInt64(count))
    }
}
