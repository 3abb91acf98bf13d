// The tool that others use to take servers down slowly, against ours, in its three ways: heads, bodies and readers that
// dawdle. Its connections are closed in time, it never finds the server gone, and a client beside it notices nothing.
import EventLoop
import Glibc
import HTTPClient
import HTTPServer
import HTTPWire
import Observe
import TestSupport
import Testing
import World

@Suite(.serialized) struct `Beside slowhttptest` {
    private static let connections = 200
    /// A tenth of the limits that services have.
    private static let patience: Duration = .seconds(1)

    private static let kinds: [(name: String, arguments: [String], path: String)] = [
        ("slow heads", ["-H", "-i", "1", "-x", "8"], "/hello"),
        ("slow bodies", ["-B", "-i", "1", "-s", "8192", "-x", "8"], "/echo"),
        // Windows of a few hundred bytes, read 32 at a time; the answer is larger than what a socket holds.
        ("slow reads", ["-X", "-w", "256", "-y", "512", "-n", "1", "-z", "32"], "/large"),
    ]

    @Test(arguments: kinds)
    func `a client is served`(kind: (name: String, arguments: [String], path: String)) async throws {
        guard let program = OutsideTool.path("slowhttptest") else { return }
        let loop = TestLoop.shared, world = World.forWireTests, metrics = Metrics()
        var settings = ServerSettings()
        (settings.headTime, settings.bodyTime, settings.writeTime) = (
            Self.patience, Self.patience, Self.patience
        )
        var routes = Routes()
        routes.on("GET", "/hello") { _ in .text(200, "hello") }
        routes.on("POST", "/echo", bodyBytesMax: 1 << 20) { .text(200, "\($0.body.count) bytes") }
        routes.on("GET", "/large") { _ in
            HTTPResponse(status: 200, body: [UInt8](repeating: 7, count: 8 << 20))
        }
        let server = try await HTTPServer.bind(
            name: "test", host: "127.0.0.1", port: 0, routes: routes, settings: settings, callers: nil,
            tls: nil,
            inherited: nil, loop: loop, world: world, log: .silent(world), metrics: metrics)
        let running = Task(executorPreference: loop) { try await server.run() }
        let client = HTTPClient(loop: loop, world: world, log: .silent(world), metrics: metrics)
        let url = try #require(HTTPURL("http://127.0.0.1:\(server.port)/hello"))
        try await OutsideTool.withFolder { folder in
            let log = folder + "/log"
            let arguments =
                [program] + kind.arguments + [
                    "-c", "\(Self.connections)", "-r", "\(Self.connections)", "-l", "12", "-p", "10",
                    "-u", "http://127.0.0.1:\(server.port)\(kind.path)",
                ]
            let attack = Task { try await BlockingThread.run { try ChildProcess.run(arguments, log: log) } }
            var served = 0
            // As long as the tool runs, and at least a second: it ends when all its connections are closed.
            let end = loop.nowNs + 4_000_000_000
            while loop.nowNs < end {
                let answer = try await client.send(ClientRequest(url: url), timeout: .seconds(10))
                #expect(answer.status == 200)
                served += 1
                try await loop.sleep(for: .milliseconds(20))
            }
            // By the kernel's books, since the tool does not look at what it does not read: of its connections none is
            // left, not even one that still holds bytes for a reader that dawdles.
            try await until { try Self.connections(to: server.port) <= 1 }
            try await attack.value
            let said = try readText(log)
            #expect(served > 20)
            #expect(!said.contains("service available:   NO"), "\(said.suffix(600))")
            print(
                "\(kind.name): \(served) requests served beside \(Self.connections) connections, all closed")
        }
        await client.close()
        await server.drain(within: .seconds(2))
        try await running.value
    }

    /// Open or closing, without those that only wait for their number to be forgotten.
    private static func connections(to port: UInt16) throws -> Int {
        let local = ":" + String(port, radix: 16, uppercase: true)
        let over: Set<Substring> = ["06", "07", "0A"]  // TIME_WAIT, CLOSE, LISTEN
        return try readText("/proc/net/tcp").split(separator: "\n").dropFirst().count { line in
            let words = line.split(separator: " ")
            return words.count > 3 && words[1].hasSuffix(local) && !over.contains(words[3])
        }
    }
}
