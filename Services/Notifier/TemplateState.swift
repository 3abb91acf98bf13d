// A template's standing with Meta. Everything that can change it is in this file, and nothing else is: no SQL, no
// HTTP, no clock. The diagram in README.md and the table in Tests/Vectors/templates/lifecycle.table are compared with
// it by a test, so change all three together.
package import WhatsApp

/// Where a template stands in one business account.
package enum TemplateState: String, Hashable, Sendable, CaseIterable {
    /// The account has not been asked yet: what this program was built with counts as approved, and Meta's refusal
    /// would be the first to say otherwise.
    case assumed
    /// The account does not have it.
    case missing
    /// A creation or an edit has left; its answer is not known. The account's list settles it.
    case submitted
    /// Meta would not take it for review.
    case refused
    case pending
    case approved
    /// Approved, but its readers complain: it will be paused next.
    case flagged
    case paused
    case rejected
    /// For good.
    case disabled
    /// Unused for a year; deleted four weeks later.
    case archived
    case deleted
    /// Approved as something other than UTILITY: dearer, capped, and no receipt.
    case recategorised

    /// May be sent.
    package var isUsable: Bool {
        switch self {
        case .assumed, .approved, .flagged: true
        case .missing, .submitted, .refused, .pending, .paused, .rejected, .disabled, .archived, .deleted,
            .recategorised:
            false
        }
    }
}

/// What happened to a template.
package enum TemplateEvent: Hashable, Sendable {
    /// Committed before a creation or an edit leaves.
    case submitted
    /// The creation provably did nothing.
    case notSubmitted
    case creationRefused
    /// Meta's word, from the account's list, a webhook, the answer to a creation or to a send. Nil: the word came
    /// without a category.
    case reported(TemplateWord, isUtility: Bool?)
    /// A whole list of the account was read, or Meta said to a send, that there is no such template.
    case absent
    /// Meta changed the category.
    case categorised(isUtility: Bool)
}

extension TemplateEvent {
    /// What Meta's answer to a send says of the template: none of that name, paused, disabled. Nil for a code that
    /// is about something else.
    package init?(sendCode: Int) {
        switch sendCode {
        case 132_001: self = .absent
        case 132_015: self = .reported(.paused, isUtility: nil)
        case 132_016: self = .reported(.disabled, isUtility: nil)
        case _: return nil
        }
    }
}

/// What the owner of the row has to do after it has stored the new state.
package enum TemplateEffect: String, Hashable, Sendable, CaseIterable {
    /// Held messages may go.
    case releaseHeld
    /// The spare or nothing.
    case stopUsing
    /// A person should know.
    case alert
}

/// The event cannot happen to a template in this state; the row stays as it is.
package struct TemplateRefusal: Error, Hashable, Sendable {
    package let state: TemplateState
    package let event: TemplateEvent
}

extension TemplateState {
    package typealias Step = (state: TemplateState, effects: [TemplateEffect])

    /// The one transition function. Throws `TemplateRefusal` for a pair that must not happen.
    package static func next(_ state: TemplateState, _ event: TemplateEvent) throws(TemplateRefusal) -> Step {
        switch event {
        case .submitted: return step(state, try submitted(from: state))
        case .notSubmitted, .creationRefused:
            guard state == .submitted else { throw TemplateRefusal(state: state, event: event) }
            return step(state, event == .notSubmitted ? .missing : .refused)
        // What Meta would not take stays that until a person has mended it or the day is over.
        case .absent: return step(state, state == .refused ? .refused : .missing)
        case .categorised(let isUtility): return step(state, categorised(state, isUtility))
        case .reported(let word, let isUtility): return step(state, reported(state, word, isUtility))
        }
    }

    private static func submitted(from state: TemplateState) throws(TemplateRefusal) -> TemplateState {
        switch state {
        case .missing, .refused, .rejected, .paused, .approved, .flagged: .submitted
        // Nothing is known, it is under review, or Meta takes no edit of it.
        case .assumed, .submitted, .pending, .disabled, .archived, .deleted, .recategorised:
            throw TemplateRefusal(state: state, event: .submitted)
        }
    }

    private static func categorised(_ state: TemplateState, _ isUtility: Bool) -> TemplateState {
        switch state {
        case .assumed, .approved, .flagged: isUtility ? state : .recategorised
        case .recategorised: isUtility ? .approved : .recategorised
        case .missing, .submitted, .refused, .pending, .paused, .rejected, .disabled, .archived, .deleted:
            state
        }
    }

    private static func reported(
        _ state: TemplateState, _ word: TemplateWord, _ isUtility: Bool?
    ) -> TemplateState {
        let isUtility = isUtility ?? (state != .recategorised)
        return switch word {
        case .approved, .reinstated, .unarchived: isUtility ? .approved : .recategorised
        case .flagged: isUtility ? .flagged : .recategorised
        case .pending, .inAppeal: .pending
        case .rejected: .rejected
        case .paused: .paused
        case .disabled: .disabled
        case .archived: .archived
        case .deleted, .pendingDeletion: .deleted
        case .limitExceeded: .refused
        // Locked against edits only; a word that we do not know changes nothing that we do.
        case .locked, .unknown: state
        }
    }

    private static func step(_ old: TemplateState, _ new: TemplateState) -> Step {
        guard old != new else { return (new, []) }
        var effects: [TemplateEffect] = []
        if new.isUsable, !old.isUsable { effects.append(.releaseHeld) }
        if old.isUsable, !new.isUsable { effects.append(.stopUsing) }
        if new.isAlarming(after: old) { effects.append(.alert) }
        return (new, effects)
    }

    /// Our own submissions, reviews under way and a first look at an empty account alarm nobody.
    private func isAlarming(after old: TemplateState) -> Bool {
        switch self {
        case .refused, .flagged, .paused, .rejected, .disabled, .archived, .deleted, .recategorised: true
        case .missing: old == .approved || old == .flagged
        case .assumed, .submitted, .pending, .approved: false
        }
    }
}
