// The wiring of the notifier, top to bottom: configuration, stores, routes, jobs. Nothing is decided here.
import EventLoop
import HTTPServer
import JobQueue
package import Lifecycle
import Observe
import Postgres
import World

package enum NotifierService {
    /// Builds the service. Throws every problem of its configuration at once.
    package static func start(_ setup: Setup) async throws -> RunningService {
        var environment = setup.environment
        let config = try NotifierConfig(&environment)
        let database = try await setup.database(plansOnce: true)
        let metrics = NotifierMetrics(setup.metrics)
        let messages = MessageStore(database: database, world: setup.world)
        try await messages.prepare(config.numbers.keys.sorted())
        let bell = Doorbell()
        let wakeAt: @Sendable (Timestamp?) -> Void = { bell.ring(at: $0) }
        let wake: @Sendable () -> Void = { bell.ring() }

        let graph = GraphSender(
            http: setup.http, base: config.graphBase, version: config.version, timeout: config.sendTimeout)
        let templates = TemplateParts(
            setup, config, database, graph: graph, messages: messages, metrics: metrics, wake: wake)
        let statuses = StatusStore(
            database: database, messages: messages, templates: templates.store, world: setup.world)
        let accepts = OutboxSender.gathering(messages, loop: setup.loop, wake: wakeAt)
        let sender = OutboxSender(
            store: messages, accepts: accepts, followed: FollowedMessages(), graph: graph,
            media: MediaDesk(database: database, world: setup.world, graph: graph),
            templates: templates.store, templateReporter: templates.reporter, numbers: config.numbers,
            loop: setup.loop, log: setup.log, metrics: metrics, wake: wakeAt)
        let planner = OutboxPlanner(
            numbers: config.numbers, limits: PersonPace.Limits(interval: config.personInterval))
        let store = OutboxStore(
            messages: messages, templates: templates.store, planner: planner,
            numberPace: .number(ratePerSecond: config.ratePerSecond))
        let source = OutboxSource(store: store, sender: sender, loop: setup.loop, world: setup.world)
        let outbox = JobWorker(
            name: "outbox", source: source, concurrency: config.concurrency,
            pollInterval: .seconds(1), loop: setup.loop, world: setup.world, log: setup.log,
            metrics: setup.metrics,
            perform: { await sender.perform($0) })
        source.onWork.answer { _ in outbox.wake() }
        let places = JobPlaces<Departure>()
        places.open(outbox)
        let unheard = ApartTasks(loop: setup.loop)
        let posts = PostDesk(
            outbox: store, sender: sender, source: source, places: places, unheard: unheard,
            wake: {
                accepts.hurry()
                wake()
            })
        bell.answer { moment in if let moment { source.ring(at: moment) } else { source.ring() } }

        let statusWorker = StatusWorker(
            store: statuses, log: setup.log, metrics: metrics, templates: templates.reporter, wake: wake)
        let statusJobs = JobWorker(
            name: "statuses",
            source: StatusSource(
                store: statuses, worker: statusWorker, loop: setup.loop,
                settleKnown: { await accepts.flush() }),
            concurrency: 1, pollInterval: .seconds(1), loop: setup.loop, world: setup.world, log: setup.log,
            metrics: setup.metrics,
            perform: { statusWorker.report($0) })
        let costs = CostDesk(database: database, world: setup.world, metrics: metrics)
        let keeper = MessageKeeper(
            messages: messages, statuses: statuses, numbers: config.numbers.keys.sorted(),
            unresolvedGrace: config.unresolvedGrace, costs: costs, loop: setup.loop,
            log: setup.log, metrics: metrics, wake: wake)

        let routes = MessageRoutes(
            store: MessageStore(
                database: database, world: setup.world, posts: posts.gathering(on: setup.loop)),
            numbers: config.numbers, log: setup.log, metrics: metrics)
        let seen = SeenMarks(graph: graph, numbers: config.numbers, loop: setup.loop, metrics: metrics)
        var table = routes.table
        table.merge(BubbleRoutes(database: database, numbers: config.numbers, seen: seen).table)
        table.merge(templates.routes)
        let spread = Duration.microseconds(2_000_000 / config.ratePerSecond)
        table.merge(
            OperatorRoutes(
                store: OperatorStore(messages: messages, spread: spread), log: setup.log, wake: wake
            ).table)
        table.merge(costs.table)
        return RunningService(
            servers: [try await setup.serve(table)],
            jobs: [
                { try await outbox.run() }, { try await statusJobs.run() }, { try await keeper.run() },
                { try await seen.run() }, { try await unheard.run() }, { try await templates.keeper.run() },
                { try await templates.events.run() },
                {
                    try await database.listen(["till_inbound_statuses", "till_inbound_account"]) {
                        channel, _ in
                        channel == "till_inbound_account" ? templates.events.wake() : statusJobs.wake()
                    }
                },
            ],
            ready: ["database": { (try? await database.query("select 1")) != nil }],
            stop: { await database.close() })
    }
}
