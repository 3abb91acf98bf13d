// What the store rings when there is work for the worker, which is made after it and from it.
import Synchronization

/// Silent until somebody listens.
final class Doorbell: Sendable {
    private struct Listener: Sendable { var ring: (@Sendable () -> Void)? }
    private let listener = Mutex(Listener())

    /// From now on each ring calls `ring`, on the ringing task's thread.
    func answer(_ ring: @escaping @Sendable () -> Void) { listener.withLock { $0.ring = ring } }

    func ring() { listener.withLock { $0 }.ring?() }
}
