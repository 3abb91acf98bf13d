// What is remembered of one conversation between two messages, and nothing else: no message text but an open
// question's charge, no name, no phone. Read before a message is answered, written in the statement that
// finishes it.
import Money

struct ConversationMemory: Sendable, Equatable {
    /// Chosen by the seller; without it the bank's record decides.
    var language: Language?
    /// What a bank's record said when one was last seen; for when the banks are silent.
    var seenLanguage: Language?
    /// Whether this person has been told how to charge.
    var isGreeted = false
    /// The till chosen last: its currency and limit are tried first the next time.
    var lastTill: Till.Key?
    var question: Question?
}
