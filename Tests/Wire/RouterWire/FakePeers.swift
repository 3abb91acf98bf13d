// Everything the router talks to, on real ports: two banks' brokers, the gateway and the notifier. They
// answer as they are told to and remember what came.
import Contracts
import EventLoop
import HTTPServer
import HTTPWire
import Money
import Observe
import Problem
import Synchronization
import TestSupport
import World

/// The router's peers.
final class FakePeers: Sendable {
    struct Opened: Sendable, Equatable {
        var key: String
        var body: OpenPayment
    }

    struct Said: Sendable, Equatable {
        var key: String
        var body: SendMessage
        var requestId: String
    }

    struct State {
        /// By bankId, by phone.
        var sellers: [String: [String: SellerRecord]] = [:]
        /// Codes that the next payments fail with, in order; then they open.
        var gatewayTroubles: [(Problem.Kind, String)] = []
        var notifierTroubles: [(Problem.Kind, String)] = []
        var silentBanks: Set<String> = []
        /// Conversations whose replies the notifier does not answer before they leave this set.
        var stuckPeers: Set<String> = []
        /// Payments by the wamid of the bubble that speaks of them.
        var subjects: [String: [String]] = [:]
        var seen: [MarkSeen] = []
        var openingTakes: Duration = .zero
        var isSeeingSlow = false
        var asked: [String] = []
        var opened: [Opened] = []
        var said: [Said] = []
        /// What was taken, by key: of what was said more often than once, the first.
        var taken: [String: SendMessage] = [:]
    }

    let state = Mutex(State())
    let book = FakeBook()
    private let servers = Mutex<[String: HTTPServer]>([:])

    var opened: [Opened] { state.withLock { $0.opened } }
    var said: [Said] { state.withLock { $0.said } }

    func url(_ peer: String) -> HTTPURL {
        let port = servers.withLock { $0[peer]?.port ?? 1 }
        guard let url = HTTPURL("http://127.0.0.1:\(port)") else { preconditionFailure("a port makes a URL") }
        return url
    }

    static func start() async throws -> FakePeers {
        let peers = FakePeers()
        for bankId in ["moldbank", "codrubank"] {
            var routes = Routes()
            routes.on("POST", "/rev2/sellers/resolve") { try peers.resolve($0, bankId) }
            try await peers.bind(bankId, routes)
        }
        var gateway = Routes()
        gateway.on("POST", "/v1/payments") { request in
            try await TestLoop.shared.sleep(for: peers.state.withLock { $0.openingTakes })
            return try peers.open(request)
        }
        peers.book.add(to: &gateway)
        try await peers.bind("gateway", gateway)
        var notifier = Routes()
        notifier.on("POST", "/v1/messages", bodyBytesMax: 1 << 20) { try await peers.say($0) }
        notifier.on("POST", "/v1/messages/lookup") { try peers.lookUp($0) }
        notifier.on("POST", "/v1/seen") { try await peers.see($0) }
        try await peers.bind("notifier", notifier)
        return peers
    }

    private func bind(_ name: String, _ routes: Routes) async throws {
        let world = World.forWireTests
        let server = try await HTTPServer.bind(
            name: name, host: "127.0.0.1", port: 0, routes: routes, loop: TestLoop.shared, world: world,
            log: .silent(world), metrics: Metrics())
        servers.withLock { $0[name] = server }
    }

    func run() async throws {
        let all = servers.withLock { Array($0.values) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for server in all {
                group.addTask(executorPreference: TestLoop.shared) { try await server.run() }
            }
            try await group.waitForAll()
        }
    }

    func stop() async {
        for server in servers.withLock({ Array($0.values) }) { await server.drain(within: .milliseconds(50)) }
    }

    private func resolve(_ request: HTTPRequest, _ bankId: String) throws -> HTTPResponse {
        let phone = try request.decode(ResolveSeller.self).phone
        let (isSilent, seller) = state.withLock { state in
            state.asked.append(bankId)
            return (state.silentBanks.contains(bankId), state.sellers[bankId]?[phone])
        }
        if isSilent { throw Problem(.unavailable, code: "OVERLOADED", toUser: "Later.") }
        guard let seller else { throw Problem(.notFound, code: "SELLER_UNKNOWN", toUser: "No such seller.") }
        return .encoding(200, seller)
    }

    private func open(_ request: HTTPRequest) throws -> HTTPResponse {
        let key = try request.idempotencyKey()
        let body = try request.decode(OpenPayment.self)
        let trouble = state.withLock { state -> (Problem.Kind, String)? in
            state.opened.append(Opened(key: key, body: body))
            return state.gatewayTroubles.isEmpty ? nil : state.gatewayTroubles.removeFirst()
        }
        if let (kind, code) = trouble {
            throw Problem(
                kind, code: code, toUser: "No.", retryAfterSeconds: kind == .tooManyRequests ? 61 : nil)
        }
        return .encoding(201, book.open(body, key: key))
    }

    /// Which bubble speaks of which payment, as the notifier knows it.
    private func lookUp(_ request: HTTPRequest) throws -> HTTPResponse {
        let asked = try request.decode(LookUpMessage.self)
        guard let subjects = state.withLock({ $0.subjects[asked.wamid] }), let subject = subjects.first else {
            throw Problem(.notFound, code: "MESSAGE_UNKNOWN", toUser: "No such message.")
        }
        return .encoding(200, MessageSubject(messageId: "msg_1", subject: subject, subjects: subjects))
    }

    private func see(_ request: HTTPRequest) async throws -> HTTPResponse {
        let seen = try request.decode(MarkSeen.self)
        state.withLock { $0.seen.append(seen) }
        // However long it takes: nobody waits for it.
        if state.withLock({ $0.isSeeingSlow }) { try await TestLoop.shared.sleep(for: .seconds(60)) }
        return .encoding(202, MessageAccepted(messageId: "seen"))
    }

    private func say(_ request: HTTPRequest) async throws -> HTTPResponse {
        let key = try request.idempotencyKey()
        let body = try request.decode(SendMessage.self)
        while state.withLock({ $0.stuckPeers.contains(body.conversation.peer) }) {
            try await TestLoop.shared.sleep(for: .milliseconds(20))
        }
        let trouble = state.withLock { state -> (Problem.Kind, String)? in
            let id = request.headers.first("x-request-id") ?? ""
            state.said.append(Said(key: key, body: body, requestId: id))
            return state.notifierTroubles.isEmpty ? nil : state.notifierTroubles.removeFirst()
        }
        if let (kind, code) = trouble { throw Problem(kind, code: code, toUser: "No.") }
        let before = state.withLock { state -> SendMessage? in
            defer { if state.taken[key] == nil { state.taken[key] = body } }
            return state.taken[key]
        }
        if let before, before.content != body.content {
            var problem = Problem(.conflict, code: "IDEMPOTENCY_CONFLICT", toUser: "Used.")
            let kind = if case .link = before.content { "link" } else { "text" }
            problem.usedFor = KeyUse(kind: kind, subject: before.subject)
            throw problem
        }
        return .encoding(before == nil ? 202 : 200, MessageAccepted(messageId: "msg_" + key.suffix(8)))
    }
}
