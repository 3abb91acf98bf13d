// Calls that block (host names, files, libpq's cancel) run here, on a few named threads of their own.
// Neither Swift's pool nor a concurrent Dispatch queue may serve for them: both share the pool's threads,
// and four blocked calls there were measured to delay an unrelated 20 ms timer by half a second and more.
import CLinux
import Synchronization

package enum BlockingThread {
    /// Runs `body` on a thread that may block and returns its result. Throws what it throws, or
    /// `SystemFailure.timedOut` at once when over `queueMax` calls already wait: blocking work that piles up
    /// is an outage of whatever blocks, and must not take memory with it.
    package static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws
        -> Value
    {
        try await withCheckedThrowingContinuation { continuation in
            let accepted = pool.submit { continuation.resume(with: Result { try body() }) }
            if !accepted { continuation.resume(throwing: SystemFailure.timedOut) }
        }
    }

    static let queueMax = 1_024
    /// As many as can usefully wait at once: resolvers and cancels are rare and short.
    static let threadsMax = 4
    private static let pool = BlockingPool()
}

// SAFETY: `state` is guarded by `lock`, a pthread mutex, since a waiting thread needs a condition variable.
@safe private final class BlockingPool: @unchecked Sendable {
    private struct State {
        var queue: [@Sendable () -> Void] = []
        var threads = 0
        var idle = 0
    }
    private var state = State()
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private let filled: UnsafeMutablePointer<pthread_cond_t>

    init() {
        unsafe lock = .allocate(capacity: 1)
        unsafe filled = .allocate(capacity: 1)
        unsafe pthread_mutex_init(lock, nil)
        unsafe pthread_cond_init(filled, nil)
    }

    func submit(_ body: @escaping @Sendable () -> Void) -> Bool {
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }
        guard state.queue.count < BlockingThread.queueMax else { return false }
        if state.idle <= state.queue.count, state.threads < BlockingThread.threadsMax {
            let started = (try? Pthread.start(name: "till-blocking") { self.work() }) != nil
            if started { state.threads += 1 }
            if !started, state.threads == 0 { return false }
        }
        state.queue.append(body)
        unsafe pthread_cond_signal(filled)
        return true
    }

    private func work() {
        while true {
            unsafe pthread_mutex_lock(lock)
            state.idle += 1
            while state.queue.isEmpty { unsafe pthread_cond_wait(filled, lock) }
            state.idle -= 1
            let body = state.queue.removeFirst()
            unsafe pthread_mutex_unlock(lock)
            body()
        }
    }
}
