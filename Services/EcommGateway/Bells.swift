// Who is woken when something has been committed that is to be told. The workers are made after the store that
// rings for them, so they are hung up afterwards.
import Synchronization

final class Bells: Sendable {
    private let hung = Mutex<[@Sendable () -> Void]>([])

    func set(_ bells: [@Sendable () -> Void]) { hung.withLock { $0 = bells } }

    func ring() { for bell in hung.withLock({ $0 }) { bell() } }
}
