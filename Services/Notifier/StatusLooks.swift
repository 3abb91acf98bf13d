// When statuses are looked for. Whoever tells of some counts on a look that follows on each that found any
// (`StatusPace`), so none may rest before that one was made.
import Contracts
import World

struct StatusLooks {
    /// No look before this; nil: at once.
    private var next: Timestamp?
    /// When some were found last, until a look has followed on that.
    private var foundAt: Timestamp?

    /// Another look follows by itself.
    var isOwed: Bool { foundAt != nil }

    /// How long the look is put off. A clock that was set puts none off.
    func wait(now: Timestamp) -> Duration {
        let span = next?.since(now) ?? .zero
        return span > .zero && span <= StatusPace.gap ? span : .zero
    }

    /// A look that began at `began` has found some and ended at `now`, or has found none. One that was full is followed
    /// at once, since there are more.
    mutating func looked(from began: Timestamp, found: Bool, isFull: Bool = false, now: Timestamp) {
        if found {
            foundAt = now
            next = isFull ? nil : now.advanced(by: StatusPace.gap)
        } else if let foundAt, (.zero..<StatusPace.gap).contains(began.since(foundAt)) {
            next = foundAt.advanced(by: StatusPace.gap)
        } else {
            foundAt = nil
            next = nil
        }
    }
}
