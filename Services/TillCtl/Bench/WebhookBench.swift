// Durable webhooks: how soon a lone one is answered, how many a second at most, and what each costs whom.
import EventLoop
import Glibc
import World

struct WebhookBench {
    let bench: Bench

    func run(_ report: inout BenchReport) async throws {
        let stack = bench.stack, tools = bench.tools, isQuick = bench.isQuick
        // The router would answer these strangers, one by one, long after the measurement.
        try await stack.kill("router", signal: SIGTERM)
        try await bench.makeLogFiles(megabytes: 400)
        // What the payments left behind (read receipts, the checkpoint) is not part of what follows.
        try await tools.loop.sleep(for: .seconds(isQuick ? 3 : 8))
        let maker = try bench.phoneMaker
        let load = WebhookLoad(
            loop: tools.loop, port: UInt16(stack.plan.port("ingress")), connections: Bench.connections)
        let warm = maker.make(2_000, now: tools.world.now(), world: tools.world)
        _ = try await load.run(warm, rate: 2_000)
        let paced = maker.make(isQuick ? 3_000 : 10_000, now: tools.world.now(), world: tools.world)
        let open = try await load.run(paced, rate: 1_000)
        report.rows.append(
            BenchRow(
                what: "webhooks at 1,000/s, 200 after commit", value: Bench.percentiles(open.latencies),
                aim: "p99 at most 2 ms"))
        let (row, costs, perSecond) = try await Self.flood(
            bench, count: isQuick ? 40_000 : 200_000, aim: "at least 30,000/s, p99 under 5 ms")
        report.rows.append(row)
        if let peer = report.bestPeer, peer > 0 {
            report.rows.append(
                BenchRow(
                    what: "  beside the best peer's \(Bench.fixed(peer, 0))/s",
                    value: "\(Bench.fixed(perSecond / peer, 1)) times that", aim: "at least 7 times"))
        }
        report.rows += costs
        if open.refused > 0 {
            report.rows.append(BenchRow(what: "  refused", value: "\(open.refused)", aim: "0"))
        }
    }

    /// Full speed over 64 connections, every webhook a new one.
    static func flood(_ bench: Bench, count: Int, aim: String) async throws -> (
        BenchRow, [BenchRow], Double
    ) {
        let tools = bench.tools
        let requests = try bench.phoneMaker.make(count, now: tools.world.now(), world: tools.world)
        let load = FloodLoad(
            port: UInt16(bench.stack.plan.port("ingress")), connections: Bench.connections,
            requests: requests, count: count)
        let before = Cost.now(bench.stack)
        let full = try await BlockingThread.run { try load.run() }
        let costs = Cost.now(bench.stack).since(before)
        let refused = full.refused > 0 ? ", REFUSED \(full.refused)" : ""
        return (
            BenchRow(
                what: "webhooks at full speed, 64 connections",
                value: "\(Bench.fixed(full.perSecond, 0))/s, " + Bench.percentiles(full.latencies) + refused,
                aim: aim),
            Bench.shares(costs, each: count, unit: "µs for a webhook", scale: 1e6), full.perSecond
        )
    }
}
