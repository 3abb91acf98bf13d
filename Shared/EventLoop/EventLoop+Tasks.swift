// How async code uses a loop: hop onto it, sleep on it. Sleeping is by the loop's own timers, so that a
// program that idles wakes no other thread.
import Synchronization

extension EventLoop {
    /// Runs `body` as part of the current task, on this loop, and comes back. Crossing costs about 15 µs
    /// each way from another thread and nothing from the loop itself.
    ///
    /// The closure is `@concurrent` because a caller-isolated one would stay on the caller's executor.
    package func run<Value: Sendable>(
        _ body: @concurrent @Sendable @escaping () async throws -> Value
    ) async throws -> Value {
        try await withTaskExecutorPreference(self) { @concurrent in
            // Not only a check: with nothing but a call in here, the compiler (6.3.1) leaves out the hop to
            // the loop, counting on the callee to make it, and a nonsending callee makes none.
            self.checkIsolated()
            return try await body()
        }
    }

    /// Suspends for `span` on the loop's timer. Throws CancellationError as soon as the task is cancelled.
    package func sleep(for span: Duration) async throws {
        try await sleep(untilNs: nowNs &+ max(0, span.nanosecondsForTimer))
    }

    /// Suspends until the monotonic clock passes `untilNs`. Throws CancellationError when the task is
    /// cancelled.
    package func sleep(untilNs: Int64) async throws {
        let nap = Nap()
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                nap.begin(continuation)
                // From any thread: the timer is set on the loop, and a cancellation that came first wins.
                if isCurrent { set(nap, untilNs) } else { execute { self.set(nap, untilNs) } }
            }
        } onCancel: {
            nap.end(.failure(CancellationError()))
        }
    }

    private func set(_ nap: Nap, _ untilNs: Int64) {
        guard !nap.isOver else { return }
        let timer = addTimer(at: untilNs) { nap.end(.success(())) }
        nap.onCancel {
            if self.isCurrent { self.cancelTimer(timer) } else { self.execute { self.cancelTimer(timer) } }
        }
    }
}

extension Duration {
    var nanosecondsForTimer: Int64 {
        let (seconds, attoseconds) = components
        // A year is longer than any process sleeps and far from overflow.
        return min(seconds, 31_536_000) * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}

/// One sleep: ends once, by its timer or by cancellation, whichever comes first.
private final class Nap: Sendable {
    private struct State {
        var continuation: CheckedContinuation<Void, any Error>?
        var over: Result<Void, any Error>?
        var dropTimer: (@Sendable () -> Void)?
    }
    private let state = Mutex(State())

    var isOver: Bool { state.withLock { $0.over != nil } }

    func begin(_ continuation: CheckedContinuation<Void, any Error>) {
        let over = state.withLock { state in
            if state.over == nil { state.continuation = continuation }
            return state.over
        }
        if let over { continuation.resume(with: over) }
    }

    func onCancel(_ dropTimer: @escaping @Sendable () -> Void) {
        let late = state.withLock { state in
            if state.over == nil { state.dropTimer = dropTimer }
            return state.over != nil
        }
        if late { dropTimer() }
    }

    func end(_ result: Result<Void, any Error>) {
        let (continuation, dropTimer) = state.withLock { state in
            guard state.over == nil else {
                return (nil as CheckedContinuation<Void, any Error>?, nil as (@Sendable () -> Void)?)
            }
            state.over = result
            defer {
                state.continuation = nil
                state.dropTimer = nil
            }
            return (state.continuation, state.dropTimer)
        }
        if case .failure = result { dropTimer?() }
        continuation?.resume(with: result)
    }
}
