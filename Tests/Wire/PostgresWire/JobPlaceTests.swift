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
        try await TableSource.with { source in
            var source = source
            source.claims = TableSource.Tally()
            source.endMayFreeAnother = false
            try await body(source)
        }
    }

    @Test func `is run by the process that wrote it, and no claim is made for it`() async throws {
        try await withSource { source in
            let worker = source.worker { [source] job in _ = try? await source.finish(job) }
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
            let worker = source.worker(concurrency: 2) { _ in }
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
            let worker = source.worker(concurrency: 1) { [source] job in
                try? await Task.sleep(for: .milliseconds(20))
                _ = try? await source.finish(job)
            }
            let places = JobPlaces<TableSource.Job>()
            places.open(worker)
            let place = try #require(places.take())
            let task = Task { try await worker.run() }
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
            let stopped = source.worker { _ in }
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
            let living = quick.worker(poll: .milliseconds(50)) { [quick] job in
                _ = try? await quick.finish(job)
            }
            let livingTask = Task { try await living.run() }
            try await until { try await source.left() == 0 }
            await stop(livingTask)
        }
    }

    /// Its first claim hangs until it is let go, and then gives all that it was asked for.
    private final class SlowSource: JobSource {
        let lease = Duration.seconds(30)
        let asked = Mutex<[Int]>([])
        let isLetGo = Mutex(false)

        func claim(_ limit: Int) async throws -> [Int] {
            let isFirst = asked.withLock { asked in
                asked.append(limit)
                return asked.count == 1
            }
            guard isFirst else { return [] }
            try await until(atMost: .seconds(30)) { isLetGo.withLock { $0 } }
            return Array(0..<limit)
        }
        func release(_ jobs: [Int]) async throws {}
        func renew(_ jobs: [Int]) async throws {}
    }

    @Test func `takes no place that a claim which is under way will fill`() async throws {
        let source = SlowSource(), running = Mutex<(now: Int, most: Int)>((0, 0)), isOver = Mutex(false)
        let worker = source.worker(concurrency: 8) { _ in
            running.withLock { state in
                state.now += 1
                state.most = max(state.most, state.now)
            }
            try? await until(atMost: .seconds(30)) { isOver.withLock { $0 } }
            running.withLock { $0.now -= 1 }
        }
        let places = JobPlaces<Int>()
        places.open(worker)
        let task = Task { try await worker.run() }
        try await until { source.asked.withLock { !$0.isEmpty } }
        var born: [JobPlace<Int>] = []
        while let place = places.take() { born.append(place) }
        let asked = source.asked.withLock { $0.first ?? 0 }
        #expect(asked > 0 && !born.isEmpty, "both get their part")
        #expect(asked + born.count == 8)
        for place in born { place.begin(100) }
        source.isLetGo.withLock { $0 = true }
        try await until { running.withLock { $0.now } == 8 }
        #expect(places.take() == nil)
        isOver.withLock { $0 = true }
        try await until { running.withLock { $0.now } == 0 }
        #expect(running.withLock { $0.most } == 8)
        await stop(task)
    }

    @Test func `does not keep what is due behind a claim's own limit waiting for a poll`() async throws {
        try await withSource { source in
            var source = source
            source.claimMax = 3
            try await source.pool.query(
                "insert into job (conversation) select 'c' || n from generate_series(1, 60) as n")
            let worker = source.worker(concurrency: 8) { [source] job in _ = try? await source.finish(job) }
            let task = Task { try await worker.run() }
            try await until(atMost: .seconds(20)) { try await source.left() == 0 }
            await stop(task)
        }
    }

    @Test func `costs the same to ask for a place after fifty thousand times as at first`() async throws {
        try await withSource { source in
            let worker = source.worker { _ in }
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
