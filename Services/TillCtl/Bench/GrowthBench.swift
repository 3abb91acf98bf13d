// `bench growth`: the same figures with ten thousand rows and with millions, on one stack in one run. Rows are made
// from real ones of this run, so that they have every column that the services write.
import EventLoop
import Glibc
import World

struct GrowthBench {
    let bench: Bench

    private struct Figures {
        var link: Latencies
        var receipt: Latencies
        var paymentMilliseconds: Double
        var webhook: FloodLoad.Outcome
        var webhookMicroseconds: Double
    }

    func run(_ report: inout BenchReport) async throws {
        let rows = bench.options.rows
        guard let load = try await PaymentBench(bench: bench).prepared() else { return }
        _ = try await load.run(100, rate: 20, series: "w")
        try await bench.tools.loop.sleep(for: .seconds(3))
        Commands.note("10,000 events and 10,000 payments")
        try await fill(from: 1, events: 10_000, payments: 10_000)
        let few = try await figures(load, series: "a")
        let start = bench.tools.loop.nowNs
        Commands.note("\(rows) events and \(rows / 10) payments")
        try await fill(from: 10_001, events: max(rows, 20_000), payments: max(rows / 10, 20_000))
        Commands.note("filled in \((bench.tools.loop.nowNs - start) / 1_000_000_000) s")
        let many = try await figures(load, series: "b")
        report.rows += [
            BenchRow(
                what: "growth: from 10,000 events and payments", value: "to \(rows) and \(rows / 10)", aim: ""
            ),
            line("message to link, p50 ms", few.link, many.link, 0.5),
            line("message to link, p99 ms", few.link, many.link, 0.99),
            line("payment to receipt, p50 ms", few.receipt, many.receipt, 0.5),
            compare("CPU ms for a payment", few.paymentMilliseconds, many.paymentMilliseconds),
            line("webhook at full speed, p50 ms", few.webhook.latencies, many.webhook.latencies, 0.5),
            line("webhook at full speed, p99 ms", few.webhook.latencies, many.webhook.latencies, 0.99),
            compare("CPU µs for a webhook", few.webhookMicroseconds, many.webhookMicroseconds),
            compare("webhooks/s (more is better)", few.webhook.perSecond, many.webhook.perSecond),
        ]
    }

    private func line(_ what: String, _ few: Latencies, _ many: Latencies, _ share: Double) -> BenchRow {
        compare(what, few.milliseconds(at: share) ?? .nan, many.milliseconds(at: share) ?? .nan)
    }

    private func compare(_ what: String, _ few: Double, _ many: Double) -> BenchRow {
        BenchRow(
            what: "  " + what,
            value:
                "\(Bench.fixed(few, 2)) -> \(Bench.fixed(many, 2)), \(Bench.fixed((many / few - 1) * 100, 0)) %",
            aim: "within 10 %")
    }

    private func figures(_ load: PaymentLoad, series: String) async throws -> Figures {
        let stack = bench.stack, isQuick = bench.isQuick, loop = bench.tools.loop
        // The first plans after a fill are made here, not in what is measured.
        _ = try await load.run(60, rate: 20, series: "w" + series)
        let count = isQuick ? 200 : 1_000
        let before = Cost.now(stack)
        let paid = try await load.run(count, rate: 20, series: series)
        let costs = Cost.now(stack).since(before)
        try await stack.kill("router", signal: SIGTERM)
        try await loop.sleep(for: .seconds(3))
        _ = try await flood(4_000)
        let hooks = isQuick ? 20_000 : 80_000
        let beforeFlood = Cost.now(stack)
        let webhook = try await flood(hooks)
        let floodCosts = Cost.now(stack).since(beforeFlood)
        // Nobody answers these strangers: they are no part of what comes next.
        try await stack.cluster.execute(
            """
            update channel.inbound_event set state = 'done', done_at = now()
            where lane = 'messages' and state in ('ready', 'claimed');
            update channel.conversation set due_at = null, busy_until = null where due_at is not null;
            """, database: "till", secrets: stack.secrets, loop: loop)
        try stack.launch("router")
        try await stack.awaitReady("router")
        return Figures(
            link: paid.messageToLink, receipt: paid.paymentToReceipt,
            paymentMilliseconds: Self.sum(costs) * 1e3 / Double(count), webhook: webhook,
            webhookMicroseconds: Self.sum(floodCosts) * 1e6 / Double(hooks))
    }

    /// Without the load generator, whose cost is its own affair.
    private static func sum(_ costs: [(name: String, seconds: Double)]) -> Double {
        costs.filter { $0.name != "load generator" && $0.name != "sandbox" }.map(\.seconds).reduce(0, +)
    }

    private func flood(_ count: Int) async throws -> FloodLoad.Outcome {
        let tools = bench.tools
        let load = FloodLoad(
            port: UInt16(bench.stack.plan.port("ingress")), connections: Bench.connections,
            requests: try bench.phoneMaker.make(count, now: tools.world.now(), world: tools.world),
            count: count)
        return try await BlockingThread.run { try load.run() }
    }

    /// In pieces, so that no statement runs for minutes and the log can be recycled.
    private func fill(from first: Int, events: Int, payments: Int) async throws {
        let piece = 500_000
        var sql = GrowthSQL.begin
        for low in stride(from: first, through: events, by: piece) {
            sql += GrowthSQL.events(low...min(low + piece - 1, events), of: max(events, 1))
        }
        for low in stride(from: first, through: payments, by: piece) {
            sql += GrowthSQL.payments(low...min(low + piece - 1, payments), of: max(payments, 1))
        }
        sql += GrowthSQL.end
        try await bench.stack.cluster.execute(
            sql, database: "till", secrets: bench.stack.secrets, loop: bench.tools.loop)
    }
}
