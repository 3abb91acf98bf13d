// Several messages in one request: each is taken, found again or refused as if it had been posted alone.
import Contracts
import FoundationEssentials
import HTTPWire
import Money
import Postgres
import TestSupport
import Testing
import World

@Suite(.serialized) struct `A batch of messages` {
    private func entry(
        _ key: String, _ text: String, to peer: String, from number: String = RunningNotifier.number
    ) -> MessageBatch.Entry {
        MessageBatch.Entry(
            idempotencyKey: key, requestId: "req_" + key.replacing(" ", with: "_"),
            message: SendMessage(
                conversation: Conversation(phoneNumberId: number, peer: peer), locale: .ro,
                content: .text(text)))
    }

    private func post(_ notifier: RunningNotifier, _ entries: [MessageBatch.Entry]) async throws
        -> HTTPResponse
    {
        try await notifier.ask(
            "POST", "/v1/messages/batch", [:],
            Array(try JSONEncoder().encode(MessageBatch(messages: entries))))
    }

    private func answer(
        _ notifier: RunningNotifier, _ entries: [MessageBatch.Entry]
    ) async throws -> [MessageBatchAnswer.Result] {
        let response = try await post(notifier, entries)
        #expect(response.status == 200)
        return try JSONDecoder().decode(MessageBatchAnswer.self, from: Data(response.body)).results
    }

    @Test func `takes each once, of its own request, and says of each other why not`() async throws {
        try await RunningNotifier.with { notifier in
            let peers = (1...4).map { "3736900000\($0)" }
            for peer in peers { try await notifier.heard(peer) }
            let good = peers.map { entry("to" + $0, "Bună ziua", to: $0) }
            let first = try await answer(notifier, good)
            #expect(first.allSatisfy { $0.messageId != nil && $0.refusal == nil })
            var document = entry("document", "", to: peers[0])
            document.message.content = .document(
                caption: nil, filename: "a.csv", mediaType: "text/csv", base64: "YQ==")
            let odd = [
                good[0], entry("to" + peers[1], "altceva", to: peers[1]),
                entry("two words", "x", to: peers[2]),
                entry("stranger", "x", to: peers[2], from: "1"), document, entry("new", "x", to: peers[3]),
            ]
            let second = try await answer(notifier, odd)
            #expect(second[0].messageId == first[0].messageId)
            #expect(
                second.map { $0.refusal?.code } == [
                    nil, "IDEMPOTENCY_CONFLICT", "IDEMPOTENCY_KEY_INVALID", "NUMBER_UNKNOWN", "INVALID_FIELD",
                    nil,
                ])
            #expect(second.map { $0.refusal?.status } == [nil, 409, 400, 422, 400, nil])
            let ids = first.compactMap(\.messageId) + second.suffix(1).compactMap(\.messageId)
            for id in ids { try await notifier.waitFor(id, .accepted) }
            #expect(notifier.graph.bodies.count == 5)
            let requests = try await notifier.pool.query(
                "select request_id from notifier.message order by request_id"
            ).map { try $0.text(0) }
            #expect(requests == (good.map(\.requestId) + ["req_new"]).sorted())
        }
    }

    @Test func `has an end, and a caller`() async throws {
        try await RunningNotifier.with { notifier in
            let most = MessageBatch.messagesMax
            let many = (0...most).map { entry("k\($0)", "x", to: "37369000001") }
            #expect(try await post(notifier, []).status == 400)
            #expect(try await post(notifier, many).status == 400)
            #expect(try await notifier.pool.query("select 1 from notifier.message").isEmpty)
            #expect(try await answer(notifier, Array(many.dropLast())).allSatisfy { $0.messageId != nil })
            let stranger = try await notifier.ask(
                "POST", "/v1/messages/batch", [:], Array("{\"messages\":[]}".utf8), token: "nobody")
            #expect(stranger.status == 401)
        }
    }
}
