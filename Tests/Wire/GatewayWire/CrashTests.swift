// A cut between any two lines: the row says how far we came, and somebody goes on from there. Also where the server is
// what died.
import Contracts
import Lifecycle
import Mia
import Postgres
import Sealing
import Synchronization
import TestSupport
import Testing
import World

@testable import EcommGateway

@Suite struct `After a crash` {
    /// A payment whose owner died before its call to the bank, or in it.
    private func orphan(
        _ gateway: RunningGateway, _ key: String, _ order: OpenPayment = RunningGateway.order
    ) async throws -> PaymentRecord {
        let (attempt, _) = gateway.issuer.newAttempt(ordinal: 1)
        let record = try await gateway.store.register(
            Registration(
                caller: "command-router", idempotencyKey: key, order: order,
                paymentId: gateway.world.id("pay"), firstAttempt: attempt, requestId: "req_1",
                leaseUntil: gateway.world.now().advanced(by: .seconds(20)),
                share: gateway.issuer.limits.share(of: order, at: gateway.world.now()), renewing: nil))
        return try #require(record)
    }

    @Test func `the janitor goes on with the link and the same key is answered with it`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let record = try await orphan(gateway, "k1")
            try await gateway.lookAtWhatIsDue()
            #expect(gateway.bank.asks.isEmpty, "its owner may still live")
            gateway.clock.advance(by: .seconds(21))
            try await gateway.lookAtWhatIsDue()
            let view = try await gateway.open("k1")
            #expect(view.paymentId == record.paymentId && view.status == .open)
            #expect(gateway.bank.asks.count == 1 && gateway.bank.asks[0].orderId != record.attemptId)
            let found = try #require(try await gateway.store.find(record.paymentId))
            #expect(found.attempts.map(\.state) == [.unknown, .open])
        }
    }

    @Test func `the same key does not wait for the janitor`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let record = try await orphan(gateway, "k1")
            gateway.clock.advance(by: .seconds(21))
            let views = try await withThrowingTaskGroup(of: PaymentView.self) { group in
                for _ in 0..<10 { group.addTask { try await gateway.open("k1") } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(views.map(\.link)).count == 1 && views.first?.paymentId == record.paymentId)
            #expect(gateway.bank.asks.count == 1)
        }
    }

    @Test func `is not what a slow bank looks like: the lease is renewed`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let gate = Gate()
            gateway.bank.state.withLock { $0.troubles = [.held(gate)] }
            let opening = Task { try await gateway.open("k1") }
            try await until(atMost: .seconds(20)) { gateway.bank.asks.count == 1 }
            gateway.clock.advance(by: .seconds(5))
            try await until(atMost: .seconds(20)) {
                // Renewed by the clock that has moved on.
                try await gateway.leaseLeft() > .seconds(5)
            }
            gateway.clock.advance(by: .seconds(4))
            try await gateway.lookAtWhatIsDue()
            gate.open()
            #expect(try await gateway.open("k1") == opening.value)
            #expect(gateway.bank.asks.count == 1)
        }
    }

    @Test func `a worker's lease holds for as long as it is renewed, and not on what has ended`() async throws
    {
        try await RunningGateway.with { (gateway) async throws in
            let view = try await gateway.open("k1")
            gateway.clock.advance(by: .seconds(60))
            let looks = try await gateway.janitor.claim(64)
            #expect(looks.count == 1)
            gateway.clock.advance(by: .seconds(8))
            try await gateway.janitor.renew(looks)
            gateway.clock.advance(by: .seconds(8))
            #expect(try await gateway.janitor.claim(64).isEmpty)
            let attempt = try #require(gateway.bank.asks.last?.orderId)
            _ = try await gateway.news.apply(
                RailNews(gateway.result("SUCCESS", of: attempt), status: .paid), to: view.paymentId)
            try await gateway.janitor.renew(looks)
            #expect(try await gateway.store.find(view.paymentId)?.leaseUntil == nil)

            let tells = try await gateway.outbox.claim(64)
            #expect(tells.count == 1)
            gateway.clock.advance(by: .seconds(8))
            try await gateway.outbox.renew(tells)
            gateway.clock.advance(by: .seconds(8))
            #expect(try await gateway.outbox.claim(64).isEmpty)
            gateway.clock.advance(by: .seconds(20))
            let again = try await gateway.outbox.claim(64)
            #expect(again.map(\.fence) == [2])
            try await gateway.outbox.renew(tells)
            gateway.clock.advance(by: .seconds(30))
            #expect(try await gateway.outbox.claim(64).count == 1, "a lost lease is not renewed")
        }
    }

    @Test func `an owner that was only slow records its link and answers the one that counts`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let gate = Gate()
            gateway.bank.state.withLock { $0.troubles = [.held(gate)] }
            let slow = Task { try await gateway.open("k1") }
            try await until(atMost: .seconds(20)) { gateway.bank.asks.count == 1 }
            try await until(atMost: .seconds(20)) {
                // Its renewals may come between the two.
                gateway.clock.advance(by: .seconds(7))
                try await gateway.lookAtWhatIsDue()
                return gateway.bank.asks.count == 2
            }
            gate.open()
            let view = try await slow.value
            #expect(view.link == "https://bank.example/checkout?paymentId=rail-1")
            let record = try #require(try await gateway.store.find(view.paymentId))
            #expect(record.attempts.map(\.state) == [.open, .open])
            #expect(record.link == view.link && record.standing?.link == view.link)
            #expect(try await gateway.open("k1").link == view.link)
        }
    }

    @Test func `what nobody could finish in time is refused for good`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let record = try await orphan(gateway, "k1")
            gateway.clock.advance(by: .seconds(121))
            try await gateway.lookAtWhatIsDue()
            let found = try #require(try await gateway.store.find(record.paymentId))
            #expect(found.state == .unknown && gateway.bank.asks.isEmpty)
            gateway.clock.advance(by: .seconds(1_800))
            try await gateway.lookAtWhatIsDue()
            #expect(try await gateway.store.find(record.paymentId)?.state == .lapsed)
            #expect(try await gateway.count("outbox") == 0, "nobody saw a link, nobody is told that it died")
        }
    }

    @Test func `history cannot be changed or deleted by the service`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            _ = try await gateway.open("k1")
            for statement: PostgresStatement in [
                "update gateway.payment_event set event = 'x'", "delete from gateway.payment_event",
                "delete from gateway.payment", "truncate gateway.outbox",
            ] {
                await #expect {
                    try await gateway.database.query(statement)
                } throws: { ($0 as? PostgresError)?.sqlState == "42501" }
            }
        }
    }
}

@Suite struct `A link that was told` {
    /// The server's log is written out by who waits for it, or seconds later.
    private static let settings = ["wal_writer_delay": "10s", "wal_writer_flush_after": "1GB"]

    @Test func `is known to a server that died alone behind it`() async throws {
        let cluster = try await TemporaryCluster.start(settings: Self.settings)
        let name = try await cluster.freshDatabase(migrating: [
            (EcommGatewaySchema.schema.name, EcommGatewaySchema.schema.migrations)
        ])
        try await cluster.withPool(name) { pool in
            try await cluster.withPool(name, role: "till_gateway") { database in
                let gateway = RunningGateway(pool, database)
                let told = try await gateway.open("k1", RunningGateway.order(of: 1))
                try await cluster.restartServer(mode: "immediate")
                try await until(atMost: .seconds(30)) {
                    (try? await gateway.store.find(told.paymentId)) != nil
                }
                // Its seller may be told by a commit on a new connection: a second link beside it could be paid too.
                let kept = try #require(try await gateway.store.find(told.paymentId))
                #expect(kept.state == .open && kept.link == told.link)
                #expect(kept.attempts.map(\.state) == [.open])
                let fresh = RunningGateway(pool, database, clock: gateway.clock)
                #expect(try await fresh.open("k1", RunningGateway.order(of: 1)) == told)
            }
        }
        try await cluster.stop()
    }
}
