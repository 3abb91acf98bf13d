// Plays many sellers through the sandbox: say, wait for the link, pay, wait for the receipt. Latencies are those of the
// chat itself: both ends of a pair are bubbles that the sandbox stamped.
import EventLoop
import FoundationEssentials
import HTTPClient
import HTTPWire
import World

struct PaymentLoad {
    let sandbox: SandboxClient
    let loop: EventLoop
    let world: World
    let phones: [String]

    struct Outcome: Sendable {
        var messageToLink = Latencies()
        var paymentToReceipt = Latencies()
        var lost = 0
        var seconds = 0.0
    }

    /// `count` payments, `rate` a second in an open loop; every payment by the next phone in turn.
    func run(_ count: Int, rate: Double) async throws -> Outcome {
        let this = self
        return try await loop.run {
            let start = this.loop.nowNs
            var whole = Outcome()
            try await withThrowingTaskGroup(of: (link: Int64, receipt: Int64)?.self) { group in
                for index in 0..<count {
                    let due = start + Int64(Double(index) / rate * 1e9)
                    group.addTask(executorPreference: this.loop) {
                        if due > this.loop.nowNs { try await this.loop.sleep(untilNs: due) }
                        return try await this.one(index, due)
                    }
                }
                for try await pair in group {
                    guard let pair else {
                        whole.lost += 1
                        continue
                    }
                    whole.messageToLink.add(pair.link)
                    whole.paymentToReceipt.add(pair.receipt)
                }
            }
            whole.seconds = Double(this.loop.nowNs - start) / 1e9
            return whole
        }
    }

    /// One payment from the message that was due at `due` to its receipt; nil when either did not come in 30 s.
    private func one(_ index: Int, _ due: Int64) async throws -> (link: Int64, receipt: Int64)? {
        let phone = phones[index % phones.count], tag = "b\(index)"
        let wamid = try await sandbox.say("pay \(index % 90 + 1) #\(tag)", from: phone)
        guard
            let link = try await bubble(
                phone, { $0.replyTo == wamid && $0.buttons?.contains { $0.url != nil } == true })
        else { return nil }
        let linked = Self.lag(link, world, loop) - due
        guard let url = link.buttons?.compactMap(\.url).first, let id = url.split(separator: "=").last else {
            return nil
        }
        let paid = loop.nowNs
        try await sandbox.pay(String(id))
        guard
            let receipt = try await bubble(
                phone, { $0.direction == "in" && $0.id != link.id && $0.text.contains("#\(tag)") })
        else { return nil }
        return (max(0, linked), max(0, Self.lag(receipt, world, loop) - paid))
    }

    /// When the bubble came, on the monotonic clock; the sandbox stamps it in whole milliseconds.
    private static func lag(_ bubble: SandboxClient.Bubble, _ world: World, _ loop: EventLoop) -> Int64 {
        loop.nowNs - (world.now().microseconds - bubble.at * 1_000) * 1_000
    }

    private func bubble(
        _ phone: String, _ isIt: (SandboxClient.Bubble) -> Bool
    ) async throws -> SandboxClient.Bubble? {
        let deadline = loop.nowNs + 30_000_000_000
        while loop.nowNs < deadline {
            // Asking costs the machine under test something, so not too often; the stamps are what counts.
            try await loop.sleep(for: .milliseconds(20))
            if let found = try await sandbox.chat(phone).last(where: isIt) { return found }
        }
        return nil
    }
}
