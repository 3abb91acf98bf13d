// Messages that stopped, as an operator finds and replays them: the command itself, against a notifier that runs.
import Contracts
import FoundationEssentials
import HTTPWire
import JSONWire
import Money
import Postgres
import Synchronization
import TestSupport
import Testing
import TillCtl
import World

@Suite(.serialized) struct `An operator at night` {
    /// What `tillctl WORDS` prints, and whether it is content.
    private func tillctl(_ notifier: RunningNotifier, _ words: String...) async throws -> (
        text: String, isDone: Bool
    ) {
        let token = "/tmp/till-token-" + World.forWireTests.hex(8)
        try Data(RunningNotifier.callerToken.utf8).write(to: URL(filePath: token))
        defer { try? FileManager.default.removeItem(atPath: token) }
        let request = try OperatorRequest(
            words + ["--notifier", notifier.url, "--token-file", token], environment: [:])
        let said = Mutex<[String]>([])
        let isDone = try await OperatorCommand(request, try Commands.Tools()) { line in
            said.withLock { $0.append(line) }
        }.run()
        return (said.withLock { $0 }.joined(separator: "\n"), isDone)
    }

    /// A message that Meta refused for good.
    private func parked(_ notifier: RunningNotifier, _ peer: String) async throws -> String {
        notifier.graph.plan(peer, [.error(131_026, status: 400)])
        let outcome = PaymentOutcome(
            kind: .paid, amount: Money(minorUnits: 10_000, currency: .mdl), description: nil, tag: "cafea",
            at: Timestamp(seconds: 1_795_264_980), paymentId: "pay_1")
        let id = try await notifier.say(.outcome(outcome), to: peer)
        try await notifier.waitFor(id, .parked)
        return id
    }

    @Test func `sees what stopped and why, and replays it once however often the line is typed`() async throws
    {
        try await RunningNotifier.with { notifier in
            let id = try await parked(notifier, "37369000001")
            let list = try await tillctl(notifier, "messages", "list", "--number", RunningNotifier.number)
            #expect(list.text.contains(id) && list.text.contains("graph:131026"))
            #expect(list.text.contains("will not deliver it to this person"))
            #expect(list.text.contains("tillctl messages replay " + id))
            #expect(!list.text.contains("37369000001") && !list.text.contains("cafea"))
            for words in [["--reason", "graph"], ["--reason", "graph:131026"]] {
                let found = try await tillctl(notifier, "messages", "list", words[0], words[1])
                #expect(found.text.contains(id))
            }
            for words in [["--reason", "account"], ["--number", "1"], ["--state", "failed"]] {
                let other = try await tillctl(notifier, "messages", "list", words[0], words[1])
                #expect(!other.text.contains(id))
            }
            let shown = try await tillctl(notifier, "messages", "show", id)
            #expect(shown.text.contains("reason:     graph:131026") && shown.text.contains("tries:      1"))

            let replayed = try await tillctl(notifier, "messages", "replay", id)
            #expect(replayed.isDone && replayed.text.contains(id + " is "))
            try await notifier.waitFor(id, .accepted)
            let again = try await tillctl(notifier, "messages", "replay", id, "msg_unknown")
            #expect(!again.isDone)
            #expect(again.text.contains("accepted and is not sent again"))
            #expect(again.text.contains("msg_unknown is not known"))
            #expect(notifier.graph.bodies.count == 2)
        }
    }

    @Test func `may repeat a replay whose answer was lost`() async throws {
        try await RunningNotifier.with { notifier in
            let id = try await parked(notifier, "37369000001")
            notifier.graph.plan("37369000001", [.error(131_026, status: 400)])
            let body = Array(try JSONEncoder().encode(ReplayMessage(attempts: 1)))
            let first = try await notifier.ask("POST", "/v1/messages/\(id)/replay", [:], body)
            #expect(first.status == 202)
            try await until("it was tried again") { try await notifier.view(id).attempts == 2 }
            try await notifier.waitFor(id, .parked)
            let second = try await notifier.ask("POST", "/v1/messages/\(id)/replay", [:], body)
            #expect(second.status == 200)
            #expect(notifier.graph.bodies.count == 2)
        }
    }

    @Test func `replays many by their reason, in order, a part at a time, and goes on after a power cut`()
        async throws
    {
        let many = 240
        try await RunningNotifier.with(["TILL_NUMBER_RATE": "400"]) { notifier in
            let first = try await parked(notifier, "37360000000")
            try await notifier.copy(first, times: many)
            let some = try await tillctl(notifier, "messages", "replay", "--reason", "graph", "--limit", "20")
            #expect(some.text.contains("20 queued again; there are more"))
            // Cut off in the middle: the line fails, and is typed again below.
            async let cut = try? tillctl(
                notifier, "messages", "replay", "--reason", "graph:131026", "--limit", "1000")
            try await until("some are under way") { notifier.graph.bodies.count > 60 }
            notifier.kill()
            _ = await cut
            try await notifier.startProcess()
            _ = try await tillctl(
                notifier, "messages", "replay", "--reason", "graph", "--limit", "1000", "--json")
            // What was being sent when the power went waits for its status and is not sent again.
            try await until("nothing is left to send") {
                try await notifier.pool.query(
                    "select 1 from notifier.message where state in ('queued', 'sending', 'parked')"
                ).isEmpty
            }
            let peers = notifier.graph.bodies.dropFirst().compactMap { $0["to"]?.text }
            #expect(Set(peers).count == peers.count, "one was sent twice")
            let doubtful = try await notifier.pool.query(
                "select 1 from notifier.message where state = 'unresolved'"
            ).count
            #expect(peers.count + doubtful >= many + 1)
            #expect(doubtful <= 40)
            #expect(peers.first == "+37360000000")
        }
    }
}
