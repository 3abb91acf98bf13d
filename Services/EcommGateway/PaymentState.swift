// A payment's life. Everything that can change a payment's state is in this file, and nothing else is: no
// SQL, no HTTP, no clock. The diagram in this service's README and the table in
// Tests/Vectors/payments/lifecycle.table say the same in other words, and a test compares the table with
// `next` pair by pair, so change all three together.

/// Where a payment is. The raw value is what the `gateway.payment` row holds.
package enum PaymentState: String, Sendable, Hashable, CaseIterable {
    /// Written, and the rail is being asked for a link (or a crash left it here and recovery will ask again).
    case registering
    /// The customer has a link; nobody has paid.
    case open
    /// The customer confirmed and the bank is moving the money.
    case pending
    /// Every attempt at the rail lost its answer: a link may exist there, none is known here.
    case unknown
    /// A Request-to-Pay whose answer was lost: the payer's phone may ring, so it is not sent again. The seller
    /// knows of it and waits; callers see it as `unknown`.
    case unconfirmed
    case paid, failed, declined
    /// The rail said that the link died unpaid.
    case expired
    /// Our own deadline passed without a word from the rail. Callers see it as `expired`; unlike that one, it
    /// is a guess, so money that arrives later still counts.
    case lapsed
    case cancelled
    case partiallyRefunded, refunded

    /// The word that callers and the list's filter use: our own expiry and the rail's are one thing to them, and
    /// so are the two ways not to know.
    package var status: String {
        switch self {
        case .lapsed: PaymentState.expired.rawValue
        case .unconfirmed: PaymentState.unknown.rawValue
        case .registering, .open, .pending, .unknown, .paid, .failed, .declined, .expired, .cancelled,
            .partiallyRefunded, .refunded:
            rawValue
        }
    }

    /// True when nothing but the exceptions of `next` can happen any more. Nobody polls such a payment, but for
    /// a cancelled one whose link still works at the bank.
    package var isFinal: Bool {
        switch self {
        case .registering, .open, .pending, .unknown, .unconfirmed: false
        case .paid, .failed, .declined, .expired, .lapsed, .cancelled, .partiallyRefunded, .refunded: true
        }
    }

    /// True when the order may be asked for again with a fresh link: it ended, and no money came.
    package var isRenewable: Bool {
        switch self {
        case .failed, .declined, .expired, .lapsed, .cancelled: true
        case .registering, .open, .pending, .unknown, .unconfirmed, .paid, .partiallyRefunded, .refunded:
            false
        }
    }

    /// True while the amount counts against its merchant's day: money that came, or that a link may still bring.
    package var countsTowardsDay: Bool {
        switch self {
        case .registering, .open, .pending, .unconfirmed, .paid, .partiallyRefunded, .refunded: true
        case .unknown, .failed, .declined, .expired, .lapsed, .cancelled: false
        }
    }
}

/// What can happen to a payment. `bank…` events are verified results for the attempt that stands (money also
/// counts for one that does not); the others are ours.
package enum PaymentEvent: String, Sendable, Hashable, CaseIterable {
    /// `requestLost` is `answerLost` on a rail where nothing may be asked twice.
    case linkIssued, answerLost, requestLost, railRefused
    case bankCreated, bankPending, bankPaid, bankFailed, bankDeclined, bankExpired
    /// Money for an attempt that was replaced and that the rail never closed: no word about the link that
    /// stands contradicts it.
    case otherLinkPaid
    case deadlinePassed, cancelAsked, partRefunded, restRefunded
}

/// What the owner of a payment must do after a change, in the same transaction.
package enum PaymentEffect: String, Sendable, Hashable, CaseIterable {
    case tellPaid, tellPaidLate, tellPaidAgain, tellFailed, tellDeclined, tellExpired, tellRefunded
    /// The rail contradicts a final state. Nothing changes; it is counted and kept for a person to look at.
    case flagContradiction
}

/// Why an event may not happen now. Only what somebody asks for is refused; what the rail reports never is.
package enum PaymentRefusal: String, Error, Sendable, Hashable, CaseIterable {
    /// The payment reached a final state already.
    case alreadySettled
    /// The bank is moving money: too late to cancel.
    case moneyMayBeMoving
    /// There is no money to give back.
    case notPaid
    /// The rail is being asked for a link at this moment: there is nothing to take back yet.
    case linkInTheMaking
}

extension PaymentState {
    /// The state after `event`, and what to do about it. Total: a missing pair stops the build.
    package static func next(
        _ state: PaymentState, _ event: PaymentEvent
    ) throws(PaymentRefusal) -> (state: PaymentState, effects: [PaymentEffect]) {
        switch state {
        case .registering, .unknown: try afterWaitingForALink(state, event)
        case .open: try afterOpen(event)
        case .unconfirmed: try afterALostRequest(event)
        case .pending: try afterPending(event)
        case .paid, .partiallyRefunded, .refunded: try afterMoney(state, event)
        case .failed, .declined, .expired: try afterTheRailClosedIt(state, event)
        case .lapsed, .cancelled: try afterWeClosedIt(state, event)
        }
    }

    /// Nobody has seen a link, so its death is no news to the seller: whoever asked was told that there is no
    /// link.
    private static func afterWaitingForALink(
        _ state: PaymentState, _ event: PaymentEvent
    ) throws(PaymentRefusal) -> (state: PaymentState, effects: [PaymentEffect]) {
        switch event {
        case .linkIssued: (.open, [])
        case .answerLost: (.unknown, [])
        case .requestLost: (state == .unknown ? .unknown : .unconfirmed, [])
        // A fresh attempt was refused; whether an earlier one exists at the rail is still not known.
        case .railRefused: (state == .unknown ? .unknown : .failed, [])
        // A status can overtake the answer that carries the link; the answer will still come to
        // `registering`.
        case .bankCreated: (state == .unknown ? .open : .registering, [])
        case .bankPending: (.pending, [])
        case .bankPaid, .otherLinkPaid: (.paid, [.tellPaid])
        case .bankFailed: (.failed, [])
        case .bankDeclined: (.declined, [])
        case .bankExpired: (.expired, [])
        case .deadlinePassed: (.lapsed, [])
        case .cancelAsked: if state == .unknown { (.cancelled, []) } else { throw .linkInTheMaking }
        case .partRefunded, .restRefunded: throw .notPaid
        }
    }

    /// The seller was told that the request may have arrived, so its end is news, however it ends.
    private static func afterALostRequest(
        _ event: PaymentEvent
    ) throws(PaymentRefusal) -> (state: PaymentState, effects: [PaymentEffect]) {
        switch event {
        case .linkIssued, .bankCreated: (.open, [])
        case .answerLost, .requestLost, .railRefused: (.unconfirmed, [])
        case .bankPending: (.pending, [])
        case .bankPaid, .otherLinkPaid: (.paid, [.tellPaid])
        case .bankFailed: (.failed, [.tellFailed])
        case .bankDeclined: (.declined, [.tellDeclined])
        case .bankExpired: (.expired, [.tellExpired])
        case .deadlinePassed: (.lapsed, [.tellExpired])
        // The rail cannot be asked how it stands, and the payer may have confirmed.
        case .cancelAsked: throw .moneyMayBeMoving
        case .partRefunded, .restRefunded: throw .notPaid
        }
    }

    private static func afterOpen(
        _ event: PaymentEvent
    ) throws(PaymentRefusal) -> (state: PaymentState, effects: [PaymentEffect]) {
        switch event {
        // Late news of an attempt that lost the race for being the link changes nothing.
        case .linkIssued, .answerLost, .requestLost, .railRefused, .bankCreated: (.open, [])
        case .bankPending: (.pending, [])
        case .bankPaid, .otherLinkPaid: (.paid, [.tellPaid])
        case .bankFailed: (.failed, [.tellFailed])
        case .bankDeclined: (.declined, [.tellDeclined])
        case .bankExpired: (.expired, [.tellExpired])
        case .deadlinePassed: (.lapsed, [.tellExpired])
        case .cancelAsked: (.cancelled, [])
        case .partRefunded, .restRefunded: throw .notPaid
        }
    }

    private static func afterPending(
        _ event: PaymentEvent
    ) throws(PaymentRefusal) -> (state: PaymentState, effects: [PaymentEffect]) {
        switch event {
        case .linkIssued, .answerLost, .requestLost, .railRefused, .bankCreated, .bankPending: (.pending, [])
        case .bankPaid, .otherLinkPaid: (.paid, [.tellPaid])
        case .bankFailed: (.failed, [.tellFailed])
        case .bankDeclined: (.declined, [.tellDeclined])
        case .bankExpired: (.expired, [.tellExpired])
        // The bank has the customer's word: only the bank can say how it ends.
        case .deadlinePassed: (.pending, [])
        case .cancelAsked: throw .moneyMayBeMoving
        case .partRefunded, .restRefunded: throw .notPaid
        }
    }

    private static func afterMoney(
        _ state: PaymentState, _ event: PaymentEvent
    ) throws(PaymentRefusal) -> (state: PaymentState, effects: [PaymentEffect]) {
        switch event {
        case .linkIssued, .answerLost, .requestLost, .railRefused, .bankCreated, .bankPending, .bankPaid,
            .deadlinePassed:
            (state, [])
        // A second receipt of money for one order: somebody has to give it back.
        case .otherLinkPaid: (state, [.tellPaidAgain])
        case .bankFailed, .bankDeclined, .bankExpired: (state, [.flagContradiction])
        case .cancelAsked: throw .alreadySettled
        case .partRefunded:
            if state == .refunded { throw .alreadySettled } else { (.partiallyRefunded, [.tellRefunded]) }
        case .restRefunded:
            if state == .refunded { throw .alreadySettled } else { (.refunded, [.tellRefunded]) }
        }
    }

    private static func afterTheRailClosedIt(
        _ state: PaymentState, _ event: PaymentEvent
    ) throws(PaymentRefusal) -> (state: PaymentState, effects: [PaymentEffect]) {
        switch event {
        case .linkIssued, .answerLost, .requestLost, .railRefused, .bankCreated, .bankPending, .bankFailed,
            .bankDeclined, .bankExpired, .deadlinePassed:
            (state, [])
        case .bankPaid: (state, [.flagContradiction])
        case .otherLinkPaid: (.paid, [.tellPaidLate])
        case .cancelAsked: throw .alreadySettled
        case .partRefunded, .restRefunded: throw .notPaid
        }
    }

    private static func afterWeClosedIt(
        _ state: PaymentState, _ event: PaymentEvent
    ) throws(PaymentRefusal) -> (state: PaymentState, effects: [PaymentEffect]) {
        switch event {
        // The one way out of a final state: we gave up, the customer did not, and the money is real.
        case .bankPaid, .otherLinkPaid: (.paid, [.tellPaidLate])
        case .linkIssued, .answerLost, .requestLost, .railRefused, .bankCreated, .bankPending, .bankFailed,
            .bankDeclined, .bankExpired, .deadlinePassed:
            (state, [])
        case .cancelAsked: if state == .cancelled { (.cancelled, []) } else { throw .alreadySettled }
        case .partRefunded, .restRefunded: throw .notPaid
        }
    }
}
