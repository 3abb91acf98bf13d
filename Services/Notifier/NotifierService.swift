// The wiring of the notifier, top to bottom: configuration, stores, routes, jobs. Nothing is decided here.
import EventLoop
import HTTPServer
import JobQueue
package import Lifecycle
import Observe
import Postgres
import Synchronization

package enum NotifierService {
    /// Statuses applied at the same time; each is a short transaction.
    static let statusConcurrency = 8

    /// Builds the service. Throws every problem of its configuration at once.
    package static func start(_ setup: Setup) async throws -> RunningService {
        var environment = setup.environment
        let config = try NotifierConfig(&environment)
        let database = try await setup.database()
        let metrics = NotifierMetrics(setup.metrics)
        let messages = MessageStore(database: database, world: setup.world)
        let statuses = StatusStore(database: database, messages: messages, world: setup.world)
        let bell = Bell()
        let wake: @Sendable () -> Void = { bell.ring() }

        let graph = GraphSender(
            http: setup.http, base: config.graphBase, version: config.version, timeout: config.sendTimeout)
        let sender = OutboxSender(
            store: messages, graph: graph,
            media: MediaDesk(database: database, world: setup.world, graph: graph),
            numbers: config.numbers, pace: NumberPace(ratePerSecond: config.ratePerSecond),
            catalogue: .standard,
            loop: setup.loop, log: setup.log, metrics: metrics, wake: wake)
        let outbox = JobWorker(
            name: "outbox", source: OutboxSource(store: messages), concurrency: config.concurrency,
            pollInterval: .seconds(1), loop: setup.loop, world: setup.world, log: setup.log,
            metrics: setup.metrics,
            perform: { await sender.perform($0) })
        bell.answer { outbox.wake() }

        let statusWorker = StatusWorker(store: statuses, log: setup.log, metrics: metrics, wake: wake)
        let statusJobs = JobWorker(
            name: "statuses", source: StatusSource(store: statuses), concurrency: statusConcurrency,
            pollInterval: .seconds(1), loop: setup.loop, world: setup.world, log: setup.log,
            metrics: setup.metrics,
            perform: { await statusWorker.perform($0) })
        let keeper = MessageKeeper(
            messages: messages, statuses: statuses, unresolvedGrace: config.unresolvedGrace, loop: setup.loop,
            log: setup.log, metrics: metrics, wake: wake)

        let routes = MessageRoutes(
            store: messages, numbers: config.numbers, catalogue: .standard, log: setup.log, metrics: metrics,
            wake: wake)
        let seen = SeenMarks(graph: graph, numbers: config.numbers, loop: setup.loop, metrics: metrics)
        var table = routes.table
        table.merge(BubbleRoutes(database: database, numbers: config.numbers, seen: seen).table)
        return RunningService(
            servers: [try await setup.serve(table)],
            jobs: [
                { try await outbox.run() }, { try await statusJobs.run() }, { try await keeper.run() },
                { try await seen.run() },
                {
                    try await database.listen(["till_inbound_statuses"]) { _, _ in statusJobs.wake() }
                },
            ],
            ready: { ["database": (try? await database.query("select 1")) != nil] },
            stop: { await database.close() })
    }
}

/// Rings the sender's worker, which is made after those who ring.
private final class Bell: Sendable {
    private let worker = Mutex<(@Sendable () -> Void)?>(nil)

    func answer(_ wake: @escaping @Sendable () -> Void) { worker.withLock { $0 = wake } }
    func ring() { worker.withLock { $0 }?() }
}
