// The 24 hours in which a business may answer freely, per (business number, person). A pure function of what
// the person last wrote and of now; it must be asked again at the moment of the call, never once for a batch.
package import World

/// One conversation's window.
package struct Window: Hashable, Sendable {
    /// Meta's own length of the window.
    package static let length = Duration.seconds(24 * 60 * 60)
    /// Closed this much early: clocks differ, and a message accepted in the last second is refused a second
    /// later.
    package static let margin = Duration.seconds(60)

    /// When the person last wrote: the earlier of the message's own time and its arrival. `nil`: never heard. A
    /// message's time is a whole second; each further message of that second counts one microsecond later (the
    /// ingress sees to it, by messages and not by deliveries), so that it is later than what was disproved.
    package var lastInbound: Timestamp?
    /// The `lastInbound` that Meta did not accept as an open window (131047). Only a later word opens it
    /// again.
    package var disprovedInbound: Timestamp?

    package init(lastInbound: Timestamp?, disprovedInbound: Timestamp? = nil) {
        self.lastInbound = lastInbound
        self.disprovedInbound = disprovedInbound
    }

    /// The time that counts for one inbound message. A webhook that Meta repeats days later carries its old
    /// stamp, so it opens nothing; a stamp from the future (a clock ahead of ours) counts from its arrival.
    package static func heard(stamped: Timestamp, received: Timestamp) -> Timestamp { min(stamped, received) }

    /// Webhooks arrive in any order: only a later word moves the window.
    package mutating func hear(stamped: Timestamp, received: Timestamp) {
        let heard = Self.heard(stamped: stamped, received: received)
        if let last = lastInbound, last >= heard { return }
        lastInbound = heard
    }

    /// Meta refused a free-form message that was sent on the strength of `inbound`. A refusal that arrives
    /// after the person wrote again says nothing about the new window.
    package mutating func disprove(inbound: Timestamp) {
        if let known = disprovedInbound, known >= inbound { return }
        disprovedInbound = inbound
    }

    /// The first moment at which a free-form message may no longer be sent; `nil` when it may not be sent at
    /// all.
    package var closesAt: Timestamp? {
        guard let last = lastInbound else { return nil }
        if let disproved = disprovedInbound, last <= disproved { return nil }
        return last.advanced(by: Self.length - Self.margin)
    }

    package func isOpen(at now: Timestamp) -> Bool {
        guard let closes = closesAt else { return false }
        return now < closes
    }
}
