// Jobs that are written as claimed and handed over in memory: no claim for them, no more than there are places, and
// nothing lost when the worker stops or the hand never comes.
import JobQueue
import Observe
import Postgres
import Synchronization
import TestSupport
import Testing
import World

@Suite struct `A row that is written as claimed` {
    private func withSource(_ body: (TableSource) async throws -> Void) async throws {
        let cluster = try await TemporaryCluster.shared()
        let database = try await cluster.freshDatabase()
        try await cluster.execute(TableSource.schema, in: database)
        try await cluster.withPool(database) { pool in
            var source = TableSource(pool: pool)
            source.claims = TableSource.Tally()
            source.endMayFreeAnother = false
            try await body(source)
        }
    }

    private func worker(
        _ source: TableSource, concurrency: Int = 8, poll: Duration = .seconds(30),
        _ perform: @escaping @Sendable (TableSource.Job) async -> Void
    ) -> JobWorker<TableSource> {
        JobWorker(
            name: "test", source: source, concurrency: concurrency, pollInterval: poll, loop: TestLoop.shared,
            world: .forWireTests, log: .silent(.forWireTests), metrics: Metrics(), perform: perform)
    }

    private func stop(_ task: Task<Void, any Error>) async {
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func `is run by the process that wrote it, and no claim is made for it`() async throws {
        try await withSource { source in
            let worker = worker(source) { [source] job in _ = try? await source.finish(job) }
            let places = JobPlaces<TableSource.Job>()
            #expect(places.take() == nil, "before there is a worker")
            places.open(worker)
            let task = Task { try await worker.run() }
            try await until { source.claims?.count == 1 }
            for index in 0..<20 {
                let place = try #require(places.take())
                place.begin(try await source.bear("c\(index)"))
                try await until { try await source.left() == 0 }
            }
            #expect(source.claims?.count == 1, "the one it began with")
            await stop(task)
            #expect(places.take() == nil, "a worker that was stopped takes nothing on")
        }
    }

    @Test
    func `has a place of its own, so that no more run than may, and a place without a row is free again`()
        async throws
    {
        try await withSource { source in
            let worker = worker(source, concurrency: 2) { _ in }
            let places = JobPlaces<TableSource.Job>()
            places.open(worker)
            var first = places.take()
            let second = places.take()
            #expect(first != nil && second != nil && places.take() == nil)
            first = nil
            #expect(places.take() != nil)
            _ = second
        }
    }

    @Test func `makes room for what is due when it ends, though ends free nothing else`() async throws {
        try await withSource { source in
            let worker = worker(source, concurrency: 1) { [source] job in
                try? await Task.sleep(for: .milliseconds(20))
                _ = try? await source.finish(job)
            }
            let places = JobPlaces<TableSource.Job>()
            places.open(worker)
            let task = Task { try await worker.run() }
            let place = try #require(places.take())
            try await source.pool.query("insert into job (conversation) values ('a'), ('b'), ('c')")
            worker.wake()
            place.begin(try await source.bear("d"))
            try await until { try await source.left() == 0 }
            await stop(task)
        }
    }

    @Test
    func `is handed back when its worker stops before it begins, and claimed when nobody ever begins it`()
        async throws
    {
        try await withSource { source in
            var quick = source
            quick.lease = .milliseconds(300)
            let stopped = worker(source) { _ in }
            let places = JobPlaces<TableSource.Job>()
            places.open(stopped)
            let task = Task { try await stopped.run() }
            let place = try #require(places.take())
            let job = try await source.bear("a")
            await stop(task)
            place.begin(job)
            try await until {
                try await source.pool.query("select count(*) from job where state = 'ready'").one().int8(0)
                    == 1
            }
            // Written by a process that died before it handed it over.
            _ = try await quick.bear("b")
            let living = worker(quick, poll: .milliseconds(50)) { [quick] job in
                _ = try? await quick.finish(job)
            }
            let livingTask = Task { try await living.run() }
            try await until { try await source.left() == 0 }
            await stop(livingTask)
        }
    }

    @Test func `does not keep what is due behind a claim's own limit waiting for a poll`() async throws {
        try await withSource { source in
            var source = source
            source.claimMax = 3
            try await source.pool.query(
                "insert into job (conversation) select 'c' || n from generate_series(1, 60) as n")
            let worker = worker(source, concurrency: 8) { [source] job in _ = try? await source.finish(job) }
            let task = Task { try await worker.run() }
            try await until(atMost: .seconds(20)) { try await source.left() == 0 }
            await stop(task)
        }
    }

    @Test func `costs the same to ask for a place after fifty thousand times as at first`() async throws {
        try await withSource { source in
            let worker = worker(source) { _ in }
            let places = JobPlaces<TableSource.Job>()
            places.open(worker)
            let clock = ContinuousClock()
            let thousands = (0..<50).map { _ in
                clock.measure { for _ in 0..<1_000 { _ = places.take() } }
            }
            // The quickest of ten, since anything may come in between on a busy machine.
            let first = try #require(thousands.prefix(10).min())
            let last = try #require(thousands.suffix(10).min())
            #expect(last < first * 5)
        }
    }
}
