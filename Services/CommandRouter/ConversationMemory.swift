// What is remembered of one conversation between two messages, and nothing else: no message text but an open
// question's charge, no name, no phone. Read before a message is answered, written in the statement that
// finishes it.
import Money
import World

struct ConversationMemory: Sendable, Equatable {
    /// Chosen by the seller; without it the bank's record decides.
    var language: Language?
    /// What a bank's record said when one was last seen; for when the banks are silent.
    var seenLanguage: Language?
    /// Whether this person has been told how to charge.
    var isGreeted = false
    /// The till chosen last: its currency and limit are tried first the next time.
    var lastTill: Till.Key?
    /// The till that is charged without asking, when the seller has said so.
    var usualTill: Till.Key?
    /// Whether "always this one" was offered: it is offered once.
    var isUsualOffered = false
    /// The payment made last in this conversation.
    var lastPaymentId: String?
    var question: Question?
    /// Who this person was to the banks when last seen. Nil: nobody whom a bank knows.
    var owners: [Owner]?
    /// What was said to somebody whom no bank knows, and when: strangers are refused once, not at every message.
    var refusals: [Refusal] = []

    /// The key that messages to this person may be for: nobody's while it is doubtful whose it is.
    var trustedKeyHash: String? { suspendedSince == nil ? keyHash : nil }

    // How the person was known to WhatsApp when last seen; these outlive everything above.
    var userId: String?
    var keyHash: String?
    /// Since when it is doubtful that this is the person whom the banks know.
    var suspendedSince: Timestamp?
    /// The latest alarm that was taken note of.
    var alarmSeenAt: Timestamp?

    /// Forgets the person and keeps the marks by which the next one is told apart.
    mutating func forget() {
        var blank = ConversationMemory()
        (blank.userId, blank.keyHash) = (userId, keyHash)
        (blank.suspendedSince, blank.alarmSeenAt) = (suspendedSince, alarmSeenAt)
        self = blank
    }
}
