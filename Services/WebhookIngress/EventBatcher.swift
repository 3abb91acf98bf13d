// Performs `GroupCommit`: deliveries wait here until the commit that holds them is done, and only then are
// answered. What a commit is (one SQL statement) is handed in, so that tests need no database.
import Observe
import Problem
import Synchronization
import World

/// What one commit did.
struct KeptCount: Sendable, Equatable {
    var fresh: Int
    var seenBefore: Int
}

/// The store says no to these events for ever, whoever else is in the batch.
struct EventsRefused: Error {
    /// SQLSTATE or another code of ours.
    let code: String
}

final class EventBatcher: Sendable {
    /// A commit of more deliveries than this is one line in the log instead of one for each: lines are for
    /// people, and at ten thousand a second they would cost a tenth of the processor.
    static let linesMax = 8

    typealias Commit = @Sendable ([InboundEvent]) async throws -> KeptCount
    private typealias Waiter = CheckedContinuation<Result<Int, Problem>, Never>

    private struct State {
        var core: GroupCommit
        var waiters: [UInt64: Waiter] = [:]
        var idle: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var nextId: UInt64 = 1
        /// What the gauge was last told of this batcher.
        var waitingTold = 0
        var isClosed = false

        /// A worker that rests, to be resumed.
        mutating func takeIdle() -> CheckedContinuation<Void, Never>? {
            idle.keys.first.flatMap { idle.removeValue(forKey: $0) }
        }
    }

    private let state: Mutex<State>
    private let limits: GroupCommit.Limits
    private let commit: Commit
    /// Returns after `GroupCommit.Limits.patience`.
    private let pause: @Sendable () async throws -> Void
    private let world: World
    private let log: Log
    private let metrics: IngressMetrics
    private let reminders: AsyncStream<Void>
    private let reminder: AsyncStream<Void>.Continuation

    init(
        limits: GroupCommit.Limits, world: World, log: Log, metrics: IngressMetrics,
        pause: @escaping @Sendable () async throws -> Void, commit: @escaping Commit
    ) {
        state = Mutex(State(core: GroupCommit(limits)))
        // At most one is under way: the core asks for the next when the last has come.
        (reminders, reminder) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        self.pause = pause
        self.limits = limits
        self.commit = commit
        self.world = world
        self.log = log
        self.metrics = metrics
    }

    /// Returns when the events are durable, with the number of deliveries that shared the commit. Throws 503
    /// `BUSY` when too many wait, 503 `NOT_KEPT` when the commit failed, 500 `EVENT_REFUSED` when the
    /// database takes these events never.
    @discardableResult
    func keep(_ events: [InboundEvent]) async throws(Problem) -> Int {
        let bytes = events.reduce(0) { $0 + $1.payload.count + 256 }
        let outcome = await withCheckedContinuation { (waiter: Waiter) in
            enter(events, bytes, waiter)
        }
        return try outcome.get()
    }

    private func enter(_ events: [InboundEvent], _ bytes: Int, _ waiter: Waiter) {
        var mustRemind = false
        let (refusal, worker) = state.withLock { state -> (Problem?, CheckedContinuation<Void, Never>?) in
            guard !state.isClosed else { return (Self.notKept, nil) }
            let id = state.nextId
            state.nextId += 1
            switch state.core.offer(GroupCommit.Delivery(id: id, events: events, bytes: bytes)) {
            case .full: return (Self.busy, nil)
            case .queued(let start, let remind):
                state.waiters[id] = waiter
                mustRemind = remind
                return (nil, start ? state.takeIdle() : nil)
            }
        }
        worker?.resume()
        if mustRemind { reminder.yield() }
        if let refusal {
            if refusal.code == "BUSY" { metrics.refusedBusy.add(1) }
            waiter.resume(returning: .failure(refusal))
        }
    }

    /// Commits until cancelled; then everything that still waits is answered with 503. On an actor of the loop that
    /// the connection is on, no other task runs between the end of one commit and the sending of the next: those
    /// who are answered by the first come after it.
    func run(on desk: (any Actor)? = nil) async throws {
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<limits.commitsMax { group.addTask { await self.work(on: desk) } }
            group.addTask { await self.remind() }
        }
        let left = state.withLock { state -> [Waiter] in
            state.isClosed = true
            return state.core.abandon().compactMap { state.waiters.removeValue(forKey: $0.id) }
        }
        for waiter in left { waiter.resume(returning: .failure(Self.notKept)) }
        try Task.checkCancellation()
    }

    /// Tells the core when what is patient has waited long enough, until cancelled.
    private func remind() async {
        for await _ in reminders {
            var isAsked = true
            while isAsked {
                // Cut short by the end, which leaves nothing to commit.
                guard (try? await pause()) != nil else { return }
                let worker = state.withLock { state in
                    let (start, remind) = state.core.patienceEnded()
                    isAsked = remind
                    return start ? state.takeIdle() : nil
                }
                worker?.resume()
            }
        }
    }

    private func work(on desk: isolated (any Actor)?) async {
        while !Task.isCancelled {
            if let batch = state.withLock({ $0.core.next() }) {
                await perform(batch)
                state.withLock { $0.core.finished(batch) }
            } else {
                await rest()
            }
        }
    }

    /// Parks until a delivery comes or the task is cancelled.
    private func rest() async {
        let id = state.withLock { state in
            defer { state.nextId += 1 }
            return state.nextId
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mayRest = state.withLock { state in
                    guard !state.core.mayBegin, !Task.isCancelled else { return false }
                    state.idle[id] = continuation
                    return true
                }
                if !mayRest { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.idle.removeValue(forKey: id) }?.resume()
        }
    }

    private func perform(_ batch: [GroupCommit.Delivery]) async {
        let start = world.monotonic()
        let outcome = await outcome(of: batch)
        metrics.commitSeconds.observe(.nanoseconds(world.monotonic() - start))
        let change = state.withLock { state in
            defer { state.waitingTold = state.core.waitingEvents }
            return state.core.waitingEvents - state.waitingTold
        }
        if change != 0 { metrics.waiting.add(Double(change)) }
        switch outcome {
        case .success:
            if batch.count > Self.linesMax {
                log.info("webhooks.accepted", ["deliveries": .int(batch.count)])
            }
            answer(batch, .success(batch.count))
        case .failure(let refused as EventsRefused) where batch.count == 1:
            log.error("event.refused", ["code": .name(refused.code)])
            metrics.refusedByStore.add(1)
            answer(batch, .failure(Self.refused))
        case .failure(is EventsRefused):
            // One of them cannot be stored; alone, it fails alone.
            for delivery in batch { await perform([delivery]) }
        case .failure:
            log.warn("events.notKept", ["deliveries": .int(batch.count)])
            metrics.commitFailures.add(1)
            answer(batch, .failure(Self.notKept))
        }
    }

    private func outcome(of batch: [GroupCommit.Delivery]) async -> Result<Void, any Error> {
        let events = batch.count == 1 ? batch[0].events : batch.flatMap(\.events)
        do {
            let kept = try await commit(events)
            metrics.commits.add(1)
            metrics.kept.add(kept.fresh)
            if kept.seenBefore > 0 { metrics.seenBefore.add(kept.seenBefore) }
            return .success(())
        } catch { return .failure(error) }
    }

    private func answer(_ batch: [GroupCommit.Delivery], _ outcome: Result<Int, Problem>) {
        let waiters = state.withLock { state in
            batch.compactMap { state.waiters.removeValue(forKey: $0.id) }
        }
        for waiter in waiters { waiter.resume(returning: outcome) }
    }

    /// Waiting events, for the gauge.
    var waitingEvents: Int { state.withLock { $0.core.waitingEvents } }

    private static let busy = Problem(
        .unavailable, code: "BUSY", toUser: "Too many deliveries wait; send this one again.",
        retryAfterSeconds: 1)
    private static let notKept = Problem(
        .unavailable, code: "NOT_KEPT", toUser: "The delivery could not be kept; send it again.",
        retryAfterSeconds: 1)
    private static let refused = Problem(
        .internal, code: "EVENT_REFUSED", toUser: "The delivery could not be kept.")
}
