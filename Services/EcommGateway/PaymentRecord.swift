// A payment with its attempts, as one thing in memory: read whole, changed by the rules of PaymentState and
// AttemptState, written whole. What is new for the history and for the seller is gathered here and committed
// with it. No SQL.
package import Contracts
package import World

/// One attempt as its row holds it.
package struct AttemptRecord: Sendable, Equatable {
    package let attemptId: String
    /// 1 for the first.
    package let ordinal: Int32
    /// SHA-256 of the capability in the callback's path; the capability itself is never stored.
    package let capabilityDigest: [UInt8]
    package let createdAt: Timestamp
    package var state: AttemptState
    package var railPaymentId: String?
    package var link: String?

    package init(
        attemptId: String, ordinal: Int32, capabilityDigest: [UInt8], createdAt: Timestamp,
        state: AttemptState = .asking, railPaymentId: String? = nil, link: String? = nil
    ) {
        self.attemptId = attemptId
        self.ordinal = ordinal
        self.capabilityDigest = capabilityDigest
        self.createdAt = createdAt
        self.state = state
        self.railPaymentId = railPaymentId
        self.link = link
    }
}

/// Who brought an event.
package enum EventSource: String, Sendable { case caller, rail, callback, poll, clock }

/// One line of a payment's history.
package struct HistoryLine: Sendable, Equatable {
    package var attemptId: String?
    package var source: EventSource
    package var event: String
    package var from: PaymentState
    package var to: PaymentState
    /// A code or word of ours, never text from outside.
    package var detail: String?
}

/// One thing that the seller has yet to be told.
package struct NewTelling: Sendable, Equatable {
    package var kind: PaymentOutcome.Kind
    package var remark: PaymentOutcome.Remark?
    package var attemptId: String
}

/// One receipt of money.
package struct NewReceipt: Sendable, Equatable {
    package var attemptId: String
    package var remark: PaymentOutcome.Remark?
    package var railPaymentId: String
    package var swiftMessageId: String?
    package var swiftPayerBank: String?
}

/// One thing that the payment's bank has yet to be told for its own trail.
package struct NewAudit: Sendable, Equatable {
    /// Such as `payment.paid`.
    package var action: String
    package var attemptId: String
}

package struct PaymentRecord: Sendable, Equatable {
    package let paymentId: String
    package let order: OpenPayment
    package let createdAt: Timestamp
    package let requestId: String
    package var state: PaymentState
    /// Its row is in a state that only another release of this program knows. `state` says `unknown`, which is not
    /// final, and nothing of the payment is written.
    package var isForeign = false
    /// Whether its row, as it is, counts against the merchant's day.
    package var countedWhenWritten: Bool
    package var failureCode: String?
    /// The attempt that stands: whose link the customer has, or will have.
    package var attemptId: String
    package var link: String?
    package var expiresAt: Timestamp?
    package var openedAt: Timestamp?
    package var paidAt: Timestamp?
    package var swiftMessageId: String?
    package var swiftPayerBank: String?
    /// The payment of its line whose money came first, as its row had it when it was read; never written with the rest.
    /// Whatever money this one brings is too much.
    package var supersededBy: String?
    /// Asks in a row that the rail did not answer.
    package var unanswered: Int32 = 0
    /// When the janitor looks at it next; nil when final.
    package var runAt: Timestamp?
    package var leaseUntil: Timestamp?
    package var lastError: String?
    /// Who may go on making the link: only the holder of the latest number.
    package var fence: Int64
    package var version: Int64
    package var attempts: [AttemptRecord]
    /// Not yet committed.
    package var newLines: [HistoryLine] = []
    /// Not yet committed.
    package var newTells: [NewTelling] = []
    /// Not yet committed.
    package var newReceipts: [NewReceipt] = []
    /// Not yet committed.
    package var newAudits: [NewAudit] = []

    /// True while a link that was taken back here may still be paid at its bank.
    package var isWatched: Bool { state == .cancelled && runAt != nil }
    /// True while the amount counts against its merchant's day: also what a watched link may still bring.
    package var countsTowardsDay: Bool { state.countsTowardsDay || isWatched }

    package init(
        paymentId: String, order: OpenPayment, createdAt: Timestamp, requestId: String, state: PaymentState,
        attemptId: String, fence: Int64, version: Int64, attempts: [AttemptRecord]
    ) {
        self.paymentId = paymentId
        self.order = order
        self.createdAt = createdAt
        self.requestId = requestId
        self.state = state
        countedWhenWritten = state.countsTowardsDay
        self.attemptId = attemptId
        self.fence = fence
        self.version = version
        self.attempts = attempts
    }

    package var view: PaymentView {
        // Every status word of ours is one of the contract's; a test compares the two lists.
        guard let status = PaymentStatus(rawValue: state.status) else {
            preconditionFailure("no such status")
        }
        // The link of one that is to be taken back works until its bank has been asked, and is shown to nobody.
        let isToBeTakenBack = supersededBy != nil && [.registering, .open].contains(state)
        var view = PaymentView(
            paymentId: paymentId, status: status, bankId: order.bankId, merchantId: order.merchantId,
            terminalId: order.terminalId, rail: order.rail, amount: order.amount,
            description: order.description,
            tag: order.tag, link: isToBeTakenBack ? nil : link, expiresAt: expiresAt, createdAt: createdAt,
            paidAt: paidAt, swiftMessageId: swiftMessageId, swiftPayerBank: swiftPayerBank)
        view.supersededBy = supersededBy
        return view
    }

    /// The standing attempt. There always is one: the first is written with the payment.
    package var standing: AttemptRecord? { attempts.first { $0.attemptId == attemptId } }

    /// Applies one event and remembers what it means for history and seller. `quiet` leaves out the line
    /// where nothing changed, as when a poll finds what was known. Throws only for what somebody asked.
    package mutating func apply(
        _ event: PaymentEvent, of attempt: String?, from source: EventSource, at now: Timestamp,
        detail: String? = nil,
        quiet: Bool = false
    ) throws(PaymentRefusal) -> [PaymentEffect] {
        let before = state
        let (after, effects) = try PaymentState.next(state, event)
        state = after
        if after == .paid, before != .paid { paidAt = paidAt ?? now }
        if after.isFinal {
            runAt = nil
            leaseUntil = nil
        }
        if before != after || !effects.isEmpty || !quiet {
            newLines.append(
                HistoryLine(
                    attemptId: attempt, source: source, event: event.rawValue, from: before, to: after,
                    detail: detail))
        }
        let about = attempt ?? attemptId
        for effect in effects {
            if let (kind, remark) = effect.outcome {
                // Where the order was paid by another link of it, this is money to give back.
                let isTooMuch = kind == .paid && supersededBy != nil
                newTells.append(
                    NewTelling(kind: kind, remark: isTooMuch ? .again : remark, attemptId: about))
            }
        }
        let told =
            before == after
            ? effects.map(\.auditAction)
            : [after.auditAction(after: event, effects, isTooMuch: supersededBy != nil)]
        for action in told.compactMap(\.self) {
            newAudits.append(NewAudit(action: action, attemptId: about))
        }
        return effects
    }

    /// Changes one attempt; false when it is not this payment's.
    @discardableResult
    package mutating func changeAttempt(_ id: String, _ event: AttemptEvent) -> Bool {
        guard let index = attempts.firstIndex(where: { $0.attemptId == id }) else { return false }
        attempts[index].state = AttemptState.next(attempts[index].state, event)
        return true
    }

    /// Adds a fresh attempt, which stands from now on.
    package mutating func add(_ attempt: AttemptRecord) {
        attempts.append(attempt)
        attemptId = attempt.attemptId
    }
}

extension PaymentEffect {
    /// What the seller is told; nil for effects that are no outcome. Refunds have no copy yet, as no rail
    /// offers them.
    package var outcome: (kind: PaymentOutcome.Kind, remark: PaymentOutcome.Remark?)? {
        switch self {
        case .tellPaid: (.paid, nil)
        case .tellPaidLate: (.paid, .late)
        case .tellPaidAgain: (.paid, .again)
        case .tellFailed: (.failed, nil)
        case .tellDeclined: (.declined, nil)
        case .tellExpired: (.expired, nil)
        case .tellRefunded, .flagContradiction: nil
        }
    }

    /// What the bank's trail is told where the state did not change.
    var auditAction: String? {
        switch self {
        case .tellPaidAgain: "payment.paidAgain"
        case .flagContradiction: "payment.contradicted"
        case .tellPaid, .tellPaidLate, .tellFailed, .tellDeclined, .tellExpired, .tellRefunded: nil
        }
    }
}

extension PaymentState {
    /// What the bank's trail is told of a payment that has just come to this state; nil where that is no outcome.
    /// `isTooMuch`: its order was paid by another link.
    func auditAction(after event: PaymentEvent, _ effects: [PaymentEffect], isTooMuch: Bool) -> String? {
        switch self {
        case .registering, .unknown, .pending: nil
        case .open: "payment.opened"
        case .unconfirmed: "payment.unconfirmed"
        case .paid:
            isTooMuch
                ? "payment.paidAgain"
                : effects.contains(.tellPaidLate) ? "payment.paidLate" : "payment.paid"
        case .failed: event == .railRefused ? "payment.refused" : "payment.failed"
        case .declined: "payment.declined"
        case .expired, .lapsed: "payment.expired"
        case .cancelled: "payment.cancelled"
        case .partiallyRefunded, .refunded: "payment.refunded"
        }
    }
}
