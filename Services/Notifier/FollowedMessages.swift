// Conversations in which a message was queued behind the one that is on its way: the end of that one is waited for. A
// hint that may be lost: without it the next message leaves a moment later.
import Contracts
import Synchronization

final class FollowedMessages: Sendable {
    /// More than any process has on its way; beyond it all are forgotten.
    static let conversationsMax = 10_000

    private let conversations = Mutex<Set<Conversation>>([])

    /// Somebody queued a message here.
    func note(_ conversation: Conversation) {
        conversations.withLock { known in
            if known.count >= Self.conversationsMax { known = [] }
            known.insert(conversation)
        }
    }

    /// Whether somebody has since the last time that this was asked.
    func take(_ conversation: Conversation) -> Bool {
        conversations.withLock { $0.remove(conversation) != nil }
    }
}
