// How often statuses are read, and how often their reader is told that there are some: two ends of one promise, kept by
// the ingress and the notifier.

/// Each notification wakes every listener of the database, and nobody waits for a status.
package enum StatusPace {
    /// Whoever has read some reads again after this, without being told.
    package static let gap = Duration.milliseconds(100)
    /// Whoever has told of some tells of no others for this long: they are found by the look that follows on the one
    /// that was told of. Enough less than `gap` that a commit which takes as long as most is seen by then; a later one
    /// is found by a poll.
    package static let quiet = Duration.milliseconds(50)
}
