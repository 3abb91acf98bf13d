// A worker over a real table: claims with lease and fencing number, in order within a conversation, woken or
// polling, through a failing database and until it is told to stop.
import JobQueue
import Observe
import Postgres
import Synchronization
import TestSupport
import Testing
import World

@Suite struct `A worker` {
    private final class Diary: Sendable {
        private let lines = Mutex<[(conversation: String, id: Int64)]>([])
        private let running = Mutex<(now: Int, most: Int)>((0, 0))
        func began() {
            running.withLock { state in
                state.now += 1
                state.most = max(state.most, state.now)
            }
        }
        func ended(_ conversation: String, _ id: Int64) {
            running.withLock { $0.now -= 1 }
            lines.withLock { $0.append((conversation, id)) }
        }
        var all: [(conversation: String, id: Int64)] { lines.withLock { $0 } }
        var most: Int { running.withLock { $0.most } }
    }

    @Test func `runs every job once, in order within a conversation, several conversations at once`()
        async throws
    {
        try await TableSource.with { source in
            let diary = Diary()
            try await source.pool.query(
                "insert into job (conversation) select 'c' || n % 10 from generate_series(1, 200) as n")
            let workers = (0..<2).map { _ in
                source.worker(concurrency: 4) { job in
                    diary.began()
                    try? await Task.sleep(for: .milliseconds(1))
                    diary.ended(job.conversation, job.id)
                    _ = try? await source.finish(job)
                }
            }
            let tasks = workers.map { worker in Task { try await worker.run() } }
            try await until(atMost: .seconds(20)) { try await source.left() == 0 }
            for task in tasks { await stop(task) }
            let all = diary.all
            #expect(all.count == 200 && Set(all.map(\.id)).count == 200)
            for (_, lines) in Dictionary(grouping: all, by: \.conversation) {
                #expect(lines.map(\.id) == lines.map(\.id).sorted())
            }
            #expect((2...8).contains(diary.most))
        }
    }

    @Test func `starts at once when it is woken, long before it would poll`() async throws {
        try await TableSource.with { source in
            let worker = source.worker { job in _ = try? await source.finish(job) }
            let task = Task { try await worker.run() }
            try await Task.sleep(for: .milliseconds(50))
            try await source.pool.query("insert into job (conversation) values ('a')")
            worker.wake()
            try await until(atMost: .seconds(20)) { try await source.left() == 0 }
            await stop(task)
        }
    }

    @Test func `finds work by polling when no wake comes`() async throws {
        try await TableSource.with { source in
            let worker = source.worker(poll: .milliseconds(50)) { job in _ = try? await source.finish(job) }
            let task = Task { try await worker.run() }
            try await source.pool.query("insert into job (conversation) values ('a'), ('b')")
            try await until(atMost: .seconds(20)) { try await source.left() == 0 }
            await stop(task)
        }
    }

    @Test func `that lost its lease cannot write, since the fence moved on`() async throws {
        try await TableSource.with { source in
            var source = source
            source.lease = .milliseconds(1)
            try await source.pool.query("insert into job (conversation) values ('a')")
            let slow = try #require(try await source.claim(1).first)
            try await Task.sleep(for: .milliseconds(20))
            let fast = try #require(try await source.claim(1).first)
            #expect(fast.id == slow.id && fast.fence == slow.fence + 1)
            let slowWrote = try await source.finish(slow), fastWrote = try await source.finish(fast)
            #expect(!slowWrote && fastWrote)
        }
    }

    @Test func `keeps a job that takes longer than its lease for as long as it lives`() async throws {
        try await TableSource.with { source in
            var source = source
            source.lease = .seconds(3)
            let writes = Mutex<[Bool]>([])
            let perform: @Sendable (TableSource.Job) async -> Void = { [source] job in
                try? await Task.sleep(for: .milliseconds(4_500))
                let isOurs = try? await source.finish(job)
                writes.withLock { $0.append(isOurs ?? false) }
            }
            try await source.pool.query("insert into job (conversation) values ('a')")
            let workers = (0..<2).map { _ in source.worker(poll: .milliseconds(50), perform) }
            let tasks = workers.map { worker in Task { try await worker.run() } }
            try await until { try await source.left() == 0 }
            for task in tasks { await stop(task) }
            #expect(writes.withLock { $0 } == [true], "begun once, and written by who began it")
            let row = try await source.pool.query("select attempts, fence from job").one()
            let attempts = try row.int4("attempts"), fence = try row.int8("fence")
            #expect(attempts == 1 && fence == 1)
        }
    }

    @Test func `renews the leases of the jobs that it drains after it was told to stop`() async throws {
        try await TableSource.with { source in
            var source = source
            source.lease = .milliseconds(1_500)
            let diary = Diary()
            try await source.pool.query("insert into job (conversation) values ('a')")
            let stopped = source.worker { [source] job in
                diary.began()
                // Within the time that a stopped worker gives its jobs.
                try? await Task.sleep(for: .milliseconds(2_500))
                let isOurs = try? await source.finish(job)
                if isOurs == true { diary.ended(job.conversation, job.id) }
            }
            let other = source.worker(poll: .milliseconds(50)) { _ in diary.began() }
            let stoppedTask = Task { try await stopped.run() }
            try await until { diary.most == 1 }
            let otherTask = Task { try await other.run() }
            await stop(stoppedTask)
            await stop(otherTask)
            #expect(diary.all.count == 1 && diary.most == 1)
        }
    }

    @Test func `that vanished loses its job after the lease, and what it writes late changes nothing`()
        async throws
    {
        try await TableSource.with { source in
            var vanishing = source
            vanishing.lease = .milliseconds(300)
            vanishing.isVanished = true
            let began = Mutex(0)
            let lateWrite = Mutex<Bool?>(nil)
            try await source.pool.query("insert into job (conversation) values ('a')")
            let vanished = vanishing.worker { [source] job in
                began.withLock { $0 += 1 }
                try? await until { try await source.left() == 0 }
                let isOurs = try? await source.finish(job)
                lateWrite.withLock { $0 = isOurs }
            }
            let vanishedTask = Task { try await vanished.run() }
            try await until { began.withLock { $0 } == 1 }
            let living = source.worker(poll: .milliseconds(50)) { [source] job in
                _ = try? await source.finish(job)
            }
            let livingTask = Task { try await living.run() }
            try await until { lateWrite.withLock { $0 } != nil }
            await stop(vanishedTask)
            await stop(livingTask)
            #expect(lateWrite.withLock { $0 } == false)
            let row = try await source.pool.query("select state, attempts, fence from job").one()
            let state = try row.text("state")
            let attempts = try row.int4("attempts"), fence = try row.int8("fence")
            #expect(state == "done" && attempts == 2 && fence == 2)
        }
    }

    @Test func `lets the jobs it has begun end when it is stopped`() async throws {
        try await TableSource.with { source in
            let diary = Diary()
            try await source.pool.query("insert into job (conversation) values ('a')")
            let worker = source.worker { job in
                diary.began()
                try? await Task.sleep(for: .milliseconds(200))
                let wrote = try? await source.finish(job)
                if wrote == true { diary.ended(job.conversation, job.id) }
            }
            let task = Task { try await worker.run() }
            try await until { diary.most == 1 }
            await stop(task)
            #expect(diary.all.count == 1)
        }
    }

    @Test func `goes on after the database failed it`() async throws {
        try await TableSource.with { source in
            let worker = source.worker(poll: .milliseconds(20)) { job in _ = try? await source.finish(job) }
            try await source.pool.query("alter table job rename to away")
            let task = Task { try await worker.run() }
            try await Task.sleep(for: .milliseconds(100))
            try await source.pool.query("alter table away rename to job")
            try await source.pool.query("insert into job (conversation) values ('a')")
            try await until { try await source.left() == 0 }
            await stop(task)
        }
    }

    @Test func `hands jobs back that it claimed and did not begin`() async throws {
        try await TableSource.with { source in
            try await source.pool.query("insert into job (conversation) values ('a'), ('b')")
            let jobs = try await source.claim(2)
            #expect(jobs.count == 2)
            let none = try await source.claim(2)
            #expect(none.isEmpty)
            try await source.release(jobs)
            let again = try await source.claim(2)
            #expect(again.map(\.fence) == [2, 2])
        }
    }

    @Test func `pauses longer after each failure, up to a limit`() {
        let backoff = Backoff(first: .seconds(1), last: .seconds(300)), world = SeededWorld(seed: 7).world
        for (attempt, most) in [(1, 1), (2, 2), (3, 4), (9, 256), (10, 300), (1_000, 300)] {
            let pause = backoff.pause(after: attempt, world)
            #expect(pause <= .seconds(most) && pause >= .seconds(most) * 0.5)
        }
    }
}
