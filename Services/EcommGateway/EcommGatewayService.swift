// The gateway's wiring, top to bottom: configuration, database, peers, rails, routes, jobs. Nothing here
// decides anything.
import Contracts
import HTTPClient
import HTTPWire
import JobQueue
package import Lifecycle
import Postgres

package enum EcommGatewayService {
    static let name = "ecomm-gateway"
    /// Outcomes are handed over in a few milliseconds each; this many at once is far more than a busy evening
    /// brings.
    private static let tellingConcurrency = 16

    package static func start(_ setup: Setup) async throws -> RunningService {
        var environment = setup.environment
        let config = try EcommGatewayConfig(&environment)
        let database = PostgresPool(
            config.database, loop: setup.loop, world: setup.world, log: setup.log, metrics: setup.metrics)
        try await requireDurability(database, isDemo: config.isDemo)
        let meters = GatewayMeters(setup.metrics)

        let outbox = Outbox(
            database: database, teller: NotifierTeller(client(config, setup, config.notifier, "notifier")),
            world: setup.world, log: setup.log, meters: meters)
        let telling = JobWorker(
            name: "outbox", source: outbox, concurrency: tellingConcurrency, pollInterval: .seconds(1),
            loop: setup.loop, world: setup.world, log: setup.log, metrics: setup.metrics,
            perform: { await outbox.hand($0) })

        let store = PaymentStore(database: database, world: setup.world, onTells: { telling.wake() })
        let rails = rails(config, setup)
        let brokers = brokers(config, setup)
        let issuer = LinkIssuer(
            store: store, rails: rails, tokens: brokers, patience: IssuePatience(call: config.railTimeout),
            callbackBase: config.callbackBase, loop: setup.loop, world: setup.world, log: setup.log,
            meters: meters)
        let tokens = ReadingTokens(source: brokers, world: setup.world)
        let news = News(store: store, world: setup.world, log: setup.log, meters: meters)
        let janitor = Janitor(
            store: store, issuer: issuer, rails: rails, tokens: tokens, news: news, world: setup.world,
            log: setup.log,
            meters: meters)
        let looking = JobWorker(
            name: "janitor", source: janitor, concurrency: config.janitorConcurrency,
            pollInterval: config.janitorPoll,
            loop: setup.loop, world: setup.world, log: setup.log, metrics: setup.metrics,
            perform: { await janitor.look(at: $0) })

        let routes = PaymentRoutes(
            issuer: issuer, store: store, news: news,
            keys: BankKeys(
                rails: rails, tokens: tokens, loop: setup.loop, world: setup.world, log: setup.log,
                meters: meters),
            afterSale: AfterSale(
                store: store, rails: rails, tokens: tokens, world: setup.world, log: setup.log))
        return RunningService(
            servers: [try await setup.serve(routes.routes())],
            jobs: [{ try await telling.run() }, { try await looking.run() }],
            ready: { ["database": await store.isAlive()] }, stop: { await database.close() })
    }

    private static func client(
        _ config: EcommGatewayConfig, _ setup: Setup, _ url: HTTPURL, _ peer: String
    ) -> ServiceClient {
        ServiceClient(http: setup.http, baseURL: url, token: config.token, caller: name, peer: peer)
    }

    /// TillFile has checked that every broker URL can be read.
    private static func brokers(_ config: EcommGatewayConfig, _ setup: Setup) -> Brokers {
        let pairs = config.banks.compactMap { bank in
            HTTPURL(bank.brokerUrl).map { (bank.bankId, client(config, setup, $0, "cap-svc")) }
        }
        return Brokers(Dictionary(pairs) { first, _ in first })
    }

    private static func rails(_ config: EcommGatewayConfig, _ setup: Setup) -> Rails {
        let wire = HTTPBankWire(http: setup.http)
        let pairs = config.banks.map { bank in
            let rail = MiaRail(
                minimumMinor: bank.minimumMinor, maximumMinor: bank.maximumMinor,
                linkLife: .seconds(bank.linkLifeSeconds), wire: wire)
            return (bank.bankId, [PaymentType.qr: rail as any PaymentRail])
        }
        return Rails(Dictionary(pairs) { first, _ in first })
    }
}
