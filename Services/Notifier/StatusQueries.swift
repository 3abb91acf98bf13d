// The SQL of statuses: a batch is taken, joined to the messages it speaks of, and written back, in a handful of
// statements however many there are.
import Postgres

enum StatusQueries {
    /// $1 now, $2 how many, $3 the moment before which none is looked at. Held until the transaction ends, so a batch
    /// needs no lease: it is applied as a whole or comes again. Order matters little, since statuses are merged by
    /// rank; oldest first all the same.
    static let take: PostgresStatement = """
        select e.seq, e.event_at, e.payload, e.request_id, e.received_at, e.attempts, e.phone_number_id, e.run_at
        from channel.inbound_event e
        where e.lane = 'statuses' and e.state = 'ready' and e.run_at <= $1 and e.run_at >= $3
        order by e.run_at, e.seq limit $2 for update of e skip locked
        """

    /// $1 sequence number, $2 event time: one of a batch that could not be applied together.
    static let takeOne: PostgresStatement = """
        select e.seq, e.event_at, e.payload, e.request_id, e.received_at, e.attempts, e.phone_number_id
        from channel.inbound_event e
        where e.lane = 'statuses' and e.seq = $1 and e.event_at = $2 and e.state = 'ready'
        for update of e skip locked
        """

    /// $1 wamids, $2 our ids where the statuses carry them, $3 their attempts. By Meta's name where we know it,
    /// else by our own id that it carries back; with everybody who was told in the same bubble. Rows are locked
    /// in an order that all processes share.
    static let targets: PostgresStatement = """
        with found as materialized (
            select a.wamid, coalesce(s.message_id, a.ours) as message_id, coalesce(s.attempt, a.attempt) as attempt,
                s.message_id is not null as is_named
            from unnest($1::text[], $2::text[], $3::bigint[]) as a (wamid, ours, attempt)
            left join lateral (
                select message_id, attempt from notifier.accepted_send where wamid = a.wamid offset 0) s on true),
        told as (
            select wamid, message_id, attempt, is_named, true as is_leader from found
            union all
            select f.wamid, d.message_id, d.attempt, f.is_named, false from found f
            cross join lateral (
                select message_id, attempt from notifier.digest_member
                where leader_id = f.message_id and leader_attempt = f.attempt offset 0) d)
        select t.wamid, t.attempt as spoken_of, t.is_named, t.is_leader, m.message_id, m.state, m.reason,
            m.kind, m.channel,
            m.template_only, m.attempts, m.refusals, m.fence, m.lease_until, m.phone_number_id, m.peer, m.run_at, m.seq,
            p.channel as sent_channel, p.inbound_at as sent_inbound
        from (select wamid, message_id, attempt, is_named, is_leader from told order by message_id) t
        cross join lateral (
            select message_id, state, reason, kind, channel, template_only, attempts, refusals, fence, lease_until,
                phone_number_id, peer, run_at, seq
            from notifier.message where message_id = t.message_id offset 0 for update) m
        left join lateral (
            select channel, inbound_at from notifier.attempt
            where message_id = t.message_id and attempt = t.attempt offset 0) p on true
        """

    /// $1 ids, $2 states, $3 reasons, $4 template only, $5 refusals, $6 run at, $7 last errors, $8 now.
    static let store: PostgresStatement = """
        update notifier.message m
        set state = a.state, reason = a.reason, template_only = a.template_only, refusals = a.refusals,
            run_at = a.run_at, last_error = coalesce(a.last_error, m.last_error), lease_until = null, updated_at = $8,
            told_in = case when a.state = 'queued' then null else m.told_in end
        from unnest($1::text[], $2::text[], $3::text[], $4::boolean[], $5::bigint[], $6::timestamptz[], $7::text[])
            as a (message_id, state, reason, template_only, refusals, run_at, last_error)
        where m.message_id = any (array[a.message_id])
        """

    /// $1 wamids, $2 ids, $3 attempts, $4 now: names that a status told us before the send's answer did.
    static let keepNames: PostgresStatement = """
        insert into notifier.accepted_send (wamid, message_id, attempt, accepted_at)
        select wamid, message_id, attempt, $4
        from unnest($1::text[], $2::text[], $3::bigint[]) as a (wamid, message_id, attempt)
        on conflict (wamid) do nothing
        """

    /// $1 wamids, $2 words, $3 codes, $4 the statuses' times, $5 now.
    static let keepOrphans: PostgresStatement = """
        insert into notifier.orphan_status (wamid, word, error_code, status_at, received_at)
        select wamid, word, error_code, status_at, $5
        from unnest($1::text[], $2::text[], $3::bigint[], $4::timestamptz[]) as a (wamid, word, error_code, status_at)
        on conflict (wamid, word) do nothing
        """

    /// $1 numbers, $2 peers, $3 places in them, $4 now: messages before these whose answers are lost. Few are,
    /// and the index holds no others.
    static let noteEvidence: PostgresStatement = """
        update notifier.message m set evidence_at = $4
        from unnest($1::text[], $2::text[], $3::bigint[]) as k (phone_number_id, peer, seq)
        where m.state = 'unresolved' and m.phone_number_id = k.phone_number_id and m.peer = k.peer and m.seq < k.seq
            and m.evidence_at is null
        """

    /// $1 sequence numbers, $2 event times, $3 states, $4 last errors, $5 now. The rows are this transaction's;
    /// their lane and state are not asked for, since a planner that believes none is ready would read them all. The
    /// time is there for the partition alone. It is asked for twice in a form that counts half where rows are filtered
    /// by it, which makes an index that holds times dearer than the one of numbers also where both are empty: it would
    /// be walked from end to end for each event.
    static let finish: PostgresStatement = """
        update channel.inbound_event e
        set state = a.state, lease_until = null, last_error = a.last_error, done_at = $5
        from unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::text[]) as a (seq, event_at, state, last_error)
        where e.seq = any (array[a.seq])
            and e.event_at = any (array[a.event_at]) and e.event_at = any (array[a.event_at])
        """

    /// $1 sequence number, $2 event time, $3 run at, $4 last error, $5 done at (null: it comes again), $6 state.
    static let postpone: PostgresStatement = """
        update channel.inbound_event
        set state = $6, attempts = attempts + 1, run_at = $3, last_error = $4, done_at = $5
        where lane = 'statuses' and seq = $1 and event_at = $2 and state = 'ready'
        """

    /// $1 now: events that a program of the version before had claimed, which is gone.
    static let takeBack: PostgresStatement = """
        update channel.inbound_event set state = 'ready', lease_until = null
        where lane = 'statuses' and state = 'claimed' and lease_until < $1
        """

    static let byWamid: PostgresStatement = """
        select message_id, attempt from notifier.accepted_send where wamid = $1
        """

    static let takeOrphans: PostgresStatement = """
        delete from notifier.orphan_status where wamid = $1 returning word, error_code, status_at
        """
}
