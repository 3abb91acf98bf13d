// One place in a queue: a task that waits for a value until somebody settles it, its deadline passes or it is
// cancelled, whichever is first. The first to settle wins and knows it, so a value handed over is never lost.
import EventLoop
import Synchronization

/// Waits once for one value.
final class Waiter<Value: Sendable>: Sendable {
    private struct State {
        var continuation: CheckedContinuation<Value, any Error>?
        var result: Result<Value, any Error>?
    }

    private let state = Mutex(State())

    /// True if this result is the one that the waiting task gets.
    @discardableResult
    func settle(_ result: Result<Value, any Error>) -> Bool {
        let (isFirst, continuation) = state.withLock { state in
            guard state.result == nil else { return (false, nil as CheckedContinuation<Value, any Error>?) }
            state.result = result
            return (true, state.continuation.take())
        }
        continuation?.resume(with: result)
        return isFirst
    }

    /// The value. Throws what it was settled with, CancellationError, or `SystemFailure.timedOut` after the
    /// deadline.
    func wait(untilNs deadline: Int64, on loop: EventLoop) async throws -> Value {
        async let _: Void = expire(at: deadline, on: loop)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result = state.withLock { state in
                    if state.result == nil { state.continuation = continuation }
                    return state.result
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            settle(.failure(CancellationError()))
        }
    }

    private func expire(at deadline: Int64, on loop: EventLoop) async {
        // The sleep is cancelled as soon as the wait is over; only a sleep that ends by itself is a deadline.
        guard (try? await loop.sleep(untilNs: deadline)) != nil else { return }
        settle(.failure(SystemFailure.timedOut))
    }
}
