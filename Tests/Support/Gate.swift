// A place where calls of the code under test are kept until the test lets them go on.
import Synchronization

/// Keeps whoever comes until it is opened; open, it keeps nobody.
package final class Gate: Sendable {
    private let isOpen = Mutex(false)

    package init() {}

    package func open() { isOpen.withLock { $0 = true } }

    /// Returns once it is open. Throws when the task is cancelled, or when nobody opens it in the time of `until`.
    package func wait() async throws { try await until("the gate is opened") { isOpen.withLock { $0 } } }
}
