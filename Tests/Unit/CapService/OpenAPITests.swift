// The OpenAPI document is the definition of Rev 2, so it lists exactly the routes that are served.
import Contracts
import FoundationEssentials
import HTTPServer
import Observe
import Postgres
import Sealing
import TestSupport
import Testing
import World

@testable import CapService

@Suite struct `The broker's OpenAPI document` {
    private struct Document: Decodable {
        struct Operation: Decodable { var responses: [String: Empty] }
        struct Empty: Decodable {}
        var openapi: String
        var paths: [String: [String: Operation]]
    }

    @Test func `lists the routes that are served and no others`() throws {
        let text = try readText(Repository.root() + "/Services/CapService/openapi.json")
        let document = try JSONDecoder().decode(Document.self, from: Data(text.utf8))
        #expect(document.openapi.hasPrefix("3.1"))
        let listed = document.paths.flatMap { path, verbs in verbs.keys.map { $0.uppercased() + " " + path } }
            .sorted()
        let seeded = SeededWorld(seed: 1).world, metrics = Metrics()
        let pool = PostgresPool(
            PostgresConfiguration(url: "postgresql:///none"), loop: TestLoop.shared, world: seeded)
        let store = CapStore(pool: pool, world: seeded, bank: .init(bankId: "b", name: "B"))
        let vault = SecretVault(bankId: "b", keys: try MasterKeys(id: "k", key: Secret(random: 32)))
        let audited = AuditedRoutes(
            trail: store.trail, world: seeded, log: .silent(seeded),
            answers: metrics.counter("t_total", help: "", labels: []))
        var routes = Routes()
        let tokens = TokenCache(world: seeded) { _, _ in throw CancellationError() }
        SellerRoutes(store: store, vault: vault, tokens: tokens).add(to: &routes, audited)
        AdminRoutes(store: store, vault: vault).add(to: &routes, audited)
        #expect(listed == routes.listing)
    }
}
