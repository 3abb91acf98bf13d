// A body that a loop runs later, without a task that sleeps until then: a task is born, put to sleep, woken and taken
// down for some two microseconds, and a group that holds it looks through all its others when it ends. For waits that
// have nothing to await but their moment; who waits in the course of a task sleeps.
import Synchronization

/// A timer that was set. Letting go of it cancels nothing.
package final class LoopTimer: Sendable {
    private enum Stage { case unset, set(UInt64), over }

    private let loop: EventLoop
    private let stage = Mutex(Stage.unset)

    fileprivate init(on loop: EventLoop) { self.loop = loop }

    /// The body does not run any more, unless it has begun. From any thread, idempotent.
    package func cancel() {
        let id: UInt64? = stage.withLock { stage in
            defer { stage = .over }
            if case .set(let id) = stage { return id }
            return nil
        }
        guard let id else { return }
        if loop.isCurrent { return loop.cancelTimer(id) }
        loop.execute { [loop] in loop.cancelTimer(id) }
    }

    /// On the loop's thread.
    fileprivate func set(at deadlineNs: Int64, _ body: @escaping @Sendable () -> Void) {
        stage.withLock { stage in
            guard case .unset = stage else { return }
            stage = .set(loop.addTimer(at: deadlineNs) { [self] in if begins() { body() } })
        }
    }

    private func begins() -> Bool {
        stage.withLock { stage in
            if case .over = stage { return false }
            stage = .over
            return true
        }
    }
}

extension EventLoop {
    /// Runs `body` on the loop's thread once `span` has passed, from any thread. It must not block. A loop that is
    /// stopped runs none of them.
    @discardableResult
    package func timer(after span: Duration, _ body: @escaping @Sendable () -> Void) -> LoopTimer {
        let timer = LoopTimer(on: self), deadlineNs = nowNs &+ max(0, span.nanosecondsForTimer)
        if isCurrent { timer.set(at: deadlineNs, body) } else { execute { timer.set(at: deadlineNs, body) } }
        return timer
    }
}
