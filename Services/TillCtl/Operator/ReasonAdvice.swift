// What a reason means and what to do about it, in words for somebody who was asleep a minute ago. The reactions to
// Meta's codes are those that the notifier acts on, so the advice cannot say otherwise.
import WhatsApp

enum ReasonAdvice {
    /// One or two sentences; for a reason that this version does not know, the way to find out.
    static func words(_ reason: String) -> String {
        let parts = reason.split(separator: ":", maxSplits: 1).map(String.init)
        let code = parts.count == 2 ? Int(parts[1]) : nil
        switch (parts.first ?? "", code) {
        case ("answerNeverCame", _):
            return
                "It may have arrived: Meta's answer was lost and no status came. Replaying can tell it twice."
        case ("attemptsExhausted", 0?):
            return "Meta could not be reached for hours. When the network is back: replay."
        case ("attemptsExhausted", _):
            return "Meta refused it for a time, too often. When it is calm again: replay."
        case ("unreadableContent", _):
            return
                "The stored content cannot be sent by this version. Replay after the version that wrote it is back."
        case ("windowClosed", _): return "Waits until the person writes again. Nothing to do."
        case ("templateMissing", _):
            return "No usable template in the person's language or in English. See `tillctl templates list`."
        case ("identityDoubt", _):
            return
                "It is doubtful who holds the phone, or the bank knows its holder as another seller. "
                + "Goes out when the bank confirms the seller: `tillctl sellers confirm`."
        case ("numberUnknown", _):
            return "till.json does not name this business number. Put it back, restart."
        case ("account", _):
            return
                "Meta refuses the token, the account or its payment method. Mend that; it goes on by itself."
        case ("graph", let code?): return ofCode(code)
        case (_, _): return "Not known to this tillctl: is it older than the notifier?"
        }
    }

    private static func ofCode(_ code: Int) -> String {
        let reaction = GraphErrorReaction.reaction(to: code, httpStatus: 0)
        switch reaction.action {
        case .drop where reaction.isOurBug:
            return
                "Meta does not take what we wrote: a bug of ours. Replaying helps only after a new version."
        case .drop:
            return
                "Meta will not deliver it to this person: not on WhatsApp, blocked, or opted out. Replay rarely helps."
        case .usePhone: return "This person can be reached by phone number only, and none is known."
        case .blockIdentity:
            return "The person's identity has changed. Do not replay before the bank has confirmed who it is."
        case .suspend: return "Meta refuses the account. Mend what its code names, then replay."
        case .useTemplate: return "The 24 hours are over. It goes out when the person writes again."
        case .useOtherTemplate:
            return "The template is not usable. See `tillctl templates list`, then replay."
        case .retrySoon, .retryInMinutes, .retrySlowly, .retryPair: return "Meta was busy. Replay."
        }
    }
}
