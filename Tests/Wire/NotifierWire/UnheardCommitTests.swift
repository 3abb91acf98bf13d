// A message that is written as leaving, and whose commit is not heard of: nobody sends what it wrote, and Meta may not
// be asked twice. It is taken back and leaves in a round, long before its lease ends as unresolved.
import Contracts
import EventLoop
import FoundationEssentials
import HTTPWire
import JSONWire
import Money
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Notifier

@Suite(.serialized) struct `A message whose commit was not heard of` {
    private static let peer = "37369000001"

    @Test func `is answered, taken back, and sent once`() async throws {
        let cluster = try await TemporaryCluster.shared()
        try await FreezingProxy.run(before: cluster.port) { proxy in
            try await RunningNotifier.with(on: cluster, behind: proxy) { notifier in
                try await notifier.heard(Self.peer)
                let first = try await notifier.say(.text("unu"), to: Self.peer)
                try await notifier.waitFor(first, .accepted)
                let posting = try await withInsertsHeld(into: "notifier.attempt", on: notifier.pool) {
                    let message = SendMessage(
                        conversation: Conversation(phoneNumberId: RunningNotifier.number, peer: Self.peer),
                        locale: .ro, content: .text("doi"))
                    let posting = Task { try await notifier.post(message, key: "k-unheard") }
                    try await untilHeld(on: notifier.pool)
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

    @Test
    func `is taken back and sent once also when the database is away for longer than whoever posts waits`()
        async throws
    {
        let cluster = try await TemporaryCluster.shared()
        try await FreezingProxy.run(before: cluster.port) { proxy in
            try await RunningNotifier.with(on: cluster, behind: proxy) { notifier in
                try await notifier.heard(Self.peer)
                let first = try await notifier.say(.text("unu"), to: Self.peer)
                try await notifier.waitFor(first, .accepted)
                let message = SendMessage(
                    conversation: Conversation(phoneNumberId: RunningNotifier.number, peer: Self.peer),
                    locale: .ro, content: .text("doi"))
                let posting = try await withInsertsHeld(into: "notifier.attempt", on: notifier.pool) {
                    let posting = Task { try await notifier.post(message, key: "k-away") }
                    try await untilHeld(on: notifier.pool)
                    proxy.keepAnswers()
                    return posting
                }
                try await until(atMost: .seconds(20)) { try await notifier.count("state = 'sending'") == 1 }
                // What is open ends, and nothing new comes through.
                proxy.set(FreezingProxy.Limits(toClient: 0, cuts: true))
                #expect(try await posting.value.status >= 500)
                #expect(try await notifier.count("state in ('sending', 'unresolved')") == 1)
                proxy.set(FreezingProxy.Limits())
                // Whoever posted asks again, and is told that it was taken.
                try await until(atMost: .seconds(30)) {
                    try await notifier.post(message, key: "k-away").status == 200
                }
                try await until(atMost: .seconds(30)) { try await notifier.count("state = 'accepted'") == 2 }
                let texts = notifier.graph.bodies.compactMap { $0["text"]?["body"]?.text }
                #expect(texts.filter { $0.contains("doi") }.count == 1)
                #expect(try await notifier.count("attempts = 2") == 1, "marked, taken back, marked again")
                #expect(try await notifier.count("true") == 2)
            }
        }
    }
}

@Suite struct `Work that goes on after its cause was answered` {
    @Test func `is waited for at a stop, and cancelled where that takes too long`() async throws {
        let loop = TestLoop.shared
        let patient = ApartTasks(loop: loop, drainTime: .seconds(600))
        let ended = Mutex<[String]>([])
        let (gate, door) = AsyncStream.makeStream(of: Void.self)
        patient.add {
            for await _ in gate {}
            ended.withLock { $0.append(Task.isCancelled ? "cancelled" : "done") }
        }
        let stopping = Task { try await patient.run() }
        stopping.cancel()
        door.finish()
        await #expect(throws: CancellationError.self) { try await stopping.value }
        #expect(ended.withLock { $0 } == ["done"])
        // What will not end is not waited for, and nothing begins in earnest after the stop.
        let hasty = ApartTasks(loop: loop, drainTime: .milliseconds(20))
        @Sendable func sleep() async {
            let slept = (try? await loop.sleep(for: .seconds(3_600))) != nil
            ended.withLock { $0.append(slept ? "slept" : "cancelled") }
        }
        hasty.add { await sleep() }
        let giving = Task { try await hasty.run() }
        giving.cancel()
        await #expect(throws: CancellationError.self) { try await giving.value }
        #expect(ended.withLock { $0 } == ["done", "cancelled"])
        hasty.add { await sleep() }
        try await until(atMost: .seconds(30)) { ended.withLock { $0 }.count == 3 }
        #expect(ended.withLock { $0 }.last == "cancelled")
    }
}
