// Outcomes on their way to the notifier: a lone one leaves at once, those that come while it is under way go together,
// and each hears what became of itself.
import Contracts
import EventLoop
import HTTPClient
import HTTPServer
import HTTPWire
import Money
import Observe
import Problem
import Sealing
import Synchronization
import TestSupport
import Testing
import World

@testable import EcommGateway

@Suite struct `Outcomes that are told together` {
    /// A notifier that keeps what it was sent, and its first answer until the gate is opened.
    private final class Notifier: Sendable {
        struct Seen {
            /// The keys of each request.
            var requests: [[String]] = []
            var requestIds: [String: String] = [:]
        }
        let seen = Mutex(Seen())
        let gate = Gate()
        /// Keys that are refused for good, and for now.
        let refused: Set<String>
        let away: Set<String>
        let knowsBatches: Bool

        init(refused: Set<String> = [], away: Set<String> = [], knowsBatches: Bool = true) {
            self.refused = refused
            self.away = away
            self.knowsBatches = knowsBatches
        }

        private func take(_ key: String) throws -> String {
            if refused.contains(key) {
                throw Problem(.unprocessable, code: "NUMBER_UNKNOWN", toUser: "no")
            }
            if away.contains(key) {
                throw Problem(.unavailable, code: "MESSAGE_NOT_TAKEN", toUser: "no", retryAfterSeconds: 1)
            }
            return "msg_" + key
        }

        var routes: Routes {
            var routes = Routes()
            routes.on("POST", "/v1/messages") { request in
                let key = try request.idempotencyKey()
                self.seen.withLock { seen in
                    seen.requests.append([key])
                    seen.requestIds[key] = request.headers.first("x-request-id")
                }
                try await self.gate.wait()
                return .encoding(202, MessageAccepted(messageId: try self.take(key)))
            }
            guard knowsBatches else { return routes }
            routes.on("POST", "/v1/messages/batch", bodyBytesMax: 1 << 20) { request in
                let batch = try request.decode(MessageBatch.self)
                self.seen.withLock { seen in
                    seen.requests.append(batch.messages.map(\.idempotencyKey))
                    for entry in batch.messages { seen.requestIds[entry.idempotencyKey] = entry.requestId }
                }
                let results = batch.messages.map { entry -> MessageBatchAnswer.Result in
                    do { return .init(messageId: try self.take(entry.idempotencyKey)) } catch {
                        return .init(
                            refusal: ItemRefusal(
                                error as? Problem ?? Problem(.internal, code: "INTERNAL", toUser: "")))
                    }
                }
                return .encoding(200, MessageBatchAnswer(results: results))
            }
            return routes
        }
    }

    /// `count` outcomes: the first is under way when the others come.
    private func tell(_ count: Int, _ notifier: Notifier) async throws -> [Result<Void, any Error>] {
        let world = World.forWireTests, loop = TestLoop.shared
        let server = try await HTTPServer.bind(
            name: "notifier", host: "127.0.0.1", port: 0, routes: notifier.routes, loop: loop, world: world,
            log: .silent(world), metrics: Metrics())
        let http = HTTPClient(loop: loop, world: world, log: .silent(world), metrics: Metrics())
        let url = try #require(HTTPURL("http://127.0.0.1:\(server.port)"))
        let teller = NotifierTeller(
            ServiceClient(
                http: http, baseURL: url, token: Secret(text: "t0k"), caller: "ecomm-gateway",
                peer: "notifier"), world: world, loop: loop, patience: .seconds(60))
        let running = Task(executorPreference: loop) { try await server.run() }
        func started(_ number: Int) -> Task<Void, any Error> {
            // It waits when this returns, behind the one before it.
            Task.immediate {
                let context = RequestContext(requestID: "req_\(number)", traceparent: nil, world: world)
                try await RequestContext.$current.withValue(context) {
                    try await teller.tell(Self.message, idempotencyKey: "k\(number)")
                }
            }
        }
        var tellings = [started(0)]
        try await until(atMost: .seconds(20)) { notifier.seen.withLock { $0.requests.count } == 1 }
        for number in 1..<count { tellings.append(started(number)) }
        notifier.gate.open()
        var results: [Result<Void, any Error>] = []
        for telling in tellings { results.append(await telling.result) }
        await server.drain(within: .milliseconds(100))
        await http.close()
        _ = await running.result
        return results
    }

    private static let message = SendMessage(
        conversation: Conversation(phoneNumberId: "8", peer: "p"), locale: .ro, content: .text("Plătit"))

    @Test func `are one request, each under its own key and of its own request`() async throws {
        let notifier = Notifier()
        for result in try await tell(6, notifier) { try result.get() }
        let seen = notifier.seen.withLock { $0 }
        #expect(seen.requests == [["k0"], ["k1", "k2", "k3", "k4", "k5"]])
        #expect(seen.requestIds["k0"] == "req_0" && seen.requestIds["k5"] == "req_5")
    }

    @Test func `each hear their own answer`() async throws {
        let results = try await tell(5, Notifier(refused: ["k2"], away: ["k4"]))
        for place in [0, 1, 3] { try results[place].get() }
        let refused = #expect(throws: Problem.self) { try results[2].get() }
        #expect(refused?.code == "NUMBER_UNKNOWN" && refused?.isWorthAnotherTry == false)
        let away = #expect(throws: Problem.self) { try results[4].get() }
        #expect(away?.isWorthAnotherTry == true && away?.retryAfterSeconds == 1)
    }

    @Test func `go one by one to a notifier of before`() async throws {
        let notifier = Notifier(refused: ["k1"], knowsBatches: false)
        let results = try await tell(4, notifier)
        #expect(throws: Problem.self) { try results[1].get() }
        for place in [0, 2, 3] { try results[place].get() }
        #expect(notifier.seen.withLock { $0.requests } == [["k0"], ["k1"], ["k2"], ["k3"]])
    }
}
