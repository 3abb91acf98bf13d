// A hundred thousand requests through the whole kernel in one process: client, server, pool and back. What leaks a
// hundred bytes with each of them is seen here; two million, and every service by itself: ./till bench memory.
import EventLoop
import Glibc
import HTTPClient
import HTTPServer
import HTTPWire
import Observe
import Postgres
import TestSupport
import Testing
import World

@Suite struct `A process that answers and asks` {
    private static let requests = 100_000
    /// Pools fill, buffers find their size, the allocator its arenas.
    private static let warmUp = 20_000
    private static let lanes = 24
    /// Pages that the allocator keeps come and go in megabytes; 80 bytes for each request would be more than this.
    private static let growthMiBMax = 6.0

    private static var isSanitized: Bool { Sanitizer.isOn }

    @Test func `is as large after a hundred thousand requests as after the first twenty thousand`()
        async throws
    {
        let cluster = try await TemporaryCluster.shared()
        let database = try await cluster.freshDatabase()
        let loop = TestLoop.shared, world = World.forWireTests, metrics = Metrics()
        try await cluster.withPool(database, configure: { $0.connectionsMax = 4 }) { pool in
            var routes = Routes()
            routes.on("POST", "/double") { request in
                let rows = try await pool.query(
                    "select $1::text || $1::text as twice",
                    [.text(String(decoding: request.body, as: UTF8.self))])
                return .text(200, try rows.one().text("twice"))
            }
            let server = try await HTTPServer.bind(
                name: "test", host: "127.0.0.1", port: 0, routes: routes, settings: ServerSettings(),
                callers: nil,
                tls: nil, inherited: nil, loop: loop, world: world, log: .silent(world), metrics: metrics)
            let client = HTTPClient(loop: loop, world: world, log: .silent(world), metrics: metrics)
            let running = Task(executorPreference: loop) { try await server.run() }
            // Under a sanitizer memory says nothing, but a tenth of the requests may find something else.
            let whole = Self.isSanitized ? Self.requests / 10 : Self.requests
            let first = Self.warmUp * whole / Self.requests
            try await Self.load(first, client, server.port, loop)
            let before = Self.residentMiB()
            try await Self.load(whole - first, client, server.port, loop)
            let grown = Self.residentMiB() - before
            print(
                "resident: \(Int(before)) MiB after \(first) requests, \(Int(grown * 1_024)) KiB more after \(whole)"
            )
            // What was freed is kept for a while, 256 MiB of it.
            #expect(grown < (Self.isSanitized ? 320 : Self.growthMiBMax), "\(grown) MiB")
            await client.close()
            await server.drain(within: .seconds(2))
            try await running.value
        }
    }

    private static func load(_ count: Int, _ client: HTTPClient, _ port: UInt16, _ loop: EventLoop)
        async throws
    {
        let url = try #require(HTTPURL("http://127.0.0.1:\(port)/double"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in 0..<lanes {
                group.addTask(executorPreference: loop) {
                    for index in stride(from: lane, to: count, by: lanes) {
                        let body = "request \(index % 1_000)"
                        let request = ClientRequest(method: "POST", url: url, body: Array(body.utf8))
                        let answer = try await client.send(request, timeout: .seconds(30))
                        guard answer.status == 200, answer.body == Array((body + body).utf8) else {
                            Issue.record("answered \(answer.status)")
                            return
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private static func residentMiB() -> Double {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, 128, file) != nil else { return 0 }
        let words = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            .split(separator: " ")
        return (words.dropFirst().first.flatMap { Double($0) } ?? 0) * Double(getpagesize()) / 1_048_576
    }
}
