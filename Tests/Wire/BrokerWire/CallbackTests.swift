// Callbacks over a real database: kept before 200, settled by the worker, found again after a crash.
import Contracts
import EventLoop
import HTTPServer
import HTTPWire
import JobQueue
import Mia
import Money
import Observe
import Postgres
import Problem
import Sealing
import Synchronization
import TestSupport
import Testing
import World

@testable import CallbackReceiver

@Suite struct `The receiver` {
    /// A gateway that can be down.
    private final class Gateway: GatewayCalls {
        let isDown = Mutex(false)
        let applied = Mutex<[String]>([])
        let bank: RSAPrivateKey
        init(_ bank: RSAPrivateKey) { self.bank = bank }

        private func check() throws {
            if isDown.withLock({ $0 }) { throw Problem(.unavailable, code: "PEER_UNREACHABLE", toUser: "") }
        }
        func attempt(_ capability: String) async throws -> AttemptView? {
            try check()
            return AttemptView(
                attemptId: "att_1", paymentId: "pay_1", bankId: "moldbank", terminalId: "TE0001",
                amount: Money(minorUnits: 100, currency: .mdl), railPaymentId: nil)
        }
        func publicKey(bankId: String, paymentId: String, refetch: Bool) async throws -> BankPublicKey {
            BankPublicKey(publicKey: bank.publicKeySPKIBase64, fetchedAt: World.forWireTests.now())
        }
        func keyAtHand(bankId: String) -> BankPublicKey? { nil }
        func apply(_ entry: ResultBatch.Entry) async throws -> String? { nil }
        func apply(_ result: PaymentResult, paymentId: String, idempotencyKey: String) async throws {
            try check()
            applied.withLock { $0.append(idempotencyKey) }
        }
        func lastKey(of bankId: String) -> BankPublicKey? {
            bankId == "moldbank"
                ? BankPublicKey(publicKey: bank.publicKeySPKIBase64, fetchedAt: Timestamp(seconds: 0)) : nil
        }
    }

    private static let path = "/callbacks/mia/moldbank/" + String(repeating: "a", count: 64)

    private func body(_ bank: RSAPrivateKey) throws -> [UInt8] {
        let payment = MiaPayment(
            terminalId: "TE0001", orderId: "att_1", paymentId: "rail-1", status: .success,
            amount: try MiaAmount(Money(minorUnits: 100, currency: .mdl)), currency: "MDL")
        return try MiaCallback.bytes(of: payment) { Base64.encode(try bank.sign(Array($0.utf8))) }
    }

    private func with(
        _ body: (CallbackStore, PostgresPool, CallbackSettler<Gateway>, Gateway) async throws -> Void
    ) async throws {
        let cluster = try await TemporaryCluster.shared()
        let name = try await cluster.freshDatabase(migrating: [
            (CallbackReceiverSchema.name, CallbackReceiverSchema.migrations)
        ])
        let world = World.forWireTests, metrics = Metrics()
        try await cluster.withPool(name) { superuser in
            try await cluster.withPool(name, role: "till_callback") { pool in
                let store = CallbackStore(pool: pool, world: world)
                let gateway = Gateway(try RSAPrivateKey.generate())
                let settler = CallbackSettler(
                    store: store, work: CallbackWork(gateway: gateway), world: world, log: .silent(world),
                    verdicts: metrics.counter("t_total", help: "", labels: ["verdict"]),
                    seconds: metrics.histogram("t_seconds", help: ""))
                try await body(store, superuser, settler, gateway)
            }
        }
    }

    private func states(_ pool: PostgresPool) async throws -> [String] {
        try await pool.query(
            "select state, coalesce(verdict, '') v from callback.received order by verdict nulls first"
        ).map { try $0.text("state") + " " + $0.text("v") }
    }

    private func keep(_ store: CallbackStore, _ body: [UInt8]) async throws {
        _ = try await store.keep(
            bankId: "moldbank", capability: String(repeating: "a", count: 64), body: body)
    }

    @Test func `keeps the bytes as they came, settles each once, and sets aside what is not believed`()
        async throws
    {
        try await with { store, superuser, settler, gateway in
            let genuine = try body(gateway.bank), forged = try body(try RSAPrivateKey.generate())
            for bytes in [genuine, forged, [0, 255, 10]] { try await keep(store, bytes) }
            // Two callbacks of one millisecond have no order of their own.
            let kept = try await superuser.query("select body from callback.received")
                .map { try $0.bytes("body") }
            #expect(Set(kept) == [genuine, forged, [0, 255, 10]])
            #expect(kept.count == 3)
            for callback in try await store.claim(10) { await settler.perform(callback) }
            #expect(
                try await states(superuser) == ["applied ", "refused SIGNATURE_WRONG", "refused UNREADABLE"])
            #expect(gateway.applied.withLock { $0.count } == 1)
            #expect(try await store.claim(10).isEmpty)
            await #expect(throws: PostgresError.self) {
                try await store.pool.query("update callback.received set body = ''")
            }
        }
    }

    @Test func `tries again later while the gateway is down`() async throws {
        try await with { store, superuser, settler, gateway in
            try await keep(store, try body(gateway.bank))
            gateway.isDown.withLock { $0 = true }
            for callback in try await store.claim(1) { await settler.perform(callback) }
            #expect(try await states(superuser) == ["ready "])
            // Put off by half a second or so; by as much more as this test may take.
            let later = try await superuser.query(
                "update callback.received set run_at = run_at + interval '900 s' where run_at > received_at")
            #expect(later.affected == 1)
            #expect(try await store.claim(1).isEmpty)
            gateway.isDown.withLock { $0 = false }
            try await superuser.query("update callback.received set run_at = now()")
            for callback in try await store.claim(1) { await settler.perform(callback) }
            #expect(try await states(superuser) == ["applied "])
        }
    }

    @Test func `finds again what a crashed worker held, and ignores the one that comes late`() async throws {
        try await with { store, superuser, settler, gateway in
            try await keep(store, try body(gateway.bank))
            let first = try await store.claim(1)
            #expect(first.count == 1)
            #expect(try await store.claim(1).isEmpty)
            try await superuser.query(
                "update callback.received set lease_until = now() - interval '1 second'")
            let another = CallbackStore(pool: store.pool, world: store.world)
            let second = try await another.claim(1)
            #expect(second.map(\.fence) == [2] && second.map(\.attempts) == [2])
            // Only the one that holds it renews it.
            try await superuser.query(
                "update callback.received set lease_until = now() - interval '1 second'")
            try await store.renew(second)
            #expect(try await CallbackStore(pool: store.pool, world: store.world).claim(1).isEmpty)
            // The first worker was not dead, only slow: what it writes changes nothing.
            #expect(
                try await !store.settle(first[0], state: "refused", verdict: "UNREADABLE", paymentId: nil))
            for callback in second { await settler.perform(callback) }
            #expect(try await states(superuser) == ["applied "])
            try await store.release(first)
            try await store.renew(second)
            #expect(
                try await superuser.query("select 1 from callback.received where lease_until is not null")
                    .isEmpty)
            #expect(try await states(superuser) == ["applied "])
        }
    }

    @Test func `forgets strangers' callbacks in time and keeps what a bank signed`() async throws {
        try await with { store, superuser, settler, gateway in
            let genuine = try body(gateway.bank), forged = try body(try RSAPrivateKey.generate())
            for bytes in [genuine, forged, forged] { try await keep(store, bytes) }
            for callback in try await store.claim(10) { await settler.perform(callback) }
            try await superuser.query(
                """
                update callback.received set verdict = 'ATTEMPT_UNKNOWN' where callback_id =
                  (select max(callback_id) from callback.received where state = 'refused')
                """)
            try await superuser.query(
                "update callback.received set received_at = now() - interval '49 hours'")
            #expect(try await store.forget(atMost: 10) == 1)
            #expect(try await states(superuser) == ["applied ", "refused SIGNATURE_WRONG"])
            try await superuser.query("update callback.received set received_at = now() - interval '2 years'")
            #expect(try await store.forget(atMost: 10) == 1)
            #expect(try await states(superuser) == ["applied "])
        }
    }

    @Test func `works without a claim on what it keeps while a place is free, and leaves the rest to claims`()
        async throws
    {
        try await with { store, superuser, settler, gateway in
            let worker = JobWorker(
                name: "callbacks", source: store, concurrency: 1, pollInterval: .seconds(30),
                loop: TestLoop.shared, world: .forWireTests, log: .silent(.forWireTests), metrics: Metrics(),
                perform: { await settler.perform($0) })
            store.places.open(worker)
            let task = Task { try await worker.run() }
            try await keep(store, try body(gateway.bank))
            try await until { try await states(superuser) == ["applied "] }
            let row = try await superuser.query("select attempts, fence from callback.received").one()
            #expect(try row.int4("attempts") == 1 && row.int8("fence") == 1)
            // Its place is free a moment after the end is written. Taken, it leaves the next to whoever has one.
            var place: JobPlace<ReceivedCallback>?
            try await until {
                place = store.places.take()
                return place != nil
            }
            try await keep(store, try body(gateway.bank))
            #expect(try await states(superuser).sorted() == ["applied ", "ready "])
            // Nobody has to be told: the next place to become free is for it.
            place = nil
            try await until { try await states(superuser) == ["applied ", "applied "] }
            task.cancel()
            _ = await task.result
            // Written as claimed by a process that did not live to begin it: its lease ends.
            try await superuser.query(
                "update callback.received set state = 'claimed', lease_until = now() - interval '1 second'")
            // Not by the first claim: what became free so late is left to those that look deeper, now and then.
            var again: [ReceivedCallback] = []
            try await until(atMost: .seconds(30)) {
                again += try await store.claim(10)
                return again.count >= 2
            }
            #expect(again.map(\.fence) == [2, 2])
        }
    }

    @Test func `answers 200 only for what is in the database`() async throws {
        try await with { store, superuser, settler, gateway in
            let world = World.forWireTests
            let routes = CallbackRoutes(
                store: store, world: world, log: .silent(world),
                received: Metrics().counter("t_total", help: "", labels: ["outcome"]),
                isSigned: { _, _ in false })
            let server = try await HTTPServer.bind(
                name: "callback-receiver", host: "127.0.0.1", port: 0, routes: routes.routes,
                loop: TestLoop.shared, world: world, log: .silent(world), metrics: Metrics())
            let http = try await TestClient.on(server)
            try await http.run { post in
                #expect(try await post(Self.path, Array("anything".utf8)) == 200)
                #expect(try await states(superuser) == ["ready "])
                #expect(try await post("/callbacks/mia/moldbank/short", []) == 404)
                #expect(try await post(Self.path, [UInt8](repeating: 0, count: 70_000)) == 413)
                try await superuser.query("revoke insert on callback.received from till_callback")
                #expect(try await post(Self.path, Array("lost".utf8)) == 503)
                #expect(try await states(superuser).count == 1)
            }
        }
    }
    /// What a log has written.
    private final class Lines: Sendable {
        let all = Mutex<[String]>([])
        func log(_ world: World) -> Log {
            Log(service: "test", minimum: .debug, world: world) { line in
                self.all.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
            }
        }
        func count(_ what: String, _ detail: String) -> Int {
            all.withLock { $0.count { $0.contains(what) && $0.contains(detail) } }
        }
    }

    @Test func `writes of a bank's trouble however much strangers cause of theirs`() async throws {
        try await with { store, superuser, settler, gateway in
            // At rest, so that no pace is filled again.
            let world = SeededWorld(seed: 1).world, lines = Lines(), work = CallbackWork(gateway: gateway)
            let genuine = try body(gateway.bank), forged = try body(try RSAPrivateKey.generate())
            let metrics = Metrics()
            let routes = CallbackRoutes(
                store: store, world: world, log: lines.log(world),
                received: metrics.counter("r_total", help: "", labels: ["outcome"]),
                isSigned: { work.isSigned($1, by: $0) })
            let server = try await HTTPServer.bind(
                name: "callback-receiver", host: "127.0.0.1", port: 0, routes: routes.routes,
                loop: TestLoop.shared, world: .forWireTests, log: .silent(.forWireTests), metrics: metrics)
            try await superuser.query("revoke insert on callback.received from till_callback")
            try await TestClient.on(server).run { post in
                let strangers = Self.path.replacing("moldbank", with: "nobank")
                for _ in 0..<(LinePace.burst + 20) { _ = try await post(strangers, forged) }
                for bytes in [forged, genuine] {
                    let status = try await post(Self.path, bytes)
                    #expect(status == 503)
                }
            }
            #expect(lines.count("callback.notKept", "nobank") == LinePace.burst)
            #expect(lines.count("callback.notKept", "moldbank") == 1)

            let own = CallbackSettler(
                store: store, work: work, world: world, log: lines.log(world),
                verdicts: metrics.counter("t_total", help: "", labels: ["verdict"]),
                seconds: metrics.histogram("t_seconds", help: ""))
            func hear(_ id: String, _ body: [UInt8]) async {
                await own.perform(
                    ReceivedCallback(
                        callbackId: id, bankId: "moldbank", capability: String(repeating: "a", count: 64),
                        body: body, requestId: "req_1", receivedAt: world.now(), attempts: 1, fence: 1))
            }
            gateway.isDown.withLock { $0 = true }
            for _ in 0..<(LinePace.burst + 20) { await hear("cbk_stranger", forged) }
            await hear("cbk_bank", genuine)
            #expect(lines.count("callback.postponed", "cbk_stranger") == LinePace.burst)
            #expect(lines.count("callback.postponed", "cbk_bank") == 1)
        }
    }
}
