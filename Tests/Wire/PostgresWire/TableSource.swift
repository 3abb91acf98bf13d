// A job table for the worker's tests, with the SQL that a service would have for its own.
import JobQueue
import Postgres
import Synchronization
import World

/// A small job table as the services have them: leases, fences, one open job per conversation at a time.
struct TableSource: JobSource {
    struct Job: Sendable {
        let id: Int64
        let conversation: String
        let fence: Int64
    }

    static let schema = """
        create table job (
          id bigserial primary key, conversation text not null, state text not null default 'ready',
          attempts int not null default 0, lease_until timestamptz, fence bigint not null default 0)
        """
    private static let claimQuery: PostgresStatement = """
        update job set state = 'claimed', attempts = attempts + 1, fence = fence + 1,
          lease_until = now() + $2 * interval '1 millisecond'
        where id in (
          select id from job as this
          where (state = 'ready' or state = 'claimed' and lease_until < now()) and not exists (
            select from job as earlier
            where earlier.conversation = this.conversation and earlier.id < this.id and earlier.state <> 'done')
          order by id limit $1 for update skip locked)
        returning id, conversation, fence
        """
    private static let bearQuery: PostgresStatement = """
        insert into job (conversation, state, attempts, fence, lease_until)
        values ($1, 'claimed', 1, 1, now() + $2 * interval '1 millisecond') returning id, fence
        """
    static let finishQuery: PostgresStatement =
        "update job set state = 'done', lease_until = null where id = $1 and fence = $2 and state = 'claimed'"
    private static let releaseQuery: PostgresStatement = """
        update job set state = 'ready', lease_until = null
        from unnest($1::int8[], $2::int8[]) as given(id, fence) where job.id = given.id and job.fence = given.fence
        """

    private static let renewQuery: PostgresStatement = """
        update job set lease_until = now() + $3 * interval '1 millisecond'
        from unnest($1::int8[], $2::int8[]) as given(id, fence)
        where job.id = given.id and job.fence = given.fence and job.state = 'claimed'
        """

    let pool: PostgresPool
    var lease: Duration = .seconds(30)
    /// Vanished: the process is gone, or cannot reach the database.
    var isVanished = false
    var endMayFreeAnother = true
    var claimMax = Int.max
    var claims: Tally?

    /// How often something was asked for.
    final class Tally: Sendable {
        private let number = Atomic(0)
        func add() { number.add(1, ordering: .relaxed) }
        var count: Int { number.load(ordering: .relaxed) }
    }

    /// Writes a job as claimed by whoever writes it.
    func bear(_ conversation: String) async throws -> Job {
        let row = try await pool.query(
            Self.bearQuery, [.text(conversation), .int8(lease.milliseconds)]
        ).one()
        return Job(id: try row.int8("id"), conversation: conversation, fence: try row.int8("fence"))
    }

    func claim(_ limit: Int) async throws -> [Job] {
        claims?.add()
        return try await pool.query(
            Self.claimQuery, [.int8(Int64(min(limit, claimMax))), .int8(lease.milliseconds)]
        ).map {
            Job(id: try $0.int8("id"), conversation: try $0.text("conversation"), fence: try $0.int8("fence"))
        }
    }

    func renew(_ jobs: [Job]) async throws {
        if isVanished { throw Vanished() }
        let values: [PostgresValue] = [
            .int8Array(jobs.map(\.id)), .int8Array(jobs.map(\.fence)), .int8(lease.milliseconds),
        ]
        try await pool.query(Self.renewQuery, values)
    }

    struct Vanished: Error {}

    func release(_ jobs: [Job]) async throws {
        try await pool.query(Self.releaseQuery, [.int8Array(jobs.map(\.id)), .int8Array(jobs.map(\.fence))])
    }

    /// True when the lease was still ours.
    func finish(_ job: Job) async throws -> Bool {
        try await pool.query(Self.finishQuery, [.int8(job.id), .int8(job.fence)]).affected == 1
    }

    func left() async throws -> Int64 {
        try await pool.query("select count(*) from job where state <> 'done'").one().int8(0)
    }
}
