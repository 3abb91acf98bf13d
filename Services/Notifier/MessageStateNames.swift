// The spelling of the states in rows, routes and metrics. Apart from the machine because it changes for other
// reasons: a renamed column value is a migration, a new transition is not.
package import Contracts

extension MessageState {
    /// The word in the `state` column and in the API. The reason travels in its own column.
    package var name: MessageStatusName {
        switch self {
        case .queued: .queued
        case .sending: .sending
        case .accepted: .accepted
        case .sent: .sent
        case .delivered: .delivered
        case .read: .read
        case .failed: .failed
        case .held: .held
        case .unresolved: .unresolved
        case .expired: .expired
        case .parked: .parked
        }
    }

    package var reason: MessageReason? {
        switch self {
        case .failed(let reason), .held(let reason), .parked(let reason): reason
        case .queued, .sending, .accepted, .sent, .delivered, .read, .unresolved, .expired: nil
        }
    }

    /// Reads a row back. `nil` for a pair that no version of this machine has written.
    package init?(name: MessageStatusName, reason: String?) {
        let why = reason.flatMap(MessageReason.init(text:))
        switch name {
        case .queued: self = .queued
        case .sending: self = .sending
        case .accepted: self = .accepted
        case .sent: self = .sent
        case .delivered: self = .delivered
        case .read: self = .read
        case .unresolved: self = .unresolved
        case .expired: self = .expired
        case .failed:
            guard let why else { return nil }
            self = .failed(why)
        case .held:
            guard let why else { return nil }
            self = .held(why)
        case .parked:
            guard let why else { return nil }
            self = .parked(why)
        }
    }

    /// Settled states keep their place in the conversation for nobody: the next message may go.
    package var blocksConversation: Bool {
        switch self {
        case .queued, .sending: true
        case .accepted, .sent, .delivered, .read, .failed, .held, .unresolved, .expired, .parked: false
        }
    }
}
