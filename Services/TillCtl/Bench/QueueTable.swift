// A job table as a service would have it, for measuring the machinery alone: leases, fences, rows that are deleted
// when their job is done. Claims begin at the floor; neither claiming nor renewing touches an index.
import EventLoop
import JobQueue
import Postgres
import Synchronization
import World

/// Jobs that do nothing.
final class QueueTable: JobSource {
    struct Job: Sendable {
        var id: Int64
        var fence: Int64
        /// The loop's clock when it was added.
        var addedNs: Int64
    }

    let lease = Duration.seconds(30)
    static let claimMax = 512
    /// What wakes the worker.
    static let channel = "till_bench_job"

    static let schema = """
        create table job (
          id bigint generated always as identity primary key, added_ns bigint not null, payload bytea not null,
          attempts int not null default 0, lease_until timestamptz, fence bigint not null default 0
        ) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
          autovacuum_vacuum_cost_delay = 0);
        """

    /// $1 now, $2 end of the lease, $3 the floor, $4 how many.
    static let claimQuery: PostgresStatement = """
        with mine as materialized (
          select id from job where id >= $3 and (lease_until is null or lease_until < $1)
          order by id limit $4 for update skip locked)
        update job set lease_until = $2, fence = fence + 1, attempts = attempts + 1
        from (select id from mine limit 512) as taken where job.id = taken.id
        returning job.id, job.fence, job.added_ns
        """
    /// $1 ids, $2 fences.
    static let finishQuery: PostgresStatement = """
        delete from job using unnest($1::bigint[], $2::bigint[]) as mine (id, fence)
        where job.id = mine.id and job.fence = mine.fence
        """
    static let releaseQuery: PostgresStatement = """
        update job set lease_until = null, attempts = attempts - 1
        from unnest($1::bigint[], $2::bigint[]) as mine (id, fence)
        where job.id = mine.id and job.fence = mine.fence
        """
    /// $3 end of the lease.
    static let renewQuery: PostgresStatement = """
        update job set lease_until = $3 from unnest($1::bigint[], $2::bigint[]) as mine (id, fence)
        where job.id = mine.id and job.fence = mine.fence
        """
    /// $1 how many, $2 the moment.
    static let addQuery: PostgresStatement = """
        with added as (
          insert into job (added_ns, payload) select $2, '\\x00112233445566778899aabbccddeeff'::bytea
          from generate_series(1, $1::bigint) returning 1)
        select count(*) as n, pg_notify('till_bench_job', '') from added
        """

    let pool: PostgresPool
    private let world: World
    private let floor = Mutex(ClaimFloor())
    private let finishing: Gathering<Job, Void>
    private let done = Atomic<Int>(0)

    init(pool: PostgresPool, world: World) {
        self.pool = pool
        self.world = world
        finishing = Gathering(commit: { jobs in
            try await pool.query(
                Self.finishQuery, [.int8Array(jobs.map(\.id)), .int8Array(jobs.map(\.fence))])
        })
    }

    /// How many were finished so far.
    var finished: Int { done.load(ordering: .relaxed) }

    func claim(_ limit: Int) async throws -> [Job] {
        let now = world.now(), from = world.monotonic()
        let start = floor.withLock { $0.start(nowNs: from) }
        let jobs = try await pool.query(
            Self.claimQuery,
            [
                .timestamp(now), .timestamp(now.advanced(by: lease)), .int8(start),
                .int8(Int64(min(limit, Self.claimMax))),
            ]
        ).map {
            Job(
                id: try $0.int8("id"), fence: try $0.int8("fence"), addedNs: try $0.int8("added_ns"))
        }
        floor.withLock {
            $0.claimed(jobs.map(\.id), start: start, fromNs: from, nowNs: world.monotonic())
        }
        return jobs
    }

    func finish(_ job: Job) async throws {
        try await finishing.add(job)
        floor.withLock { $0.ended([job.id]) }
        done.add(1, ordering: .relaxed)
    }

    func release(_ jobs: [Job]) async throws {
        try await pool.query(
            Self.releaseQuery, [.int8Array(jobs.map(\.id)), .int8Array(jobs.map(\.fence))])
        floor.withLock { $0.ended(jobs.map(\.id)) }
    }

    func renew(_ jobs: [Job]) async throws {
        try await pool.query(
            Self.renewQuery,
            [
                .int8Array(jobs.map(\.id)), .int8Array(jobs.map(\.fence)),
                .timestamp(world.now().advanced(by: lease)),
            ])
    }

    func add(_ count: Int) async throws {
        try await pool.query(Self.addQuery, [.int8(Int64(count)), .int8(world.monotonic())])
    }
}
