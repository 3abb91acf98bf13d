// The wiring of the receiver, top to bottom: configuration, store, gateway, worker, routes.
import HTTPClient
import HTTPServer
import JobQueue
package import Lifecycle
import Observe
import Postgres

/// `callback-receiver`: keeps what banks say, answers 200, and only then finds out whether it is true.
package enum CallbackReceiverService {
    /// For what came while no place was free, what is tried again and what a process that died left behind.
    private static let pollInterval = Duration.seconds(1)

    /// Called by the program. Throws configuration problems, and `PostgresError` when the server is not
    /// durable.
    package static func start(_ setup: Setup) async throws -> RunningService {
        var environment = setup.environment
        let config = try CallbackConfig(&environment)
        let pool = try await setup.database(plansOnce: true)
        let store = CallbackStore(pool: pool, world: setup.world, loop: setup.loop)
        let client = ServiceClient(
            http: setup.http, baseURL: config.gatewayURL, token: config.serviceToken,
            caller: "callback-receiver",
            peer: "ecomm-gateway")
        let work = CallbackWork(
            gateway: KeyShelf(
                HTTPGateway(client: client, world: setup.world, loop: setup.loop), world: setup.world))
        let settler = CallbackSettler(
            store: store, work: work, world: setup.world,
            log: setup.log,
            verdicts: setup.metrics.counter(
                "till_callback_receiver_verdicts_total", help: "What callbacks turned out to be.",
                labels: ["verdict"]),
            seconds: setup.metrics.histogram(
                "till_callback_receiver_applied_seconds",
                help: "From receiving a callback to its result applied."))
        let worker = JobWorker(
            name: "callbacks", source: store, concurrency: config.workers, pollInterval: pollInterval,
            loop: setup.loop, world: setup.world, log: setup.log, metrics: setup.metrics,
            perform: { await settler.perform($0) })
        store.places.open(worker)
        let routes = CallbackRoutes(
            store: store, world: setup.world, log: setup.log,
            received: setup.metrics.counter(
                "till_callback_receiver_received_total", help: "Callbacks by what became of the request.",
                labels: ["outcome"]),
            isSigned: { bankId, body in work.isSigned(body, by: bankId) })
        var settings = ServerSettings()
        // The path holds a capability; each request has its own line, `callback.kept`, without it.
        settings.logsRequests = false
        let server = try await setup.serve(routes.routes, settings: settings)
        let keeper = CallbackKeeper(store: store, loop: setup.loop, log: setup.log)
        return RunningService(
            servers: [server],
            jobs: [
                { try await worker.run() },
                { try await keeper.run() },
            ],
            ready: ["database": { await store.isReady() }], stop: { await pool.close() })
    }
}
