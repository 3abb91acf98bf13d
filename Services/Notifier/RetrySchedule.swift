// When to try a refused message again. Pure: the attempt and one random number in, a wait out. It does not
// decide whether to retry; the reaction to the error does.

/// The waits between attempts.
package enum RetrySchedule {
    /// Refusals by Meta before a message is parked.
    package static let refusalsMax = 10
    /// Attempts in all before a message is parked. A request that never left costs nothing and is repeated
    /// for about 6.2 hours (the mean wait is 45 s), so that an outage of a night's hours loses no receipt.
    package static let attemptsMax = 500
    /// The first wait after a request that never left; doubles with each attempt.
    package static let firstWait = Duration.seconds(1)
    /// Waiting longer than this between tries would tell a seller too late.
    package static let waitMax = Duration.seconds(60)
    /// An account, token or billing refusal: someone has to act, so we ask rarely.
    package static let accountWait = Duration.seconds(60)

    /// After a request that never left. Exponential with equal jitter: half the wait is certain, the other
    /// half is spread, so that a thousand messages do not come back together. `attempt` counts from 1;
    /// `fraction` is in 0..<1.
    package static func wait(afterAttempt attempt: Int, fraction: Double) -> Duration {
        var full = firstWait
        for _ in 0..<Swift.max(0, attempt - 1) where full < waitMax { full *= 2 }
        full = min(full, waitMax)
        return full / 2 + full / 2 * fraction
    }

    /// After a refusal: the wait that the error's reaction asks for, up to a quarter more and never less.
    package static func wait(asked seconds: Int, fraction: Double) -> Duration {
        let asked = Duration.seconds(max(1, seconds))
        return asked + asked / 4 * fraction
    }
}
