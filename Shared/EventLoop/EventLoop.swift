// One thread, its epoll with the databases' own inside it, and the executor of every task and actor that belongs to it.
// A connection's task stays on its loop for life, so readiness, parsing and answering never cross a thread. Nothing
// here knows a protocol: descriptors become readable, timers fire, jobs run. Blocking calls are forbidden on this
// thread; BlockingThread is for them.
import CLinux
import Synchronization

/// A thread that runs an epoll and all jobs of its tasks (as their `TaskExecutor`) and actors (`ActorExecutor`).
///
/// Start tasks on it with `Task(executorPreference:)` or `addTask(executorPreference:)`; child tasks follow.
/// Its thread lives until `stop()`, the object as long as the process; actors that return it as their executor
/// must keep a reference to it.
// SAFETY: everything outside `shared` and the atomics is touched by the loop's own thread only, which each
// entry checks.
@safe package final class EventLoop: TaskExecutor, @unchecked Sendable {
    /// How many events one epoll_wait may return: enough for a burst, small enough to stay in cache.
    private static let eventsMax = 256
    /// How many rounds of jobs run before sockets are looked at again, so that no chain of jobs starves them.
    private static let jobRoundsMax = 64
    /// How long they may take before that, so that one chain of long jobs does not starve them either.
    private static let jobRoundsNsMax: Int64 = 2_000_000
    /// How often I/O deadlines are checked. They are limits against stuck peers, not clocks.
    private static let sweepIntervalNs: Int64 = 100_000_000
    /// Room for jobs that is kept from round to round: 8 KiB in each array.
    private static let jobsKept = 512
    /// One read's most: a TLS record or a large webhook in four reads.
    static let scratchBytes = 64 * 1024
    /// How long a database's answer may lie unseen while jobs run. A look is one system call, a hundredth of it.
    private static let urgentLookNs: Int64 = 50_000
    /// How far jobs that follow from an urgent event go before all others: to the caller of a statement, to what he
    /// asks next, and to those whom he answers. Beyond it they wait like everybody's.
    private static let urgentRoundsMax = 16
    /// How long they may take before everybody else comes: sockets and timers wait for them.
    private static let urgentNsMax: Int64 = 500_000
    /// The clock is read before every fourth job, not before each.
    private static let jobsToALook = 4

    private struct Shared {
        var jobs: [LoopJob] = []
        var bodies: [@Sendable () -> Void] = []
        var stopping = false
    }

    private let epoll: Int32
    /// Lies in `epoll`, so that it can be looked at alone while jobs run.
    private let urgentEpoll: Int32
    private let wakeup: Int32
    private let shared = Mutex(Shared())
    private let thread = Atomic<UInt>(0)
    private let sleeping = Atomic<Bool>(false)
    private let handle = Mutex<pthread_t?>(nil)
    /// What this thread queued itself, without a lock, and the round that is being run; empty between rounds.
    private var own: [LoopJob] = []
    private var running: [LoopJob] = []
    /// What follows from an urgent event, while that is attended to.
    private var urgentJobs: [LoopJob] = []
    private var urgentRunning: [LoopJob] = []
    private var isUrgent = false
    private var urgentWatches = 0
    private var lastLookNs: Int64 = 0
    private var jobsUntilLook = jobsToALook
    private var urgentEvents = [till_ready](repeating: till_ready(), count: 16)
    private var actors: ActorExecutor?
    /// Filled by one read at a time, handed to a closure, never kept.
    let scratch: UnsafeMutableRawBufferPointer
    private var watches: [UInt64: Watch] = [:]
    private static let wakeupToken: UInt64 = 0
    private static let urgentToken: UInt64 = 1
    private var nextToken: UInt64 = 2
    private var timers = TimerHeap()
    private var lastSweepNs: Int64 = 0
    /// How many waits have a deadline, so that a loop without any is never woken to look.
    var deadlines = 0

    private init() throws {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard epoll >= 0 else { throw SystemFailure.last("epoll_create1") }
        urgentEpoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        wakeup = eventfd(0, Int32(EFD_NONBLOCK) | Int32(EFD_CLOEXEC))
        guard urgentEpoll >= 0, wakeup >= 0 else {
            let failure = SystemFailure.last("epoll_create1 or eventfd")
            for descriptor in [epoll, urgentEpoll, wakeup] where descriptor >= 0 { _ = close(descriptor) }
            throw failure
        }
        unsafe scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.scratchBytes, alignment: 64)
        guard till_epoll_control(epoll, EPOLL_CTL_ADD, wakeup, EPOLLIN.rawValue, Self.wakeupToken) == 0,
            till_epoll_control(epoll, EPOLL_CTL_ADD, urgentEpoll, EPOLLIN.rawValue, Self.urgentToken) == 0
        else { throw SystemFailure.last("epoll_ctl wakeup") }
        actors = ActorExecutor(self)
    }

    /// Starts a loop on a new thread called `name` (at most 15 bytes, a limit of the kernel).
    package static func start(name: String) throws -> EventLoop {
        let loop = try EventLoop()
        let thread = try Pthread.start(name: name) { loop.run() }
        loop.handle.withLock { $0 = thread }
        return loop
    }

    /// True on the loop's own thread.
    package var isCurrent: Bool { UInt(pthread_self()) == thread.load(ordering: .acquiring) }

    /// Nanoseconds of the monotonic clock, the unit of every deadline below.
    package var nowNs: Int64 { till_monotonic_ns() }

    package func enqueue(_ job: consuming ExecutorJob) { enqueue(LoopJob(UnownedJob(job), isOfActor: false)) }

    func enqueue(_ job: LoopJob) {
        if isCurrent {
            if isUrgent { urgentJobs.append(job) } else { own.append(job) }
            return
        }
        shared.withLock { $0.jobs.append(job) }
        wake()
    }

    /// Runs `body` on the loop's thread, soon, from any thread. For edges that have no task; it must not
    /// block.
    package func execute(_ body: @escaping @Sendable () -> Void) {
        shared.withLock { $0.bodies.append(body) }
        wake()
    }

    /// Ends the thread after the jobs that are already queued. Tasks still waiting on the loop never resume.
    package func stop() {
        shared.withLock { $0.stopping = true }
        wake(always: true)
        guard !isCurrent, let thread = handle.withLock({ $0.take() }) else { return }
        _ = pthread_join(thread, nil)
    }

    /// The executor of actors that live on this loop.
    package func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        guard let actors else { preconditionFailure("a loop has its actors' executor from its beginning") }
        return unsafe actors.asUnownedSerialExecutor()
    }

    package func checkIsolated() { precondition(isCurrent, "not on the event loop's thread") }

    private func wake(always: Bool = false) {
        // The flag spares a system call for each job that is queued while the loop is awake anyway.
        if !always, isCurrent || !sleeping.exchange(false, ordering: .acquiringAndReleasing) { return }
        _ = eventfd_write(wakeup, 1)
    }

    // MARK: the thread

    private func run() {
        thread.store(UInt(pthread_self()), ordering: .releasing)
        var events = [till_ready](repeating: till_ready(), count: Self.eventsMax)
        while !runQueued() {
            let wait = prepareToWait()
            let count = unsafe till_epoll_wait(epoll, &events, Int32(Self.eventsMax), wait)
            sleeping.store(false, ordering: .releasing)
            if count > 0 {
                for event in events[0..<Int(count)] { dispatch(event) }
            }
            fireTimers()
            sweepDeadlines()
        }
        // `wakeup` stays open: whoever queues something in this moment still writes to it, and its number must not be
        // another's by then.
        for descriptor in [epoll, urgentEpoll] { close(descriptor) }
    }

    /// Runs what is queued, in rounds. True when the loop was told to stop and nothing is left. Arrays of jobs
    /// change places, so that a round allocates nothing.
    private func runQueued() -> Bool {
        let start = nowNs
        for round in 0..<Self.jobRoundsMax {
            if round > 0, nowNs - start > Self.jobRoundsNsMax { return false }
            let (bodies, stopping) = shared.withLock { shared in
                swap(&own, &running)
                if !shared.jobs.isEmpty {
                    running += shared.jobs
                    shared.jobs.removeAll(keepingCapacity: shared.jobs.capacity <= Self.jobsKept)
                }
                defer { if !shared.bodies.isEmpty { shared.bodies = [] } }
                return (shared.bodies, shared.stopping)
            }
            if running.isEmpty, bodies.isEmpty { return stopping }
            for body in bodies { body() }
            for job in running {
                job.run(on: self)
                if urgentWatches > 0 { lookForUrgent() }
            }
            // A burst's array is not kept for ever.
            running.removeAll(keepingCapacity: running.capacity <= Self.jobsKept)
        }
        return false
    }

    /// A database that has answered is idle until it is asked again, and many wait for what it said; the requests
    /// that have come meanwhile can wait for each other.
    private func lookForUrgent() {
        // Counted over rounds: under an ordinary load a round has a job or two.
        jobsUntilLook -= 1
        if jobsUntilLook > 0 { return }
        jobsUntilLook = Self.jobsToALook
        let now = nowNs
        if now - lastLookNs >= Self.urgentLookNs { attendToUrgent(now) }
    }

    private func attendToUrgent(_ now: Int64) {
        lastLookNs = now
        let count = unsafe till_epoll_wait(urgentEpoll, &urgentEvents, Int32(urgentEvents.count), 0)
        guard count > 0 else { return }
        isUrgent = true
        for event in urgentEvents[0..<Int(count)] { watches[event.token]?.happened(event.events) }
        for _ in 0..<Self.urgentRoundsMax where !urgentJobs.isEmpty {
            if nowNs - now > Self.urgentNsMax { break }
            swap(&urgentJobs, &urgentRunning)
            for job in urgentRunning { job.run(on: self) }
            urgentRunning.removeAll(keepingCapacity: urgentRunning.capacity <= Self.jobsKept)
        }
        isUrgent = false
        own += urgentJobs
        urgentJobs.removeAll(keepingCapacity: urgentJobs.capacity <= Self.jobsKept)
    }

    /// Nanoseconds that the wait may take, negative for ever; announces the sleep first, then looks at the
    /// queue once more.
    private func prepareToWait() -> Int64 {
        sleeping.store(true, ordering: .sequentiallyConsistent)
        let pending =
            !own.isEmpty || shared.withLock { !$0.jobs.isEmpty || !$0.bodies.isEmpty || $0.stopping }
        if pending {
            sleeping.store(false, ordering: .releasing)
            return 0
        }
        var until: Int64 = .max
        if let timer = timers.earliest { until = timer }
        if deadlines > 0 {
            until = min(until, lastSweepNs + Self.sweepIntervalNs)
        }
        if until == .max { return -1 }
        return max(0, until - nowNs)
    }

    private func dispatch(_ event: till_ready) {
        switch event.token {
        case Self.wakeupToken:
            var count: eventfd_t = 0
            unsafe _ = eventfd_read(wakeup, &count)
        case Self.urgentToken: attendToUrgent(nowNs)
        default: watches[event.token]?.happened(event.events)
        }
    }

    private func fireTimers() {
        guard let earliest = timers.earliest else { return }
        let now = nowNs
        guard earliest <= now else { return }
        while let body = timers.popDue(now) { body() }
    }

    private func sweepDeadlines() {
        let now = nowNs
        guard deadlines > 0, now - lastSweepNs >= Self.sweepIntervalNs else { return }
        lastSweepNs = now
        for watch in watches.values where watch.hasDeadline { watch.expire(now) }
    }

    // MARK: for descriptors and timers, on the loop's thread

    func add(_ watch: Watch, events: UInt32) throws {
        precondition(isCurrent, "descriptors belong to their loop's thread")
        let token = nextToken
        nextToken += 1
        watch.token = token
        // First, so that a descriptor that cannot be watched leaves nothing behind.
        try control(EPOLL_CTL_ADD, watch, events)
        watches[token] = watch
        if watch.isUrgent { urgentWatches += 1 }
    }

    func control(_ operation: Int32, _ watch: Watch, _ events: UInt32) throws {
        let place = watch.isUrgent ? urgentEpoll : epoll
        guard till_epoll_control(place, operation, watch.descriptor, events, watch.token) == 0 else {
            throw SystemFailure.last("epoll_ctl")
        }
    }

    func remove(_ watch: Watch) {
        precondition(isCurrent, "descriptors belong to their loop's thread")
        guard watches.removeValue(forKey: watch.token) != nil else { return }
        if watch.isUrgent { urgentWatches -= 1 }
        let place = watch.isUrgent ? urgentEpoll : epoll
        _ = till_epoll_control(place, EPOLL_CTL_DEL, watch.descriptor, 0, watch.token)
    }

    func addTimer(at deadlineNs: Int64, _ body: @escaping () -> Void) -> UInt64 {
        precondition(isCurrent, "timers belong to their loop's thread")
        return timers.add(deadlineNs, body)
    }

    func cancelTimer(_ id: UInt64) { timers.cancel(id) }
}
