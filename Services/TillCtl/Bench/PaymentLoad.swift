// Plays many sellers through the sandbox: say, wait for the link, pay, wait for the receipt. A message's
// latency counts from when it was due to when the answer reached Meta, by the sandbox's own stamp.
import EventLoop
import World

struct PaymentLoad {
    let sandbox: SandboxClient
    let loop: EventLoop
    let world: World
    let phones: [String]
    /// From the link to the payment. Nobody opens a bank's app and confirms within the time of the link's own commit.
    private static let payerTakes: Duration = .seconds(2)

    struct Outcome: Sendable {
        var messageToLink = Latencies()
        var paymentToReceipt = Latencies()
        var lost = 0
        var seconds = 0.0
    }

    /// How long after the last message was due a payment may still come to its end.
    private static let patience: Duration = .seconds(30)

    /// `count` payments, `rate` a second in an open loop; every payment by the next phone in turn. `series`
    /// keeps the tags of one run apart from those of another.
    func run(_ count: Int, rate: Double, series: String) async throws -> Outcome {
        let this = self
        return try await loop.run {
            let telegraph = Telegraph(sandbox: this.sandbox, loop: this.loop)
            return try await withThrowingTaskGroup(of: Void.self) { outer in
                outer.addTask(executorPreference: this.loop) { try await telegraph.run() }
                let outcome = try await this.play(count, rate, series, telegraph)
                outer.cancelAll()
                do { try await outer.waitForAll() } catch is CancellationError {}
                return outcome
            }
        }
    }

    private func play(
        _ count: Int, _ rate: Double, _ series: String, _ telegraph: Telegraph
    ) async throws -> Outcome {
        let start = loop.nowNs
        let wall = world.now()
        var whole = Outcome()
        try await withThrowingTaskGroup(of: (link: Int64, receipt: Int64, ended: Int64)?.self) { group in
            for index in 0..<count {
                let offset = Int64(Double(index) / rate * 1e9)
                group.addTask(executorPreference: loop) {
                    if start + offset > loop.nowNs { try await loop.sleep(untilNs: start + offset) }
                    return try await one(index, series, wall.advanced(by: .nanoseconds(offset)), telegraph)
                }
            }
            group.addTask(executorPreference: loop) {
                try await loop.sleep(for: .seconds(Double(count) / rate) + Self.patience)
                return nil
            }
            var left = count
            while left > 0, let pair = try await group.next() {
                guard let pair else { break }
                left -= 1
                whole.messageToLink.add(pair.link)
                whole.paymentToReceipt.add(pair.receipt)
                whole.seconds = Double(pair.ended - start) / 1e9
            }
            whole.lost = left
            group.cancelAll()
        }
        return whole
    }

    /// One payment from its message to its receipt; nil when the run ended first.
    private func one(
        _ index: Int, _ series: String, _ due: Timestamp, _ telegraph: Telegraph
    ) async throws -> (link: Int64, receipt: Int64, ended: Int64)? {
        let tag = series + String(index)
        let wamid = try await sandbox.say("pay \(index % 90 + 1) #\(tag)", from: phones[index % phones.count])
        guard let linked = await telegraph.moment(of: "re:" + wamid),
            let id = telegraph.link(answering: wamid)?.split(separator: "=").last
        else { return nil }
        try await loop.sleep(for: Self.payerTakes)
        let paid = world.now()
        try await sandbox.pay(String(id))
        guard let told = await telegraph.moment(of: "#" + tag) else { return nil }
        return (linked.since(due).nanoseconds, told.since(paid).nanoseconds, loop.nowNs)
    }
}
