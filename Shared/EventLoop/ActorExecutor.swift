// How actors run on a loop. It is an object of its own, so that the loop knows which jobs are an actor's and which are
// nobody's: the runtime compares the executor that a job runs on with the one its next step wants, and queues the task
// anew where they differ.

/// A job runs as what it was queued as. Run as an actor's, a task that is nobody's would be queued anew at each step
/// that is nobody's either: some five times for each wait, when it was counted.
struct LoopJob {
    let job: UnownedJob
    let isOfActor: Bool

    init(_ job: UnownedJob, isOfActor: Bool) {
        self.job = job
        self.isOfActor = isOfActor
    }

    /// On the loop's thread.
    func run(on loop: EventLoop) {
        if isOfActor {
            unsafe job.runSynchronously(
                isolatedTo: loop.asUnownedSerialExecutor(), taskExecutor: loop.asUnownedTaskExecutor())
        } else {
            unsafe job.runSynchronously(on: loop.asUnownedTaskExecutor())
        }
    }
}

/// Hands the jobs of actors to their loop.
final class ActorExecutor: SerialExecutor {
    /// A loop and this object hold each other: loops live as long as the process.
    private let loop: EventLoop

    init(_ loop: EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) { loop.enqueue(LoopJob(UnownedJob(job), isOfActor: true)) }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor { unsafe UnownedSerialExecutor(ordinary: self) }

    func checkIsolated() { loop.checkIsolated() }
}
