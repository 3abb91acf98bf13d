// Payments through all six services: how soon a message has its link, how many a second hold, and what one payment
// costs in CPU, statements and commits, by whom.
import Contracts
import EventLoop
import HTTPClient
import HTTPWire
import Money
import Postgres
import World

struct PaymentBench {
    let bench: Bench
    /// So many that at every rate eight seconds lie between two payments of one, or each is paid once in a run:
    /// outcomes that come faster than every six seconds are told together, and later.
    private var sellers: Int { bench.isQuick ? 600 : 3_000 }

    func run(_ report: inout BenchReport) async throws {
        guard let load = try await prepared() else { return }
        let isQuick = bench.isQuick
        // A payment is about 45 kB of PostgreSQL's log.
        try await bench.makeLogFiles(megabytes: isQuick ? 100 : 1_000)
        _ = try await load.run(60, rate: 20, series: "w")
        report.rows += try await paced(load, rate: 50, count: isQuick ? 250 : 1_500, series: "p")
        report.rows += try await profile(load, rate: 50, count: isQuick ? 150 : 600)
        // Where the machine is full, what comes together goes together.
        if bench.options.kind == .payments {
            report.rows += try await paced(load, rate: 150, count: isQuick ? 600 : 1_500, series: "f")
            report.rows += try await profile(load, rate: 150, count: isQuick ? 600 : 1_500)
        }
        report.rows.append(try await sustained(load))
    }

    /// Sellers of many merchants, who have all been here before.
    func prepared() async throws -> PaymentLoad? {
        let phones = try await enlist(sellers)
        guard let base = HTTPURL(bench.stack.plan.url("sandbox")) else { return nil }
        let sandbox = SandboxClient(http: bench.tools.http, base: base), loop = bench.tools.loop
        let start = loop.nowNs
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, phone) in phones.enumerated() {
                group.addTask(executorPreference: loop) {
                    try await loop.sleep(untilNs: start + Int64(index) * 1_000_000_000 / Self.firstsPerSecond)
                    try await sandbox.say("help", from: phone)
                }
            }
            try await group.waitForAll()
        }
        try await loop.sleep(for: .seconds(2))
        return PaymentLoad(sandbox: sandbox, loop: loop, world: bench.tools.world, phones: phones)
    }

    /// First words, which are answered with more than later ones.
    private static let firstsPerSecond: Int64 = 150

    /// Latencies and CPU at a rate that the machine holds with ease.
    func paced(_ load: PaymentLoad, rate: Double, count: Int, series: String) async throws -> [BenchRow] {
        let before = Cost.now(bench.stack)
        let paced = try await load.run(count, rate: rate, series: series)
        let costs = Cost.now(bench.stack).since(before)
        let name = "\(Int(rate)) payments/s"
        return [
            BenchRow(
                what: "message to link at " + name,
                value: Bench.percentiles(paced.messageToLink)
                    + (paced.lost > 0 ? ", LOST \(paced.lost)" : ""),
                aim: rate == 50 ? "p50 under 15 ms, p99 under 60 ms" : ""),
            BenchRow(
                what: "payment to receipt at " + name, value: Bench.percentiles(paced.paymentToReceipt),
                aim: ""),
        ] + Bench.shares(costs, each: count, unit: "ms for a payment", scale: 1e3)
    }

    /// Statements by service and commits in all; counting them costs a little, so nothing is timed here.
    private func profile(_ load: PaymentLoad, rate: Double, count: Int) async throws -> [BenchRow] {
        guard let counter = try await StatementCounter(bench) else { return [] }
        let before = try await counter.commits()
        try await counter.begin()
        _ = try await load.run(count, rate: rate, series: "s\(Int(rate))")
        try await bench.tools.loop.sleep(for: .seconds(2))
        let statements = try await counter.statements()
        let commits = try await counter.commits() - before
        let dearest = bench.options.kind == .payments ? try await counter.dearest(60) : []
        await counter.end()
        let total = statements.map(\.calls).reduce(0, +)
        return [
            BenchRow(
                what: "  statements and commits for a payment at \(Int(rate))/s",
                value: "\(Bench.fixed(total / Double(count), 1)) statements, "
                    + "\(Bench.fixed(commits / Double(count), 1)) commits", aim: "")
        ]
            + statements.map {
                BenchRow(
                    what: "    " + $0.role,
                    value: "\(Bench.fixed($0.calls / Double(count), 1)) statements, "
                        + "\(Bench.fixed($0.milliseconds / Double(count), 2)) ms", aim: "")
            }
            + dearest.map {
                BenchRow(
                    what: "      " + $0.role + ": " + $0.text,
                    value: "\(Bench.fixed($0.calls / Double(count), 2)) times, "
                        + "\(Bench.fixed($0.milliseconds / Double(count), 3)) ms", aim: "")
            }
    }

    /// The highest rate at which nothing piles up: all links within a second, none lost.
    private func sustained(_ load: PaymentLoad) async throws -> BenchRow {
        var best = "none of those tried"
        var tried: [String] = []
        for rate in bench.isQuick ? [60.0, 120] : [100, 150, 200, 250, 300, 350] {
            // Long enough that a tenth too much is two seconds behind at the end.
            let count = Int(rate * (bench.isQuick ? 4 : 20))
            let before = Cost.now(bench.stack)
            let hard = try await load.run(count, rate: rate, series: "h\(Int(rate))")
            let cost = Cost.now(bench.stack).since(before).map(\.seconds).reduce(0, +) * 1e3 / Double(count)
            let p99 = hard.messageToLink.milliseconds(at: 0.99) ?? .infinity
            tried.append(
                "\(Int(rate)): p99 \(Bench.fixed(p99, 0)) ms, \(Bench.fixed(cost, 1)) ms of CPU each")
            guard hard.lost == 0, p99 < 1_000 else { break }
            best = "\(Int(rate))/s, link " + Bench.percentiles(hard.messageToLink)
            try await bench.tools.loop.sleep(for: .seconds(1))
        }
        return BenchRow(
            what: "payments/s sustained, all services",
            value: best + " (offered " + tried.joined(separator: "; ") + ")", aim: "300/s")
    }

    /// Merchants that the fake bank knows already, put into the broker, and their sellers.
    private func enlist(_ count: Int) async throws -> [String] {
        let stack = bench.stack, plan = bench.stack.plan, bank = DemoCast.banks[0]
        let files = StackFiles(plan: plan, secrets: stack.secrets),
            broker = try Bench.broker(stack, bench.tools)
        for id in plan.extraMerchantIds {
            let merchant = PutMerchant(
                name: "Magazin " + id, currency: .mdl, country: "MD",
                terminals: [TerminalRecord(terminalId: "TX" + id, paymentTypes: [.qr])],
                limits: MerchantLimits(perPayment: 10_000_000, perDay: nil),
                ecommBaseUrl: plan.url("sandbox") + "/banks/" + bank.bankId,
                secretKey: try files.secretKey(id))
            _ = try await broker.call(
                "PUT", "/admin/v1/merchants/" + id, body: merchant, as: ServiceClient.Nothing.self)
        }
        return try await Bench.enlist(count, of: plan.extraMerchantIds, stack: stack, tools: bench.tools)
    }
}
