// The SQL of statuses and of what runs on the clock: who a status speaks of, which messages wait for
// something that has happened, and the numbers shown in metrics.
import Postgres

enum StatusQueries {
    /// $1 now, $2 how many, $3 end of the lease. Order does not matter: statuses are merged by rank.
    static let claim: PostgresStatement = """
        with due as (
            select e.seq, e.event_at from channel.inbound_event e
            where e.lane = 'statuses' and e.state = 'ready' and e.run_at <= $1
            order by e.run_at, e.seq limit $2 for update of e skip locked)
        update channel.inbound_event e
        set state = 'claimed', lease_until = $3, fence = e.fence + 1, attempts = e.attempts + 1
        from due where e.lane = 'statuses' and e.seq = due.seq and e.event_at = due.event_at
        returning e.seq, e.event_at, e.payload, e.request_id, e.received_at, e.attempts, e.fence
        """

    /// $1 sequence number, $2 event time, $3 fence, $4 state, $5 run at, $6 last error, $7 done at.
    static let finish: PostgresStatement = """
        update channel.inbound_event
        set state = $4, lease_until = null, run_at = $5, last_error = $6, done_at = $7
        where lane = 'statuses' and seq = $1 and event_at = $2 and fence = $3 and state = 'claimed'
        """

    /// $1 sequence numbers, $2 event times, $3 fences, $4 end of the lease.
    static let renew: PostgresStatement = """
        update channel.inbound_event e set lease_until = $4
        from unnest($1::bigint[], $2::timestamptz[], $3::bigint[]) as mine (seq, event_at, fence)
        where e.lane = 'statuses' and e.seq = mine.seq and e.event_at = mine.event_at and e.fence = mine.fence
            and e.state = 'claimed'
        """

    /// $1 now: events of a worker that is gone.
    static let takeBack: PostgresStatement = """
        update channel.inbound_event set state = 'ready', lease_until = null
        where lane = 'statuses' and state = 'claimed' and lease_until < $1
        """

    static let byWamid: PostgresStatement = """
        select message_id, attempt from notifier.accepted_send where wamid = $1
        """

    static let exists: PostgresStatement = "select 1 from notifier.message where message_id = $1"

    /// $1 wamid, $2 word, $3 code, $4 the status's time, $5 now.
    static let keepOrphan: PostgresStatement = """
        insert into notifier.orphan_status (wamid, word, error_code, status_at, received_at)
        values ($1, $2, $3, $4, $5) on conflict (wamid, word) do nothing
        """

    static let takeOrphans: PostgresStatement = """
        delete from notifier.orphan_status where wamid = $1 returning word, error_code
        """
}

enum KeeperQueries {
    /// $1 now. No wait of ours is three hours long and no lease one: what lies further ahead was written
    /// while a clock was ahead that has been put back since, and would keep a message, and all behind it,
    /// waiting for as long.
    static let clockPutBack: PostgresStatement = """
        update notifier.message
        set run_at = least(run_at, $1), lease_until = case when lease_until > $1 then $1 else lease_until end
        where (state in ('queued', 'held') and run_at > $1 + interval '3 hours')
            or (state in ('queued', 'sending') and lease_until > $1 + interval '1 hour')
        """

    /// The same for statuses.
    static let statusClockPutBack: PostgresStatement = """
        update channel.inbound_event
        set run_at = least(run_at, $1), lease_until = case when lease_until > $1 then $1 else lease_until end
        where lane = 'statuses' and ((state = 'ready' and run_at > $1 + interval '1 hour')
            or (state = 'claimed' and lease_until > $1 + interval '1 hour'))
        """

    /// $1 now, $2 how many: whoever was sending is gone.
    static let leaseLost: PostgresStatement = """
        select message_id from notifier.message where state = 'sending' and lease_until < $1
        order by updated_at limit $2
        """

    /// $1 a grace period ago, $2 how many.
    static let graceEnded: PostgresStatement = """
        select message_id from notifier.message where state = 'unresolved' and updated_at < $1
        order by updated_at limit $2
        """

    /// $1 now, $2 how many.
    static let deadlinePassed: PostgresStatement = """
        select message_id from notifier.message where state = 'held' and not_after < $1
        order by updated_at limit $2
        """

    /// $1 now, $2 how many: holds with a time of their own.
    static let holdEnded: PostgresStatement = """
        select message_id from notifier.message
        where state = 'held' and run_at <= $1 and reason not in ('windowClosed', 'templateMissing')
        order by updated_at limit $2
        """

    /// $1 the earliest inbound time that still opens a window, $2 how many.
    static let windowOpened: PostgresStatement = """
        select m.message_id from notifier.message m
        join channel.conversation c on c.phone_number_id = m.phone_number_id and c.peer = m.peer
        left join notifier.recipient r on r.phone_number_id = m.phone_number_id and r.peer = m.peer
        where m.state = 'held' and m.reason in ('windowClosed', 'templateMissing') and c.last_inbound_at > $1
            and (r.disproved_inbound_at is null or c.last_inbound_at > r.disproved_inbound_at)
        order by m.seq limit $2
        """

    /// $1 how many: at start, since the templates of this version may not be those of the last.
    static let templateMissing: PostgresStatement = """
        select message_id from notifier.message where state = 'held' and reason = 'templateMissing'
        order by seq limit $1
        """

    /// $1 how many: statuses whose message has become known.
    static let orphansFound: PostgresStatement = """
        select distinct o.wamid from notifier.orphan_status o
        join notifier.accepted_send a on a.wamid = o.wamid limit $1
        """

    /// $1 the oldest that is kept.
    static let dropOrphans: PostgresStatement = "delete from notifier.orphan_status where received_at < $1"

    static let counts: PostgresStatement = """
        select state, count(*) as messages, min(created_at) as oldest from notifier.message
        where state in ('queued', 'sending', 'held', 'unresolved', 'parked') group by state
        """
}
