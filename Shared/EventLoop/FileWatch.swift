// Waiting on a descriptor that somebody else owns and reads, such as libpq's socket. Level-triggered: a wait
// ends at once while there is anything to do, so the other reader may leave bytes behind. Urgent: whoever asked a
// database has others waiting, and the database has nothing to do until it is asked again.

/// Waits for readiness of a descriptor this module does not own. Use from tasks and actors of `loop` only;
/// at most one task waits to read and one to write. Close it before its owner closes the descriptor.
package final class FileWatch: Sendable {
    private let watch: Watch

    /// Throws `SystemFailure` when epoll refuses the descriptor. `loop` must be the current one.
    package init(descriptor: Int32, loop: EventLoop) throws {
        watch = try Watch(descriptor: descriptor, loop: loop, oneShot: true, isUrgent: true)
    }

    /// Ends when a read would not block. Throws `SystemFailure.timedOut` after `deadlineNs` (monotonic,
    /// checked every 100 ms), `.closed` after `close()`, or CancellationError.
    package func readable(deadlineNs: Int64 = .max) async throws {
        try await watch.readable(deadlineNs: deadlineNs)
    }

    /// Ends when a write would not block; throws as `readable`.
    package func writable(deadlineNs: Int64 = .max) async throws {
        try await watch.writable(deadlineNs: deadlineNs)
    }

    /// Ends all waits. Idempotent. On the loop only.
    package func close() { watch.close() }
}
