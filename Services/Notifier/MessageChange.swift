// What one event does to one row, besides its state: pure, so that a batch of statuses and a single settlement decide
// alike. The state itself is MessageState's.
import World

/// What an attempt was sent as and relied on.
struct SentAttempt: Sendable, Equatable {
    var isChat = false
    var inboundAt: Timestamp?
    /// Nil where nobody asked.
    var startedAt: Timestamp?
}

/// The change that a settlement makes to a locked row.
struct MessageChange: Sendable {
    let settled: Settled
    /// The row as it is to be written; nil: as it was.
    private(set) var after: LockedMessage?
    /// An inbound time that turned out to open nothing.
    private(set) var disproved: Timestamp?
    /// The conversation is to have its turn then at the latest.
    private(set) var nextTurn: Timestamp?
    private(set) var lastError: String?

    /// `attempt` is the one that the event speaks of, `sent` what is known of it.
    init(_ row: LockedMessage, _ settlement: Settlement, attempt: Int, _ sent: SentAttempt, now: Timestamp) {
        guard let event = Self.event(settlement.happened, row, attempt: attempt, wasChat: sent.isChat) else {
            settled = .done(row.state, [])
            return
        }
        // The sender itself, under the fence of its attempt, was taken for gone and was not: what it has
        // learned about that attempt counts as if nobody had given it up.
        let isFromItsSender = settlement.fence != nil && row.state == .unresolved
        let step: MessageState.Step
        do { step = try MessageState.next(isFromItsSender ? .sending : row.state, event) } catch {
            settled = .refused(row.state)
            return
        }
        settled = .done(step.state, step.effects)
        if step.effects.contains(.closeWindow) { disproved = sent.inboundAt }
        if step.state == row.state, step.effects.isEmpty { return }
        var after = row
        after.state = step.state
        after.runAt = now.advanced(by: settlement.wait ?? .zero)
        after.leaseUntil = nil
        switch event {
        case .refusedForNow, .accountRefused: after.refusals += 1
        case .windowRefused: after.templateOnly = true
        // The person wrote again, or a person decided: both forms are possible again and the count starts
        // anew.
        case .holdEnded, .replayAsked: (after.templateOnly, after.refusals) = (false, 0)
        case .claimed, .heldBack, .deadlinePassed, .overtaken, .contentUnreadable, .graphAccepted, .notSent,
            .answerLost,
            .leaseLost, .refusedForGood, .templateRefused, .identityRefused, .attemptsExhausted, .statusSent,
            .statusDelivered,
            .statusRead, .statusFailed, .graceEnded, .laterHeard:
            break
        }
        self.after = after
        lastError = settlement.code == 0 ? nil : "graph:\(settlement.code)"
        if after.state == .queued {
            nextTurn = after.runAt
        } else if row.state.blocksConversation, !after.state.blocksConversation {
            nextTurn = now
        }
    }

    /// The machine's event for what happened, or nil when it is old news: a failure of an attempt that has
    /// been followed by another says nothing about that one. Good news of any attempt counts.
    private static func event(
        _ happened: Settlement.Happened, _ row: LockedMessage, attempt: Int, wasChat: Bool
    ) -> MessageEvent? {
        switch happened {
        case .windowRefused:
            attempt < row.attempts
                ? nil : .windowRefused(templateLeft: row.kind == "outcome" && wasChat && !row.templateOnly)
        case .event(.statusFailed) where attempt < row.attempts: nil
        case .event(.templateRefused) where attempt < row.attempts: nil
        case .event(.identityRefused) where attempt < row.attempts: nil
        case .event(let event): event
        }
    }
}
