// The ingress over a real database, as its own role, behind a real port; the test plays Meta.
import EventLoop
import HTTPClient
import HTTPServer
import HTTPWire
import Observe
import Postgres
import Sealing
import Synchronization
import TestSupport
import World

@testable import WebhookIngress

/// One ingress under test.
final class RunningIngress: Sendable {
    static let number = "800000000000009"
    static let account = "900000000000001"
    static let secret = Secret(text: "the app secret of these tests")
    static let verifyToken = "the verify token of these tests"

    /// What was logged.
    final class Lines: Sendable {
        let text = Mutex("")
        func write(_ line: [UInt8]) { text.withLock { $0 += String(decoding: line, as: UTF8.self) } }
    }

    /// As superuser, to look at rows.
    let rows: PostgresPool
    let store: EventStore
    let metrics = Metrics()
    private let lines = Lines()
    private let server: HTTPServer
    private let batcher: EventBatcher
    private let client: HTTPClient

    var log: String { lines.text.withLock { $0 } }

    private init(_ rows: PostgresPool, _ own: PostgresPool, _ signers: WebhookSigners) async throws {
        let world = World.forWireTests, lines = lines
        let log = Log(service: "webhook-ingress", minimum: .debug, world: world) { lines.write($0) }
        let counts = IngressMetrics(metrics)
        let store = EventStore(commits: own, pool: own, world: world)
        batcher = EventBatcher(
            limits: GroupCommit.Limits(), world: world, log: log, metrics: counts,
            pause: { try await TestLoop.shared.sleep(for: GroupCommit.Limits().patience) },
            commit: { try await store.keep($0) })
        let routes = WebhookRoutes(
            signers: signers, verifyTokens: [Secret(text: "another"), Secret(text: Self.verifyToken)],
            lanes: CommitLanes(batchers: [batcher]), world: world, log: log, metrics: counts)
        self.rows = rows
        self.store = store
        server = try await HTTPServer.bind(
            name: "webhook-ingress", host: "127.0.0.1", port: 0, routes: routes.routes, loop: TestLoop.shared,
            world: world, log: log, metrics: metrics)
        client = HTTPClient(
            loop: TestLoop.shared, world: world, log: .silent(world), metrics: Metrics(),
            connectionsPerHostMax: 64)
    }

    static var signers: WebhookSigners {
        var signers = WebhookSigners()
        signers.add(secret: secret, phoneNumberId: number, wabaId: account)
        return signers
    }

    /// Runs `body` beside a served ingress and stops everything after it.
    static func with(
        _ cluster: TemporaryCluster, signers: WebhookSigners = RunningIngress.signers,
        _ body: @escaping @Sendable (RunningIngress) async throws -> Void
    ) async throws {
        let name = try await cluster.freshDatabase(migrating: [
            (WebhookIngressSchema.name, WebhookIngressSchema.migrations)
        ])
        try await cluster.withPool(name) { rows in
            try await cluster.withPool(
                name, role: "till_ingress", configure: { $0.acquireTimeout = .seconds(1) }
            ) { own in
                let ingress = try await RunningIngress(rows, own, signers)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask(executorPreference: TestLoop.shared) { try await ingress.server.run() }
                    group.addTask(executorPreference: TestLoop.shared) {
                        do { try await ingress.batcher.run() } catch is CancellationError {}
                    }
                    defer { group.cancelAll() }
                    do { try await body(ingress) } catch {
                        await ingress.server.drain(within: .milliseconds(100))
                        throw error
                    }
                    await ingress.server.drain(within: .seconds(2))
                }
                await ingress.client.close()
            }
        }
    }

    // MARK: playing Meta

    static func signature(_ body: [UInt8], _ secret: Secret = RunningIngress.secret) -> String {
        "sha256=" + Hex.encode(HMACSHA256.authenticate(body, key: secret))
    }

    /// A delivery; signed with the app's secret unless another signature, or none (""), is given.
    func deliver(_ body: [UInt8], signature: String? = nil) async throws -> HTTPResponse {
        let header = signature ?? Self.signature(body)
        var headers: HTTPHeaders = ["content-type": "application/json"]
        if !header.isEmpty { headers.append("x-hub-signature-256", header) }
        return try await ask("POST", "/webhooks/whatsapp", headers, body)
    }

    func ask(
        _ method: String, _ target: String, _ headers: HTTPHeaders = [:], _ body: [UInt8] = []
    ) async throws -> HTTPResponse {
        guard let url = HTTPURL("http://127.0.0.1:\(server.port)") else {
            preconditionFailure("a port makes a URL")
        }
        return try await client.send(
            ClientRequest(method: method, url: url, target: target, headers: headers, body: body),
            timeout: .seconds(30 * Sanitizer.slowness))
    }

    /// A text from a person, as Meta writes it. `from` may be left out.
    static func text(
        _ wamid: String, from: String? = "37369000001", user: String? = nil, at seconds: Int64,
        number: String = RunningIngress.number, body: String = "pay 100"
    ) -> [UInt8] {
        var who = from.map { "\"from\":\"\($0)\"," } ?? ""
        var contact = from.map { "\"wa_id\":\"\($0)\"," } ?? ""
        if let user {
            who += "\"from_user_id\":\"\(user)\","
            contact += "\"user_id\":\"\(user)\","
        }
        let message =
            "{\(who)\"id\":\"\(wamid)\",\"timestamp\":\"\(seconds)\",\"type\":\"text\","
            + "\"text\":{\"body\":\"\(body)\"}}"
        let value =
            "{\"messaging_product\":\"whatsapp\",\"metadata\":{\"phone_number_id\":\"\(number)\"},"
            + "\"contacts\":[{\(contact)\"profile\":{\"name\":\"Ana Rusu\"}}],\"messages\":[\(message)]}"
        let entry = "{\"id\":\"\(account)\",\"changes\":[{\"value\":\(value),\"field\":\"messages\"}]}"
        return Array("{\"object\":\"whatsapp_business_account\",\"entry\":[\(entry)]}".utf8)
    }

    // MARK: looking at rows

    func count(_ condition: PostgresStatement) async throws -> Int {
        Int(try await rows.query(condition).one().int8(0))
    }

    var events: Int {
        get async throws { try await count("select count(*) from channel.inbound_event") }
    }
}
