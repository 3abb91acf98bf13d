// SIGTERM and SIGINT as something a task can wait for. The second signal ends the process at once: whoever
// sends it has lost patience with the drain.
import Dispatch
import EventLoop
import Glibc
import Synchronization

/// One for each process, made before anything else, so that no signal is missed.
package final class StopSignal: Sendable {
    private struct State {
        var arrived = false
        var waiter: CheckedContinuation<Void, Never>?
    }
    private let state = Mutex(State())

    package init() {
        for number in [SIGTERM, SIGINT] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { [weak self] in self?.arrive() }
            source.resume()
            // It lives as long as the process; a source that is released stops delivering.
            _ = Unmanaged.passRetained(source as AnyObject)
        }
    }

    /// Arrives once this process has another parent than `parent`. The kernel's own parent-death signal will
    /// not do: it comes when the thread that started us ends, and a starting program's threads come and go.
    func arrive(whenOrphanedBy parent: pid_t, on loop: EventLoop) async throws {
        while getppid() == parent { try await loop.sleep(for: .milliseconds(500)) }
        arrive()
        try await loop.sleep(for: .seconds(86_400))
    }

    private func arrive() {
        let (waiter, isSecond) = state.withLock { state in
            defer { state.arrived = true }
            return (state.waiter.take(), state.arrived)
        }
        if isSecond { _exit(130) }
        waiter?.resume()
    }

    /// Returns once a signal has arrived, or when the task is cancelled.
    package func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let now = state.withLock { state in
                    if state.arrived || Task.isCancelled { return true }
                    state.waiter = continuation
                    return false
                }
                if now { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiter.take() }?.resume()
        }
    }
}
