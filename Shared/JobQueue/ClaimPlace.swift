// A floor for the sources that claim: asks it, runs the claim, tells it what came of it.
import Synchronization
package import World

/// What a claim found, for its floor.
package struct Claimed<Jobs: Sendable>: Sendable {
    package let jobs: Jobs
    /// When each was due from; of a full claim at least the last.
    package let due: [Timestamp]
    /// It took as many as it might, so there may be more.
    package let isFull: Bool

    package init(_ jobs: Jobs, due: [Timestamp], isFull: Bool) {
        self.jobs = jobs
        self.due = due
        self.isFull = isFull
    }
}

/// One worker's place in one queue. Claims of one worker come one after the other; if they did not, no job would be
/// lost, only found by a deeper look.
package final class ClaimPlace: Sendable {
    private let floor = Mutex(ClaimFloor())

    package init() {}

    /// `ask` is given the moment by which jobs must be due, and the one before which none is looked at.
    package func claim<Jobs: Sendable>(
        _ world: World, _ ask: (_ now: Timestamp, _ from: Timestamp) async throws -> Claimed<Jobs>
    ) async throws -> Jobs {
        let look = floor.withLock { $0.look(now: world.now(), startNs: world.monotonic()) }
        let claimed = try await ask(look.now, look.from)
        let endNs = world.monotonic()
        floor.withLock { $0.found(claimed.due, isFull: claimed.isFull, by: look, endNs: endNs) }
        return claimed.jobs
    }

    /// The end of a job has made one claimable that waited for it, and that may have been passed over.
    package func lookBack() { floor.withLock { $0.lookBack() } }
}
