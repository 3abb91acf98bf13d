// The database as a service sees it: a statement, a batch, a transaction, a subscription. How connections are
// shared, opened, lost and replaced is below this file.
package import EventLoop
package import Observe
package import World

/// Connections to one database, on one loop. Safe to call from any task; calls from the loop's own tasks are
/// cheapest.
///
/// Every call throws PostgresError, or CancellationError when the calling task is cancelled; a statement
/// whose call was cancelled or timed out may have been done all the same.
package final class PostgresPool: Sendable {
    let core: PoolCore
    private let loop: EventLoop
    private let world: World
    private let instruments: PostgresInstruments

    /// Opens nothing yet: connections are made when they are needed.
    package init(
        _ configuration: PostgresConfiguration, loop: EventLoop, world: World, log: Log? = nil,
        metrics: Metrics = Metrics()
    ) {
        self.loop = loop
        self.world = world
        instruments = PostgresInstruments(log: log, metrics: metrics)
        core = PoolCore(configuration, loop: loop, world: world, instruments: instruments)
    }

    /// One statement, which is one transaction. Many callers share a connection, each with its own outcome.
    /// `timeout` bounds waiting, sending and answering together; nil: the configuration's.
    @discardableResult
    package func query(
        _ statement: PostgresStatement, _ values: [PostgresValue] = [], timeout: Duration? = nil
    ) async throws -> PostgresRows {
        let request = PostgresRequest(items: [(statement, values)])
        return try await core.run(request, timeout: timeout)[0]
    }

    /// Several statements as one transaction in one round trip: all are kept or none. Results in the same
    /// order.
    @discardableResult
    package func batch(
        _ items: [(PostgresStatement, [PostgresValue])], timeout: Duration? = nil
    ) async throws -> [PostgresRows] {
        if items.isEmpty { return [] }
        return try await core.run(PostgresRequest(items: items), timeout: timeout)
    }

    /// Runs `body` between BEGIN and COMMIT on a connection of its own; ROLLBACK when it throws. With
    /// `retries`, a lost race (40001, 40P01) begins again from BEGIN that many times, so `body` must not have
    /// effects elsewhere. COMMIT is waited for even when the task is cancelled, since its outcome matters.
    package func transaction<Value: Sendable>(
        retries: Int = 0, _ body: (PostgresTransaction) async throws -> Value
    ) async throws -> Value {
        var left = retries
        while true {
            do { return try await attempt(body) } catch let error as PostgresError
                where left > 0 && (error.sqlState == "40001" || error.sqlState == "40P01")
            {
                left -= 1
            }
        }
    }

    private func attempt<Value: Sendable>(
        _ body: (PostgresTransaction) async throws -> Value
    ) async throws -> Value {
        let lease = try await core.take(.alone, deadlineNs: await core.deadlineNs(nil))
        let transaction = PostgresTransaction(lease.connection, core)
        do {
            await transaction.begin()
            let value = try await body(transaction)
            if !transaction.hasEnded { try await transaction.commit() }
            await core.giveBack(lease, .alone)
            return value
        } catch {
            await transaction.rollback()
            await core.giveBack(lease, .alone)
            instruments.failed(error)
            throw error
        }
    }

    /// Does again what may be done twice, while connections end under it: when a server or the way to it goes, all that
    /// are open go at once, and each costs one try. A server that is away is left to the pauses of who asks.
    package func repeating<Value: Sendable>(_ work: () async throws -> Value) async throws -> Value {
        for _ in 0..<core.configuration.connectionsMax {
            do { return try await work() } catch let error as PostgresError {
                guard case .connectionLost = error.kind else { throw error }
            }
        }
        return try await work()
    }

    /// Subscribes to `channels` on a connection of its own until the task is cancelled; reconnects with
    /// backoff. `onNotify` gets channel and payload on the loop and must not block. After each connect it is
    /// called once for every channel with an empty payload, since notifications may have been missed. Where
    /// only a pooler is configured it never calls: callers poll as well.
    package func listen(
        _ channels: [String], onNotify: @escaping @Sendable (String, String) -> Void
    ) async throws {
        let listener = PostgresListener(
            configuration: core.configuration, channels: channels, loop: loop, world: world,
            instruments: instruments, onNotify: onNotify)
        try await listener.run()
    }

    /// Ends all connections. Waiting callers get `.closed`, statements in flight `.connectionLost(sent:
    /// true)`.
    package func close() async { await core.close() }
}
