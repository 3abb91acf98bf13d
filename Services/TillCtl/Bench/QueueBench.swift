// `bench queue`: jobs a second with leases, how soon a job starts, and what a snapshot that somebody holds open
// for minutes costs, which is what makes queues in PostgreSQL slow.
import EventLoop
import Glibc
import JobQueue
import Observe
import Postgres
import Synchronization
import World

/// A value that several tasks of a measurement change.
final class Tally<Value: Sendable>: Sendable {
    private let state: Mutex<Value>
    init(_ value: sending Value) { state = Mutex(value) }
    var value: Value { state.withLock { $0 } }
    func change(_ body: @Sendable (inout Value) -> Void) { state.withLock { value in body(&value) } }
}

struct QueueBench {
    let cluster: PostgresCluster
    let secrets: SecretFolder
    let tools: Commands.Tools
    let isQuick: Bool
    /// pgqueuer on the machine of the design's table; procrastinate did 320 to 580.
    static let bestPeer = 12_600.0
    private static let concurrency = 2_048
    /// Additions under way at once, fewer than may wait for a connection.
    private static let addingMax = 1_000

    func run(_ report: inout BenchReport) async throws {
        try await cluster.execute(
            "drop database if exists bench with (force);\ncreate database bench;\n", database: "postgres",
            secrets: secrets, loop: tools.loop)
        try await cluster.execute(
            QueueTable.schema, database: "bench", secrets: secrets, loop: tools.loop)
        let pool = try connect("jobs", 4), holder = try connect("holder", 1)
        let table = QueueTable(pool: pool, world: tools.world)
        let starts = Tally(Latencies())
        let worker = JobWorker(
            name: "bench", source: table, concurrency: Self.concurrency, pollInterval: .milliseconds(200),
            loop: tools.loop, world: tools.world, log: .silent(tools.world), metrics: Metrics(),
            perform: { job in
                let waited = tools.world.monotonic() - job.addedNs
                starts.change { $0.add(waited) }
                // A job that could not be finished is claimed again when its lease ends.
                try? await table.finish(job)
            })
        let loop = tools.loop
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: loop) {
                try await pool.listen([QueueTable.channel]) { _, _ in worker.wake() }
            }
            let rows = try await measure(table, worker, holder, starts)
            report.rows += rows
            group.cancelAll()
            do { try await group.waitForAll() } catch is CancellationError {}
        }
        await pool.close()
        await holder.close()
    }

    private func connect(_ name: String, _ connections: Int) throws -> PostgresPool {
        var configuration = PostgresConfiguration(
            url: "postgresql://\(cluster.superuser)@127.0.0.1:\(cluster.port)/bench",
            password: try secrets.text("postgres-superuser"), applicationName: "bench " + name,
            connectionsMax: connections, statementTimeout: .seconds(60))
        configuration.idleInTransactionTimeout = .seconds(600)
        // A slow disk is to be measured, not reported as an outage.
        configuration.acquireTimeout = .seconds(60)
        return PostgresPool(configuration, loop: tools.loop, world: tools.world)
    }

    private func measure(
        _ table: QueueTable, _ worker: JobWorker<QueueTable>, _ holder: PostgresPool,
        _ starts: Tally<Latencies>
    ) async throws -> [BenchRow] {
        var rows: [BenchRow] = []
        let jobs = isQuick ? 42_000 : 210_000
        for _ in 0..<(jobs / 21_000) { try await table.add(21_000) }
        let working = Task(executorPreference: tools.loop) { try await worker.run() }
        let drained = try await rate(of: table, until: jobs)
        rows.append(
            BenchRow(
                what: "queue: \(jobs) jobs drained with leases and fences",
                value:
                    "\(Bench.fixed(drained, 0))/s, \(Bench.fixed(drained / Self.bestPeer, 1)) times pgqueuer",
                aim: "at least 25,000/s"))
        starts.change { $0 = Latencies() }
        let singles = isQuick ? 3_000 : 10_000
        try await addPaced(table, count: singles, perSecond: 1_000)
        _ = try await rate(of: table, until: jobs + singles)
        let waited = starts.value
        rows.append(
            BenchRow(
                what: "queue: from added to started at 1,000/s", value: Bench.percentiles(waited),
                aim: "p99 under 20 ms"))
        let flood = QueueFlood(
            table: table, holder: holder, loop: tools.loop, postgres: pid_t(cluster.pid), isQuick: isQuick)
        rows += try await flood.run()
        working.cancel()
        _ = await working.result
        return rows
    }

    /// Jobs a second until so many have been finished in all.
    private func rate(of table: QueueTable, until count: Int) async throws -> Double {
        let begun = table.finished, start = tools.loop.nowNs
        while table.finished < count {
            guard tools.loop.nowNs - start < 120_000_000_000 else {
                throw PostgresCluster.Failure("the queue did not drain within two minutes")
            }
            try await tools.loop.sleep(for: .milliseconds(5))
        }
        return Double(table.finished - begun) / (Double(tools.loop.nowNs - start) / 1e9)
    }

    private func addPaced(_ table: QueueTable, count: Int, perSecond: Int) async throws {
        let start = tools.loop.nowNs
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<count {
                let due = start + Int64(index) * 1_000_000_000 / Int64(perSecond)
                if due > tools.loop.nowNs { try await tools.loop.sleep(untilNs: due) }
                if index >= Self.addingMax { _ = try await group.next() }
                group.addTask(executorPreference: tools.loop) { try await table.add(1) }
            }
            try await group.waitForAll()
        }
    }
}
