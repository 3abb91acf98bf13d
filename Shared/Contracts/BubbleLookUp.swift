// What the router asks the notifier of a bubble that somebody replied to. Part of the notifier's contract, apart
// because a file holds only so much.

/// `POST /v1/messages/lookup`: which payments a bubble of ours speaks of. 200 `MessageSubject`; 404
/// `MESSAGE_UNKNOWN` for a message that is not ours, not in this conversation, or about no payment.
package struct LookUpMessage: Codable, Sendable, Equatable {
    package var conversation: Conversation
    package var wamid: String

    package init(conversation: Conversation, wamid: String) {
        self.conversation = conversation
        self.wamid = wamid
    }
}

package struct MessageSubject: Codable, Sendable, Equatable {
    package var messageId: String
    package var subject: String
    /// All payments of a bubble that tells several, in the order of its lines, `subject` first; nil or one of one.
    package var subjects: [String]?

    package init(messageId: String, subject: String, subjects: [String]? = nil) {
        self.messageId = messageId
        self.subject = subject
        self.subjects = subjects
    }
}
