// `bench memory`: how large each service is idle, and at most with payments under way and a thousand connections that
// ask it as fast as it answers; and whether the ingress is as large after two million requests as after the first
// hundred thousand. Redeliveries, so that the database does not grow meanwhile.
import EventLoop
import Glibc
import World

struct MemoryBench {
    let bench: Bench
    private static let crowd = 1_000
    private static let payments = 100.0

    func run(_ report: inout BenchReport) async throws {
        let stack = bench.stack
        // Of both of the banks' brokers one does for the other.
        let services = ["ingress", "router", "gateway", "notifier", "callback", "capSvc"]
        let idle = services.map { ($0, stack.pid($0).map(ProcessFigures.resident) ?? .nan) }
        report.rows += idle.map { row("\($0), idle", $1, aim: "under 30 MiB") }
        try await crowds(&report)
        report.rows += services.dropFirst().map(most)
        try await millions(&report)
        report.rows.append(most("ingress"))
    }

    private func most(_ key: String) -> BenchRow {
        row(
            "\(key), at most, with payments and 1,000 connections",
            bench.stack.pid(key).map(ProcessFigures.peakMiB) ?? .nan, aim: "under 64 MiB")
    }

    /// A thousand connections at each service but the ingress, one service after the other, all others at work.
    private func crowds(_ report: inout BenchReport) async throws {
        let paying = PaymentBench(bench: bench)
        guard let load = try await paying.prepared() else { return }
        let seconds = bench.isQuick ? 4.0 : 10.0
        let paid = try await load.run(Int(Self.payments * seconds), rate: Self.payments, series: "m")
        report.rows.append(
            BenchRow(
                what: "payments at \(Int(Self.payments))/s meanwhile, message to link",
                value: Bench.percentiles(paid.messageToLink), aim: ""))
        let made = CrowdRequests(stack: bench.stack, world: bench.tools.world)
        let count = bench.isQuick ? 10_000 : 50_000
        for crowd in try made.all(count, phones: load.phones) {
            let outcome = try await flood(
                crowd.requests, count, connections: Self.crowd, port: crowd.port)
            report.rows.append(
                BenchRow(
                    what: "\(crowd.key), 1,000 connections, \(crowd.what)",
                    value: "\(Bench.fixed(outcome.perSecond, 0))/s, \(Bench.percentiles(outcome.latencies))"
                        + (outcome.refused > 0 ? ", \(outcome.refused) told to come later" : ""), aim: ""))
        }
    }

    private func millions(_ report: inout BenchReport) async throws {
        let stack = bench.stack, tools = bench.tools
        // It would answer these strangers, one by one.
        try await stack.kill("router", signal: SIGTERM)
        guard let pid = stack.pid("ingress") else { return }
        let requests = try bench.phoneMaker.make(20_000, now: tools.world.now(), world: tools.world)
        let port = stack.plan.port("ingress"), whole = bench.isQuick ? 200_000 : 2_000_000
        let first = try await flood(requests, whole / 20, connections: Bench.connections, port: port)
        let early = ProcessFigures.resident(pid)
        report.rows.append(row("ingress after \(whole / 20) requests", early, aim: ""))
        let rest = try await flood(requests, whole - whole / 20, connections: Bench.connections, port: port)
        let late = ProcessFigures.resident(pid)
        report.rows.append(row("ingress after \(whole) requests", late, aim: "flat"))
        report.rows.append(
            BenchRow(
                what: "  growth over the rest", value: Bench.fixed((late - early) * 1_024, 0) + " KiB",
                aim: "under 4,096 KiB"))
        let many = try await flood(requests, whole / 10, connections: Self.crowd, port: port)
        report.rows.append(
            BenchRow(
                what: "  refused", value: "\(first.refused + rest.refused + many.refused)", aim: "0"))
        report.rows.append(
            BenchRow(
                what: "  with 1,000 connections",
                value: "\(Bench.fixed(many.perSecond, 0))/s, " + Bench.percentiles(many.latencies), aim: ""))
    }

    private func flood(
        _ requests: [[UInt8]], _ count: Int, connections: Int, port: Int
    ) async throws -> FloodLoad.Outcome {
        let load = FloodLoad(
            port: UInt16(port), connections: connections, requests: requests, count: count, secondsMax: 600)
        return try await BlockingThread.run { try load.run() }
    }

    private func row(_ what: String, _ mebibytes: Double, aim: String) -> BenchRow {
        BenchRow(what: what, value: Bench.fixed(mebibytes, 1) + " MiB", aim: aim)
    }
}
