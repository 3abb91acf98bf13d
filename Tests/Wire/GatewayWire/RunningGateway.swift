// The gateway over a real database, as its own role, with fakes around it. Its workers are driven by hand, so
// that a test decides what happens when.
import Contracts
import Copy
import EventLoop
import HTTPClient
import HTTPServer
import HTTPWire
import Lifecycle
import Mia
import Money
import Observe
import Postgres
import Sealing
import TestSupport
import World

@testable import EcommGateway

final class RunningGateway: Sendable {
    let bank = FakeBank()
    let broker: FakeBroker
    let teller = FakeTeller()
    let keeper = FakeKeeper()
    let clock: ShiftedClock
    let world: World
    /// As superuser, to look at rows.
    let pool: PostgresPool
    /// As the service's role.
    let database: PostgresPool
    let store: PaymentStore
    let issuer: LinkIssuer
    let janitor: Janitor
    let outbox: Outbox
    let reports: BankAudit
    let renewals: Renewals
    let pruning: Pruning
    let pins: PinnedAnswers
    let lists: PaymentLists
    let afterSale: AfterSale
    let keys: BankKeys
    let news: News
    let routes: Routes

    /// On whose wall days begin; winter and summer differ.
    static let wall = WallClock.chisinau

    init(
        _ pool: PostgresPool, _ database: PostgresPool,
        limits: BankLimits = BankLimits(clock: wall, sellerPerMinute: 600, merchantPerMinute: 6_000),
        clock: ShiftedClock = ShiftedClock(), over base: World = .forWireTests
    ) {
        self.clock = clock
        let world = clock.world(over: base), log = Log.silent(.forWireTests)
        let meters = GatewayMeters(Metrics())
        self.world = world
        self.pool = pool
        self.database = database
        broker = FakeBroker(world: world)
        store = PaymentStore(database: database, world: world, loop: TestLoop.shared, onTells: {})
        pins = PinnedAnswers(database: database)
        let rails = Rails([
            "moldbank": [
                .qr: MiaRail(minimumMinor: 1, maximumMinor: 10_000_000, linkLife: .seconds(300), wire: bank),
                .rtp: MiaRequestToPayRail(
                    minimumMinor: 1, maximumMinor: 10_000_000, life: .seconds(3_600), wire: bank),
            ]
        ])
        var patience = IssuePatience(call: .seconds(5))
        patience.retries = .milliseconds(350)
        patience.renewal = .milliseconds(100)
        issuer = LinkIssuer(
            store: store, pins: pins, rails: rails, tokens: broker, limits: Limits(["moldbank": limits]),
            patience: patience,
            callbackBase: "https://us.example",
            loop: TestLoop.shared, world: world, log: log, meters: meters)
        let tokens = ReadingTokens(source: broker, world: world)
        news = News(store: store, world: world, log: log, meters: meters)
        afterSale = AfterSale(
            store: store, rails: rails, tokens: tokens, world: world, log: log, meters: meters)
        janitor = Janitor(
            store: store, issuer: issuer, rails: rails, tokens: tokens, news: news, afterSale: afterSale,
            world: world, log: log, meters: meters)
        renewals = Renewals(
            database: database, store: store, pins: pins,
            secret: Secret(text: String(repeating: "s", count: 40)), world: world)
        pruning = Pruning(
            database: database, loop: TestLoop.shared, world: world, log: log, meters: meters)
        outbox = Outbox(
            database: database, renewals: renewals, teller: teller, world: world, log: log, meters: meters,
            loop: TestLoop.shared)
        reports = BankAudit(
            banks: ["moldbank", "codrubank"], database: database, keeper: keeper, world: world, log: log,
            meters: meters)
        lists = PaymentLists(database: database)
        keys = BankKeys(
            rails: rails, tokens: tokens, loop: TestLoop.shared, world: world, log: log, meters: meters)
        routes = PaymentRoutes(
            issuer: issuer, store: store, lists: lists, renewals: renewals, merchants: broker,
            results: ResultDesk(store: store, news: news, world: world, log: log), keys: keys,
            afterSale: afterSale
        ).routes()
    }

    /// The same over the same rows, as another replica with another bank's settings.
    func replica(limits: BankLimits) -> RunningGateway {
        RunningGateway(pool, database, limits: limits, clock: clock)
    }

    /// `seed` makes ids, capabilities and jitter a function of it.
    static func with(
        seed: UInt64? = nil, _ body: @escaping @Sendable (RunningGateway) async throws -> Void
    ) async throws {
        let base = seed.map { SeededWorld(seed: $0).world } ?? .forWireTests
        let cluster = try await TemporaryCluster.shared()
        let name = try await cluster.freshDatabase(migrating: [
            (EcommGatewaySchema.schema.name, EcommGatewaySchema.schema.migrations)
        ])
        try await cluster.withPool(name) { pool in
            try await cluster.withPool(name, role: "till_gateway") { database in
                let gateway = RunningGateway(pool, database, over: base)
                try await TestLoop.shared.run { try await body(gateway) }
            }
        }
    }

    static let order = OpenPayment(
        posUserId: "u1", bankId: "moldbank", merchantId: "128", merchantName: "Cafenea", terminalId: "TE0001",
        rail: .qr, amount: Money(minorUnits: 10_000, currency: .mdl), description: "Cafea", tag: "cafea",
        conversation: Conversation(phoneNumberId: "8", peer: "p"), locale: .ro)

    /// One of a seller and a merchant of its own.
    static func order(of number: Int, perDay: Int64? = nil) -> OpenPayment {
        var order = Self.order
        order.posUserId = "u\(number)"
        order.merchantId = "m\(number)"
        if let perDay { order.limits = MerchantLimits(perDay: perDay) }
        return order
    }

    /// A request that rings at one payer's.
    static var request: OpenPayment {
        var order = Self.order
        order.rail = .rtp
        order.terminalId = "RTP0001"
        order.payer = Payer(phone: "+37369123456", name: "Ana Rusu")
        return order
    }

    func open(_ key: String, _ order: OpenPayment = RunningGateway.order) async throws -> PaymentView {
        try await issuer.open(order, caller: "command-router", idempotencyKey: key).view
    }

    /// A link that was taken back dies of age: the bank still calls it created.
    func endWatch() async throws {
        clock.advance(by: .seconds(3_000))
        try await lookAtWhatIsDue()
    }

    /// What is due is looked at once.
    func lookAtWhatIsDue() async throws {
        for record in try await janitor.claim(64) { await janitor.look(at: record) }
    }

    /// What is due is handed over once.
    func tellWhatIsDue() async throws {
        for telling in try await outbox.claim(64) { await outbox.hand(telling) }
    }

    /// What is due goes to the bank's trail once.
    func reportWhatIsDue() async throws {
        for report in try await reports.claim(64) { await reports.hand(report) }
    }

    /// A verified result as a callback brings it.
    @discardableResult
    func report(
        _ status: RailStatus, of attemptId: String, to paymentId: String, terminal: String = "TE0001"
    ) async throws -> PaymentRecord {
        let word = MiaStatus.known.first { RailStatus($0) == status }?.word ?? "?"
        let result = result(word, of: attemptId, terminal: terminal)
        return try await news.apply(RailNews(result, status: status), to: paymentId)
    }

    /// The receiver's verified result for an attempt.
    func result(
        _ status: String, of attemptId: String, minor: Int64 = 10_000, terminal: String = "TE0001"
    ) -> PaymentResult {
        PaymentResult(
            attemptId: attemptId, bankId: "moldbank", terminalId: terminal,
            railPaymentId: bank.railPaymentId(ofOrder: attemptId) ?? "rail-?", railStatus: status,
            amount: Money(minorUnits: minor, currency: .mdl), paymentDate: nil, swiftMessageId: "SWIFT-1",
            swiftPayerBank: "CMTBMD2X")
    }

    /// Of the one payment there is.
    func leaseLeft() async throws -> Duration {
        let row = try await pool.query("select lease_until from gateway.payment").one()
        return try row.timestampOrNil(0).map { $0.since(world.now()) } ?? .zero
    }

    func count(_ table: String, _ condition: String = "true") async throws -> Int64 {
        let statement = PostgresStatement(
            composed: "select count(*) from gateway.\(table) where \(condition)")
        return try await pool.query(statement).one().int8(0)
    }

    /// Serves the routes to one caller on a real port while `body` runs.
    func serving(_ body: @escaping @Sendable (ServiceClient) async throws -> Void, as caller: String)
        async throws
    {
        let token = String(repeating: "t", count: 40)
        let server = try await HTTPServer.bind(
            name: "gateway", host: "127.0.0.1", port: 0, routes: routes,
            callers: try CallerTokens(CallerTokens.line(caller, Secret(text: token)) ?? ""),
            loop: TestLoop.shared, world: world,
            log: .silent(world), metrics: Metrics())
        let http = HTTPClient(loop: TestLoop.shared, world: world, log: .silent(world), metrics: Metrics())
        guard let url = HTTPURL("http://127.0.0.1:\(server.port)") else {
            preconditionFailure("a port makes a URL")
        }
        let client = ServiceClient(
            http: http, baseURL: url, token: Secret(text: token), caller: caller, peer: "ecomm-gateway")
        let running = Task(executorPreference: TestLoop.shared) { try await server.run() }
        var failure: (any Error)?
        do { try await body(client) } catch { failure = error }
        await server.drain(within: .milliseconds(100))
        await http.close()
        _ = await running.result
        if let failure { throw failure }
    }
}
