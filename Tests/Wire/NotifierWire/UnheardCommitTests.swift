// A message that is written as leaving, and whose commit is not heard of: nobody sends what it wrote, and Meta may not
// be asked twice. It is taken back and leaves in a round, long before its lease ends as unresolved.
import Contracts
import FoundationEssentials
import HTTPWire
import JSONWire
import Money
import Postgres
import TestSupport
import Testing

@Suite(.serialized) struct `A message whose commit was not heard of` {
    private static let peer = "37369000001"

    @Test func `is answered, taken back, and sent once`() async throws {
        let cluster = try await TemporaryCluster.shared()
        try await FreezingProxy.run(before: cluster.port) { proxy in
            try await RunningNotifier.with(on: cluster, behind: proxy) { notifier in
                try await notifier.heard(Self.peer)
                let first = try await notifier.say(.text("unu"), to: Self.peer)
                try await notifier.waitFor(first, .accepted)
                let posting = try await notifier.pool.transaction { other in
                    // The writing of the message stops here, behind all that it reads.
                    try await other.query("lock table notifier.attempt in exclusive mode")
                    let message = SendMessage(
                        conversation: Conversation(phoneNumberId: RunningNotifier.number, peer: Self.peer),
                        locale: .ro, content: .text("doi"))
                    let posting = Task { try await notifier.post(message, key: "k-unheard") }
                    try await untilLocked(on: notifier.pool)
                    proxy.keepAnswers()
                    return posting
                }
                try await until(atMost: .seconds(20)) { try await notifier.count("state = 'sending'") == 1 }
                proxy.cut()
                // It was taken, but its writer finds it under its key.
                let answer = try await posting.value
                #expect([200, 202].contains(answer.status))
                let second = try JSONDecoder().decode(MessageAccepted.self, from: Data(answer.body)).messageId
                try await until(atMost: .seconds(30)) {
                    let state = try await notifier.pool.query(
                        "select state from notifier.message where message_id = $1", [.text(second)]
                    ).one().text("state")
                    #expect(state != "unresolved")
                    return state == "accepted"
                }
                let texts = notifier.graph.bodies.compactMap { $0["text"]?["body"]?.text }
                #expect(texts.filter { $0.contains("doi") }.count == 1)
                #expect(try await notifier.count("attempts = 2") == 1, "marked, taken back, marked again")
                #expect(try await notifier.count("true") == 2)
            }
        }
    }
}
