// The wiring of the ingress, top to bottom: configuration, store, batcher, routes, jobs.
import HTTPServer
package import Lifecycle
import Postgres

/// `webhook-ingress`: verifies what Meta sends, keeps it, and only then says 200.
package enum WebhookIngressService {
    /// Called by the program. Throws configuration problems, and `PostgresError` when the server is not
    /// durable.
    package static func start(_ setup: Setup) async throws -> RunningService {
        var environment = setup.environment
        let config = try IngressConfig(&environment)
        let pool = try await setup.database()
        let commits = PostgresPool(
            config.commits, loop: setup.loop, world: setup.world, log: setup.log, metrics: setup.metrics)
        let store = EventStore(commits: commits, pool: pool, world: setup.world)
        let metrics = IngressMetrics(setup.metrics)
        let batcher = EventBatcher(
            limits: config.limits, world: setup.world, log: setup.log, metrics: metrics,
            commit: { try await store.keep($0) })
        let routes = WebhookRoutes(
            signers: config.signers, verifyTokens: config.verifyTokens, batcher: batcher, world: setup.world,
            log: setup.log, metrics: metrics)
        var settings = ServerSettings()
        // Deliveries come by the ten thousand a second; each has its own line, `webhook.accepted`.
        settings.logsRequests = false
        // A body may be 3 MiB before its signature is known, so strangers can make us hold this many times
        // that.
        settings.connectionsMax = 512
        let server = try await setup.serve(routes.routes, settings: settings)
        let partitions = PartitionKeeper(store: store, loop: setup.loop, log: setup.log)
        return RunningService(
            servers: [server], jobs: [{ try await batcher.run() }, { try await partitions.run() }],
            ready: { ["database": await store.isReady()] },
            stop: {
                await commits.close()
                await pool.close()
            })
    }
}
