// The broker's routes over a real database, as its own role, served on a real port, with a bank's token
// endpoint beside.
import Contracts
import EventLoop
import HTTPClient
import HTTPServer
import HTTPWire
import Mia
import Money
import Observe
import Postgres
import Problem
import Sealing
import Synchronization
import TestSupport
import World

@testable import CapService

/// One broker under test.
final class RunningBroker: Sendable {
    /// The bank's token endpoint: what it answers and how often it was asked.
    struct Rail {
        var status = 200
        var asked: [String] = []
    }

    static let secret = "planted-rail-secret"
    static let phone = "+37369000001"
    static let callers = ["tillctl", "command-router", "ecomm-gateway", "notifier"]

    let rail = Mutex(Rail())
    let log = Mutex("")
    let railURL = Mutex("")
    let store: CapStore
    let vault: SecretVault
    let superuser: PostgresPool
    private let clients = Mutex<[String: ServiceClient]>([:])

    private init(_ pool: PostgresPool, _ superuser: PostgresPool, keys: MasterKeys) {
        store = CapStore(
            pool: pool, world: .forWireTests, bank: BankRecord(bankId: "moldbank", name: "Moldbank"))
        vault = SecretVault(bankId: "moldbank", keys: keys)
        self.superuser = superuser
    }

    func client(_ caller: String) -> ServiceClient {
        guard let client = clients.withLock({ $0[caller] }) else {
            preconditionFailure("no caller \(caller)")
        }
        return client
    }

    static func with(
        keys: MasterKeys? = nil, _ body: @escaping @Sendable (RunningBroker) async throws -> Void
    ) async throws {
        let cluster = try await TemporaryCluster.shared()
        let name = try await cluster.freshDatabase(migrating: [
            (CapServiceSchema.name, CapServiceSchema.migrations)
        ])
        let keys = try keys ?? MasterKeys(id: "k1", key: Secret(random: 32))
        try await cluster.withPool(name) { superuser in
            try await cluster.withPool(name, role: "till_cap") { pool in
                let broker = RunningBroker(pool, superuser, keys: keys)
                try await broker.serve(body)
            }
        }
    }

    private func serve(_ body: @escaping @Sendable (RunningBroker) async throws -> Void) async throws {
        let world = World.forWireTests, metrics = Metrics(), loop = TestLoop.shared
        let log = Log(service: "cap-svc", world: world) { line in
            self.log.withLock { $0 += String(decoding: line, as: UTF8.self) }
        }
        let http = HTTPClient(loop: loop, world: world, log: log, metrics: metrics)
        let railClient = RailTokenClient(
            http: http, world: world, log: log, timeout: .seconds(2),
            seconds: metrics.histogram("t_seconds", help: ""))
        let tokens = TokenCache(world: world) { key, secret in
            try await loop.run { try await railClient.token(key, secret: secret) }
        }
        let audited = AuditedRoutes(
            trail: store.trail, world: world, log: log,
            answers: metrics.counter("t_total", help: "", labels: ["action", "outcome"]))
        var routes = Routes()
        SellerRoutes(store: store, vault: vault, tokens: tokens).add(to: &routes, audited)
        AdminRoutes(store: store, vault: vault).add(to: &routes, audited)
        let lines = Self.callers.map { CallerTokens.line($0, Secret(text: Self.token($0))) ?? "" }
            .joined(separator: "\n")
        let server = try await HTTPServer.bind(
            name: "cap-svc", host: "127.0.0.1", port: 0, routes: routes, callers: try CallerTokens(lines),
            loop: loop,
            world: world, log: log, metrics: metrics)
        let railServer = try await HTTPServer.bind(
            name: "rail", host: "127.0.0.1", port: 0, routes: railRoutes, loop: loop, world: world,
            log: .silent(world), metrics: Metrics())
        railURL.withLock { $0 = "http://127.0.0.1:\(railServer.port)/banks/moldbank" }
        guard let url = HTTPURL("http://127.0.0.1:\(server.port)") else {
            preconditionFailure("a port makes a URL")
        }
        for caller in Self.callers {
            let client = ServiceClient(
                http: http, baseURL: url, token: Secret(text: Self.token(caller)), caller: caller,
                peer: "cap-svc")
            clients.withLock { $0[caller] = client }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for server in [server, railServer] {
                group.addTask(executorPreference: loop) {
                    do { try await server.run() } catch is CancellationError {}
                }
            }
            var failure: (any Error)?
            do { try await body(self) } catch { failure = error }
            await http.close()
            group.cancelAll()
            if let failure {
                print(self.log.withLock { $0 })
                throw failure
            }
        }
    }

    private var railRoutes: Routes {
        var routes = Routes()
        routes.on("POST", "/banks/moldbank" + MiaPath.token) { request in
            let asked = try MiaTokenRequest(parsing: request.body)
            let (status, number) = self.rail.withLock { rail in
                rail.asked.append(asked.merchantId + ":" + asked.secretKey)
                return (rail.status, rail.asked.count)
            }
            guard status == 200 else { return HTTPResponse(status: status) }
            let answer = MiaTokenAnswer(
                accessToken: "planted-token-\(number)", accessTokenExpiresIn: 300, refreshToken: "r",
                refreshTokenExpiresIn: 432_000)
            return .json(200, answer.bytes)
        }
        return routes
    }

    private static func token(_ caller: String) -> String {
        "token-of-\(caller)-" + String(repeating: "x", count: 40)
    }

    // MARK: what operators and services do

    func merchant(_ id: String, secret: String? = RunningBroker.secret) -> PutMerchant {
        PutMerchant(
            name: "Cafeneaua Veche", currency: .mdl, country: "MD",
            terminals: [TerminalRecord(terminalId: "TE0001", paymentTypes: [.qr])],
            limits: MerchantLimits(perPayment: 10_000_000), ecommBaseUrl: railURL.withLock { $0 },
            secretKey: secret)
    }

    @discardableResult
    func put(_ id: String, secret: String? = RunningBroker.secret) async throws -> MerchantRecord {
        try await client("tillctl").call(
            "PUT", "/admin/v1/merchants/\(id)", body: merchant(id, secret: secret), as: MerchantRecord.self)
    }

    func seller(
        _ id: String, _ phone: String = RunningBroker.phone, _ merchants: [String] = ["128"],
        _ status: SellerRecord.Status = .active
    ) async throws {
        let put = PutSeller(phone: phone, locale: .ro, status: status, merchantIds: merchants)
        _ = try await client("tillctl").call(
            "PUT", "/admin/v1/sellers/\(id)", body: put, as: ServiceClient.Nothing.self)
    }

    func resolve(_ phone: String) async throws -> SellerRecord {
        try await client("command-router").call(
            "POST", "/rev2/sellers/resolve", body: ResolveSeller(phone: phone, channel: "whatsapp"),
            as: SellerRecord.self)
    }

    func askToken(
        _ seller: String, _ merchant: String = "128", _ purpose: TokenRequest.Purpose = .pay,
        rejected: String? = nil
    ) async throws -> AccessToken {
        let request = TokenRequest(
            posUserId: seller, merchantId: merchant, terminalId: "TE0001", purpose: purpose,
            rejectedTokenSHA256: rejected)
        return try await client("ecomm-gateway").call(
            "POST", "/rev2/tokens", body: request, as: AccessToken.self)
    }

    /// The outcomes in the trail, oldest first, as `action outcome`.
    func trail() async throws -> [String] {
        try await superuser.query("select action, outcome from cap.audit order by seq").map {
            try $0.text("action") + " " + $0.text("outcome")
        }
    }
}

/// The status and the code with which a call is refused.
func refusal(_ body: () async throws -> Void) async -> String {
    do {
        try await body()
        return "answered"
    } catch let problem as Problem { return "\(problem.kind.status) \(problem.code)" } catch {
        return "\(error)"
    }
}
