// `bench stories`: two thousand payments while webhooks repeat and overtake, the bank loses answers and
// callbacks, and some customers decline or go away. Judged by the books of the fakes and by what stands on the
// sellers' phones, not by our own counters.
import Contracts
import EventLoop
import FoundationEssentials
import HTTPClient
import HTTPWire
import Money
import Sealing
import World

/// What one run showed.
struct BadDaysReport: Encodable {
    var payments = 0
    var opened = 0
    var linksSent = 0
    /// The bank lost the answers of all three attempts: no link, and the seller read so at once.
    var refusedInWords = 0
    var toldOnce = 0
    var toldTwice = 0
    var neverTold = 0
    /// More than one payment, link or success at the bank for one message.
    var doubled = 0
    /// Messages without a payment or a link; payments whose state is not the bank's.
    var lost = 0
    var outsideWindow = 0
    var pairLimitCaused = 0
    var notFinal = 0
    /// From the last message to the last final state.
    var secondsToFinal = 0.0
    /// Hundredths that the bank moved, and that we have on record.
    var paidAtBank: Int64 = 0
    var paidByUs: Int64 = 0
    /// At the bank, the attempts whose answer was lost among them.
    var ordersAtBank = 0

    var isGood: Bool {
        opened == payments && linksSent + refusedInWords == payments && toldOnce == payments && toldTwice == 0
            && neverTold == 0 && doubled == 0 && lost == 0 && outsideWindow == 0 && pairLimitCaused == 0
            && notFinal == 0 && paidAtBank == paidByUs
    }

    var table: String {
        let rows: [(String, String)] = [
            ("payments asked for", "\(payments)"), ("payments opened", "\(opened)"),
            ("orders at the bank, lost answers among them", "\(ordersAtBank)"),
            ("links sent", "\(linksSent)"), ("refused in words, no link", "\(refusedInWords)"),
            ("told once", "\(toldOnce)"), ("told twice", "\(toldTwice)"),
            ("never told", "\(neverTold)"), ("doubled", "\(doubled)"), ("lost", "\(lost)"),
            ("free-form outside the window", "\(outsideWindow)"),
            ("131056 caused", "\(pairLimitCaused)"), ("not final in five minutes", "\(notFinal)"),
            ("seconds to the last final state", Bench.fixed(secondsToFinal, 1)),
            ("paid at the bank", Bench.fixed(Double(paidAtBank) / 100, 2) + " MDL"),
            ("paid in our books", Bench.fixed(Double(paidByUs) / 100, 2) + " MDL"),
        ]
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { $0.0 + String(repeating: " ", count: width - $0.0.count + 2) + $0.1 }
            .joined(separator: "\n")
    }
}

struct BadDays {
    let stack: Stack
    let tools: Commands.Tools
    let sandbox: SandboxClient
    let gateway: ServiceClient
    let count: Int
    static let perSecond = 20.0
    static let sellersMax = 200
    /// All is final within this time after the last message.
    static let patience: Duration = .seconds(300)

    /// 10 % duplicates, 5 % out of order, 20 % of the bank's answers lost in one of two ways, 10 % of the
    /// callbacks lost; the same lots in every run.
    static let troubles = [
        Trouble("duplicate", at: "webhook", perMille: 100, seed: 7),
        Trouble("reorder", at: "webhook", delayMs: 1_500, perMille: 50, seed: 7),
        Trouble("duplicate", at: "status", perMille: 100, seed: 7),
        Trouble("reorder", at: "status", delayMs: 1_500, perMille: 50, seed: 7),
        Trouble("broken", at: "pay", perMille: 100, seed: 7),
        Trouble("lost", at: "pay", delayMs: 5_000, perMille: 111, seed: 7),
        Trouble("broken", at: "payment", perMille: 100, seed: 7),
        Trouble("lost", at: "payment", delayMs: 5_000, perMille: 111, seed: 7),
        Trouble("lost", at: "callback", perMille: 100, seed: 7),
    ]

    private func tag(_ index: Int) -> String { "bad\(index)" }
    /// In whole lei.
    private func amount(_ index: Int) -> Int { index % 90 + 1 }

    func run() async throws -> BadDaysReport {
        let phones = try await Bench.enlist(
            min(Self.sellersMax, max(1, count / 10)), stack: stack, tools: tools)
        for trouble in Self.troubles { try await sandbox.set(trouble) }
        let began = tools.world.now(), this = self
        let customers = Task(executorPreference: tools.loop) { try await this.beCustomers() }
        let wamids = try await sell(phones)
        let last = tools.loop.nowNs
        var report = BadDaysReport()
        var rows: [PaymentView] = []
        while true {
            rows = try await payments(since: began)
            report.secondsToFinal = Double(tools.loop.nowNs - last) / 1e9
            let isDone = rows.count >= count && rows.allSatisfy(\.status.isFinal)
            if isDone || tools.loop.nowNs - last > Self.patience.nanosecondsClamped { break }
            try await tools.loop.sleep(for: .milliseconds(500))
        }
        let told = try await untilTold(phones)
        customers.cancel()
        try await judge(rows, told, wamids, &report)
        return report
    }

    /// The ids of the messages, by index.
    private func sell(_ phones: [String]) async throws -> [Int: String] {
        let start = tools.loop.nowNs, this = self
        return try await withThrowingTaskGroup(of: (Int, String).self) { group in
            for index in 0..<count {
                let due = start + Int64(Double(index) / Self.perSecond * 1e9)
                group.addTask(executorPreference: tools.loop) {
                    if due > this.tools.loop.nowNs { try await this.tools.loop.sleep(untilNs: due) }
                    let text = "pay \(this.amount(index)) #\(this.tag(index))"
                    return (index, try await this.sandbox.say(text, from: phones[index % phones.count]))
                }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }

    /// Of twenty customers eighteen pay, one declines, one goes away: only by links that a seller was shown.
    private func beCustomers() async throws {
        var after: Int64 = 0, seen: Set<String> = []
        while true {
            for message in try await sandbox.sent(after: after) {
                after = max(after, message.number)
                guard let id = message.url?.split(separator: "=").last.map(String.init),
                    let index = message.tags.first.flatMap({ Int($0.dropFirst(4)) }),
                    seen.insert(id).inserted
                else { continue }
                switch index % 20 {
                case 0: try await sandbox.decline(id)
                case 1: continue
                default: try await sandbox.pay(id)
                }
            }
            try await tools.loop.sleep(for: .milliseconds(100))
        }
    }

    // MARK: the books

    private func payments(since: Timestamp) async throws -> [PaymentView] {
        var rows: [PaymentView] = [], cursor = ""
        repeat {
            let target = "/v1/payments?merchantId=129&from=\(since)&limit=200"
            let page = try await gateway.call(
                "GET", target + (cursor.isEmpty ? "" : "&cursor=" + cursor), as: Page<PaymentView>.self)
            rows += page.items.filter { $0.tag?.hasPrefix("bad") == true }
            cursor = page.nextCursor ?? ""
        } while !cursor.isEmpty
        return rows
    }

    /// How often each tag stands in a link's bubble, and how often in another one.
    private struct Told {
        var links: [String: Int] = [:]
        var ends: [String: Int] = [:]
        /// Answers without a link, by the message that they answer.
        var words: [String: Int] = [:]

        func isWhole(_ count: Int) -> Bool { ends.count + words.count >= count }
    }

    private func read(_ phones: [String]) async throws -> Told {
        var told = Told()
        for phone in phones {
            for bubble in try await sandbox.chat(phone) where bubble.direction == "in" {
                if bubble.link == nil, let message = bubble.replyTo { told.words[message, default: 0] += 1 }
                for word in bubble.text.split(whereSeparator: { " \n".contains($0) })
                where word.hasPrefix("#bad") {
                    if bubble.link == nil {
                        told.ends[String(word), default: 0] += 1
                    } else {
                        told.links[String(word), default: 0] += 1
                    }
                }
            }
        }
        return told
    }

    /// Receipts take their turn after the last state; a moment more shows what would come twice.
    private func untilTold(_ phones: [String]) async throws -> Told {
        let deadline = tools.loop.nowNs + 120_000_000_000
        while try await read(phones).isWhole(count) == false, tools.loop.nowNs < deadline {
            try await tools.loop.sleep(for: .milliseconds(500))
        }
        try await tools.loop.sleep(for: .seconds(5))
        return try await read(phones)
    }

    private func judge(
        _ rows: [PaymentView], _ told: Told, _ wamids: [Int: String], _ report: inout BadDaysReport
    ) async throws {
        let ledger = try await sandbox.ledger()
        let orders = Dictionary(
            grouping: try await sandbox.payments(),
            by: { $0.payDescription.split(separator: " ").last.map(String.init) ?? "" })
        let ours = Dictionary(grouping: rows, by: { "#" + ($0.tag ?? "") })
        report.payments = count
        report.opened = ours.count
        report.outsideWindow = ledger.meta.outsideWindow
        report.pairLimitCaused = ledger.meta.refused[131_056] ?? 0
        report.notFinal = rows.count { !$0.status.isFinal }
        for index in 0..<count {
            let tag = "#" + tag(index), rows = ours[tag] ?? [], links = told.links[tag] ?? 0
            let words = told.words[wamids[index] ?? ""] ?? 0, atBank = orders[tag] ?? []
            let ends = (told.ends[tag] ?? 0) + words
            let successes = atBank.count { $0.status == "SUCCESS" }
            let paid = rows.count { $0.status == .paid }
            report.ordersAtBank += atBank.count
            report.linksSent += min(links, 1)
            report.refusedInWords += links == 0 && words == 1 ? 1 : 0
            report.toldOnce += ends == 1 ? 1 : 0
            report.toldTwice += ends > 1 ? 1 : 0
            report.neverTold += ends == 0 ? 1 : 0
            report.doubled += rows.count > 1 || links > 1 || successes > 1 ? 1 : 0
            report.lost += rows.isEmpty || links + words == 0 || successes != paid ? 1 : 0
            report.paidAtBank += Int64(successes * amount(index) * 100)
            report.paidByUs += rows.filter { $0.status == .paid }.reduce(0) { $0 + $1.amount.minorUnits }
        }
    }
}

extension Commands {
    private struct NotGood: Error, CustomStringConvertible {
        let description = "the books do not agree, or somebody was told twice, never, or out of the window"
    }

    /// `bench stories`: prints the figures; throws when they are not what they must be.
    package static func badDays(_ options: Options, isJSON: Bool, isQuick: Bool) async throws {
        let tools = try Tools()
        let stack = try await start(
            options, tools, portBase: try options.portBase ?? freeBase(), linkLifeSeconds: 90,
            extra: [
                "notifier": ["TILL_NUMBER_RATE": "1000"], "sandbox": ["TILL_SANDBOX_NUMBER_RATE": "1000"],
                "gateway": ["TILL_RAIL_TIMEOUT_MS": "3000"],
            ], say: note)
        do {
            guard let sandbox = HTTPURL(stack.plan.url("sandbox")),
                let gateway = HTTPURL(stack.plan.url("gateway"))
            else { preconditionFailure("a loopback URL does not parse") }
            let token = Secret(text: try stack.secrets.text("token-tillctl"))
            let report = try await BadDays(
                stack: stack, tools: tools, sandbox: SandboxClient(http: tools.http, base: sandbox),
                gateway: ServiceClient(
                    http: tools.http, baseURL: gateway, token: token, caller: "tillctl",
                    peer: "ecomm-gateway"), count: isQuick ? 300 : 2_000
            ).run()
            if isJSON {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
                print(String(decoding: try encoder.encode(report), as: UTF8.self))
            } else {
                print("\n" + report.table)
            }
            await stack.stop()
            guard report.isGood else { throw NotGood() }
        } catch {
            await stack.stop()
            throw error
        }
    }
}
