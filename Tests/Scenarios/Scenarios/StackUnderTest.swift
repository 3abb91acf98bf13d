// One real stack for all scenarios: the built programs, a private cluster, the sandbox. Started by the first
// test that needs it, stopped by the last; its processes also end when the test process does.
import EventLoop
import FoundationEssentials
import Glibc
import HTTPClient
import HTTPWire
import Observe
import Postgres
import TestSupport
import TillCtl
import World

/// What a scenario plays with.
struct Play: Sendable {
    let stack: Stack
    let tools: Commands.Tools
    let sandbox: SandboxClient

    var loop: EventLoop { tools.loop }

    /// Waits until `look` finds something. Watches every 10 ms; throws naming `what` after `limit`.
    func eventually<Value: Sendable>(
        _ what: String, within limit: Duration = .seconds(60), _ look: () async throws -> Value?
    ) async throws -> Value {
        let deadline = loop.nowNs + limit.nanoseconds
        while loop.nowNs < deadline {
            if let found = try await look() { return found }
            try await loop.sleep(for: .milliseconds(10))
        }
        throw Missing(what: what)
    }

    struct Missing: Error, CustomStringConvertible {
        let what: String
        var description: String { "did not happen in time: \(what)" }
    }

    /// The bubble that answers `wamid` with a link.
    func link(answering wamid: String, for phone: String) async throws -> SandboxClient.Bubble {
        try await eventually("a link for the message") {
            try await sandbox.chat(phone).first {
                $0.replyTo == wamid && $0.buttons?.contains { $0.url != nil } == true
            }
        }
    }

    /// The sandbox's id of the payment behind a link.
    func paymentId(_ bubble: SandboxClient.Bubble) throws -> String {
        guard let url = bubble.buttons?.compactMap(\.url).first, let id = url.split(separator: "=").last
        else {
            throw Missing(what: "a payment id in the link")
        }
        return String(id)
    }

    /// One value of one row, asked as the superuser.
    func sql(_ statement: PostgresStatement, _ values: [PostgresValue] = [], database: String = "till")
        async throws
        -> PostgresRows
    {
        let pool = PostgresPool(
            PostgresConfiguration(
                url: "postgresql://\(stack.cluster.superuser)@127.0.0.1:\(stack.cluster.port)/\(database)",
                password: try stack.secrets.text("postgres-superuser"), connectionsMax: 1),
            loop: loop, world: tools.world, log: .silent(tools.world), metrics: Metrics())
        do {
            let rows = try await loop.run { try await pool.query(statement, values) }
            await pool.close()
            return rows
        } catch {
            await pool.close()
            throw error
        }
    }
}

/// The one stack of this test process.
actor StackUnderTest {
    static let shared = StackUnderTest()

    private var starting: Task<Play, any Error>?

    /// The running stack, started on first use.
    func play() async throws -> Play {
        if let starting { return try await starting.value }
        let task = Task { try await Self.start() }
        starting = task
        return try await task.value
    }

    /// Stops it; the next use starts it anew on the same data.
    func stop() async throws {
        guard let starting else { return }
        self.starting = nil
        await starting.value_orNil?.stack.stop()
    }

    private static func start() async throws -> Play {
        try await start(in: "scenarios") {
            // Links that live as long as a slow machine needs; the janitor looks often.
            $0.linkLifeSeconds = 300
            // A lost answer of the bank is noticed sooner; a slow machine still answers in this time.
            $0.extra["gateway"] = ["TILL_RAIL_TIMEOUT_MS": "6000"]
        }
    }

    /// A stack of its own on a folder of its own, for a test that needs another plan; the caller stops it.
    static func start(in name: String, _ plan: (inout StackPlan) -> Void) async throws -> Play {
        let root = Repository.root()
        let tools = try Commands.Tools()
        let folder = root + "/.till/" + name
        if FileManager.default.fileExists(atPath: folder) {
            try PostgresCluster.remove(folder: folder)
            try FileManager.default.removeItem(atPath: folder)
        }
        let binaries = ProcessInfo.processInfo.environment["TILL_BINARIES"] ?? root + "/.build/debug"
        var wanted = StackPlan(portBase: try freeBase(), folder: folder)
        plan(&wanted)
        let stack = try await Stack.start(
            plan: wanted, binaries: binaries, loop: tools.loop, http: tools.http, say: { _ in })
        guard let base = HTTPURL(stack.plan.url("sandbox")) else {
            preconditionFailure("a loopback URL does not parse")
        }
        return Play(stack: stack, tools: tools, sandbox: SandboxClient(http: tools.http, base: base))
    }

    private static func freeBase() throws -> Int {
        for base in stride(from: 21_000, to: 30_000, by: 100) {
            let ports = StackPlan.offsets.flatMap {
                [base + $0.offset, base + $0.offset + StackPlan.adminOffset]
            }
            if ports.allSatisfy(PostgresCluster.isFree) { return base }
        }
        throw Play.Missing(what: "a free range of ports")
    }
}

extension Task where Failure == any Error {
    /// The value, nil when the task failed: the failure was reported where it was awaited first.
    fileprivate var value_orNil: Success? {
        get async {
            do { return try await value } catch { return nil }
        }
    }
}
