// The wiring of the ingress, top to bottom: configuration, store, batcher, routes, jobs.
import EventLoop
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
        let pool = try await setup.database(plansOnce: true)
        let stores = (0..<config.connections).map { _ in
            EventStore(
                commits: PostgresPool(
                    config.commits, loop: setup.loop, world: setup.world, log: setup.log,
                    metrics: setup.metrics),
                pool: pool, world: setup.world)
        }
        let store = stores[0]
        let metrics = IngressMetrics(setup.metrics)
        let limits = config.limits.share(of: stores.count)
        let lanes = CommitLanes(
            batchers: stores.map { store in
                EventBatcher(
                    limits: limits, world: setup.world, log: setup.log, metrics: metrics,
                    pause: { try await setup.loop.sleep(for: limits.patience) },
                    commit: { try await store.keep($0) })
            })
        let desk = CommitDesk(on: setup.loop)
        let routes = WebhookRoutes(
            signers: config.signers, verifyTokens: config.verifyTokens, lanes: lanes, world: setup.world,
            log: setup.log, metrics: metrics)
        var settings = ServerSettings()
        // Deliveries come by the ten thousand a second; each has its own line, `webhook.accepted`.
        settings.logsRequests = false
        // What strangers can make us hold is bounded beside this, by bytes: 16 MiB of unfinished bodies in all.
        settings.connectionsMax = 1_024
        let server = try await setup.serve(routes.routes, settings: settings)
        let partitions = PartitionKeeper(store: store, loop: setup.loop, log: setup.log)
        return RunningService(
            servers: [server], jobs: [{ try await lanes.run(on: desk) }, { try await partitions.run() }],
            ready: ["database": { await store.isReady() }],
            stop: {
                for store in stores { await store.commits.close() }
                await pool.close()
            })
    }
}
