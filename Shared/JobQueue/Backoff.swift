// How long to wait before the next attempt: doubling, capped, with jitter so that what failed together does
// not come back together. Pure; the caller writes the result into `run_at` or sleeps it.
package import World

/// A schedule of pauses between attempts.
package struct Backoff: Sendable {
    /// The pause after the first failure.
    package let first: Duration
    /// No pause is longer.
    package let last: Duration

    package init(first: Duration, last: Duration) {
        self.first = first
        self.last = last
    }

    /// The pause after failure number `attempt`, counted from 1: between half and all of first ×
    /// 2^(attempt-1), at most `last`.
    package func pause(after attempt: Int, _ world: World) -> Duration {
        // 2^40 times a millisecond is over thirty years; a larger shift would overflow and cannot matter.
        let doubled = first * Double(Int64(1) << Int64(min(max(attempt - 1, 0), 40)))
        return min(doubled, last) * (0.5 + 0.5 * world.fraction())
    }
}
