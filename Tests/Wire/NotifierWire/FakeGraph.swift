// The Cloud API as far as the notifier can see it: takes messages, answers as it was told to for a person,
// and remembers what came. A real server on a real port.
import EventLoop
import HTTPServer
import HTTPWire
import JSONWire
import Observe
import Synchronization
import TestSupport
import World

/// Plays `POST /{version}/{number}/messages`.
final class FakeGraph: Sendable {
    enum Answer: Sendable {
        case accept
        case error(Int, status: Int)
        /// Takes the message and never answers.
        case silence
        /// Accepts once the test lets it go.
        case whenLetGo
    }

    private struct State {
        var plans: [String: [Answer]] = [:]
        var bodies: [JSONValue] = []
        var authorizations: [String] = []
        var uploads: [String] = []
        var uploadPlan: [Answer] = []
        var seen: [JSONValue] = []
        var server: HTTPServer?
        var isLetGo = false
        var isOver = false
    }
    private let state = Mutex(State())
    let account = FakeAccount()

    var port: UInt16 { state.withLock { $0.server?.port ?? 0 } }
    var bodies: [JSONValue] { state.withLock { $0.bodies } }
    var authorizations: [String] { state.withLock { $0.authorizations } }

    /// The multipart bodies that came, as text.
    var uploads: [String] { state.withLock { $0.uploads } }
    /// The read marks that came.
    var seen: [JSONValue] { state.withLock { $0.seen } }

    /// What happens to the next uploads, in order; after that they are taken.
    func planUploads(_ answers: [Answer]) { state.withLock { $0.uploadPlan = answers } }

    /// What happens to the next messages for this person, in order; after that they are accepted.
    func plan(_ peer: String, _ answers: [Answer]) { state.withLock { $0.plans["+" + peer] = answers } }

    func letGo() { state.withLock { $0.isLetGo = true } }

    func bodies(to peer: String) -> [JSONValue] { bodies.filter { $0["to"]?.text == "+" + peer } }

    static func start() async throws -> FakeGraph {
        let graph = FakeGraph()
        var routes = Routes()
        routes.on("POST", "/v26.0/{number}/messages") { try await graph.answer($0) }
        routes.on("POST", "/v26.0/{number}/media", bodyBytesMax: 2 << 20) { try await graph.take($0) }
        graph.account.add(to: &routes)
        let world = World.forWireTests
        let server = try await HTTPServer.bind(
            name: "graph", host: "127.0.0.1", port: 0, routes: routes, loop: TestLoop.shared, world: world,
            log: .silent(world), metrics: Metrics())
        graph.state.withLock { $0.server = server }
        return graph
    }

    func run() async throws { try await state.withLock { $0.server }?.run() }
    func stop() async {
        state.withLock { $0.isOver = true }
        account.stop()
        await state.withLock { $0.server }?.drain(within: .milliseconds(200))
    }

    private func answer(_ request: HTTPRequest) async throws -> HTTPResponse {
        let body = try JSONValue(parsing: request.body)
        if body["status"]?.text == "read" {
            state.withLock { $0.seen.append(body) }
            return .json(200, Array(#"{"success":true}"#.utf8))
        }
        let (answer, count) = state.withLock { state -> (Answer, Int) in
            state.bodies.append(body)
            state.authorizations.append(request.headers.first("authorization") ?? "")
            let peer = body["to"]?.text ?? ""
            guard let next = state.plans[peer]?.first else { return (.accept, state.bodies.count) }
            state.plans[peer]?.removeFirst()
            return (next, state.bodies.count)
        }
        let accepted = #"{"messaging_product":"whatsapp","messages":[{"id":"wamid.\#(count)"}]}"#
        return try await play(answer, accepted)
    }

    private func take(_ request: HTTPRequest) async throws -> HTTPResponse {
        let (answer, count) = state.withLock { state -> (Answer, Int) in
            state.uploads.append(String(decoding: request.body, as: UTF8.self))
            return (state.uploadPlan.isEmpty ? .accept : state.uploadPlan.removeFirst(), state.uploads.count)
        }
        return try await play(answer, #"{"id":"media.\#(count)"}"#)
    }

    private func play(_ answer: Answer, _ accepted: String) async throws -> HTTPResponse {
        switch answer {
        case .accept: return .json(200, Array(accepted.utf8))
        case .error(let code, let status):
            return .json(status, Array(#"{"error":{"message":"no","code":\#(code)}}"#.utf8))
        case .whenLetGo:
            while !state.withLock({ $0.isLetGo || $0.isOver }) {
                try await TestLoop.shared.sleep(for: .milliseconds(20))
            }
            return .json(200, Array(accepted.utf8))
        case .silence:
            // Until the test is over: longer than any deadline of the notifier's.
            for _ in 1...600 where !state.withLock({ $0.isOver }) {
                try await TestLoop.shared.sleep(for: .milliseconds(50))
            }
            return .text(500, "too late")
        }
    }
}
