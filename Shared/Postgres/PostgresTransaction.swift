// A transaction in progress, alone on its connection. It exists between BEGIN and COMMIT only; used
// afterwards, it throws `.closed` instead of reaching into somebody else's session.
import Synchronization

/// What the body of `PostgresPool.transaction` works with.
package final class PostgresTransaction: Sendable {
    private let connection: PostgresConnection
    private let core: PoolCore
    private let isOver = Mutex(false)

    init(_ connection: PostgresConnection, _ core: PoolCore) {
        self.connection = connection
        self.core = core
    }

    /// One statement within the transaction. After a refusal by the server every further one is refused with
    /// 25P02.
    @discardableResult
    package func query(
        _ statement: PostgresStatement, _ values: [PostgresValue] = [], timeout: Duration? = nil
    ) async throws -> PostgresRows {
        try await batch([(statement, values)], timeout: timeout)[0]
    }

    /// Several statements in one round trip within the transaction.
    @discardableResult
    package func batch(
        _ items: [(PostgresStatement, [PostgresValue])], timeout: Duration? = nil
    ) async throws -> [PostgresRows] {
        if isOver.withLock({ $0 }) { throw PostgresError(.closed) }
        if items.isEmpty { return [] }
        let request = PostgresRequest(items: items, isInTransaction: true)
        return try await connection.perform(request, deadlineNs: await core.deadlineNs(timeout))
    }

    /// A text of several statements without parameters, as migrations are. It must not end the transaction.
    package func script(_ sql: String, timeout: Duration) async throws {
        // The answer to this means that nothing is in flight, and only then may the session leave pipeline
        // mode.
        try await query("select")
        let request = PostgresRequest(items: [], isInTransaction: true, script: sql)
        _ = try await connection.perform(request, deadlineNs: await core.deadlineNs(timeout))
    }

    /// Not waited for: it travels with the first statement, and if it fails the session ends.
    func begin() async {
        let request = PostgresRequest(items: [("begin", [])], isInTransaction: true, mustSucceed: true)
        await connection.post(request, deadlineNs: await core.deadlineNs(nil))
    }

    /// The last statements and COMMIT in one round trip. When this returns, all of it is kept and the transaction is
    /// over; what it throws, `PostgresPool.transaction` throws after its ROLLBACK. Waited for even when the task is
    /// cancelled meanwhile, since the outcome of a COMMIT matters.
    package func end(with items: [(PostgresStatement, [PostgresValue])]) async throws -> [PostgresRows] {
        try Task.checkCancellation()
        let wasOver = isOver.withLock { isOver in
            defer { isOver = true }
            return isOver
        }
        if wasOver { throw PostgresError(.closed) }
        let request = PostgresRequest(items: items + [("commit", [])], isInTransaction: true)
        let rows = try await connection.performUnconditionally(
            request, deadlineNs: await core.deadlineNs(nil))
        try Self.check(rows.last)
        return Array(rows.dropLast())
    }

    /// True once nothing is left to commit.
    var hasEnded: Bool { isOver.withLock { $0 } }

    func commit() async throws {
        isOver.withLock { $0 = true }
        let request = PostgresRequest(items: [("commit", [])], isInTransaction: true)
        let rows = try await connection.performUnconditionally(
            request, deadlineNs: await core.deadlineNs(nil))
        try Self.check(rows.first)
    }

    /// COMMIT of a transaction that has failed answers ROLLBACK, and no error.
    private static func check(_ commit: PostgresRows?) throws {
        guard commit?.result.commandTag == "COMMIT" else {
            throw PostgresError(.server(sqlState: "25P02"), operatorText: "commit of a failed transaction")
        }
    }

    func rollback() async {
        isOver.withLock { $0 = true }
        let request = PostgresRequest(items: [("rollback", [])], isInTransaction: true, mustSucceed: true)
        await connection.post(request, deadlineNs: await core.deadlineNs(nil))
    }
}
