// A sandbox on a port of its own and a business that it talks to: one server for webhooks and callbacks,
// which answers as a test tells it to and remembers what came.
import EventLoop
import HTTPClient
import HTTPServer
import HTTPWire
import JSONWire
import Lifecycle
import Observe
import Sealing
import Synchronization
import Testing
import TestSupport
import World

@testable import Sandbox

/// What the business received, and what it answers next.
final class Business: Sendable {
    struct Received: Sendable {
        let path: String
        let signature: String?
        let body: [UInt8]
    }
    private let state = Mutex<(received: [Received], answers: [Int])>(([], []))

    /// Statuses for the next requests; 200 when there are none left.
    func answer(_ statuses: [Int]) { state.withLock { $0.answers = statuses } }
    var received: [Received] { state.withLock { $0.received } }
    func received(_ path: String) -> [Received] { received.filter { $0.path.hasPrefix(path) } }

    func take(_ request: HTTPRequest) -> HTTPResponse {
        state.withLock { state in
            state.received.append(
                Received(
                    path: request.path, signature: request.headers.first("x-hub-signature-256"),
                    body: request.body))
            return HTTPResponse(status: state.answers.isEmpty ? 200 : state.answers.removeFirst())
        }
    }
}

/// Both servers with what runs behind them, for the time of `body`.
struct RunningSandbox: Sendable {
    static let appSecret = "an app secret"
    static let graphToken = "a graph token"

    let http: HTTPClient
    let url: HTTPURL
    let businessURL: String
    let business: Business
    let postman: Postman
    let loop: EventLoop

    static func run(_ body: @Sendable @escaping (RunningSandbox) async throws -> Void) async throws {
        let loop = try EventLoop.start(name: "sandbox-wire"), world = World.live
        let log = Log.silent(world), metrics = Metrics(), business = Business()
        defer { loop.stop() }
        var businessRoutes = Routes()
        businessRoutes.on("POST", "/webhooks/whatsapp", bodyBytesMax: 4 << 20) { business.take($0) }
        businessRoutes.on("POST", "/callbacks/{id}") { business.take($0) }
        let peer = try await HTTPServer.bind(
            name: "business", host: "127.0.0.1", port: 0, routes: businessRoutes, loop: loop, world: world,
            log: log, metrics: metrics)
        let http = HTTPClient(loop: loop, world: world, log: log, metrics: metrics)
        let stage = try await stage(loop, world, log, ingress: "http://127.0.0.1:\(peer.port)")
        let postman = Postman(
            http: http, loop: loop, log: log, ingress: stage.config.ingressURL,
            appSecret: stage.config.appSecret,
            accepted: { stage.webhookAccepted($0, $1) })
        stage.use(postman)
        let server = try await HTTPServer.bind(
            name: "sandbox", host: "127.0.0.1", port: 0, routes: SandboxService.routes(stage), loop: loop,
            world: world, log: log, metrics: metrics)
        let running = RunningSandbox(
            http: http, url: try #require(HTTPURL("http://127.0.0.1:\(server.port)")),
            businessURL: "http://127.0.0.1:\(peer.port)", business: business, postman: postman, loop: loop)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for server in [peer, server] {
                group.addTask(executorPreference: loop) { try await server.run() }
            }
            group.addTask(executorPreference: loop) { try? await postman.run() }
            group.addTask(executorPreference: loop) { try? await stage.keepTime() }
            let result: Result<Void, any Error>
            do { result = .success(try await body(running)) } catch { result = .failure(error) }
            await http.close()
            for server in [server, peer] { await server.drain(within: .milliseconds(200)) }
            group.cancelAll()
            try result.get()
        }
    }

    private static func stage(_ loop: EventLoop, _ world: World, _ log: Log, ingress: String) async throws
        -> Stage
    {
        let merchant = BankMerchant(
            bankId: "moldbank", merchantId: "128", secretKey: "s", name: "Cafeneaua Veche",
            terminals: [
                .init(terminalId: "TE0001", type: "ecomm"), .init(terminalId: "TR0001", type: "rtp"),
            ], autoProgress: true)
        var pace = BankPace()
        (pace.autoPending, pace.autoSuccess) = (.milliseconds(50), .milliseconds(50))
        let config = SandboxConfig(
            ingressURL: try #require(HTTPURL(ingress)), publicURL: "http://127.0.0.1:1",
            number: BusinessNumber(
                wabaId: "900000000000001", phoneNumberId: "800000000000009",
                displayPhoneNumber: "37369002773",
                name: "Till"),
            appSecret: Secret(text: appSecret), accessToken: Secret(text: graphToken), merchants: [merchant],
            bankNames: ["moldbank": "Moldbank"], sellers: [], templates: .ofThisSystem, logFolder: nil,
            stateFolder: nil, pace: pace, reviewTime: .milliseconds(50))
        return try Stage(
            config: config, keys: try await BankKeys.load(["moldbank"], folder: nil),
            diary: try Diary(folder: nil, log: log), loop: loop, world: world, log: log)
    }

    /// Status and JSON body of one request.
    func ask(
        _ method: String, _ target: String, _ body: String? = nil, token: String? = nil,
        type: String = "application/json"
    ) async throws -> (status: Int, json: JSONValue?, bytes: [UInt8]) {
        var headers: HTTPHeaders = ["content-type": type]
        if let token { headers.append("authorization", "Bearer " + token) }
        let answer = try await http.send(
            ClientRequest(
                method: method, url: url, target: target, headers: headers, body: Array((body ?? "").utf8)),
            timeout: .seconds(30 * Sanitizer.slowness))
        return (answer.status, try? JSONValue(parsing: answer.body), answer.body)
    }
}
