// Callbacks that come while others are being written, and results that are known while others are being reported: they
// share a commit or a request, and each is answered as if it had come alone.
import Contracts
import EventLoop
import HTTPClient
import HTTPServer
import HTTPWire
import JobQueue
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

@Suite(.serialized) struct `Callbacks that come together` {
    private static let capability = String(repeating: "a", count: 64)

    private static func with(
        _ body: @escaping @Sendable (CallbackStore, PostgresPool) async throws -> Void
    ) async throws {
        let cluster = try await TemporaryCluster.shared()
        let name = try await cluster.freshDatabase(migrating: [
            (CallbackReceiverSchema.name, CallbackReceiverSchema.migrations)
        ])
        try await cluster.withPool(name) { superuser in
            try await cluster.withPool(name, role: "till_callback") { pool in
                let store = CallbackStore(pool: pool, world: .forWireTests, loop: TestLoop.shared)
                try await TestLoop.shared.run { try await body(store, superuser) }
            }
        }
    }

    /// The first of `count` waits for the table; the others come meanwhile.
    private static func kept(
        _ count: Int, bank: @escaping @Sendable (Int) -> String, _ store: CallbackStore,
        _ superuser: PostgresPool
    ) async throws -> [Result<String, any Error>] {
        let tasks = try await superuser.transaction { holder in
            try await holder.query("lock table callback.received in share mode")
            // They have their places, and wait, when this returns.
            func keep(_ number: Int) -> Task<String, any Error> {
                Task.immediate {
                    try await store.keep(
                        bankId: bank(number), capability: capability, body: Array("{\"n\":\(number)}".utf8))
                }
            }
            let first = keep(0)
            try await untilLocked(on: superuser)
            let rest = (1..<count).map { keep($0) }
            return [first] + rest
        }
        var results: [Result<String, any Error>] = []
        for task in tasks { results.append(await task.result) }
        return results
    }

    private static func commits(_ superuser: PostgresPool) async throws -> Int64 {
        try await superuser.query("select count(distinct xmin::text) from callback.received").one().int8(0)
    }

    @Test func `are one commit, begun where there is a place and left to claims where there is none`()
        async throws
    {
        try await Self.with { store, superuser in
            let begun = Mutex<[ReceivedCallback]>([]), gate = Gate()
            let worker = JobWorker(
                name: "callbacks", source: store, concurrency: 4, pollInterval: .seconds(60),
                loop: TestLoop.shared, world: .forWireTests, log: .silent(.forWireTests), metrics: Metrics()
            ) { callback in
                begun.withLock { $0.append(callback) }
                try? await gate.wait()
            }
            store.places.open(worker)
            let ids = try await Self.kept(9, bank: { _ in "moldbank" }, store, superuser).map { try $0.get() }
            #expect(Set(ids).count == 9)
            try await until { begun.withLock { $0.count } == 4 }
            #expect(begun.withLock { Set($0.map(\.callbackId)) } == Set(ids.prefix(4)))
            // The first, and all others; on a slow machine some more.
            #expect(try await Self.commits(superuser) < 9)
            let rows = try await superuser.query(
                """
                select callback_id, state, fence, attempts, lease_until is not null as is_leased, run_at = received_at
                from callback.received
                """)
            for row in rows {
                let isBegun = ids.prefix(4).contains(try row.text(0))
                #expect(try row.text(1) == (isBegun ? "claimed" : "ready"))
                #expect(try row.int8(2) == (isBegun ? 1 : 0) && row.int4(3) == (isBegun ? 1 : 0))
                #expect(try row.bool(4) == isBegun && row.bool(5))
            }
            #expect(try await store.claim(9).count == 5)
            gate.open()
        }
    }

    @Test func `pay nothing for one among them that the table refuses`() async throws {
        try await Self.with { store, superuser in
            // The route lets none through; the table has the last word.
            let results = try await Self.kept(
                6, bank: { $0 == 3 ? String(repeating: "b", count: 65) : "moldbank" }, store, superuser)
            for (place, result) in results.enumerated() where place != 3 { _ = try result.get() }
            #expect(throws: PostgresError.self) { try results[3].get() }
            #expect(try await superuser.query("select 1 from callback.received").count == 5)
        }
    }

    @Test func `end together, and only whose they still are`() async throws {
        try await Self.with { store, superuser in
            for result in try await Self.kept(6, bank: { _ in "moldbank" }, store, superuser) {
                _ = try result.get()
            }
            let claimed = try await store.claim(6)
            try await superuser.query(
                "update callback.received set fence = fence + 1 where callback_id = $1",
                [.text(claimed[2].callbackId)])
            let tasks = try await superuser.transaction { holder in
                try await holder.query("lock table callback.received in share mode")
                let tasks = claimed.map { callback in
                    Task(executorPreference: TestLoop.shared) {
                        try await store.settle(callback, state: "applied", verdict: nil, paymentId: "pay_1")
                    }
                }
                try await untilLocked(on: superuser)
                return tasks
            }
            var ours: [Bool] = []
            for task in tasks { ours.append(try await task.value) }
            #expect(ours == [true, true, false, true, true, true])
            #expect(
                try await superuser.query(
                    "select 1 from callback.received where state = 'applied' and payment_id = 'pay_1'"
                ).count == 5)
        }
    }
}

@Suite struct `Results that are reported together` {
    private static func entry(_ number: Int) -> ResultBatch.Entry {
        ResultBatch.Entry(
            capability: String(repeating: "a", count: 63) + String(number), requestId: "req_\(number)",
            result: PaymentResult(
                attemptId: "att_\(number)", bankId: "moldbank", terminalId: "TE0001", railPaymentId: "rail-1",
                railStatus: "SUCCESS", amount: Money(minorUnits: 100, currency: .mdl), paymentDate: nil,
                swiftMessageId: nil, swiftPayerBank: nil))
    }

    /// `count` results to a gateway that serves `routes`; the first is under way when the others come.
    private func reported(
        _ count: Int, to routes: Routes, _ seen: Seen
    ) async throws -> [Result<String?, any Error>] {
        let world = World.forWireTests, loop = TestLoop.shared
        let server = try await HTTPServer.bind(
            name: "gateway", host: "127.0.0.1", port: 0, routes: routes, loop: loop, world: world,
            log: .silent(world), metrics: Metrics())
        let http = HTTPClient(loop: loop, world: world, log: .silent(world), metrics: Metrics())
        let url = try #require(HTTPURL("http://127.0.0.1:\(server.port)"))
        let gateway = HTTPGateway(
            client: ServiceClient(
                http: http, baseURL: url, token: Secret(text: "t0k"), caller: "callback-receiver",
                peer: "ecomm-gateway"), world: world, loop: loop, patience: .seconds(60))
        let running = Task(executorPreference: loop) { try await server.run() }
        // They wait when this returns, one behind the other.
        func started(_ number: Int) -> Task<String?, any Error> {
            Task.immediate { try await gateway.apply(Self.entry(number)) }
        }
        var tasks = [started(0)]
        try await until { seen.requests.withLock { $0.count } == 1 }
        for number in 1..<count { tasks.append(started(number)) }
        seen.gate.open()
        var results: [Result<String?, any Error>] = []
        for task in tasks { results.append(await task.result) }
        await server.drain(within: .milliseconds(100))
        await http.close()
        _ = await running.result
        return results
    }

    @Test func `are one request, each with its own answer`() async throws {
        let seen = Seen()
        var routes = Routes()
        routes.on("POST", "/v1/results") { request in
            let batch = try request.decode(ResultBatch.self)
            seen.requests.withLock { $0.append(batch.results.map(\.requestId)) }
            try await seen.gate.wait()
            return .encoding(
                200,
                ResultBatchAnswer(
                    results: batch.results.map {
                        $0.requestId == "req_2"
                            ? .init(code: "RESULT_MISMATCH") : .init(paymentId: "pay_of_" + $0.requestId)
                    }))
        }
        let results = try await reported(5, to: routes, seen).map { try $0.get() }
        #expect(results == ["pay_of_req_0", "pay_of_req_1", nil, "pay_of_req_3", "pay_of_req_4"])
        #expect(seen.requests.withLock { $0 } == [["req_0"], ["req_1", "req_2", "req_3", "req_4"]])
    }

    @Test func `go the long way to a gateway of before, and wait for one that is away`() async throws {
        for (status, isLater) in [(404, false), (503, true)] {
            let seen = Seen()
            var routes = Routes()
            routes.on("POST", "/v1/results") { _ in
                seen.requests.withLock { $0.append([]) }
                try await seen.gate.wait()
                throw Problem(Problem.Kind(status: status), code: "NOT_FOUND", toUser: "no")
            }
            for result in try await reported(3, to: routes, seen) {
                if isLater {
                    #expect(throws: Problem.self) { try result.get() }
                } else {
                    #expect(try result.get() == nil)
                }
            }
            #expect(seen.requests.withLock { $0.count } == 2)
        }
    }

    private final class Seen: Sendable {
        let requests = Mutex<[[String]]>([])
        let gate = Gate()
    }
}
