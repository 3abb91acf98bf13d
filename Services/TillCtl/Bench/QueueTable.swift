// A job table as the services have theirs (`callback.received` comes nearest), for measuring the machinery alone: an
// index on the moment when a job is due, leases, fences, a row that stays when its job is done, and claims that begin
// at the same floor.
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
    /// An added job frees none.
    var endMayFreeAnother: Bool { false }
    var claimMax: Int { Self.claimMax }

    static let schema = """
        create table job (
          id bigint generated always as identity primary key, added_ns bigint not null, payload bytea not null,
          state text not null default 'ready' check (state in ('ready', 'claimed', 'done')),
          attempts int not null default 0, run_at timestamptz not null, lease_until timestamptz,
          fence bigint not null default 0, done_at timestamptz);
        create index job_due on job (run_at, id) where state in ('ready', 'claimed');
        """

    /// $1 now, $2 end of the lease, $3 how many, $4 the moment before which none is looked at.
    static let claimQuery: PostgresStatement = """
        with due as materialized (
          select id from job
          where state in ('ready', 'claimed') and run_at >= $4 and run_at <= $1
            and (lease_until is null or lease_until <= $1)
          order by run_at, id limit $3 for update skip locked)
        update job set state = 'claimed', lease_until = $2, fence = fence + 1, attempts = attempts + 1
        from (select id from due limit 512) as taken where job.id = taken.id
        returning job.id, job.fence, job.added_ns, job.run_at
        """
    /// $1 ids, $2 fences, $3 now.
    static let finishQuery: PostgresStatement = """
        update job set state = 'done', done_at = $3, lease_until = null
        from unnest($1::bigint[], $2::bigint[]) as mine (id, fence)
        where job.id = mine.id and job.fence = mine.fence and job.state is not distinct from 'claimed'
        """
    static let releaseQuery: PostgresStatement = """
        update job set state = 'ready', lease_until = null, attempts = attempts - 1
        from unnest($1::bigint[], $2::bigint[]) as mine (id, fence)
        where job.id = mine.id and job.fence = mine.fence and job.state is not distinct from 'claimed'
        """
    /// $3 end of the lease.
    static let renewQuery: PostgresStatement = """
        update job set lease_until = $3 from unnest($1::bigint[], $2::bigint[]) as mine (id, fence)
        where job.id = mine.id and job.fence = mine.fence and job.state is not distinct from 'claimed'
        """
    /// $1 how many, $2 the loop's clock, $3 now. Each is due from a moment of its own, as what comes from outside is.
    static let addQuery: PostgresStatement = """
        with added as (
          insert into job (added_ns, payload, run_at)
          select $2, '\\x00112233445566778899aabbccddeeff'::bytea, $3 - ($1 - i) * interval '1 microsecond'
          from generate_series(1, $1::bigint) as i returning 1)
        select count(*) as n, pg_notify('till_bench_job', '') from added
        """

    let pool: PostgresPool
    private let world: World
    private let place = ClaimPlace()
    private let finishing: Gathering<Job, Void>
    private let done = Atomic<Int>(0)

    init(pool: PostgresPool, world: World) {
        self.pool = pool
        self.world = world
        finishing = Gathering(commit: { jobs in
            try await pool.query(
                Self.finishQuery,
                [.int8Array(jobs.map(\.id)), .int8Array(jobs.map(\.fence)), .timestamp(world.now())])
        })
    }

    /// How many were finished so far.
    var finished: Int { done.load(ordering: .relaxed) }

    func claim(_ limit: Int) async throws -> [Job] {
        let most = min(limit, Self.claimMax)
        return try await place.claim(world) { now, from in
            let rows = try await pool.query(
                Self.claimQuery,
                [
                    .timestamp(now), .timestamp(now.advanced(by: lease)), .int8(Int64(most)),
                    .timestamp(from),
                ])
            let jobs = try rows.map {
                Job(id: try $0.int8("id"), fence: try $0.int8("fence"), addedNs: try $0.int8("added_ns"))
            }
            return Claimed(
                jobs, due: try rows.map { try $0.timestamp("run_at") }, isFull: rows.count >= most)
        }
    }

    func finish(_ job: Job) async throws {
        try await finishing.add(job)
        done.add(1, ordering: .relaxed)
    }

    func release(_ jobs: [Job]) async throws {
        try await pool.query(
            Self.releaseQuery, [.int8Array(jobs.map(\.id)), .int8Array(jobs.map(\.fence))])
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
        try await pool.query(
            Self.addQuery, [.int8(Int64(count)), .int8(world.monotonic()), .timestamp(world.now())])
    }
}
