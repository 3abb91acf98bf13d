// How fast this process sends from each business number, and which numbers pause because their account was
// refused. Memory of one process: two processes share Meta's limit by configuration.
import Synchronization
package import World

/// The pace of all numbers of this process.
package final class NumberPace: Sendable {
    private struct State {
        var fullAt: Timestamp?
        var pausedUntil: Timestamp?
        var pauseCode = 0
    }
    private let pace: Pace
    private let states = Mutex<[String: State]>([:])

    /// `ratePerSecond` is at least 1. A quarter of a second's worth may leave at once.
    package init(ratePerSecond: Int) {
        pace = Pace(interval: .microseconds(1_000_000 / ratePerSecond), burst: max(1, ratePerSecond / 4))
    }

    /// Takes a turn, or says when to ask again.
    package func take(_ phoneNumberId: String, now: Timestamp) -> Pace.Turn {
        states.withLock { states in
            let turn = pace.take(fullAt: states[phoneNumberId]?.fullAt, now: now)
            if case .go(let fullAt) = turn { states[phoneNumberId, default: State()].fullAt = fullAt }
            return turn
        }
    }

    /// The account behind the number was refused: nothing is tried before `until`.
    package func pause(_ phoneNumberId: String, code: Int, until: Timestamp) {
        states.withLock { states in
            states[phoneNumberId, default: State()].pausedUntil = until
            states[phoneNumberId, default: State()].pauseCode = code
        }
    }

    /// Why and how long the number pauses; nil when it may send.
    package func pause(_ phoneNumberId: String, now: Timestamp) -> (code: Int, until: Timestamp)? {
        states.withLock { states in
            guard let state = states[phoneNumberId], let until = state.pausedUntil, now < until,
                Pace.isPlausible(until, RetrySchedule.accountWait, now)
            else {
                return nil
            }
            return (state.pauseCode, until)
        }
    }
}
