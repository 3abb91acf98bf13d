// A claimed row of the lane `messages`: what to work on, and the fence that proves the claim is still ours.
import World

struct InboundEvent: Sendable, Equatable {
    var seq: Int64
    /// The event's own time, which is part of its table's key.
    var eventAt: Timestamp
    var phoneNumberId: String
    var peer: String
    /// The envelope that the ingress kept; decoded by the WhatsApp module.
    var payload: [UInt8]
    var requestId: String
    var receivedAt: Timestamp
    /// Counted at each claim, so 1 on the first.
    var attempts: Int
    /// The claim before ended without a word.
    var wasDropped = false
    var fence: Int64
    /// The conversation's version when this was claimed: every later message raises it.
    var version: Int64 = 0
    /// Whether another message of the conversation was open then.
    var hasMore = false
    /// What is doubted of this person, or has been, at whichever of our numbers.
    var doubt: HolderDoubt?
    var memory: ConversationMemory
}
