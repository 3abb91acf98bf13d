// The one way to ring for somebody who is made later: a store that rings for the worker which is made from it, a sender
// that rings for the source which hands it its jobs. A worker's own flag, which it waits for, is `Bell`.
import Synchronization
package import World

/// Rings are hints and never too many. Those that come before anybody answers are kept as one, with the earliest of
/// their moments.
package final class Doorbell: Sendable {
    /// In a struct of its own: a closure that is itself the value of a Mutex grows with each access to it.
    private struct Door: Sendable {
        var answer: (@Sendable (Timestamp?) -> Void)?
        var isRung = false
        var alarm: Timestamp?
    }
    private let door = Mutex(Door())

    package init() {}

    /// From now on each ring calls `answer`, on the thread of who rings: at once for nil, else there will be work at
    /// that moment.
    package func answer(_ answer: @escaping @Sendable (_ moment: Timestamp?) -> Void) {
        let early = door.withLock { door in
            defer { door = Door(answer: answer) }
            return door
        }
        if early.isRung { answer(nil) }
        if let alarm = early.alarm { answer(alarm) }
    }

    /// There may be work now or, with a moment, then.
    package func ring(at moment: Timestamp? = nil) {
        let door = door.withLock { door in
            if door.answer == nil {
                if let moment { door.alarm = min(door.alarm ?? moment, moment) } else { door.isRung = true }
            }
            return door
        }
        door.answer?(moment)
    }
}
