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

/// One line of the table.
struct BenchRow: Encodable {
    var what: String
    var value: String
    var aim: String
}

struct BenchReport: Encodable {
    var machine: String
    var rows: [BenchRow] = []
    var processes: [ProcessFigures] = []

    var table: String {
        var text = "\n\(machine)\n\n"
        let width = rows.map(\.what.count).max() ?? 0
        for row in rows {
            let aim = row.aim.isEmpty ? "" : "   (aim: \(row.aim))"
            text +=
                row.what + String(repeating: " ", count: width - row.what.count) + "  " + row.value + aim
                + "\n"
        }
        text += "\nprocess" + String(repeating: " ", count: 13) + "resident   ready after\n"
        for process in processes {
            text += process.name + String(repeating: " ", count: 20 - process.name.count)
            text +=
                Bench.fixed(process.residentMiB, 1) + " MiB   " + Bench.fixed(process.startMs, 0) + " ms\n"
        }
        return text
    }
}

struct Bench {
    let stack: Stack
    let tools: Commands.Tools
    let isQuick: Bool
    private static let connections = 64

    func run() async throws -> BenchReport {
        var report = BenchReport(machine: Self.machine())
        report.processes = ProcessFigures.read(stack)
        // Payments first: the flood of webhooks leaves the database with work of its own.
        try await payments(&report)
        try await webhooks(&report)
        return report
    }

    private func webhooks(_ report: inout BenchReport) async throws {
        let key = HMACKey(Secret(text: try stack.secrets.text("app-secret")))
        let maker = SignedWebhooks(
            key: key, phoneNumberId: DemoCast.phoneNumberId, wabaId: DemoCast.wabaId,
            displayPhoneNumber: DemoCast.displayPhoneNumber, host: "127.0.0.1")
        let load = WebhookLoad(
            loop: tools.loop, port: UInt16(stack.plan.port("ingress")), connections: Self.connections)
        // The router would answer these strangers, one by one, long after the measurement.
        try await stack.kill("router", signal: SIGTERM)
        // What the payments left behind (read receipts, the checkpoint) is not part of what follows.
        try await tools.loop.sleep(for: .seconds(isQuick ? 3 : 8))
        let warm = maker.make(2_000, now: tools.world.now(), world: tools.world)
        _ = try await load.run(warm, rate: 2_000)
        let paced = maker.make(isQuick ? 3_000 : 10_000, now: tools.world.now(), world: tools.world)
        let open = try await load.run(paced, rate: 1_000)
        report.rows.append(
            BenchRow(
                what: "webhooks at 1,000/s, 200 after commit", value: Self.percentiles(open.latencies),
                aim: "p99 under 5 ms"))
        let count = isQuick ? 30_000 : 150_000
        let flat = maker.make(count, now: tools.world.now(), world: tools.world)
        let before = cpu()
        let full = try await load.run(flat, rate: nil)
        report.rows.append(
            BenchRow(
                what: "webhooks at full speed, 64 connections",
                value: "\(Self.fixed(full.perSecond, 0))/s, " + Self.percentiles(full.latencies),
                aim: "at least 15,000/s"))
        report.rows.append(
            BenchRow(what: "  CPU seconds meanwhile", value: Self.shares(before, cpu()), aim: ""))
        report.rows.append(
            BenchRow(what: "  refused or lost", value: "\(open.refused + full.refused)", aim: "0"))
    }

    private func payments(_ report: inout BenchReport) async throws {
        let phones = try await Self.enlist(200, stack: stack, tools: tools)
        guard let base = HTTPURL(stack.plan.url("sandbox")) else { return }
        let load = PaymentLoad(
            sandbox: SandboxClient(http: tools.http, base: base), loop: tools.loop, world: tools.world,
            phones: phones)
        _ = try await load.run(40, rate: 20, series: "w")
        let paced = try await load.run(isQuick ? 100 : 400, rate: 20, series: "p")
        report.rows.append(
            BenchRow(
                what: "message to link at 20 payments/s", value: Self.percentiles(paced.messageToLink),
                aim: "p50 under 25 ms"))
        report.rows.append(
            BenchRow(
                what: "payment to receipt at 20 payments/s", value: Self.percentiles(paced.paymentToReceipt),
                aim: ""))
        let before = cpu()
        let rate = Double(isQuick ? 60 : 150)
        let hard = try await load.run(isQuick ? 300 : 1_500, rate: rate, series: "h")
        let done = Double(hard.messageToLink.count) / hard.seconds
        report.rows.append(
            BenchRow(
                what: "payments/s, all services, \(Int(rate))/s offered",
                value: "\(Self.fixed(done, 1))/s, lost \(hard.lost), link "
                    + Self.percentiles(hard.messageToLink),
                aim: ""))
        report.rows.append(
            BenchRow(what: "  CPU seconds meanwhile", value: Self.shares(before, cpu()), aim: ""))
    }

    /// Sellers of the first merchant, so that no conversation is the bottleneck.
    static func enlist(_ count: Int, stack: Stack, tools: Commands.Tools) async throws -> [String] {
        guard let url = HTTPURL(stack.plan.url("capSvc")) else { return [] }
        let token = Secret(text: try stack.secrets.text("token-tillctl"))
        let broker = ServiceClient(
            http: tools.http, baseURL: url, token: token, caller: "tillctl", peer: "cap-svc")
        var phones: [String] = []
        for index in 0..<count {
            let phone = "+3736901" + String(1_000 + index).suffix(4)
            let seller = PutSeller(
                phone: phone, locale: Language.allCases[index % Language.allCases.count], status: .active,
                merchantIds: [DemoCast.banks[0].merchants[1].merchantId])
            _ = try await broker.call(
                "PUT", "/admin/v1/sellers/bench-\(index)", body: seller, as: ServiceClient.Nothing.self)
            phones.append(phone)
        }
        return phones
    }

    // MARK: words

    private func cpu() -> [String: Double] {
        var seconds: [String: Double] = [:]
        for (key, pid) in stack.pids where key != "postgres" {
            seconds[key] = ProcessFigures.cpuSeconds(pid_t(pid))
        }
        seconds["tillctl"] = ProcessFigures.cpuSeconds(getpid())
        return seconds
    }

    private static func shares(_ before: [String: Double], _ after: [String: Double]) -> String {
        after.map { ($0.key, $0.value - (before[$0.key] ?? 0)) }.filter { $0.1 >= 0.05 }.sorted {
            $0.1 > $1.1
        }
        .map { "\($0.0) \(fixed($0.1, 1))" }.joined(separator: ", ")
    }

    private static func percentiles(_ latencies: Latencies) -> String {
        let parts = [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)].map { name, share in
            "\(name) " + (latencies.milliseconds(at: share).map { fixed($0, 2) } ?? "-")
        }
        return parts.joined(separator: "  ") + " ms"
    }

    /// A number with that many decimals, by integer arithmetic.
    static func fixed(_ value: Double, _ decimals: Int) -> String {
        guard value.isFinite else { return "-" }
        var scale: Int64 = 1
        for _ in 0..<decimals { scale *= 10 }
        let scaled = Int64((value * Double(scale)).rounded())
        guard decimals > 0 else { return String(scaled) }
        let fraction = String(abs(scaled) % scale)
        return String(scaled / scale) + "." + String(repeating: "0", count: decimals - fraction.count)
            + fraction
    }

    private static func machine() -> String {
        let cpu = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let model =
            cpu.split(separator: "\n").first { $0.hasPrefix("model name") }
            .map { $0.split(separator: ":").dropFirst().joined().trimmed } ?? "unknown CPU"
        return
            "\(sysconf(Int32(_SC_NPROCESSORS_ONLN))) cores, \(model); PostgreSQL and load generator on the same machine"
    }
}

extension String {
    fileprivate var trimmed: String { String(drop { $0 == " " }) }
}

extension Commands {
    /// `bench`: prints the table, or the report as JSON.
    package static func bench(_ options: Options, isJSON: Bool, isQuick: Bool) async throws {
        let tools = try Tools()
        // Meta's limit of an upgraded number: the default 80 a second would be all that the last rows
        // measure.
        let stack = try await start(
            options, tools, portBase: try options.portBase ?? freeBase(),
            extra: [
                "notifier": ["TILL_NUMBER_RATE": "1000"], "sandbox": ["TILL_SANDBOX_NUMBER_RATE": "1000"],
            ], say: note)
        do {
            let report = try await Bench(stack: stack, tools: tools, isQuick: isQuick).run()
            if isJSON {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
                print(String(decoding: try encoder.encode(report), as: UTF8.self))
            } else {
                print(report.table)
            }
        } catch {
            await stack.stop()
            throw error
        }
        await stack.stop()
    }
}
