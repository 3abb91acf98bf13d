// SIGHUP as something a task can wait for: an operator, or the tool that renewed a file, asks this process to
// read its certificates again. It ends nothing, whether or not this process has certificates.
import Dispatch
package import EventLoop
import Glibc
import Synchronization

/// One for each process.
package final class HangupSignal: Sendable {
    private struct State {
        var isPending = false
        var waiter: CheckedContinuation<Void, Never>?
    }
    private let state = Mutex(State())

    package init() {
        signal(SIGHUP, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: SIGHUP, queue: .global())
        source.setEventHandler { [weak self] in self?.arrive() }
        source.resume()
        // It lives as long as the process; a source that is released stops delivering.
        _ = Unmanaged.passRetained(source as AnyObject)
    }

    /// Whether a signal has arrived since the last time this was asked.
    package func take() -> Bool { state.withLock { $0.isPending.take() } }

    /// Returns when a signal has arrived that nobody took, or after `limit`. Throws CancellationError.
    package func wait(atMost limit: Duration, on loop: EventLoop) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: loop) { await self.wait() }
            group.addTask(executorPreference: loop) { try await loop.sleep(for: limit) }
            defer { group.cancelAll() }
            try await group.next()
        }
        try Task.checkCancellation()
    }

    private func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let now = state.withLock { state in
                    if state.isPending || Task.isCancelled { return true }
                    state.waiter = continuation
                    return false
                }
                if now { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiter.take() }?.resume()
        }
    }

    private func arrive() {
        state.withLock { state in
            state.isPending = true
            return state.waiter.take()
        }?.resume()
    }
}

extension Bool {
    /// Its value, false from now on.
    fileprivate mutating func take() -> Bool {
        defer { self = false }
        return self
    }
}
