// Why a message is held, failed or parked: one closed set of words, so that a row, a metric label and an
// operator's screen say the same thing. Only codes travel here; no text of Meta's, no phone number, no
// message content.

/// The cause behind `held`, `failed` and `parked`. Stored and shown as `text`, read back by `init(text:)`.
package enum MessageReason: Hashable, Sendable {
    /// The person's last word is more than 24 hours old and the message has no template.
    case windowClosed
    /// A template is named, but none is approved in the person's language or in the fall-back language.
    case templateMissing
    /// It is doubtful who holds the phone, or the banks know its holder as another seller than the message is
    /// for. Ended by a bank's confirmation, or by the message's own deadline.
    case identityDoubt
    /// The sending token, the account or the payment method was refused: every message of the number would
    /// be.
    case account(Int)
    /// Meta answered with this error code, and repeating the same message cannot help.
    case graph(Int)
    /// The last of several temporary refusals; 0 when the network never let the request out.
    case attemptsExhausted(Int)
    /// The request may have arrived, its answer did not, and no status followed within the grace period.
    case answerNeverCame
    /// The same, and a later message of the conversation was heard of: this one has most likely never arrived.
    case neverArrived
    /// The stored content could not be turned into a message: a row from another version.
    case unreadableContent
    /// No sending number with this id is configured.
    case numberUnknown

    package var text: String {
        switch self {
        case .windowClosed: "windowClosed"
        case .templateMissing: "templateMissing"
        case .identityDoubt: "identityDoubt"
        case .account(let code): "account:\(code)"
        case .graph(let code): "graph:\(code)"
        case .attemptsExhausted(let code): "attemptsExhausted:\(code)"
        case .answerNeverCame: "answerNeverCame"
        case .neverArrived: "neverArrived"
        case .unreadableContent: "unreadableContent"
        case .numberUnknown: "numberUnknown"
        }
    }

    /// The same word without its code: a metric label with a bounded number of values.
    package var label: String {
        guard let colon = text.firstIndex(of: ":") else { return text }
        return String(text[..<colon])
    }

    /// `nil` when the text is no reason this version knows.
    package init?(text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let code = parts.count == 2 ? Int(parts[1]) : nil
        switch (parts[0], code) {
        case ("windowClosed", nil): self = .windowClosed
        case ("templateMissing", nil): self = .templateMissing
        case ("identityDoubt", nil): self = .identityDoubt
        case ("account", let code?): self = .account(code)
        case ("graph", let code?): self = .graph(code)
        case ("attemptsExhausted", let code?): self = .attemptsExhausted(code)
        case ("answerNeverCame", nil): self = .answerNeverCame
        case ("neverArrived", nil): self = .neverArrived
        case ("unreadableContent", nil): self = .unreadableContent
        case ("numberUnknown", nil): self = .numberUnknown
        case (_, _): return nil
        }
    }
}
