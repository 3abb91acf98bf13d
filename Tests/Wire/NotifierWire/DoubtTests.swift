// What is known about an attempt although its row says otherwise: that a mark was written whose answer was
// lost, that a sender taken for gone was not. Rows and store only; no request leaves.
import Contracts
import Money
import Postgres
import TestSupport
import Testing
import WebhookIngress
import World

@testable import Notifier

@Suite(.serialized) struct `A doubtful attempt` {
    private static func with(_ body: @escaping @Sendable (MessageStore) async throws -> Void) async throws {
        let cluster = try await TemporaryCluster.shared()
        let name = try await cluster.freshDatabase(migrating: [
            (WebhookIngressSchema.name, WebhookIngressSchema.migrations),
            (NotifierSchema.name, NotifierSchema.migrations),
        ])
        try await cluster.withPool(name, role: "till_notifier") { pool in
            let store = MessageStore(database: pool, world: .forWireTests)
            let message = SendMessage(
                conversation: Conversation(phoneNumberId: "800", peer: "37369000001"), locale: .ro,
                content: .text("Plătit"))
            _ = try await store.accept(message, key: "k")
            try await body(store)
        }
    }

    private func claim(_ store: MessageStore) async throws -> OutboundMessage {
        try #require(try await store.claim(8).first)
    }

    private func mark(_ store: MessageStore, _ message: OutboundMessage) async throws -> Bool {
        try await store.markSending(message, isChat: true, paceFullAt: store.world.now())
    }

    @Test func `whose mark was written and never left is sent by whoever comes next`() async throws {
        try await Self.with { store in
            let message = try await claim(store)
            #expect(try await mark(store, message))
            try await store.takeBack(message)
            try await store.takeBack(message)
            let again = try await claim(store)
            #expect(again.attempts == 1 && again.fence > message.fence)
            #expect(try await mark(store, again))
            try await store.takeBack(message)
            #expect(try await store.view(message.messageId)?.status == .sending)
        }
    }

    @Test func `whose mark is still on its way when it is taken back is not marked any more`() async throws {
        try await Self.with { store in
            let message = try await claim(store)
            try await store.takeBack(message)
            #expect(try await !mark(store, message))
            #expect(try await store.view(message.messageId)?.status == .queued)
            #expect(try await claim(store).attempts == 0)
        }
    }

    @Test func `whose answer comes while the database is away is settled when it is back`() async throws {
        let cluster = try await TemporaryCluster.start()
        try await RunningNotifier.with(on: cluster) { notifier in
            try await notifier.heard("37369000001")
            notifier.graph.plan("37369000001", [.slowness])
            let id = try await notifier.say(.text("Plătit"), to: "37369000001")
            try await until("it is on its way") { notifier.graph.bodies.count == 1 }
            try await cluster.stopServer(mode: "immediate")
            // Meta answers after five seconds.
            try await Task.sleep(for: .seconds(7))
            try await cluster.startAgain()
            try await until("its answer is kept") { (try? await notifier.view(id))?.status == .accepted }
            #expect(notifier.graph.bodies.count == 1)
        }
        try await cluster.stop()
    }

    @Test func `does not wait for hours because a clock was ahead and was put back`() async throws {
        try await Self.with { store in
            let ahead = store.world.now().advanced(by: .seconds(5 * 3_600))
            let message = try await claim(store)
            try await store.release(message, runAt: ahead)
            #expect(try await store.claim(8).isEmpty)
            try await store.forgetClock(store.world.now())
            let again = try await claim(store)
            #expect(try await mark(store, again))
            // Leased under the wrong clock by a process that is gone.
            _ = try await store.database.query(
                MessageQueries.renew,
                [.textArray([again.messageId]), .int8Array([again.fence]), .timestamp(ahead)])
            try await store.forgetClock(store.world.now())
            let now = store.world.now()
            let found = try await store.database.query(KeeperQueries.leaseLost, [.timestamp(now), .int8(8)])
            #expect(found.count == 1)
            try await store.forgetClock(now)
        }
    }

    @Test func `that was given up is settled by its own sender's answer and by no other's`() async throws {
        try await Self.with { store in
            let message = try await claim(store)
            #expect(try await mark(store, message))
            _ = try await store.settle(Settlement(message.messageId, .leaseLost))
            #expect(try await store.view(message.messageId)?.status == .unresolved)
            let stranger = Settlement(message.messageId, .notSent, fence: message.fence - 1)
            #expect(try await store.settle(stranger) == .leaseLost)
            let nobody = Settlement(message.messageId, .refusedForNow(131_000))
            #expect(try await store.settle(nobody) == .refused(.unresolved))
            let own = Settlement(message.messageId, .refusedForNow(131_000), fence: message.fence)
            #expect(try await store.settle(own) == .done(.queued, [.retryLater]))
            #expect(try await store.settle(own) == .refused(.queued))
        }
    }
}
