// Workers over job tables of a database of their own, as the tests of workers and of places start and stop them.
import JobQueue
import Observe
import TestSupport
import Testing
import World

extension TableSource {
    /// Over an empty table.
    static func with(_ body: (TableSource) async throws -> Void) async throws {
        let cluster = try await TemporaryCluster.shared()
        let database = try await cluster.freshDatabase()
        try await cluster.execute(schema, in: database)
        try await cluster.withPool(database) { try await body(TableSource(pool: $0)) }
    }
}

extension JobSource {
    func worker(
        concurrency: Int = 8, poll: Duration = .seconds(30),
        _ perform: @escaping @Sendable (Job) async -> Void
    ) -> JobWorker<Self> {
        JobWorker(
            name: "test", source: self, concurrency: concurrency, pollInterval: poll, loop: TestLoop.shared,
            world: .forWireTests, log: .silent(.forWireTests), metrics: Metrics(), perform: perform)
    }
}

/// Waits for its end.
func stop(_ running: Task<Void, any Error>) async {
    running.cancel()
    await #expect(throws: CancellationError.self) { try await running.value }
}
