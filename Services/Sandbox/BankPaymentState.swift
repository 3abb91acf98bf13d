// The life of a payment at the fake bank. Everything that can change its status is here: no clock, no
// callback, no HTTP. Final statuses absorb whatever comes later, as the bank's do.

/// CREATED -> PENDING -> SUCCESS, and the ways it can end otherwise.
package enum BankPaymentState: String, Codable, Sendable, CaseIterable {
    case created = "CREATED"
    case pending = "PENDING"
    case success = "SUCCESS"
    case failed = "FAILED"
    case declined = "DECLINED"
    case expired = "EXPIRED"

    /// What can happen to a payment.
    package enum Event: String, Sendable, CaseIterable {
        /// The payer confirmed in the banking app.
        case confirmed
        /// The rail moved the money.
        case settled
        /// The payer said no.
        case declined
        /// The rail refused it; so it does with every currency but MDL.
        case refused
        /// The QR code's life ended.
        case timedOut
    }

    /// The next status; the same one where the event comes too late or too early.
    package static func next(_ state: BankPaymentState, _ event: Event) -> BankPaymentState {
        switch (state, event) {
        case (.created, .confirmed): .pending
        case (.created, .declined), (.pending, .declined): .declined
        case (.created, .refused), (.pending, .refused): .failed
        case (.created, .timedOut): .expired
        case (.pending, .settled): .success
        case (.created, .settled), (.pending, .confirmed), (.pending, .timedOut): state
        case (.success, _), (.failed, _), (.declined, _), (.expired, _): state
        }
    }

    /// True when nothing changes any more and the one callback is due.
    package var isFinal: Bool {
        switch self {
        case .created, .pending: false
        case .success, .failed, .declined, .expired: true
        }
    }
}
