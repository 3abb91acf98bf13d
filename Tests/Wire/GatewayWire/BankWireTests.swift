// The real way to a bank over real sockets: which failures mean that the bank has seen nothing.
import EventLoop
import HTTPClient
import HTTPServer
import HTTPWire
import Observe
import Synchronization
import TestSupport
import Testing
import World

@testable import EcommGateway

@Suite struct `The wire to a bank` {
    private func ask(_ base: String, _ path: String, _ timeout: Duration = .seconds(2)) -> BankAsk {
        BankAsk(
            method: .post, baseURL: base, path: path, accessToken: "t0k", body: Array("{}".utf8),
            timeout: timeout)
    }

    private func word(_ answer: BankAnswer) -> String {
        switch answer {
        case .answered(let status, let body, let retryAfter):
            "\(status) \(String(decoding: body, as: UTF8.self)) \(retryAfter.map { "\($0)" } ?? "-")"
        case .notSent: "not sent"
        case .lost: "lost"
        }
    }

    @Test func `tells an answer, a lost answer and a request that never left apart`() async throws {
        let world = World.forWireTests
        let seen = Mutex<[String]>([])
        var routes = Routes()
        routes.on("POST", "/banks/moldbank/ecomm/api/v1/pay") { request in
            seen.withLock { $0.append(request.headers.first("authorization") ?? "") }
            return .json(200, Array("{}".utf8))
        }
        routes.on("POST", "/banks/moldbank/busy") { _ in
            HTTPResponse(status: 429, headers: ["retry-after": "7"])
        }
        routes.on("POST", "/banks/moldbank/slow") { _ in
            try await TestLoop.shared.sleep(for: .seconds(3))
            return .text(200, "late")
        }
        routes.on("POST", "/banks/moldbank/long") { _ in .text(200, String(repeating: "x", count: 70_000)) }
        let server = try await HTTPServer.bind(
            name: "bank", host: "127.0.0.1", port: 0, routes: routes, loop: TestLoop.shared, world: world,
            log: .silent(world), metrics: Metrics())
        let http = HTTPClient(loop: TestLoop.shared, world: world, log: .silent(world), metrics: Metrics())
        let wire = HTTPBankWire(http: http)
        let running = Task(executorPreference: TestLoop.shared) { try await server.run() }
        let base = "http://127.0.0.1:\(server.port)/banks/moldbank/"

        #expect(await word(wire.exchange(ask(base, "/ecomm/api/v1/pay"))) == "200 {} -")
        #expect(seen.withLock { $0 } == ["Bearer t0k"])
        #expect(await word(wire.exchange(ask(base, "/busy"))) == "429  7")
        #expect(await word(wire.exchange(ask(base, "/slow", .seconds(1)))) == "lost")
        #expect(await word(wire.exchange(ask(base, "/long"))) == "lost")
        #expect(await word(wire.exchange(ask("not a URL", "/ecomm/api/v1/pay"))) == "not sent")

        await server.drain(within: .milliseconds(50))
        _ = await running.result
        #expect(await word(wire.exchange(ask(base, "/ecomm/api/v1/pay"))) == "not sent")
        await http.close()
    }
}
