// ecomm-gateway to notifier: several messages in one request, each as if it had been posted by itself.
package import Problem

/// `POST /v1/messages/batch`: messages of one caller, 1 to `messagesMax`, each taken once under its own key, as `POST
/// /v1/messages` takes one; one that is refused keeps no other from being taken. No documents: they are posted alone.
/// 200 `MessageBatchAnswer`; 400 `INVALID_FIELD` for none or too many, with nothing taken.
package struct MessageBatch: Codable, Sendable, Equatable {
    /// A receipt has some 700 bytes.
    package static let messagesMax = 32

    package struct Entry: Codable, Sendable, Equatable {
        /// 1 to 200 visible characters, the caller's own.
        package var idempotencyKey: String
        /// The request that the message came of.
        package var requestId: String
        package var message: SendMessage

        package init(idempotencyKey: String, requestId: String, message: SendMessage) {
            self.idempotencyKey = idempotencyKey
            self.requestId = requestId
            self.message = message
        }
    }

    package var messages: [Entry]

    package init(messages: [Entry]) { self.messages = messages }
}

/// What became of each message of a batch, in its order.
package struct MessageBatchAnswer: Codable, Sendable, Equatable {
    package struct Result: Codable, Sendable, Equatable {
        /// Of one that was taken, now or before.
        package var messageId: String?
        /// Of one that was not: what `POST /v1/messages` would have answered.
        package var refusal: ItemRefusal?

        package init(messageId: String) { self.messageId = messageId }
        package init(refusal: ItemRefusal) { self.refusal = refusal }
    }

    package var results: [Result]

    package init(results: [Result]) { self.results = results }
}

/// The refusal of one item of a batch: the status and the words that it would have been answered alone.
package struct ItemRefusal: Codable, Sendable, Equatable {
    package var status: Int
    package var code: String
    package var message: String
    package var retryAfterSeconds: Int?

    package init(_ problem: Problem) {
        status = problem.kind.status
        code = problem.code
        message = problem.toUser
        retryAfterSeconds = problem.retryAfterSeconds
    }

    package var problem: Problem {
        Problem(
            Problem.Kind(status: status), code: code, toUser: message, retryAfterSeconds: retryAfterSeconds)
    }
}
