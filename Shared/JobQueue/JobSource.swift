// Where jobs come from: a table whose rows are claimed with a lease and a fencing number. The SQL is the
// service's own; this is only the shape that a worker needs.

/// Claims jobs from a table. Several workers, in one process or many, may use sources over the same table.
package protocol JobSource: Sendable {
    associatedtype Job: Sendable

    /// How long a claim or a renewal holds. It need not outlive the slowest job, since the worker renews it
    /// while the job runs; after a crash it is what somebody waits for. Long enough for a database that is
    /// away for a moment.
    var lease: Duration { get }

    /// Whether the end of a job may make another due, such as the next one of its conversation. Where it cannot, a
    /// worker with free places does not claim again when a job ends; the default is that it may.
    var endMayFreeAnother: Bool { get }

    /// The most that one claim gives, however many places are free: a claim of that many may have left more behind.
    var claimMax: Int { get }

    /// At most `limit` jobs that are due, now leased to the caller: `lease_until` moved ahead and `fence`
    /// raised by one, rows locked by others skipped. Every later write of a job must match its fence and
    /// change exactly one row; if it changes none, the lease was lost to another worker and the result is
    /// dropped. The worker has kept `limit` places; a source that gives more makes more run.
    func claim(_ limit: Int) async throws -> [Job]

    /// Hands back jobs that were claimed and not begun, so that another worker need not wait for the lease to
    /// end.
    func release(_ jobs: [Job]) async throws

    /// Moves `lease_until` to now + `lease` for those of `jobs` that are still claimed under their fence, in
    /// one statement. A job that has just ended, or that was lost to another worker, is left as it is.
    func renew(_ jobs: [Job]) async throws
}

extension JobSource {
    package var endMayFreeAnother: Bool { true }
    package var claimMax: Int { .max }
}
