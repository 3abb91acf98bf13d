// How often a line may be written that a stranger can cause. Without a bound, whoever sends a million requests that
// are refused writes a million lines, and the disk that they fill is everybody's. What is counted is in the metrics,
// whole; the log keeps some of the lines and says how many it left out.
import Synchronization

/// A bucket of lines of one kind, refilled by time.
package final class LinePace: Sendable {
    /// Enough to see an attack going on; with some 200 bytes a line, 90 MB a day.
    package static let perSecond = 5
    /// A bad minute, or a deployment with a wrong secret, is seen line by line.
    package static let burst = 100

    private struct Level {
        /// In lines times a billion, so that nanoseconds refill it exactly.
        var left: Int64
        var at: Int64?
        var leftOut = 0
    }

    private let rate: Int64
    private let full: Int64
    private let level: Mutex<Level>

    /// At most `perSecond` lines a second over any longer time, and `burst` at once.
    package init(perSecond: Int = LinePace.perSecond, burst: Int = LinePace.burst) {
        rate = Int64(perSecond)
        full = Int64(burst) * 1_000_000_000
        level = Mutex(Level(left: full))
    }

    /// How many lines were left out since the last one that was written; nil when this one is left out as well.
    /// `now` is monotonic, in nanoseconds.
    package func admits(now: Int64) -> Int? {
        level.withLock { level in
            // An hour refills any bucket and cannot overflow.
            let passed = min(max(0, now - (level.at ?? now)), 3_600_000_000_000)
            level.at = now
            level.left = min(full, level.left + passed * rate)
            guard level.left >= 1_000_000_000 else {
                level.leftOut += 1
                return nil
            }
            level.left -= 1_000_000_000
            defer { level.leftOut = 0 }
            return level.leftOut
        }
    }
}
