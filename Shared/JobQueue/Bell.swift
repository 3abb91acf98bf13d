// A flag that one task waits for and anybody raises: "there may be work". Rings that come while nobody waits
// are kept as one; a ring is a hint, so losing the count loses nothing.
import EventLoop
import Synchronization

final class Bell: Sendable {
    private struct State {
        var isRung = false
        var waiter: CheckedContinuation<Void, Never>?
    }
    private let state = Mutex(State())

    /// From any thread.
    func ring() {
        let waiter = state.withLock { state in
            if state.waiter == nil { state.isRung = true }
            return state.waiter.take()
        }
        waiter?.resume()
    }

    /// Returns at the next ring, at once if there was one since the last wait, after `span`, or when
    /// cancelled.
    func wait(atMost span: Duration, on loop: EventLoop) async {
        // A ring of the timer's that comes together with another makes one wait short.
        let timer = loop.timer(after: span) { self.ring() }
        defer { timer.cancel() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isRung = state.withLock { state in
                    defer { state.isRung = false }
                    if !state.isRung, !Task.isCancelled { state.waiter = continuation }
                    return state.waiter == nil
                }
                if isRung { continuation.resume() }
            }
        } onCancel: {
            ring()
        }
    }
}
