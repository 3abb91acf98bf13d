// Watches what reaches the fake Meta and wakes whoever waits for it: one reader for a thousand
// conversations, so that measuring costs the machine next to nothing.
import EventLoop
import FoundationEssentials
import Synchronization
import World

/// Delivers the moments at which messages reached Meta, by the message they answer or the #tag they name.
final class Telegraph: Sendable {
    private struct State {
        var moments: [String: Timestamp] = [:]
        var links: [String: String] = [:]
        var waiting: [String: CheckedContinuation<Timestamp?, Never>] = [:]
    }
    private let state = Mutex(State())
    private let sandbox: SandboxClient
    private let loop: EventLoop

    init(sandbox: SandboxClient, loop: EventLoop) {
        self.sandbox = sandbox
        self.loop = loop
    }

    /// Reads until cancelled, then lets everybody go who still waits.
    func run() async throws {
        var after: Int64 = 0
        defer {
            let all = state.withLock { state in
                defer { state.waiting = [:] }
                return Array(state.waiting.values)
            }
            for waiter in all { waiter.resume(returning: nil) }
        }
        while true {
            let batch = try await sandbox.sent(after: after)
            for message in batch {
                after = max(after, message.number)
                note(message)
            }
            // The moments are the sandbox's own: how often they are fetched moves no figure but the load's own cost.
            try await loop.sleep(for: .milliseconds(batch.isEmpty ? 10 : 20))
        }
    }

    private func note(_ message: SandboxClient.Sent) {
        let keys = [message.answers.map { "re:" + $0 }].compactMap { $0 } + message.tags
        let waiters = state.withLock { state in
            if let answers = message.answers, let url = message.url { state.links[answers] = url }
            return keys.compactMap { key -> CheckedContinuation<Timestamp?, Never>? in
                // A link names its tag too; the receipt is the message without a URL.
                if key.hasPrefix("#"), message.url != nil { return nil }
                state.moments[key] = message.at
                return state.waiting.removeValue(forKey: key)
            }
        }
        for waiter in waiters { waiter.resume(returning: message.at) }
    }

    /// The link that answered a message, once `moment(of: "re:…")` has returned.
    func link(answering wamid: String) -> String? { state.withLock { $0.links[wamid] } }

    /// When the message with this key reached Meta: `re:<wamid>` or `#<tag>`. Nil when reading ended first.
    func moment(of key: String) async -> Timestamp? {
        await withCheckedContinuation { continuation in
            let known = state.withLock { state in
                if state.moments[key] == nil { state.waiting[key] = continuation }
                return state.moments[key]
            }
            if let known { continuation.resume(returning: known) }
        }
    }
}
