// How many callbacks are kept per second at most. The port is open to the internet and every arrival is a
// durable row, so without a bound anybody could fill the disk. Pure state behind one lock; the clock is the
// caller's.
import Synchronization

/// A bucket of arrivals. Refilled by time, emptied by callbacks.
final class ArrivalPace: Sendable {
    /// Far above what the payments of one installation cause: a callback has some 700 bytes and counts once,
    /// a longer body once more for each KiB. So strangers can make us write half a megabyte a second and no
    /// more.
    static let perSecond: Int64 = 500
    /// A bank that was cut off sends what it held back at once.
    static let burst: Int64 = 5_000

    private struct Level {
        /// In arrivals times a billion, so that nanoseconds refill it exactly.
        var left = ArrivalPace.burst * 1_000_000_000
        var at: Int64?
    }
    private let level = Mutex(Level())

    /// Whether one more of `bytes` may be kept at `now` (monotonic nanoseconds).
    func admits(now: Int64, bytes: Int) -> Bool {
        let cost = Int64(1 + bytes / 1_024) * 1_000_000_000
        return level.withLock { level in
            let full = Self.burst * 1_000_000_000
            // An hour refills it from empty many times over and cannot overflow.
            let passed = min(max(0, now - (level.at ?? now)), 3_600_000_000_000)
            level.at = now
            level.left = min(full, level.left + passed * Self.perSecond)
            guard level.left >= cost else { return false }
            level.left -= cost
            return true
        }
    }
}
