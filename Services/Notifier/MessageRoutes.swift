// HTTP to messages and back. No SQL and no policy: what may be sent is decided when it is sent.
import Contracts
import Copy
import HTTPServer
import HTTPWire
import Money
import Observe
import Problem
import WhatsApp

struct MessageRoutes: Sendable {
    /// Who may ask for messages to be sent, and who may look at them.
    static let senders = ["command-router", "ecomm-gateway", "tillctl"]
    static let readers = ["command-router", "ecomm-gateway", "tillctl"]
    static let operators = ["tillctl"]
    /// A file of `documentBytesMax` as base64 with its slashes escaped, and what stands around it.
    static let messageBytesMax = 1_536 * 1024
    /// Half of it would do for 32 of the longest texts.
    static let batchBytesMax = 1024 * 1024

    let store: MessageStore
    let numbers: [String: SendingNumber]
    let log: Log
    let metrics: NotifierMetrics

    var table: Routes {
        var routes = Routes()
        routes.on(
            "POST", "/v1/messages", bodyBytesMax: Self.messageBytesMax, callers: Self.senders
        ) { try await post($0) }
        routes.on(
            "POST", "/v1/messages/batch", bodyBytesMax: Self.batchBytesMax, callers: Self.senders
        ) { try await postTogether($0) }
        routes.on("GET", "/v1/messages/{id}", callers: Self.readers) { try await get($0) }
        return routes
    }

    private func post(_ request: HTTPRequest) async throws -> HTTPResponse {
        let key = try request.idempotencyKey()
        let (id, isNew) = try await take(try request.decode(SendMessage.self), key: key)
        return .encoding(isNew ? 202 : 200, MessageAccepted(messageId: id))
    }

    /// Each by itself, side by side, so that they are written together.
    private func postTogether(_ request: HTTPRequest) async throws -> HTTPResponse {
        let batch = try request.decode(MessageBatch.self)
        guard (1...MessageBatch.messagesMax).contains(batch.messages.count) else {
            throw Problem(
                .invalid, code: "INVALID_FIELD",
                toUser: "The field messages has 1 to \(MessageBatch.messagesMax) entries.")
        }
        let results = await withTaskGroup(of: (Int, MessageBatchAnswer.Result).self) { group in
            for (place, entry) in batch.messages.enumerated() {
                group.addTask { (place, await answer(entry)) }
            }
            var answers: [Int: MessageBatchAnswer.Result] = [:]
            for await (place, answer) in group { answers[place] = answer }
            return batch.messages.indices.compactMap { answers[$0] }
        }
        return .encoding(200, MessageBatchAnswer(results: results))
    }

    private func answer(_ entry: MessageBatch.Entry) async -> MessageBatchAnswer.Result {
        let context = RequestContext(
            requestID: entry.requestId, traceparent: RequestContext.current?.traceparent, world: store.world)
        return await RequestContext.$current.withValue(context) {
            do {
                let key = try HTTPRequest.checked(idempotencyKey: entry.idempotencyKey)
                if case .document = entry.message.content {
                    throw Problem(.invalid, code: "INVALID_FIELD", toUser: "A document is posted alone.")
                }
                return .init(messageId: try await take(entry.message, key: key).id)
            } catch let problem as Problem { return .init(refusal: ItemRefusal(problem)) } catch {
                log.warn("message.notTaken", ["error": .name("\(type(of: error))")])
                return .init(
                    refusal: ItemRefusal(
                        Problem(
                            .unavailable, code: "MESSAGE_NOT_TAKEN", toUser: "Please post this again.",
                            retryAfterSeconds: 1)))
            }
        }
    }

    private func take(_ message: SendMessage, key: String) async throws -> (id: String, isNew: Bool) {
        try check(message)
        let kind = MessageRendering.kind(message.content)
        switch try await store.accept(message, key: key) {
        case .new(let id):
            metrics.accepted.add(1, [kind, "new"])
            log.info("message.queued", ["messageId": .id(id), "kind": .name(kind)])
            return (id, true)
        case .before(let id):
            metrics.accepted.add(1, [kind, "before"])
            return (id, false)
        case .conflict(let field, let use):
            metrics.accepted.add(1, [kind, "conflict"])
            var problem = Problem(
                .conflict, code: "IDEMPOTENCY_CONFLICT",
                toUser: "This Idempotency-Key was used for a message with another \(field).")
            problem.usedFor = use
            throw problem
        }
    }

    /// What Meta would refuse is refused here, where the caller can still hear it.
    private func check(_ message: SendMessage) throws(Problem) {
        guard let number = numbers[message.conversation.phoneNumberId] else {
            throw Problem(
                .unprocessable, code: "NUMBER_UNKNOWN",
                toUser: "conversation.phoneNumberId is none of our numbers.")
        }
        let sellers = message.sellers ?? []
        guard sellers.count <= SendMessage.sellersMax, sellers.allSatisfy(\.isPlain) else {
            throw Problem(
                .invalid, code: "INVALID_FIELD",
                toUser: "sellers is at most \(SendMessage.sellersMax), by the ids that their banks gave.")
        }
        let ends = message.ends ?? []
        guard ends.count <= SendMessage.endsMax, ends.allSatisfy(Self.isPaymentId) else {
            throw Problem(
                .invalid, code: "INVALID_FIELD",
                toUser: "ends is at most \(SendMessage.endsMax) ids of payments.")
        }
        let rendering = MessageRendering(message.content, place: number.place)
        let body = OutboundBody(
            to: Self.recipient(message.conversation.peer),
            // The name that Meta will give an uploaded file is not known yet.
            rendering.chat(message.locale, mediaId: "0"), replyTo: message.replyTo)
        do throws(OutboundRefusal) {
            _ = try body.encoded()
            _ = try rendering.upload()
        } catch {
            throw Problem(
                .unprocessable, code: "MESSAGE_REFUSED", toUser: "Meta would refuse this: \(error).")
        }
    }

    /// 1 to 64 of A-Z a-z 0-9 _ -, as the gateway makes them.
    private static func isPaymentId(_ id: String) -> Bool {
        (1...64).contains(id.utf8.count)
            && id.utf8.allSatisfy {
                switch $0 {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2D: true
                default: false
                }
            }
    }

    static func recipient(_ peer: String) -> OutboundBody.Recipient {
        peer.utf8.allSatisfy { (0x30...0x39).contains($0) } ? .phone(peer) : .user(peer)
    }

    private func get(_ request: HTTPRequest) async throws -> HTTPResponse {
        guard let view = try await store.view(request.parameter("id")) else { throw Self.unknown }
        return .encoding(200, view)
    }

    static var unknown: Problem {
        Problem(.notFound, code: "MESSAGE_UNKNOWN", toUser: "There is no message with this id.")
    }
}
