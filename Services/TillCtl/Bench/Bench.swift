// `bench`: the figures of this machine, in one run on one stack with full durability, as a table or as JSON.
// The load generator shares the cores with what it measures; the table says how many there are.
import Contracts
import EventLoop
import FoundationEssentials
import Glibc
import HTTPClient
import HTTPWire
import Money
import Sealing
import World

struct Bench {
    let stack: Stack
    let tools: Commands.Tools
    let options: Commands.BenchOptions

    var isQuick: Bool { options.isQuick }
    static let connections = 64

    /// What the kinds `all`, `payments` and `webhooks` print, in order.
    func run(_ report: inout BenchReport) async throws {
        report.processes = ProcessFigures.read(stack)
        // Payments first: the flood of webhooks leaves the database with work of its own.
        if options.kind != .webhooks { try await PaymentBench(bench: self).run(&report) }
        if options.kind != .payments { try await WebhookBench(bench: self).run(&report) }
        if options.kind == .all { memory(&report) }
    }

    /// The most that each program ever had, after all of the above.
    private func memory(_ report: inout BenchReport) {
        for (key, pid) in stack.pids.sorted(by: { $0.key < $1.key }) where key != "postgres" {
            guard let row = report.processes.firstIndex(where: { $0.name == key }) else { continue }
            report.processes[row].peakMiB = ProcessFigures.peakMiB(pid_t(pid))
        }
    }

    /// A server that has run for an hour writes its log over files that it has. A new one makes each file of 16 MiB
    /// in the middle of somebody's commit, zeros and a flush, up to 60 ms for all who wait: what is measured is not its
    /// first minute. The checkpoint keeps about as many files as were written since the one before.
    func makeLogFiles(megabytes: Int) async throws {
        try await stack.cluster.execute(
            """
            select pg_logical_emit_message(false, 'bench', repeat('x', 1000000))
            from generate_series(1, \(megabytes));
            checkpoint;
            """, database: "till", secrets: stack.secrets, loop: tools.loop)
    }

    var phoneMaker: SignedWebhooks {
        get throws {
            SignedWebhooks(
                key: HMACKey(Secret(text: try stack.secrets.text("app-secret"))),
                phoneNumberId: DemoCast.phoneNumberId, wabaId: DemoCast.wabaId,
                displayPhoneNumber: DemoCast.displayPhoneNumber, host: "127.0.0.1")
        }
    }

    /// Sellers of one merchant of the cast.
    static func enlist(_ count: Int, stack: Stack, tools: Commands.Tools) async throws -> [String] {
        try await enlist(count, of: [DemoCast.banks[0].merchants[1].merchantId], stack: stack, tools: tools)
    }

    /// Sellers of these merchants in turn, enough of them that no conversation is the bottleneck.
    static func enlist(
        _ count: Int, of merchants: [String], stack: Stack, tools: Commands.Tools
    ) async throws -> [String] {
        let broker = try broker(stack, tools)
        var phones: [String] = []
        for index in 0..<count {
            let phone = "+3736901" + String(1_000 + index).suffix(4)
            let seller = PutSeller(
                phone: phone, locale: Language.allCases[index % Language.allCases.count], status: .active,
                merchantIds: [merchants[index % merchants.count]])
            _ = try await broker.call(
                "PUT", "/admin/v1/sellers/bench-\(index)", body: seller, as: ServiceClient.Nothing.self)
            phones.append(phone)
        }
        return phones
    }

    static func broker(_ stack: Stack, _ tools: Commands.Tools) throws -> ServiceClient {
        guard let url = HTTPURL(stack.plan.url("capSvc")) else {
            preconditionFailure("a loopback URL does not parse")
        }
        return ServiceClient(
            http: tools.http, baseURL: url, token: Secret(text: try stack.secrets.text("token-tillctl")),
            caller: "tillctl", peer: "cap-svc")
    }

    // MARK: words

    static func percentiles(_ latencies: Latencies) -> String {
        let parts = [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)].map { name, share in
            "\(name) " + (latencies.milliseconds(at: share).map { fixed($0, 2) } ?? "-")
        }
        return parts.joined(separator: "  ") + " ms"
    }

    /// `each` is what the costs are divided by, `unit` what a second is printed in.
    static func shares(
        _ costs: [(name: String, seconds: Double)], each: Int, unit: String, scale: Double
    ) -> [BenchRow] {
        let whole = costs.map(\.seconds).reduce(0, +) * scale / Double(max(1, each))
        let shown = costs.filter { $0.seconds >= 0.02 }
        let total = BenchRow(
            what: "  CPU \(unit), all processes", value: fixed(whole, scale > 1e4 ? 1 : 2), aim: "")
        return [total]
            + shown.map { cost in
                BenchRow(
                    what: "    " + cost.name, value: fixed(cost.seconds * scale / Double(max(1, each)), 2),
                    aim: "")
            }
    }

    /// A number with that many decimals, by integer arithmetic.
    static func fixed(_ value: Double, _ decimals: Int) -> String {
        guard value.isFinite else { return "-" }
        var scale: Int64 = 1
        for _ in 0..<decimals { scale *= 10 }
        let scaled = Int64((value * Double(scale)).rounded())
        guard decimals > 0 else { return String(scaled) }
        let fraction = String(abs(scaled) % scale)
        let sign = scaled < 0 && scaled > -scale ? "-" : ""
        return sign + String(scaled / scale) + "."
            + String(repeating: "0", count: decimals - fraction.count) + fraction
    }
}
