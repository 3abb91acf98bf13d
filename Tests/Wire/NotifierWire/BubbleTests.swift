// Bubbles that serve: answers of one tap, files, the payment that a bubble means, and read marks, over real sockets.
import Contracts
import FoundationEssentials
import Glibc
import HTTPWire
import JSONWire
import Money
import Postgres
import TestSupport
import Testing
import World

@Suite(.serialized) struct `Bubbles that serve` {
    private static let file = Data("data;suma\n1;100,00\n".utf8).base64EncodedString()
    private let export = MessageContent.document(
        caption: "Azi", filename: "azi.csv", mediaType: "text/csv", base64: file)

    @Test func `carry answers of one tap`() async throws {
        try await RunningNotifier.with { notifier in
            try await notifier.heard("37369000001")
            let buttons = MessageContent.buttons(
                body: "Anulați?", buttons: [ReplyButton(id: "h1", title: "Da")])
            let id = try await notifier.say(buttons, to: "37369000001")
            try await notifier.waitFor(id, .accepted)
            #expect(notifier.graph.bodies.first?["interactive"]?["type"]?.text == "button")
            #expect(try await notifier.view(id).kind == "buttons")
        }
    }

    @Test func `hand a file over before they send it, and once`() async throws {
        let export = export
        try await RunningNotifier.with { notifier in
            try await notifier.heard("37369000001")
            notifier.graph.plan("37369000001", [.error(131_016, status: 500)])
            let id = try await notifier.say(export, to: "37369000001")
            try await notifier.waitFor(id, .accepted)
            #expect(notifier.graph.uploads.count == 1)
            #expect(notifier.graph.uploads.first?.contains("1;100,00") == true)
            #expect(
                notifier.graph.bodies.map { $0["document"]?["id"]?.text } == ["media.1", "media.1"])
            #expect(!notifier.log.contains("azi.csv"))
        }
    }

    @Test func `hand a file over again when the answer was lost, and never tell twice`() async throws {
        let export = export
        try await RunningNotifier.with(["TILL_SEND_TIMEOUT_MS": "3000"]) { notifier in
            try await notifier.heard("37369000001")
            notifier.graph.planUploads([.silence, .error(2, status: 503)])
            let id = try await notifier.say(export, to: "37369000001")
            try await until("it was uploaded twice") { notifier.graph.uploads.count >= 2 }
            #expect(notifier.graph.bodies.isEmpty)
            // Code 2 asks for a minute; the test does not wait for it.
            try await until("it waits") { try await notifier.view(id).attempts == 2 }
            try await until("it may go on") {
                try await notifier.pool.query(
                    "update notifier.message set run_at = now() where state = 'queued' and attempts = 2"
                ).affected == 1
            }
            try await notifier.pool.query("update notifier.recipient set next_at = now()")
            try await notifier.waitFor(id, .accepted)
            #expect(notifier.graph.bodies.map { $0["document"]?["id"]?.text } == ["media.3"])
        }
    }

    @Test func `leave nothing in doubt when the process dies while a file hangs`() async throws {
        let export = export
        try await RunningNotifier.with { notifier in
            try await notifier.heard("37369000001")
            notifier.graph.planUploads([.silence])
            let id = try await notifier.say(export, to: "37369000001")
            try await until("the upload hangs") { notifier.graph.uploads.count == 1 }
            // Behind it in its conversation, and beside it in another.
            let behind = try await notifier.say(.text("după"), to: "37369000001")
            try await notifier.heard("37369000002")
            let beside = try await notifier.say(.text("alături"), to: "37369000002")
            try await notifier.waitFor(beside, .accepted)
            #expect(try await notifier.view(behind).status == .queued)
            notifier.kill()
            try await notifier.startProcess()
            // Its lease ends before it is claimed anew.
            for _ in 1...3 where try await notifier.view(id).status != .accepted {
                try? await notifier.waitFor(id, .accepted)
            }
            try await notifier.waitFor(behind, .accepted)
            #expect(notifier.graph.uploads.count == 2)
            let mine = notifier.graph.bodies(to: "37369000001")
            #expect(mine.map { $0["type"]?.text } == ["document", "text"])
        }
    }

    @Test func `refuse what Meta would refuse, where the caller still hears it`() async throws {
        try await RunningNotifier.with { notifier in
            let conversation = Conversation(phoneNumberId: RunningNotifier.number, peer: "37369000001")
            let wrong: [MessageContent] = [
                .document(caption: nil, filename: "a", mediaType: "text/html", base64: "YQ=="),
                .document(caption: nil, filename: "a", mediaType: "text/csv", base64: "***"),
                .buttons(body: "b", buttons: []),
            ]
            for (index, content) in wrong.enumerated() {
                let message = SendMessage(conversation: conversation, locale: .ro, content: content)
                let answer = try await notifier.post(message, key: "wrong\(index)")
                #expect(answer.status == 422)
            }
            let large = String(repeating: "QUFB", count: (1 << 20) / 3)
            let most = SendMessage(
                conversation: conversation, locale: .ro,
                content: .document(caption: nil, filename: "a", mediaType: "text/csv", base64: large))
            for status in [202, 200] {
                let answer = try await notifier.post(most, key: "large")
                #expect(answer.status == status)
            }
        }
    }

    @Test func `are known by the payment that they speak of`() async throws {
        try await RunningNotifier.with { notifier in
            try await notifier.heard("37369000001")
            let conversation = Conversation(phoneNumberId: RunningNotifier.number, peer: "37369000001")
            var message = SendMessage(
                conversation: conversation, locale: .ro,
                content: .link(body: "100,00 MDL", button: "Plătește", url: "https://pay.example/1"),
                subject: "pay_1", coalesceKey: "a")
            #expect(try await notifier.post(message, key: "one").status == 202)
            #expect(try await notifier.post(message, key: "one").status == 200)
            message.subject = "pay_2"
            #expect(try await notifier.post(message, key: "one").status == 409)
            try await until("it is out") {
                try await !notifier.pool.query("select 1 from notifier.accepted_send").isEmpty
            }
            let found = try await ask(
                notifier, "/v1/messages/lookup", LookUpMessage(conversation: conversation, wamid: "wamid.1"))
            #expect(found.status == 200)
            let subject = try JSONDecoder().decode(MessageSubject.self, from: Data(found.body))
            #expect(subject.subject == "pay_1")
            let stranger = Conversation(phoneNumberId: RunningNotifier.number, peer: "37369000002")
            for asked in [
                LookUpMessage(conversation: stranger, wamid: "wamid.1"),
                LookUpMessage(conversation: conversation, wamid: "wamid.2"),
            ] {
                #expect(try await ask(notifier, "/v1/messages/lookup", asked).status == 404)
            }
        }
    }

    @Test func `show that the person's own have been read, without a message`() async throws {
        try await RunningNotifier.with { notifier in
            let conversation = Conversation(phoneNumberId: RunningNotifier.number, peer: "37369000001")
            let mark = MarkSeen(conversation: conversation, wamid: "wamid.IN", typing: true)
            #expect(try await ask(notifier, "/v1/seen", mark).status == 202)
            try await until("it was told") { notifier.graph.seen.count == 1 }
            #expect(notifier.graph.seen.first?["message_id"]?.text == "wamid.IN")
            #expect(notifier.graph.seen.first?["typing_indicator"]?["type"]?.text == "text")
            #expect(notifier.graph.bodies.isEmpty)
            var foreign = mark
            foreign.conversation.phoneNumberId = "1"
            #expect(try await ask(notifier, "/v1/seen", foreign).status == 422)
        }
    }

    private func ask(
        _ notifier: RunningNotifier, _ target: String, _ body: some Encodable
    ) async throws -> HTTPResponse {
        try await notifier.ask("POST", target, [:], Array(try JSONEncoder().encode(body)))
    }
}
