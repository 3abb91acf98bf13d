// Every SQL text of the receiver. Finishing a callback names the fence of its claim; a lost claim changes
// nothing.
import Postgres

/// `is not distinct from` keeps rows that are known by their name from being sought in the index of open ones, which
/// nobody can clear of what is done while a snapshot is held open. `key = any (array[…])` is a join that can only look
/// rows up one by one, so a plan that was made while the table was empty is right for ever.
enum CallbackQueries {
    static let ready: PostgresStatement = "select not pg_is_in_recovery() as is_writable"

    /// Callbacks that came together. One with the end of a lease ($7) is written as claimed with the first fence, since
    /// the process that writes it works on it at once: nobody claims it unless its lease ends. The others are for
    /// whoever has a place free first. Nobody is told: every listener of the database would wake, and the next place to
    /// become free here, or the next look of another process, is no further than a second away.
    static let keep: PostgresStatement = """
        insert into callback.received (callback_id, received_at, bank_id, capability, body, request_id, run_at, state,
          attempts, fence, lease_until)
        select k.id, k.at, k.bank, k.capability, k.body, k.request, k.at,
          case when k.lease_until is null then 'ready' else 'claimed' end, (k.lease_until is not null)::int,
          (k.lease_until is not null)::int, k.lease_until
        from unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[], $5::bytea[], $6::text[], $7::timestamptz[])
          as k (id, at, bank, capability, body, request, lease_until)
        """

    /// The same once more, after a commit whose answer was lost. Rows wait for the first to end and are not written
    /// where it was made. A claimed one that is still its writer's is held from now on.
    static let keepAgain: PostgresStatement = """
        insert into callback.received as r (callback_id, received_at, bank_id, capability, body, request_id, run_at,
          state, attempts, fence, lease_until)
        select k.id, k.at, k.bank, k.capability, k.body, k.request, k.at,
          case when k.lease_until is null then 'ready' else 'claimed' end, (k.lease_until is not null)::int,
          (k.lease_until is not null)::int, k.lease_until
        from unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[], $5::bytea[], $6::text[], $7::timestamptz[])
          as k (id, at, bank, capability, body, request, lease_until)
        on conflict (callback_id) do update set lease_until = excluded.lease_until
        where r.fence = 1 and r.state = 'claimed' and excluded.lease_until is not null
        """

    static let forget: PostgresStatement = "select callback.forget($1, $2) as gone"

    /// $1 now, $2 end of the lease, $3 how many, $4 the moment before which none is looked at. No wait of ours is as
    /// long as an hour: what lies further ahead was written by a clock that was put back since.
    static let claim: PostgresStatement = """
        with due as (
          select callback_id from callback.received
          where state in ('ready', 'claimed') and run_at >= $4
            and (run_at <= $1 or run_at > $1 + interval '1 hour')
            and (lease_until is null or lease_until <= $1 or lease_until > $1 + interval '1 hour')
          order by run_at, callback_id
          limit $3
          for update skip locked
        )
        update callback.received r
        set state = 'claimed', attempts = r.attempts + 1, lease_until = $2, fence = r.fence + 1
        from due where r.callback_id = any (array[due.callback_id])
        returning r.callback_id, r.bank_id, r.capability, r.body, r.request_id, r.received_at, r.attempts, r.fence,
          r.run_at
        """

    static let release: PostgresStatement = """
        update callback.received r
        set state = 'ready', lease_until = null, attempts = r.attempts - 1
        from unnest($1::text[], $2::bigint[]) as given (callback_id, fence)
        where r.callback_id = any (array[given.callback_id]) and r.fence = given.fence
          and r.state is not distinct from 'claimed'
        """

    /// $3 is the new end of the lease.
    static let renew: PostgresStatement = """
        update callback.received r set lease_until = $3
        from unnest($1::text[], $2::bigint[]) as given (callback_id, fence)
        where r.callback_id = any (array[given.callback_id]) and r.fence = given.fence
          and r.state is not distinct from 'claimed'
        """

    /// How callbacks ended that ended together: $4 the states, $5 the verdicts. Answers those that were still ours. Its
    /// commit is not waited for: a callback whose end is lost with the server's power is looked at again, and its
    /// result is applied once.
    static let settle: PostgresStatement = """
        update callback.received r
        set state = e.state, verdict = e.verdict, payment_id = e.payment_id, done_at = $3, lease_until = null,
          last_error = null
        from unnest($1::text[], $2::bigint[], $4::text[], $5::text[], $6::text[])
          as e (callback_id, fence, state, verdict, payment_id)
        where r.callback_id = any (array[e.callback_id]) and r.fence = e.fence
          and r.state is not distinct from 'claimed'
        returning r.callback_id, set_config('synchronous_commit', 'off', true) as durability
        """

    static let postpone: PostgresStatement = """
        update callback.received
        set state = 'ready', run_at = $3, last_error = $4, lease_until = null
        where callback_id = $1 and fence = $2 and state is not distinct from 'claimed'
        """
}
