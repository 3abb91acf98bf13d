// Keeps the weeks of `channel.inbound_event`: ahead of the events, and not for ever. Every ingress process
// runs one; the database lets one of them through at a time.
import EventLoop
import Observe

struct PartitionKeeper: Sendable {
    /// Weeks are created three days ahead, so a database that is away for a day or two costs nothing.
    static let interval: Duration = .seconds(3600)
    static let retryInterval: Duration = .seconds(60)

    let store: EventStore
    let loop: EventLoop
    let log: Log

    /// Until cancelled.
    func run() async throws {
        while true {
            var wait = Self.interval
            do {
                let made = try await store.maintainPartitions()
                if made > 0 { log.info("partitions.created", ["weeks": .int(made)]) }
            } catch is CancellationError { throw CancellationError() } catch {
                // Without a week of their own, events go to the default partition and are moved later.
                log.error("partitions.notMaintained")
                wait = Self.retryInterval
            }
            try await loop.sleep(for: wait)
        }
    }
}
