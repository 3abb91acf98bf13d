// `bench memory`: whether the ingress is as large after two million requests as after the first hundred thousand,
// and how large with a thousand connections. Redeliveries, so that the database does not grow meanwhile.
import EventLoop
import Glibc
import World

struct MemoryBench {
    let bench: Bench

    func run(_ report: inout BenchReport) async throws {
        let stack = bench.stack, tools = bench.tools
        try await stack.kill("router", signal: SIGTERM)
        guard let pid = stack.pid("ingress") else { return }
        let requests = try bench.phoneMaker.make(20_000, now: tools.world.now(), world: tools.world)
        func load(_ count: Int, connections: Int) async throws -> FloodLoad.Outcome {
            let load = FloodLoad(
                port: UInt16(stack.plan.port("ingress")), connections: connections, requests: requests,
                count: count, secondsMax: 600)
            return try await BlockingThread.run { try load.run() }
        }
        report.rows.append(row("ingress, idle", ProcessFigures.resident(pid), aim: "under 30 MiB"))
        let whole = bench.isQuick ? 200_000 : 2_000_000
        let first = try await load(whole / 20, connections: 64)
        let early = ProcessFigures.resident(pid)
        report.rows.append(row("ingress after \(whole / 20) requests", early, aim: ""))
        let rest = try await load(whole - whole / 20, connections: 64)
        let late = ProcessFigures.resident(pid)
        report.rows.append(
            row("ingress after \(whole) requests", late, aim: "flat"))
        report.rows.append(
            BenchRow(
                what: "  growth over the rest", value: Bench.fixed((late - early) * 1_024, 0) + " KiB",
                aim: "under 4,096 KiB"))
        let many = try await load(whole / 10, connections: 1_000)
        report.rows.append(
            row(
                "ingress with 1,000 connections at full speed, at most", ProcessFigures.peakMiB(pid),
                aim: "under 64 MiB"))
        let refused = first.refused + rest.refused + many.refused
        report.rows.append(BenchRow(what: "  refused", value: "\(refused)", aim: "0"))
        report.rows.append(
            BenchRow(
                what: "  with 1,000 connections",
                value: "\(Bench.fixed(many.perSecond, 0))/s, " + Bench.percentiles(many.latencies), aim: ""))
    }

    private func row(_ what: String, _ mebibytes: Double, aim: String) -> BenchRow {
        BenchRow(what: what, value: Bench.fixed(mebibytes, 1) + " MiB", aim: aim)
    }
}
