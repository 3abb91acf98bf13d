// The shortest way from a commit to its job: who writes a row may write it as claimed, with a lease and the first
// fence, when its own worker has a free place, and hands it over in memory. No claim is made for it. Should the
// process die in between, the lease ends and the row is claimed like any other.
import Synchronization

/// A free place of a worker, kept for one job. A place that is let go of without a job is free again.
package final class JobPlace<Job: Sendable>: Sendable {
    private let isTaken = Atomic(false)
    private let start: @Sendable (Job) -> Void
    private let giveBack: @Sendable () -> Void

    init(start: @escaping @Sendable (Job) -> Void, giveBack: @escaping @Sendable () -> Void) {
        self.start = start
        self.giveBack = giveBack
    }

    deinit { if !isTaken.load(ordering: .relaxed) { giveBack() } }

    /// Runs `job`, whose row has been committed as claimed under a lease of the source's length and the fence that it
    /// names. Once for each place: a second call does nothing, and its row waits for its lease to end.
    package func begin(_ job: Job) {
        guard !isTaken.exchange(true, ordering: .relaxed) else { return }
        start(job)
    }
}

/// Where a writer of rows asks for places. The worker is made after the store that writes, so it is opened afterwards;
/// until then, and after the worker was told to stop, there is no place and rows are written as due.
package final class JobPlaces<Job: Sendable>: Sendable {
    private struct Opened: Sendable { var take: (@Sendable () -> JobPlace<Job>?)? }
    private let opened = Mutex(Opened())
    private let bell = Doorbell()

    package init() {}

    /// Nil when all places are taken: then the row is written as due and waits for a claim.
    package func take() -> JobPlace<Job>? { opened.withLock { $0 }.take?() }

    /// A row was written as due for want of a place: the worker claims it as soon as one is free.
    package func wake() { bell.ring() }

    /// Places of `worker` from now on.
    package func open<Source: JobSource>(_ worker: JobWorker<Source>) where Source.Job == Job {
        worker.expectWriters()
        opened.withLock { $0.take = { worker.place() } }
        bell.answer { _ in worker.wake() }
    }
}
