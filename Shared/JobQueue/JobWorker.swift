// Takes jobs from a table and runs them, several at once, until told to stop. It decides when to claim and
// how many; what a job means, when it is retried and when it is given up is its service's business. Every job
// must survive running twice.
package import EventLoop
package import Observe
import Synchronization
package import World

/// Runs the jobs of one source. Start `run()` as a long-lived task; call `wake()` from LISTEN.
package struct JobWorker<Source: JobSource>: Sendable {
    /// Between attempts to claim while the database fails.
    private static var claimBackoff: Backoff { Backoff(first: .milliseconds(100), last: .seconds(5)) }
    /// How long a stopped worker waits for the jobs that it has begun before it cancels them.
    private static var drainTime: Duration { .seconds(4) }

    private let name: String
    private let source: Source
    private let concurrency: Int
    private let pollInterval: Duration
    private let loop: EventLoop
    private let world: World
    private let log: Log
    private let instruments: JobInstruments
    private let perform: @Sendable (Source.Job) async -> Void
    private let bell = Bell()
    private let running = RunningJobs<Source.Job>()

    /// `concurrency` jobs at most run at once. Without a wake, claims come every `pollInterval`, give or take
    /// a quarter. `perform` records the job's outcome itself and has no error to throw.
    package init(
        name: String, source: Source, concurrency: Int, pollInterval: Duration, loop: EventLoop, world: World,
        log: Log, metrics: Metrics, perform: @escaping @Sendable (Source.Job) async -> Void
    ) {
        self.name = name
        self.source = source
        self.concurrency = max(1, concurrency)
        self.pollInterval = pollInterval
        self.loop = loop
        self.world = world
        self.log = log
        self.perform = perform
        instruments = JobInstruments(name: name, metrics: metrics)
    }

    /// There may be work. From any thread, never blocks; too many calls do no harm.
    package func wake() { bell.ring() }

    /// Claims and runs until the task is cancelled; then begins nothing more, waits for what has begun, and
    /// throws CancellationError. Meanwhile the leases of what has begun are renewed, to the last job's end.
    package func run() async throws {
        // Not a child of this task: cancelling the worker must not end the leases of the jobs that it drains.
        let renewal = Task(executorPreference: loop) { await renewLeases() }
        await claimAndBegin()
        running.stop()
        await drain()
        renewal.cancel()
        await renewal.value
        throw CancellationError()
    }

    private func claimAndBegin() async {
        var failures = 0
        var isBehind = false
        while !Task.isCancelled {
            // Under load a claim is worth its round trip only for several jobs; otherwise any free place is
            // used.
            let least = isBehind ? concurrency / 4 : 1
            let places = running.keepForClaim(of: concurrency, least: least, isBehind: isBehind)
            guard places > 0 else {
                await bell.wait(atMost: pollInterval, on: loop)
                continue
            }
            do {
                let jobs = try await source.claim(places)
                failures = 0
                isBehind = jobs.count >= min(places, source.claimMax)
                instruments.claimed(jobs.count)
                if Task.isCancelled {
                    running.giveBack(places)
                    await handBack(jobs)
                } else {
                    let ids = running.begin(jobs, kept: places, isShort: isBehind)
                    for (job, id) in zip(jobs, ids) { start(job, as: id) }
                }
                if !isBehind { await bell.wait(atMost: jittered(pollInterval), on: loop) }
            } catch {
                running.giveBack(places)
                if Task.isCancelled { break }
                failures += 1
                instruments.claimFailed()
                log.warn("jobs.claimFailed", ["worker": .name(name), "failures": .int(failures)])
                await bell.wait(atMost: Self.claimBackoff.pause(after: failures, world), on: loop)
            }
        }
    }

    /// A worker that is killed renews nothing, so its jobs are claimed by another when the lease ends; one
    /// that lives keeps even its slowest job. Three renewals fit into a lease, and after a failed one more.
    private func renewLeases() async {
        var pause = source.lease / 3
        while (try? await loop.sleep(for: pause)) != nil {
            pause = source.lease / 3
            let jobs = running.jobs
            if jobs.isEmpty { continue }
            do { try await source.renew(jobs) } catch {
                if Task.isCancelled { return }
                // No harm yet: most of the lease is left, and if it ends the fence keeps the late writer out.
                instruments.renewalFailed()
                log.warn("jobs.renewalFailed", ["worker": .name(name), "jobs": .int(jobs.count)])
                pause = source.lease / 12
            }
        }
    }

    /// Jobs are not children of this task: cancelling the worker must not tear down a job that is half done.
    /// They are counted, and `drain` waits for them.
    private func start(_ job: Source.Job, as id: Int) {
        let task = Task(executorPreference: loop) {
            let start = loop.nowNs
            await perform(job)
            instruments.finished(.nanoseconds(loop.nowNs - start))
            instruments.running(running.finished(id))
            // A finished job frees a place, and may be what the next one of its conversation waited for. Where it
            // frees nothing that anybody waits for, a claim would find nothing.
            if source.endMayFreeAnother || running.isShort { bell.ring() }
        }
        instruments.running(running.began(id, task))
    }

    /// Somebody is going to ask for places.
    func expectWriters() { running.expectWriters() }

    /// A place for a job whose row is about to be written as claimed; nil when there is none to spare, or the worker
    /// was told to stop.
    func place() -> JobPlace<Source.Job>? {
        guard running.keep(of: concurrency) else { return nil }
        return JobPlace(
            start: { job in
                guard let id = running.reserveKept(job) else {
                    Task(executorPreference: loop) { await handBack([job]) }
                    return
                }
                instruments.claimed(1)
                start(job, as: id)
            },
            giveBack: {
                running.giveBack()
                if running.isShort { bell.ring() }
            })
    }

    private func handBack(_ jobs: [Source.Job]) async {
        if jobs.isEmpty { return }
        // The task is cancelled, and a query of a cancelled task does not start: hand back from one that is
        // not.
        let released = Task(executorPreference: loop) {
            do { try await source.release(jobs) } catch {
                // The lease ends by itself; it only takes longer.
                log.warn("jobs.releaseFailed", ["worker": .name(name), "jobs": .int(jobs.count)])
            }
        }
        await released.value
    }

    private func drain() async {
        let begun = running.all
        if begun.isEmpty { return }
        let deadline = Task(executorPreference: loop) {
            // Cancelled when all are done in time.
            guard (try? await loop.sleep(for: Self.drainTime)) != nil else { return }
            for task in begun { task.cancel() }
            log.warn("jobs.drainTimedOut", ["worker": .name(name), "jobs": .int(running.count)])
        }
        for task in begun { await task.value }
        deadline.cancel()
    }

    private func jittered(_ span: Duration) -> Duration { span * (0.75 + 0.5 * world.fraction()) }
}
