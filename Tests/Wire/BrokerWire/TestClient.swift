// A server and a client for the length of one test.
import EventLoop
import HTTPClient
import HTTPServer
import HTTPWire
import Observe
import TestSupport
import World

struct TestClient: Sendable {
    typealias Post = @Sendable (_ path: String, _ body: [UInt8]) async throws -> Int

    private let server: HTTPServer
    private let url: HTTPURL

    static func on(_ server: HTTPServer) async throws -> TestClient {
        guard let url = HTTPURL("http://127.0.0.1:\(server.port)") else {
            preconditionFailure("a port makes a URL")
        }
        return TestClient(server: server, url: url)
    }

    /// Serves while `body` posts.
    func run(_ body: (Post) async throws -> Void) async throws {
        let world = World.forWireTests
        let http = HTTPClient(loop: TestLoop.shared, world: world, log: .silent(world), metrics: Metrics())
        let server = server, url = url
        let serving = Task(executorPreference: TestLoop.shared) { try await server.run() }
        let post: Post = { path, bytes in
            try await http.send(
                ClientRequest(method: "POST", url: url, target: path, body: bytes),
                timeout: .seconds(30 * Sanitizer.slowness)
            ).status
        }
        var failure: (any Error)?
        do { try await body(post) } catch { failure = error }
        await http.close()
        serving.cancel()
        _ = await serving.result
        if let failure { throw failure }
    }
}
