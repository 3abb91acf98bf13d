// Every service ended by SIGTERM and started again, in turn, while webhooks and payments go on. Afterwards the books
// are compared: ours, the bank's and Meta's. The sockets stay open meanwhile, held by the stack as a service manager
// does.
import Contracts
import EventLoop
import FoundationEssentials
import Glibc
import HTTPClient
import HTTPWire
import Money
import Observe
import Postgres
import Sealing
import World

package struct RollingRestart: Sendable {
    let stack: Stack
    let tools: Commands.Tools
    /// How much goes on meanwhile.
    package var webhooksPerSecond = 200
    package var paymentsPerSecond = 5
    package var seconds = 20

    private static let services = [
        "ingress", "callback", "router", "gateway", "notifier", "capSvc", "capSvc2",
    ]
    private static let connections = 16
    private static let phones = 50
    /// The tags of its payments, and how its webhooks are named.
    private static let series = "r", mark = "wamid.rolling-"

    package init(stack: Stack, tools: Commands.Tools) {
        self.stack = stack
        self.tools = tools
    }

    /// What is left to explain; empty where nothing failed, was lost or was done twice.
    package struct Report: Sendable {
        package var faults: [String] = []
        package var lines: [String] = []
    }

    package func run() async throws -> Report {
        guard let base = HTTPURL(stack.plan.url("sandbox")) else {
            preconditionFailure("a loopback URL does not parse")
        }
        let sandbox = SandboxClient(http: tools.http, base: base)
        let load = PaymentLoad(
            sandbox: sandbox, loop: tools.loop, world: tools.world, phones: try await enlist())
        let webhooks = try reactions(webhooksPerSecond * seconds)
        let ingress = WebhookLoad(
            loop: tools.loop, port: UInt16(stack.plan.port("ingress")), connections: Self.connections)
        let payments = paymentsPerSecond * seconds
        async let told = ingress.run(webhooks, rate: Double(webhooksPerSecond))
        async let paid = load.run(payments, rate: Double(paymentsPerSecond), series: Self.series)
        var report = Report()
        try await restartAll(&report)
        let (heard, done) = (try await told, try await paid)
        report.lines.append(
            "\(webhooks.count) webhooks at \(webhooksPerSecond)/s: \(heard.refused) refused or cut, "
                + Bench.percentiles(heard.latencies))
        report.lines.append(
            "\(payments) payments at \(paymentsPerSecond)/s: \(done.lost) without a receipt, message to link "
                + Bench.percentiles(done.messageToLink))
        // These sellers sell every few seconds, so most receipts wait for company: 6 s are the pace, not a restart.
        report.lines.append(
            "  payment to receipt, most of them told together " + Bench.percentiles(done.paymentToReceipt))
        if heard.refused > 0 { report.faults.append("\(heard.refused) webhooks refused or cut") }
        if done.lost > 0 { report.faults.append("\(done.lost) payments without a receipt") }
        try await compareOurBooks(webhooks.count, payments, &report)
        try await compareTheirBooks(sandbox, payments, &report)
        countFailures(&report)
        return report
    }

    private func restartAll(_ report: inout Report) async throws {
        // Evenly over the time of the load, the last one before it ends.
        let pause = Duration.seconds(seconds) / (Self.services.count + 2)
        for service in Self.services {
            try await tools.loop.sleep(for: pause)
            let start = tools.loop.nowNs
            let ending = try await stack.kill(service, signal: SIGTERM)
            let gone = tools.loop.nowNs
            try stack.launch(service)
            try await stack.awaitReady(service)
            if ending != .exited(0) {
                report.faults.append("\(service) \(ending?.description ?? "was not there")")
            }
            report.lines.append(
                "\(service): drained in \((gone - start) / 1_000_000) ms, back in "
                    + "\((tools.loop.nowNs - gone) / 1_000_000) ms")
        }
    }

    private func enlist() async throws -> [String] {
        guard let url = HTTPURL(stack.plan.url("capSvc")) else { return [] }
        let token = Secret(text: try stack.secrets.text("token-tillctl"))
        let broker = ServiceClient(
            http: tools.http, baseURL: url, token: token, caller: "tillctl", peer: "cap-svc")
        var phones: [String] = []
        for index in 0..<Self.phones {
            let phone = "+3736903" + String(1_000 + index)
            let seller = PutSeller(
                phone: phone, locale: .ro, status: .active,
                merchantIds: [DemoCast.banks[0].merchants[1].merchantId])
            _ = try await broker.call(
                "PUT", "/admin/v1/sellers/rolling-\(index)", body: seller, as: ServiceClient.Nothing.self)
            phones.append(phone)
        }
        return phones
    }

    /// Reactions of strangers: kept, claimed and done as any message, and nobody is answered.
    private func reactions(_ count: Int) throws -> [[UInt8]] {
        let key = HMACKey(Secret(text: try stack.secrets.text("app-secret")))
        let now = tools.world.now().seconds
        return (0..<count).map { index in
            let body = Array(
                """
                {"object":"whatsapp_business_account","entry":[{"id":"\(DemoCast.wabaId)","changes":[{"value":{\
                "messaging_product":"whatsapp","metadata":{"phone_number_id":"\(DemoCast.phoneNumberId)"},"messages":[{\
                "from":"1650\(5_550_000 + index % 500)","id":"\(Self.mark)\(index)","timestamp":"\(now)",\
                "type":"reaction","reaction":{"message_id":"wamid.x","emoji":"+"}}]},"field":"messages"}]}]}
                """.utf8)
            return Array(
                """
                POST /webhooks/whatsapp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n\
                X-Hub-Signature-256: sha256=\(Hex.encode(key.authenticate(body)))\r\n\
                Content-Length: \(body.count)\r\n\r\n
                """.utf8) + body
        }
    }

    // MARK: the books

    /// Each webhook is one event and done, each message one payment and paid.
    private func compareOurBooks(_ webhooks: Int, _ payments: Int, _ report: inout Report) async throws {
        let pool = PostgresPool(
            PostgresConfiguration(
                url: "postgresql://\(stack.cluster.superuser)@127.0.0.1:\(stack.cluster.port)/till",
                password: try stack.secrets.text("postgres-superuser"), connectionsMax: 1),
            loop: tools.loop, world: tools.world, log: .silent(tools.world), metrics: Metrics())
        let deadline = tools.loop.nowNs + 60_000_000_000
        var events = Counts(), paid = Counts()
        while tools.loop.nowNs < deadline {
            events = try Counts(
                try await pool.query(
                    """
                    select count(*) as n, count(distinct dedup_key) as names,
                      count(*) filter (where state = 'done') as done
                    from channel.inbound_event where dedup_key like $1
                    """, [.text(Self.mark + "%")]))
            paid = try Counts(
                try await pool.query(
                    """
                    select count(*) as n, count(distinct tag) as names, count(*) filter (where state = 'paid') as done
                    from gateway.payment where tag ~ $1
                    """, [.text("^" + Self.series + "[0-9]+$")]))
            if events.done == webhooks, paid.done == payments { break }
            try await tools.loop.sleep(for: .milliseconds(100))
        }
        await pool.close()
        let (wanted, asked) = (Counts(all: webhooks, names: webhooks, done: webhooks), Counts(payments))
        if events != wanted { report.faults.append("events: \(events) instead of \(wanted)") }
        if paid != asked { report.faults.append("payments: \(paid) instead of \(asked)") }
    }

    private struct Counts: Equatable {
        var all = 0
        var names = 0
        var done = 0

        init() {}
        init(_ each: Int) { (all, names, done) = (each, each, each) }
        init(all: Int, names: Int, done: Int) { (self.all, self.names, self.done) = (all, names, done) }
        init(_ rows: PostgresRows) throws {
            let row = try rows.one()
            all = Int(try row.int8("n"))
            names = Int(try row.int8("names"))
            done = Int(try row.int8("done"))
        }
    }

    /// The bank knows one payment for each message, paid; Meta was given one link and one receipt for each.
    private func compareTheirBooks(
        _ sandbox: SandboxClient, _ payments: Int, _ report: inout Report
    ) async throws {
        let known = try await sandbox.payments()
        if known.count != payments {
            report.faults.append("the bank knows \(known.count) payments instead of \(payments)")
        }
        var links: [String: Int] = [:], receipts: [String: Int] = [:]
        for message in try await sandbox.sent(after: 0) {
            for tag in message.tags where tag.dropFirst().hasPrefix(Self.series) {
                if message.url == nil { receipts[tag, default: 0] += 1 } else { links[tag, default: 0] += 1 }
            }
        }
        for (what, told) in [("links", links), ("receipts", receipts)] {
            let twice = told.filter { $0.value > 1 }.count
            if told.count != payments || twice > 0 {
                report.faults.append("\(what): \(told.count) of \(payments), \(twice) of them more than once")
            }
        }
    }

    /// Requests between services that found nobody or got no answer, by what the services themselves logged.
    private func countFailures(_ report: inout Report) {
        for service in Self.services + ["sandbox"] {
            let text =
                (try? String(contentsOfFile: stack.plan.logs + "/\(service).log", encoding: .utf8)) ?? ""
            let failed = text.split(separator: "\n").filter { $0.contains("\"request.failed\"") }
            if let last = failed.last {
                report.faults.append("\(service): \(failed.count) requests failed: \(last)")
            }
        }
    }
}

extension Commands {
    /// `bench restart`: every service restarted under load; exit 1 when anything failed, was lost or was done twice.
    package static func benchRestart(_ options: Options, isQuick: Bool) async throws {
        let tools = try Tools()
        var plan = StackPlan(portBase: try options.portBase ?? freeBase(), folder: options.folder)
        plan.holdsSockets = true
        plan.extra = ["notifier": ["TILL_NUMBER_RATE": "1000"]]
        let stack = try await start(options, tools, plan: plan, say: note)
        do {
            var restart = RollingRestart(stack: stack, tools: tools)
            if !isQuick {
                (restart.webhooksPerSecond, restart.paymentsPerSecond, restart.seconds) = (1_000, 20, 30)
            }
            let report = try await restart.run()
            print(report.lines.joined(separator: "\n"))
            await stack.stop()
            guard report.faults.isEmpty else {
                throw PostgresCluster.Failure(report.faults.joined(separator: "; "))
            }
            print("nothing failed, nothing was lost, nothing was done twice")
        } catch {
            await stack.stop()
            throw error
        }
    }
}
