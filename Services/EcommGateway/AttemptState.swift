// One attempt at a rail: one call that may have made a link there. A payment has several when answers get
// lost. Here is what an attempt can become and what that means for its payment; no SQL, no HTTP, no clock.

/// What a rail says about a payment of its own, in words that no rail owns.
package enum RailStatus: String, Sendable, Hashable, CaseIterable {
    case created, pending, paid, failed, declined, expired
}

/// Where one attempt is. The raw value is what the `gateway.attempt` row holds.
package enum AttemptState: String, Sendable, Hashable, CaseIterable {
    /// Written; the rail is being asked.
    case asking
    /// Asked, and no answer came that can be trusted: it may exist at the rail.
    case unknown
    /// Never reached the rail, so it cannot exist there.
    case unsent
    /// The rail said no.
    case refused
    case open, pending, paid, failed, declined, expired
}

package enum AttemptEvent: Sendable, Hashable {
    case linkIssued, refused, answerLost, neverSent
    case reported(RailStatus)
}

extension AttemptState {
    /// The state after `event`. What the rail reported wins over what we guessed; a final report is never
    /// downgraded.
    package static func next(_ state: AttemptState, _ event: AttemptEvent) -> AttemptState {
        switch (state, event) {
        case (.paid, _), (.failed, _), (.declined, _), (.expired, _): state
        case (_, .reported(.paid)): .paid
        case (_, .reported(.failed)): .failed
        case (_, .reported(.declined)): .declined
        case (_, .reported(.expired)): .expired
        case (_, .reported(.pending)): .pending
        case (.pending, .reported(.created)), (.pending, .linkIssued): .pending
        case (.asking, .reported(.created)), (.unknown, .reported(.created)), (.unsent, .reported(.created)),
            (.refused, .reported(.created)), (.open, .reported(.created)):
            .open
        case (.asking, .linkIssued), (.unknown, .linkIssued), (.open, .linkIssued): .open
        case (.unsent, .linkIssued), (.refused, .linkIssued): state
        case (.asking, .refused): .refused
        case (.asking, .neverSent): .unsent
        case (.asking, .answerLost): .unknown
        case (.unknown, .refused), (.unknown, .neverSent), (.unknown, .answerLost), (.unsent, .refused),
            (.unsent, .neverSent), (.unsent, .answerLost), (.refused, .refused), (.refused, .neverSent),
            (.refused, .answerLost), (.open, .refused), (.open, .neverSent), (.open, .answerLost),
            (.pending, .refused),
            (.pending, .neverSent), (.pending, .answerLost):
            state
        }
    }
}

extension RailStatus {
    /// What a report about one attempt means for its payment. A link that was replaced may die as it likes:
    /// only money on it, or a customer about to send some, concerns the payment. `stands` is true for the
    /// payment's current attempt.
    package func event(stands: Bool) -> PaymentEvent? {
        switch self {
        case .created: stands ? .bankCreated : nil
        case .pending: .bankPending
        case .paid: .bankPaid
        case .failed: stands ? .bankFailed : nil
        case .declined: stands ? .bankDeclined : nil
        case .expired: stands ? .bankExpired : nil
        }
    }
}
