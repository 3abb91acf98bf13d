// Requests a second without a database: ours, and whoever else is asked for, each in a process of its own and
// under the same load, one after the other in one run, so that the ratios mean something.
import EventLoop
import FoundationEssentials
import Glibc
import Sealing
import World

/// One server to measure.
struct Contender: Sendable {
    var name: String
    var path: String
    var arguments: [String]
    var environment: [String: String] = [:]
    /// Durable: 200 after the commit.
    var isDurable = false
}

struct HTTPBench: Sendable {
    let tools: Commands.Tools
    let folder: String
    let binaries: String
    let isQuick: Bool

    /// What the servers of others say; read back where one does not start.
    var contenderLog: String { folder + "/logs/contender.log" }

    struct Result: Sendable {
        var name: String
        var flood: FloodLoad.Outcome
        var serverMicroseconds: Double
        var residentMiB: Double
    }

    /// Requests signed with the secret of `SignatureServer`.
    func requests(_ count: Int) -> [[UInt8]] {
        SignedWebhooks(
            key: .init(SignatureServer.secret), phoneNumberId: DemoCast.phoneNumberId,
            wabaId: DemoCast.wabaId, displayPhoneNumber: DemoCast.displayPhoneNumber, host: "127.0.0.1"
        ).make(count, now: tools.world.now(), world: tools.world)
    }

    /// Starts it, loads it, ends it. Nil when it did not come up.
    func measure(_ contender: Contender, port: UInt16, requests: [[UInt8]]) async throws -> Result? {
        let child = try Child.start(
            name: contender.name, path: contender.path, arguments: contender.arguments,
            environment: ["PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin", "LC_ALL": "C", "HOME": folder]
                .merging(contender.environment) { _, new in new },
            log: contenderLog)
        defer {
            child.signal(SIGTERM)
            usleep(200_000)
            if child.reap() == nil {
                child.signal(SIGKILL)
                _ = child.reap()
            }
        }
        var isUp = false
        for _ in 0..<100 where !isUp {
            try await tools.loop.sleep(for: .milliseconds(50))
            if child.reap() != nil { return nil }
            isUp = !PostgresCluster.isFree(Int(port))
        }
        guard isUp else { return nil }
        try await tools.loop.sleep(for: .milliseconds(300))
        _ = try await flood(port, requests, seconds: 0.7)
        let before = Self.cpu(child.pid)
        let outcome = try await flood(port, requests, seconds: isQuick ? 1.5 : 5)
        let burnt = Self.cpu(child.pid) - before
        return Result(
            name: contender.name, flood: outcome,
            serverMicroseconds: burnt * 1e6 / Double(max(1, outcome.latencies.count)),
            residentMiB: ProcessFigures.resident(child.pid))
    }

    private func flood(_ port: UInt16, _ requests: [[UInt8]], seconds: Double) async throws
        -> FloodLoad.Outcome
    {
        let load = FloodLoad(
            port: port, requests: requests, count: .max, secondsMax: seconds)
        return try await BlockingThread.run { try load.run() }
    }

    /// Of the process and of those that it started, as workers are.
    private static func cpu(_ pid: pid_t) -> Double {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        let workers = all.compactMap { pid_t($0) }.filter { ProcessFigures.parent($0) == pid }
        return ([pid] + workers).map { ProcessFigures.cpuSeconds($0) }.reduce(0, +)
    }

    func ours(port: UInt16) -> Contender {
        Contender(
            name: "Till's server, HMAC", path: binaries + "/tillctl",
            arguments: ["signature-server", "--port-base", String(port)])
    }

    static func row(_ result: Result, aim: String = "", beside ours: Result? = nil) -> BenchRow {
        let ratio = ours.map { ours in
            ", ours is \(Bench.fixed(ours.flood.perSecond / max(1, result.flood.perSecond), 1)) times that"
        }
        let refused = result.flood.refused > 0 ? ", REFUSED \(result.flood.refused)" : ""
        return BenchRow(
            what: result.name,
            value: "\(Bench.fixed(result.flood.perSecond, 0))/s, "
                + Bench.percentiles(result.flood.latencies)
                + ", server \(Bench.fixed(result.serverMicroseconds, 1)) µs, load generator "
                + "\(Bench.fixed(result.flood.ownMicroseconds, 1)) µs a request\(ratio ?? "")\(refused)",
            aim: aim)
    }
}
