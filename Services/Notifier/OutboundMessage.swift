// One row of the outbox as the sender works on it, with what the same query knows about the person. Plain
// data.
import Contracts
import Money
import World

/// A message that this process holds a lease on.
struct OutboundMessage: Sendable {
    var messageId: String
    var conversation: Conversation
    var locale: Language
    var content: [UInt8]
    var replyTo: String?
    var notAfter: Timestamp?
    var requestId: String
    var traceparent: String
    var templateOnly: Bool
    /// Attempts and refusals so far.
    var attempts: Int
    var refusals: Int
    /// Every later write must find this number in the row.
    var fence: Int64
    var window: Window
    /// When the person's pace is full again.
    var paceFullAt: Timestamp?
    /// The phone that Meta knows the conversation's person by, where a webhook told it.
    var waId: String?
}
