// Every SQL text of the outbox, by name, columns enumerated. What a text may change is said here; when it is
// run is decided by the stores.
import Postgres

enum MessageQueries {
    /// $1 id, $2 key, $3 number, $4 peer, $5 locale, $6 kind, $7 content, $8 reply to, $9 not after, $10
    /// request, $11 traceparent, $12 now, $13 subject, $14 coalesce key. No row: the key is known.
    static let insert: PostgresStatement = """
        insert into notifier.message (message_id, idempotency_key, phone_number_id, peer, locale, kind, content,
            reply_to, not_after, request_id, traceparent, run_at, created_at, updated_at,
            subject, coalesce_key)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $12, $13, $14)
        on conflict (idempotency_key) do nothing
        returning message_id
        """

    static let byKey: PostgresStatement = """
        select message_id, phone_number_id, peer, locale, content, reply_to, not_after, subject,
            coalesce_key
        from notifier.message where idempotency_key = $1
        """

    static let view: PostgresStatement = """
        select message_id, seq, state, kind, channel, reason, attempts, created_at, updated_at
        from notifier.message where message_id = $1
        """

    /// $1 state, $2 sequence number of the last row seen, $3 how many. Newest first.
    static let list: PostgresStatement = """
        select message_id, seq, state, kind, channel, reason, attempts, created_at, updated_at
        from notifier.message where state = $1 and seq < $2
        order by seq desc limit $3
        """

    /// Goes before a claim in the same transaction. A claim that a power cut undoes is only made again, so
    /// nobody waits for its disk write; every other statement here is durable before it is answered.
    static let forgetful: PostgresStatement = "select set_config('synchronous_commit', 'off', true)"

    /// $1 now, $2 how many, $3 end of the lease. A message waits while an earlier one of its conversation is
    /// queued or being sent; other conversations do not wait for it.
    static let claim: PostgresStatement = """
        with due as (
            select m.message_id from notifier.message m
            where m.state = 'queued' and m.run_at <= $1 and (m.lease_until is null or m.lease_until < $1)
                and not exists (
                    select 1 from notifier.message e
                    where e.phone_number_id = m.phone_number_id and e.peer = m.peer and e.seq < m.seq
                        and e.state in ('queued', 'sending'))
            order by m.run_at, m.seq limit $2 for update of m skip locked),
        taken as (
            update notifier.message m set lease_until = $3, fence = m.fence + 1
            from due where m.message_id = due.message_id
            returning m.message_id, m.seq, m.phone_number_id, m.peer, m.locale, m.content, m.reply_to, m.not_after,
                m.request_id, m.traceparent, m.template_only, m.attempts, m.refusals, m.fence)
        select t.message_id, t.phone_number_id, t.peer, t.locale, t.content, t.reply_to, t.not_after, t.request_id,
            t.traceparent, t.template_only, t.attempts, t.refusals, t.fence, c.last_inbound_at, c.wa_id, r.full_at,
            r.disproved_inbound_at
        from taken t
        left join channel.conversation c on c.phone_number_id = t.phone_number_id and c.peer = t.peer
        left join notifier.recipient r on r.phone_number_id = t.phone_number_id and r.peer = t.peer
        order by t.seq
        """

    /// $1 id, $2 fence, $3 when to look again. Gives a claimed message back unsent.
    static let release: PostgresStatement = """
        update notifier.message set lease_until = null, run_at = $3
        where message_id = $1 and fence = $2 and state = 'queued'
        """

    /// $1 id, $2 fence. A mark that is still on its way to the server will find another fence and change
    /// nothing.
    static let disown: PostgresStatement = """
        update notifier.message set lease_until = null, fence = fence + 1
        where message_id = $1 and fence = $2 and state = 'queued'
        """

    /// $1 ids, $2 fences, $3 end of the lease. Without a lease the message is nobody's any more.
    static let renew: PostgresStatement = """
        update notifier.message m set lease_until = $3
        from unnest($1::text[], $2::bigint[]) as mine (message_id, fence)
        where m.message_id = mine.message_id and m.fence = mine.fence and m.state in ('queued', 'sending')
            and m.lease_until is not null
        """

    /// $1 id, $2 fence, $3 channel, $4 end of the lease, $5 now, $6 inbound time relied on, $7 when the pace
    /// is full. No row: the lease was lost. Committed before the first byte leaves.
    static let markSending: PostgresStatement = """
        with marked as (
            update notifier.message
            set state = 'sending', reason = null, channel = $3, attempts = attempts + 1, lease_until = $4,
                updated_at = $5
            where message_id = $1 and fence = $2 and state = 'queued'
            returning message_id, attempts, phone_number_id, peer),
        attempt as (
            insert into notifier.attempt (message_id, attempt, channel, inbound_at, started_at)
            select message_id, attempts, $3, $6, $5 from marked),
        pace as (
            insert into notifier.recipient (phone_number_id, peer, full_at)
            select phone_number_id, peer, $7 from marked
            on conflict (phone_number_id, peer) do update
            set full_at = case
                -- Ten minutes more than ours is no pace, it is a clock that has been put back.
                when notifier.recipient.full_at > excluded.full_at + interval '10 minutes' then excluded.full_at
                else greatest(excluded.full_at, notifier.recipient.full_at) end)
        select attempts from marked
        """

    /// $1 id, $2 fence, $3 wamid, $4 now. The usual end of an attempt in one round trip; `done` is 0 when a
    /// status was faster or the lease was lost, and then the slow way decides.
    static let markAccepted: PostgresStatement = """
        with done as (
            update notifier.message
            set state = 'accepted', lease_until = null, last_error = null, updated_at = $4
            where message_id = $1 and fence = $2 and state = 'sending'
            returning message_id, attempts),
        named as (
            insert into notifier.accepted_send (wamid, message_id, attempt, accepted_at)
            select $3, message_id, attempts, $4 from done
            on conflict (wamid) do nothing)
        select (select count(*) from done) as done,
            exists (select 1 from notifier.orphan_status where wamid = $3) as has_orphans
        """

    static let lock: PostgresStatement = """
        select state, reason, kind, channel, template_only, attempts, refusals, fence, lease_until,
            phone_number_id, peer
        from notifier.message where message_id = $1 for update
        """

    /// $1 id, $2 state, $3 reason, $4 template only, $5 refusals, $6 run at, $7 last error, $8 now.
    static let store: PostgresStatement = """
        update notifier.message
        set state = $2, reason = $3, template_only = $4, refusals = $5, run_at = $6, last_error = $7,
            lease_until = null, updated_at = $8
        where message_id = $1
        """

    /// $1 wamid, $2 id, $3 attempt, $4 now.
    static let nameAttempt: PostgresStatement = """
        insert into notifier.accepted_send (wamid, message_id, attempt, accepted_at)
        select $1, $2, $3, $4 where exists (select 1 from notifier.message where message_id = $2)
        on conflict (wamid) do nothing
        """

    static let attempt: PostgresStatement = """
        select channel, inbound_at from notifier.attempt where message_id = $1 and attempt = $2
        """

    /// $1 number, $2 peer, $3 the inbound time that opened nothing.
    static let disprove: PostgresStatement = """
        insert into notifier.recipient (phone_number_id, peer, disproved_inbound_at) values ($1, $2, $3)
        on conflict (phone_number_id, peer) do update
        set disproved_inbound_at = greatest(excluded.disproved_inbound_at, notifier.recipient.disproved_inbound_at)
        """
}
