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
    /// Events of banks' trails gather for as long; nobody waits for them.
    private static let reportingPause = Duration.milliseconds(500)

    package static func start(_ setup: Setup) async throws -> RunningService {
        var environment = setup.environment
        let config = try EcommGatewayConfig(&environment)
        let database = PostgresPool(
            config.database, loop: setup.loop, world: setup.world, log: setup.log, metrics: setup.metrics)
        let listing = PostgresPool(
            config.listing, loop: setup.loop, world: setup.world, log: setup.log, metrics: setup.metrics)
        try await requireDurability(database, isDemo: config.isDemo)
        let meters = GatewayMeters(setup.metrics)

        let brokers = brokers(config, setup)
        let banks = config.banks.map(\.bankId)
        let reports = BankAudit(
            banks: banks, database: database, keeper: brokers, world: setup.world, log: setup.log,
            meters: meters)
        // A place for each bank, whatever the others do; one more, so that a claim for all is never short of one.
        let reporting = JobWorker(
            name: "audit", source: reports, concurrency: banks.count + 1, pollInterval: reportingPause,
            loop: setup.loop, world: setup.world, log: setup.log, metrics: setup.metrics,
            perform: { await reports.hand($0) })

        let places = JobPlaces<Telling>()
        let store = PaymentStore(
            database: database, world: setup.world, places: places, loop: setup.loop,
            onTells: { places.wake() })
        let pins = PinnedAnswers(database: database)
        let renewals = Renewals(
            database: database, store: store, pins: pins, secret: config.token, world: setup.world)
        let outbox = Outbox(
            database: database, renewals: renewals,
            teller: NotifierTeller(
                client(config, setup, config.notifier, "notifier"), world: setup.world, loop: setup.loop),
            world: setup.world, log: setup.log, meters: meters, loop: setup.loop)
        let telling = JobWorker(
            name: "outbox", source: outbox, concurrency: tellingConcurrency, pollInterval: .seconds(1),
            loop: setup.loop, world: setup.world, log: setup.log, metrics: setup.metrics,
            perform: { await outbox.hand($0) })
        places.open(telling)

        let rails = rails(config, setup)
        let issuer = LinkIssuer(
            store: store, pins: pins, rails: rails, tokens: brokers, limits: Limits(config.limits),
            patience: IssuePatience(call: config.railTimeout), callbackBase: config.callbackBase,
            loop: setup.loop, world: setup.world, log: setup.log, meters: meters)
        let tokens = ReadingTokens(source: brokers, world: setup.world)
        let news = News(store: store, world: setup.world, log: setup.log, meters: meters)
        let afterSale = AfterSale(
            store: store, rails: rails, tokens: tokens, world: setup.world, log: setup.log, meters: meters)
        let janitor = Janitor(
            store: store, issuer: issuer, rails: rails, tokens: tokens, news: news, afterSale: afterSale,
            world: setup.world, log: setup.log, meters: meters)
        let looking = JobWorker(
            name: "janitor", source: janitor, concurrency: config.janitorConcurrency,
            pollInterval: config.janitorPoll,
            loop: setup.loop, world: setup.world, log: setup.log, metrics: setup.metrics,
            perform: { await janitor.look(at: $0) })

        let pruning = Pruning(
            database: database, loop: setup.loop, world: setup.world, log: setup.log, meters: meters)

        let routes = PaymentRoutes(
            issuer: issuer, store: store, lists: PaymentLists(database: listing), renewals: renewals,
            merchants: brokers,
            results: ResultDesk(store: store, news: news, world: setup.world, log: setup.log),
            keys: BankKeys(
                rails: rails, tokens: tokens, loop: setup.loop, world: setup.world, log: setup.log,
                meters: meters),
            afterSale: afterSale)
        return RunningService(
            servers: [try await setup.serve(routes.routes())],
            jobs: [
                { try await telling.run() }, { try await reporting.run() }, { try await looking.run() },
                { try await pruning.run() },
            ],
            ready: ["database": { await store.isAlive() }],
            stop: {
                await listing.close()
                await database.close()
            })
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
            let links = MiaRail(
                minimumMinor: bank.minimumMinor, maximumMinor: bank.maximumMinor,
                linkLife: .seconds(bank.linkLifeSeconds),
                linkLives: (bank.terminalLinkLifeSeconds ?? [:]).mapValues { .seconds($0) }, wire: wire)
            let requests = MiaRequestToPayRail(
                minimumMinor: bank.minimumMinor, maximumMinor: bank.maximumMinor,
                life: .seconds(bank.requestLifeSeconds ?? 3_600), wire: wire)
            return (bank.bankId, [PaymentType.qr: links as any PaymentRail, .rtp: requests])
        }
        return Rails(Dictionary(pairs) { first, _ in first })
    }
}
