// What the document lists is what is served.
import FoundationEssentials
import HTTPServer
import Observe
import Postgres
import TestSupport
import Testing
import World

@testable import CallbackReceiver

@Suite struct `The receiver's OpenAPI document` {
    private struct Document: Decodable {
        struct Operation: Decodable { var summary: String }
        var paths: [String: [String: Operation]]
    }

    @Test func `lists the routes that are served and no others`() throws {
        let text = try readText(Repository.root() + "/Services/CallbackReceiver/openapi.json")
        let document = try JSONDecoder().decode(Document.self, from: Data(text.utf8))
        let listed = document.paths.flatMap { path, verbs in verbs.keys.map { $0.uppercased() + " " + path } }
        let world = SeededWorld(seed: 1).world
        let pool = PostgresPool(
            PostgresConfiguration(url: "postgresql:///none"), loop: TestLoop.shared, world: world)
        let routes = CallbackRoutes(
            store: CallbackStore(pool: pool, world: world), world: world, log: .silent(world),
            received: Metrics().counter("t_total", help: ""), isSigned: { _, _ in false })
        #expect(listed.sorted() == routes.routes.listing)
    }
}
