// What the document lists is what is served.
import FoundationEssentials
import HTTPServer
import Observe
import TestSupport
import Testing
import World

@testable import WebhookIngress

@Suite struct `The ingress's OpenAPI document` {
    private struct Document: Decodable {
        struct Operation: Decodable { var summary: String }
        var paths: [String: [String: Operation]]
    }

    @Test func `lists the routes that are served and no others`() throws {
        let root = #filePath.split(separator: "/").dropLast(4).reduce("") { $0 + "/" + $1 }
        let text = try readText(root + "/Services/WebhookIngress/openapi.json")
        let document = try JSONDecoder().decode(Document.self, from: Data(text.utf8))
        let listed = document.paths.flatMap { path, verbs in verbs.keys.map { $0.uppercased() + " " + path } }
        let world = SeededWorld(seed: 1).world
        let metrics = IngressMetrics(Metrics())
        let batcher = EventBatcher(
            limits: GroupCommit.Limits(), world: world, log: .silent(world), metrics: metrics, pause: {},
            commit: { KeptCount(fresh: $0.count, seenBefore: 0) })
        let routes = WebhookRoutes(
            signers: WebhookSigners(), verifyTokens: [], lanes: CommitLanes(batchers: [batcher]),
            world: world, log: .silent(world),
            metrics: metrics)
        #expect(listed.sorted() == routes.routes.listing)
    }
}
