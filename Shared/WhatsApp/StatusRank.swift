// How far a message got, merged from statuses that come late, twice, out of order or not at all. Pure: the
// same set of statuses gives the same answer in every order.

/// What Meta said about a message.
package enum StatusWord: Sendable, Hashable {
    case sent, delivered, read, played, failed
    /// A word that we do not know; it changes nothing.
    case unknown(String)

    package init(_ text: String) {
        switch text {
        case "sent": self = .sent
        case "delivered": self = .delivered
        case "read": self = .read
        case "played": self = .played
        case "failed": self = .failed
        default: self = .unknown(text)
        }
    }

    /// As Meta spells it.
    package var text: String {
        switch self {
        case .sent: "sent"
        case .delivered: "delivered"
        case .read: "read"
        case .played: "played"
        case .failed: "failed"
        case .unknown(let text): text
        }
    }
}

/// The merged state of a message at Meta. Ordered by how much is known to have happened: `failed` outranks
/// `sent` but not `delivered`, because a message can fail on one device of a person and reach another.
package enum StatusRank: Int, Sendable, CaseIterable, Comparable {
    case none, sent, failed, delivered, read, played

    /// The state that a word alone stands for.
    package init(_ word: StatusWord) {
        switch word {
        case .sent: self = .sent
        case .delivered: self = .delivered
        case .read: self = .read
        case .played: self = .played
        case .failed: self = .failed
        case .unknown: self = .none
        }
    }

    package static func < (one: StatusRank, other: StatusRank) -> Bool { one.rawValue < other.rawValue }

    /// The greater of the two: commutative, associative and idempotent, so order and repetition do not
    /// matter.
    package func merged(with other: StatusRank) -> StatusRank { max(self, other) }
}
