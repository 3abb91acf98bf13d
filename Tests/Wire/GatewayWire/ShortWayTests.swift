// The short ways of a payment: its outcome begun by the process that wrote it, its callback without a reading. Each of
// them may be cut or out of date at any line, and the long way finds the rest.
import Contracts
import JobQueue
import Mia
import Observe
import Postgres
import Sealing
import Synchronization
import TestSupport
import Testing
import World

@testable import EcommGateway

@Suite struct `An outcome` {
    /// A store whose tellings begin in `worker`'s places, as the service wires it.
    private func store(
        _ gateway: RunningGateway, _ worker: JobWorker<Outbox>
    ) -> (PaymentStore, rings: Mutexed<Int>) {
        let places = JobPlaces<Telling>(), rings = Mutexed(0)
        places.open(worker)
        let store = PaymentStore(
            database: gateway.database, world: gateway.world, places: places,
            onTells: { rings.value.withLock { $0 += 1 } })
        return (store, rings)
    }

    private func worker(
        _ gateway: RunningGateway, _ perform: @escaping @Sendable (Telling) async -> Void
    ) -> JobWorker<Outbox> {
        JobWorker(
            name: "outbox", source: gateway.outbox, concurrency: 2, pollInterval: .seconds(60),
            loop: TestLoop.shared, world: gateway.world, log: .silent(gateway.world), metrics: Metrics(),
            perform: perform)
    }

    private func paid(_ store: PaymentStore, _ view: PaymentView, _ attempt: String) async throws {
        _ = try await store.change(view.paymentId) { record in
            try record.apply(.bankPaid, of: attempt, from: .callback, at: record.createdAt)
        }
    }

    @Test func `is told by who wrote it, without a claim`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let worker = worker(gateway) { await gateway.outbox.hand($0) }
            let (store, rings) = store(gateway, worker)
            let view = try await gateway.open("k1")
            try await paid(store, view, try #require(gateway.bank.asks.first?.orderId))
            try await until(atMost: .seconds(20)) {
                try await gateway.count("outbox", "state = 'done' and fence = 1 and attempts = 1") == 1
            }
            #expect(gateway.teller.told.withLock { $0.keys.sorted() } == [view.paymentId + ":paid"])
            #expect(rings.value.withLock { $0 } == 0)
        }
    }

    @Test func `whose process dies with it comes again when the lease ends`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let (store, _) = store(gateway, worker(gateway) { _ in })
            let view = try await gateway.open("k1")
            try await paid(store, view, try #require(gateway.bank.asks.first?.orderId))
            #expect(try await gateway.count("outbox", "state = 'claimed'") == 1)
            try await gateway.tellWhatIsDue()
            #expect(gateway.teller.calls.withLock { $0 } == 0)
            gateway.clock.advance(by: .seconds(11))
            try await gateway.tellWhatIsDue()
            #expect(try await gateway.count("outbox", "state = 'done' and fence = 2") == 1)
            #expect(gateway.teller.calls.withLock { $0 } == 1)
        }
    }

    @Test func `waits for an older one of the same payment, and for a place`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let begun = Mutexed<[String]>([]), gate = Gate()
            let worker = worker(gateway) { telling in
                begun.value.withLock { $0.append(telling.paymentId + telling.kind.rawValue) }
                try? await gate.wait()
            }
            let (store, rings) = store(gateway, worker)
            let view = try await gateway.open("k1")
            let attempt = try #require(gateway.bank.asks.first?.orderId)
            try await paid(store, view, attempt)
            _ = try await store.change(view.paymentId) { record in
                try record.apply(.otherLinkPaid, of: "other", from: .callback, at: record.createdAt)
            }
            #expect(
                try await gateway.count("outbox", "state = 'ready' and remark = 'again' and fence = 0") == 1)
            #expect(rings.value.withLock { $0 } == 1, "the worker is told that there is more")
            for key in ["k2", "k3"] {
                let other = try await gateway.open(key)
                try await paid(store, other, try #require(gateway.bank.asks.last?.orderId))
            }
            #expect(try await gateway.count("outbox", "state = 'claimed'") == 2, "two places, two begun")
            #expect(rings.value.withLock { $0 } == 2)
            try await until(atMost: .seconds(20)) { begun.value.withLock { $0.count } == 2 }
            gate.open()
        }
    }
}

@Suite struct `A payment that was just written` {
    @Test func `is known by its callback's path, and takes its result, without a reading`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let view = try await gateway.open("k1")
            let ask = try #require(gateway.bank.asks.first)
            try await gateway.pool.query("revoke select on gateway.attempt from till_gateway")
            let attempt = try await gateway.store.attempt(capabilityDigest: ask.capabilityDigest)
            #expect(attempt?.paymentId == view.paymentId && attempt?.railPaymentId == "rail-1")
            #expect(attempt?.amount == view.amount && attempt?.terminalId == "TE0001")
            try await gateway.pool.query("grant select on gateway.attempt to till_gateway")
            let saved = try await gateway.report(.paid, of: ask.orderId, to: view.paymentId)
            #expect(saved.state == .paid && saved.version == 3)
            #expect(gateway.store.recent(view.paymentId) == nil, "nothing is kept of what is at its end")
        }
    }

    /// Another process has written since: the copy is out of date, and what is true counts.
    @Test func `is read again where somebody else wrote meanwhile`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let other = gateway.replica(limits: BankLimits(clock: RunningGateway.wall))
            let view = try await gateway.open("k1")
            let attempt = try #require(gateway.bank.asks.first?.orderId)
            _ = try await other.store.change(view.paymentId) { record in
                try record.apply(.bankPaid, of: attempt, from: .callback, at: record.createdAt)
            }
            #expect(gateway.store.recent(view.paymentId)?.state == .open)
            let saved = try await gateway.report(.expired, of: attempt, to: view.paymentId)
            #expect(saved.state == .paid)
            #expect(try await gateway.count("outbox") == 1)
        }
    }

    @Test func `is not believed to lack an attempt that another process has made`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let other = gateway.replica(limits: BankLimits(clock: RunningGateway.wall))
            let view = try await gateway.open("k1")
            let (attempt, _) = gateway.issuer.newAttempt(ordinal: 2)
            _ = try await other.store.change(view.paymentId) { record in record.attempts.append(attempt) }
            let saved = try await gateway.report(.paid, of: attempt.attemptId, to: view.paymentId)
            #expect(saved.state == .paid && saved.attemptId == attempt.attemptId)
        }
    }

    /// Opening it changes no column of an index, so that the server may write the row beside itself and nothing else.
    @Test func `keeps its place in every index when it opens`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let gate = Gate()
            gateway.bank.state.withLock { $0.troubles = [.held(gate)] }
            async let opening = gateway.open("k1")
            try await until(atMost: .seconds(20)) { try await gateway.count("payment") == 1 }
            let planned = try await gateway.pool.query("select run_at from gateway.payment").one().timestamp(
                0)
            gate.open()
            let view = try await opening
            let opened = try #require(try await gateway.store.find(view.paymentId))
            #expect(opened.state == .open && opened.runAt == planned)
            let columns = try await gateway.pool.query(
                """
                select string_agg(distinct pg_get_indexdef(indexrelid), ' ') as text
                from pg_index where indrelid = 'gateway.payment'::regclass
                """
            ).one().text(0)
            for column in [
                "link", "expires_at", "opened_at", "lease_until", "version", "updated_at", "state",
            ] {
                #expect(!columns.contains(column), "written at each opening")
            }
        }
    }

    @Test func `is one of a bounded number`() {
        let recent = RecentPayments()
        let extra = 10
        for index in 0..<RecentPayments.most + extra {
            let digest = (0..<4).map { UInt8(truncatingIfNeeded: index >> ($0 * 8)) }
            let attempt = AttemptRecord(
                attemptId: "a\(index)", ordinal: 1, capabilityDigest: digest, createdAt: Timestamp(seconds: 0)
            )
            let record = PaymentRecord(
                paymentId: "p\(index)", order: RunningGateway.order, createdAt: Timestamp(seconds: 0),
                requestId: "r", state: .open, attemptId: "a\(index)", fence: 1, version: 1,
                attempts: [attempt])
            recent.wrote(record)
            recent.wrote(record)
        }
        let known = (0..<RecentPayments.most + extra).filter { recent.find("p\($0)") != nil }
        #expect(known.count == RecentPayments.most && known.first == extra)
        #expect(recent.find(capabilityDigest: [1, 0, 0, 0]) == nil)
        #expect(recent.find(capabilityDigest: [UInt8(extra), 0, 0, 0])?.paymentId == "p\(extra)")
        for round in 0..<3 * RecentPayments.most { recent.forget("p\(round)") }
        #expect((0..<RecentPayments.most + extra).allSatisfy { recent.find("p\($0)") == nil })
    }
}

/// A value that tests and workers share.
final class Mutexed<Value>: Sendable {
    let value: Mutex<Value>
    init(_ initial: sending Value) { value = Mutex(initial) }
}

extension MiaPayRequest {
    /// Of the capability in the path that the bank was given.
    fileprivate var capabilityDigest: [UInt8] {
        let capability = callbackUrl?.split(separator: "/").last.map(String.init) ?? ""
        return SHA256.digest(Array(capability.utf8))
    }
}
