// The wiring of the broker, top to bottom: configuration, store, vault, token cache, routes.
import Contracts
import EventLoop
import HTTPServer
package import Lifecycle
import Observe
import Postgres
import Sealing

/// `cap-svc`: knows a bank's sellers, keeps their merchants' secrets, hands out short-lived tokens, and
/// writes down every answer before it gives it.
package enum CapService {
    /// Called by the program. Throws configuration problems, and `PostgresError` when the server is not
    /// durable.
    package static func start(_ setup: Setup) async throws -> RunningService {
        var environment = setup.environment
        let config = try CapConfig(&environment)
        guard let keys = config.masterKeys else {
            preconditionFailure("the configuration passed without its required master keys")
        }
        let pool = try await setup.database(plansOnce: true)
        let store = CapStore(pool: pool, world: setup.world, bank: config.bank, loop: setup.loop)
        let vault = SecretVault(bankId: config.bank.bankId, keys: keys)
        let rail = RailTokenClient(
            http: setup.http, world: setup.world, log: setup.log, timeout: config.railTimeout,
            seconds: setup.metrics.histogram(
                "till_cap_svc_rail_token_seconds", help: "How long the bank's token endpoint took."))
        let loop = setup.loop
        let tokens = TokenCache(world: setup.world) { key, secret in
            try await loop.run { try await rail.token(key, secret: secret) }
        }
        let audited = AuditedRoutes(
            trail: store.trail, world: setup.world, log: setup.log,
            answers: setup.metrics.counter(
                "till_cap_svc_answers_total", help: "Answers by action and outcome.",
                labels: ["action", "outcome"]))
        var routes = Routes()
        SellerRoutes(store: store, vault: vault, tokens: tokens).add(to: &routes, audited)
        AdminRoutes(store: store, vault: vault).add(to: &routes, audited)
        var settings = ServerSettings()
        // Every answer has its own line, named after what was done.
        settings.logsRequests = false
        let server = try await setup.serve(routes, settings: settings)
        return RunningService(
            servers: [server], ready: ["database": { await store.isReady() }], stop: { await pool.close() })
    }
}
