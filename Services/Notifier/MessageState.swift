// An outbound message's life. Everything that can change a message's state is in this file, and nothing else
// is: no SQL, no HTTP, no clock. The diagram in README.md and the table in
// Tests/Vectors/messages/lifecycle.table are compared with it by a test, so change all three together.

/// Where a message stands. A state that can be told to a person at a screen carries its reason.
package enum MessageState: Hashable, Sendable {
    /// Waiting for its turn in the conversation, or for a retry.
    case queued
    /// Marked before the HTTP call: from here on only an answer proves that nothing was sent.
    case sending
    /// Meta answered 200 with an id. Nothing is delivered yet.
    case accepted
    case sent
    case delivered
    case read
    /// Meta told us later that it could not be delivered.
    case failed(MessageReason)
    /// Not now: waits for the window, a template, the account, or its own deadline.
    case held(MessageReason)
    /// The answer was lost. Settled by the status webhook that carries our id, never by sending again.
    case unresolved
    /// The moment after which nobody wants to hear it passed before it could be sent, or its payment ended.
    case expired
    /// A person has to look at it.
    case parked(MessageReason)
}

/// What happened to a message. Past tense: none of these can be refused by the world, only by the machine.
package enum MessageEvent: Hashable, Sendable {
    case claimed
    case heldBack(MessageReason)
    case holdEnded
    case deadlinePassed
    /// The end of what it speaks of has been posted: it would tell what is true no more.
    case overtaken
    case contentUnreadable
    case graphAccepted
    /// The request provably never left: no connection, no name, no TLS session.
    case notSent
    /// The request may have left and no whole answer came back.
    case answerLost
    /// The process that was sending is gone. Nobody knows how far it came.
    case leaseLost
    case refusedForNow(Int)
    case refusedForGood(Int)
    case accountRefused(Int)
    /// Meta says the 24 hours are over (131047), at once or later by webhook.
    case windowRefused(templateLeft: Bool)
    /// Meta does not take this template now; another one may say the same.
    case templateRefused(Int)
    /// The phone's keys are not the ones that the message was for (137000), at once or later by webhook: it was
    /// not delivered.
    case identityRefused(Int)
    case attemptsExhausted(Int)
    case statusSent
    case statusDelivered
    case statusRead
    case statusFailed(Int)
    case graceEnded
    /// A later message of the conversation was heard of some time ago, and this one was not.
    case laterHeard
    case replayAsked
}

/// What the owner of the row has to do after it has stored the new state.
package enum MessageEffect: String, Hashable, Sendable, CaseIterable {
    case sendToGraph
    case retryLater
    case switchToTemplate
    case closeWindow
    case pauseNumber
    case awaitStatus
    case showOperator
}

/// The event cannot happen to a message in this state; the row stays as it is.
package struct MessageRefusal: Error, Hashable, Sendable {
    package let state: MessageState
    package let event: MessageEvent
}

extension MessageState {
    package typealias Step = (state: MessageState, effects: [MessageEffect])

    /// The one transition function. Throws `MessageRefusal` for a pair that must not happen.
    package static func next(_ state: MessageState, _ event: MessageEvent) throws(MessageRefusal) -> Step {
        switch state {
        case .queued: try fromQueued(event)
        case .sending: try fromSending(event)
        case .accepted, .sent: try fromAccepted(state, event)
        case .delivered, .read: try fromReached(state, event)
        case .failed: try fromFailed(state, event)
        case .held: try fromHeld(state, event)
        case .unresolved: try fromUnresolved(event)
        case .expired, .parked: try fromStopped(state, event)
        }
    }

    private static func fromQueued(_ event: MessageEvent) throws(MessageRefusal) -> Step {
        switch event {
        case .claimed: (.sending, [.sendToGraph])
        case .heldBack(let reason): (.held(reason), [])
        case .deadlinePassed: (.expired, [.showOperator])
        case .overtaken: (.expired, [])
        case .contentUnreadable: (.parked(.unreadableContent), [.showOperator])
        // An attempt that looked refused got through after all: it must not be sent again.
        case .statusSent: (.sent, [])
        case .statusDelivered: (.delivered, [])
        case .statusRead: (.read, [])
        // Late news of an earlier attempt; the next one is already planned.
        case .statusFailed, .windowRefused, .templateRefused, .identityRefused: (.queued, [])
        case .replayAsked: (.queued, [])
        case .holdEnded, .graphAccepted, .notSent, .answerLost, .leaseLost, .refusedForNow, .refusedForGood,
            .accountRefused, .attemptsExhausted, .graceEnded, .laterHeard:
            throw MessageRefusal(state: .queued, event: event)
        }
    }

    private static func fromSending(_ event: MessageEvent) throws(MessageRefusal) -> Step {
        switch event {
        case .graphAccepted: (.accepted, [])
        case .notSent, .refusedForNow: (.queued, [.retryLater])
        case .answerLost, .leaseLost: (.unresolved, [.awaitStatus])
        case .refusedForGood(let code): (.parked(.graph(code)), [.showOperator])
        case .attemptsExhausted(let code): (.parked(.attemptsExhausted(code)), [.showOperator])
        case .accountRefused(let code): (.held(.account(code)), [.pauseNumber, .showOperator])
        case .windowRefused(let templateLeft): afterWindowRefused(templateLeft)
        case .templateRefused: (.held(.templateMissing), [])
        case .identityRefused: (.held(.identityDoubt), [.showOperator])
        // The status webhook was faster than the answer to our own request.
        case .statusSent: (.sent, [])
        case .statusDelivered: (.delivered, [])
        case .statusRead: (.read, [])
        case .statusFailed(let code): (.failed(.graph(code)), [.showOperator])
        case .claimed, .heldBack, .holdEnded, .deadlinePassed, .overtaken, .contentUnreadable, .graceEnded,
            .laterHeard,
            .replayAsked:
            throw MessageRefusal(state: .sending, event: event)
        }
    }

    private static func fromAccepted(
        _ state: MessageState, _ event: MessageEvent
    ) throws(MessageRefusal) -> Step {
        switch event {
        case .statusSent: (.sent, [])
        case .statusDelivered: (.delivered, [])
        case .statusRead: (.read, [])
        case .statusFailed(let code): (.failed(.graph(code)), [.showOperator])
        case .windowRefused(let templateLeft): afterWindowRefused(templateLeft)
        case .templateRefused: (.held(.templateMissing), [])
        case .identityRefused: (.held(.identityDoubt), [.showOperator])
        case .graphAccepted: (state, [])
        case .claimed, .heldBack, .holdEnded, .deadlinePassed, .overtaken, .contentUnreadable, .notSent,
            .answerLost,
            .leaseLost, .refusedForNow, .refusedForGood, .accountRefused, .attemptsExhausted, .graceEnded,
            .laterHeard,
            .replayAsked:
            throw MessageRefusal(state: state, event: event)
        }
    }

    /// It is on at least one device: nothing that comes later takes that back, only `read` adds to it.
    private static func fromReached(
        _ state: MessageState, _ event: MessageEvent
    ) throws(MessageRefusal) -> Step {
        switch event {
        case .statusRead: (.read, [])
        case .statusSent, .statusDelivered, .statusFailed, .windowRefused, .templateRefused,
            .identityRefused, .graphAccepted:
            (state, [])
        case .claimed, .heldBack, .holdEnded, .deadlinePassed, .overtaken, .contentUnreadable, .notSent,
            .answerLost,
            .leaseLost, .refusedForNow, .refusedForGood, .accountRefused, .attemptsExhausted, .graceEnded,
            .laterHeard,
            .replayAsked:
            throw MessageRefusal(state: state, event: event)
        }
    }

    private static func fromFailed(
        _ state: MessageState, _ event: MessageEvent
    ) throws(MessageRefusal) -> Step {
        switch event {
        // One device refused it, another has it.
        case .statusDelivered: (.delivered, [])
        case .statusRead: (.read, [])
        case .statusSent, .statusFailed, .windowRefused, .templateRefused, .identityRefused, .graphAccepted:
            (state, [])
        case .replayAsked: (.queued, [])
        case .claimed, .heldBack, .holdEnded, .deadlinePassed, .overtaken, .contentUnreadable, .notSent,
            .answerLost,
            .leaseLost, .refusedForNow, .refusedForGood, .accountRefused, .attemptsExhausted, .graceEnded,
            .laterHeard:
            throw MessageRefusal(state: state, event: event)
        }
    }

    private static func fromHeld(_ state: MessageState, _ event: MessageEvent) throws(MessageRefusal) -> Step
    {
        switch event {
        case .heldBack(let reason): (.held(reason), [])
        case .holdEnded, .replayAsked: (.queued, [])
        case .deadlinePassed: (.expired, [.showOperator])
        case .overtaken: (.expired, [])
        case .contentUnreadable: (.parked(.unreadableContent), [.showOperator])
        case .statusSent: (.sent, [])
        case .statusDelivered: (.delivered, [])
        case .statusRead: (.read, [])
        case .statusFailed, .windowRefused, .templateRefused, .identityRefused: (state, [])
        case .claimed, .graphAccepted, .notSent, .answerLost, .leaseLost, .refusedForNow, .refusedForGood,
            .accountRefused, .attemptsExhausted, .graceEnded, .laterHeard:
            throw MessageRefusal(state: state, event: event)
        }
    }

    private static func fromUnresolved(_ event: MessageEvent) throws(MessageRefusal) -> Step {
        switch event {
        case .graphAccepted: (.accepted, [])
        case .statusSent: (.sent, [])
        case .statusDelivered: (.delivered, [])
        case .statusRead: (.read, [])
        case .statusFailed(let code): (.failed(.graph(code)), [.showOperator])
        case .windowRefused(let templateLeft): afterWindowRefused(templateLeft)
        case .templateRefused: (.held(.templateMissing), [])
        case .identityRefused: (.held(.identityDoubt), [.showOperator])
        case .graceEnded: (.parked(.answerNeverCame), [.showOperator])
        case .laterHeard: (.parked(.neverArrived), [.showOperator])
        case .answerLost, .leaseLost: (.unresolved, [])
        case .claimed, .heldBack, .holdEnded, .deadlinePassed, .overtaken, .contentUnreadable, .notSent,
            .refusedForNow,
            .refusedForGood, .accountRefused, .attemptsExhausted, .replayAsked:
            throw MessageRefusal(state: .unresolved, event: event)
        }
    }

    private static func fromStopped(
        _ state: MessageState, _ event: MessageEvent
    ) throws(MessageRefusal) -> Step {
        switch event {
        // Late proof that it arrived wins over our own verdict.
        case .statusSent: (.sent, [])
        case .statusDelivered: (.delivered, [])
        case .statusRead: (.read, [])
        case .statusFailed, .windowRefused, .templateRefused, .identityRefused: (state, [])
        case .replayAsked where state != .expired: (.queued, [])
        case .claimed, .heldBack, .holdEnded, .deadlinePassed, .overtaken, .contentUnreadable, .graphAccepted,
            .notSent,
            .answerLost, .leaseLost, .refusedForNow, .refusedForGood, .accountRefused, .attemptsExhausted,
            .graceEnded, .laterHeard, .replayAsked:
            throw MessageRefusal(state: state, event: event)
        }
    }

    private static func afterWindowRefused(_ templateLeft: Bool) -> Step {
        templateLeft
            ? (.queued, [.closeWindow, .switchToTemplate])
            : (.held(.windowClosed), [.closeWindow])
    }
}
