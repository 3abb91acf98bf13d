// Where jobs come from: a table whose rows are claimed with a lease and a fencing number. The SQL is the
// service's own; this is only the shape that a worker needs.

/// Claims jobs from a table. Several workers, in one process or many, may use sources over the same table.
package protocol JobSource: Sendable {
    associatedtype Job: Sendable

    /// At most `limit` jobs that are due, now leased to the caller: `lease_until` moved ahead and `fence`
    /// raised by one, rows locked by others skipped. Every later write of a job must match its fence and
    /// change exactly one row; if it changes none, the lease was lost to another worker and the result is
    /// dropped.
    func claim(_ limit: Int) async throws -> [Job]

    /// Hands back jobs that were claimed and not begun, so that another worker need not wait for the lease to
    /// end.
    func release(_ jobs: [Job]) async throws
}
