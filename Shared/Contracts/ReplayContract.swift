// notifier, for operators: sending again what stopped. `GET /v1/messages?state=…&reason=…&number=…&cursor=…` shows it.

/// `POST /v1/messages/{messageId}/replay`, body optional: 202 `MessageView`; 200 when it has been tried again since
/// `attempts` was read, which makes the request safe to repeat; 409 `NOT_REPLAYABLE`.
package struct ReplayMessage: Codable, Sendable, Equatable {
    /// The message's attempts as the operator saw them. Nil: whatever they are.
    package var attempts: Int?

    package init(attempts: Int?) { self.attempts = attempts }
}

/// `POST /v1/messages/replay`: the oldest that stopped for a reason, at most `limit` of them. 200 `ReplayReport`. Safe
/// to repeat: what has been queued again is not stopped any more.
package struct ReplayMessages: Codable, Sendable, Equatable {
    /// `parked`, `failed` or `held`.
    package var state: MessageStatusName
    /// As the list shows it, or without its code: `graph` is every `graph:…`.
    package var reason: String
    /// Meta's id of one business number; nil for all.
    package var number: String?
    /// 1 to 500.
    package var limit: Int

    package init(state: MessageStatusName, reason: String, number: String?, limit: Int) {
        self.state = state
        self.reason = reason
        self.number = number
        self.limit = limit
    }
}

package struct ReplayReport: Codable, Sendable, Equatable {
    /// Queued again, oldest first.
    package var replayed: [String]
    /// Something else happened to them meanwhile.
    package var skipped: Int
    /// They leave one after the other, the last of them this much later.
    package var spreadMs: Int
    /// There are more.
    package var hasMore: Bool

    package init(replayed: [String], skipped: Int, spreadMs: Int, hasMore: Bool) {
        self.replayed = replayed
        self.skipped = skipped
        self.spreadMs = spreadMs
        self.hasMore = hasMore
    }
}
