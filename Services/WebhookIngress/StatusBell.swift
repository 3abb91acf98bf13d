// When the readers of statuses are told that there are some. They look again by themselves a moment after they have
// found any, so what comes right behind a notification needs none.
import Contracts
import Synchronization
import World

/// One process's telling; two processes tell each for itself.
final class StatusBell: Sendable {
    /// When the last commit that told was sent, on the clock that only runs forwards.
    private let toldAt = Mutex<Int64?>(nil)

    /// Whether a commit that is sent now has to tell of the statuses in it.
    func mustRing(at now: Int64) -> Bool {
        toldAt.withLock { $0.map { now - $0 >= StatusPace.quiet.nanoseconds } ?? true }
    }

    /// A commit that was sent at `moment` has told of statuses that nobody knew of.
    func rang(at moment: Int64) { toldAt.withLock { $0 = max($0 ?? moment, moment) } }
}
