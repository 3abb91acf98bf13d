// Whether a loop goes on while something that it waits for does not.
import EventLoop
import Synchronization
import TestSupport

/// Watches that a loop goes on: the longest time between two ticks that should be 10 ms apart.
final class Ticker: Sendable {
    private let longest = Mutex<Int64>(0)

    var longestMs: Int64 { longest.withLock { $0 } / 1_000_000 }

    /// Ticks while `body` runs.
    static func watch(_ body: @escaping @Sendable () async throws -> Void) async throws -> Ticker {
        let ticker = Ticker(), loop = TestLoop.shared
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: loop) {
                while true {
                    let before = loop.nowNs
                    try await loop.sleep(for: .milliseconds(10))
                    let span = loop.nowNs - before
                    ticker.longest.withLock { $0 = max($0, span) }
                }
            }
            try await body()
            group.cancelAll()
        }
        return ticker
    }
}
