// Every SQL text of the outbox, by name, columns enumerated. What a text may change is said here; when it is
// run is decided by the stores.
import Postgres

enum MessageQueries {
    /// Of $18, at $15, in the conversations of the messages that end them; in one order, as everybody locks them.
    private static let ended = """
        ended as (
            insert into notifier.ended_subject as e (subject, phone_number_id, peer, ended_seq, ended_at)
            select s.subject, n.phone_number_id, n.peer, max(n.seq), $15::timestamptz
            from unnest($1::text[], $18::text[]) as x (message_id, subjects)
            join added n on n.message_id = x.message_id
            cross join lateral unnest(string_to_array(x.subjects, ' ')) as s (subject)
            group by s.subject, n.phone_number_id, n.peer
            order by s.subject, n.phone_number_id, n.peer
            on conflict (subject, phone_number_id, peer) do update
            set ended_seq = greatest(e.ended_seq, excluded.ended_seq),
                ended_at = greatest(e.ended_at, excluded.ended_at)
        )
        """

    /// What every new message has, its value in the same order, and where that comes from: see `insert`.
    private static let columns = """
        message_id, idempotency_key, phone_number_id, peer, locale, kind, content, reply_to, not_after, request_id,
        traceparent, run_at, created_at, updated_at, subject, coalesce_key, template_family, sellers, identity_known_at
        """
    private static let values = """
        message_id, idempotency_key, phone_number_id, peer, locale, kind, content, reply_to, not_after, request_id,
        traceparent, $15, $15, $15, subject, coalesce_key, template_family, sellers, identity_known_at
        """
    private static let posted = """
        unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bytea[], $8::text[],
            $9::timestamptz[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $16::text[],
            $17::timestamptz[])
        as a (message_id, idempotency_key, phone_number_id, peer, locale, kind, content, reply_to, not_after,
            request_id, traceparent, subject, coalesce_key, template_family, sellers, identity_known_at)
        """

    /// Arrays of $1 ids, $2 keys, $3 numbers, $4 peers, $5 locales, $6 kinds, $7 contents, $8 replied to, $9 not
    /// after, $10 requests, $11 traceparents, $12 subjects, $13 coalesce keys, $14 families of templates; $15
    /// now; arrays of $16 sellers, $17 doubts known of, $18 payments that end with it. Answers the ids whose keys were
    /// not known. The conversations get their turns in the same commit.
    static let insert = PostgresStatement(
        composed: """
            with added as (
                insert into notifier.message (\(columns))
                select \(values)
                from \(posted)
                on conflict (idempotency_key) do nothing
                returning message_id, phone_number_id, peer, seq),
            \(ended),
            turn as (
                insert into notifier.recipient (phone_number_id, peer, next_at)
                select distinct phone_number_id, peer, $15 from added order by phone_number_id, peer
                on conflict (phone_number_id, peer) do update set next_at = excluded.next_at
                where notifier.recipient.next_at is null or notifier.recipient.next_at > excluded.next_at)
            select message_id from added
            """)

    /// $1 to $18 the same; $19 inbound times relied on, $20 end of the lease, $21 and $22 paces of the conversations,
    /// whose rows are the caller's, as are those of the numbers $23 with their paces $24. Messages that leave at once
    /// are born as a round's mark would leave them: sending, in their first attempt, under the first fence. Answers
    /// whose keys were not known; nothing is written of others.
    static let insertSending = PostgresStatement(
        composed: """
            with added as (
                insert into notifier.message (\(columns), state, channel, attempts, fence, lease_until)
                select \(values), 'sending', 'chat', 1, 1, $20
                from \(posted)
                on conflict (idempotency_key) do nothing
                returning message_id, phone_number_id, peer, seq),
            \(ended),
            leaving as (
                select a.message_id, a.phone_number_id, a.peer, a.inbound_at, a.full_at, a.news_full_at from added n
                join unnest($1::text[], $3::text[], $4::text[], $19::timestamptz[], $21::timestamptz[],
                        $22::timestamptz[])
                    as a (message_id, phone_number_id, peer, inbound_at, full_at, news_full_at)
                    on a.message_id = n.message_id),
            attempt as (
                insert into notifier.attempt (message_id, attempt, channel, inbound_at, started_at)
                select message_id, 1, 'chat', inbound_at, $15 from leaving),
            pace as (
                update notifier.recipient r set full_at = l.full_at, news_full_at = l.news_full_at from leaving l
                where r.phone_number_id = any (array[l.phone_number_id]) and r.peer = l.peer),
            taken as (
                insert into notifier.number_pace (phone_number_id, full_at)
                select phone_number_id, full_at
                from unnest($23::text[], $24::timestamptz[]) as a (phone_number_id, full_at)
                on conflict (phone_number_id) do update set full_at = excluded.full_at)
            select message_id from added
            """)

    /// $1 number, $2 peer. Whoever writes a message as leaving holds this row until its end, so that whoever has asked
    /// for it sees what that wrote.
    static let standBehind: PostgresStatement = """
        select 1 as is_there from notifier.recipient where phone_number_id = $1 and peer = $2 for key share
        """

    /// $1 id: of a message that was written as leaving and has had no attempt since. A round begins its attempt after
    /// the message was written, so what it has marked is not meant. The lease may have ended meanwhile.
    static let unheard: PostgresStatement = """
        select m.message_id from notifier.message m
        cross join lateral (
            select started_at from notifier.attempt where message_id = m.message_id and attempt = 1 offset 0) a
        where m.message_id = $1 and m.state || '' in ('sending', 'unresolved') and m.fence = 1
            and a.started_at = m.created_at
        """

    static let byKey: PostgresStatement = """
        select message_id, phone_number_id, peer, locale, content, reply_to, not_after, subject,
            coalesce_key
        from notifier.message where idempotency_key = $1
        """

    static let view: PostgresStatement = """
        select message_id, seq, state, kind, channel, reason, told_in, attempts, created_at, updated_at,
            phone_number_id,
            subject, not_after, last_error
        from notifier.message where message_id = $1
        """

    static let lock: PostgresStatement = """
        select message_id, state, reason, kind, channel, template_only, attempts, refusals, fence, lease_until,
            phone_number_id, peer, run_at, seq
        from notifier.message where message_id = $1 for update
        """

    static let lockUnlessLocked: PostgresStatement = """
        select message_id, state, reason, kind, channel, template_only, attempts, refusals, fence, lease_until,
            phone_number_id, peer, run_at, seq
        from notifier.message where message_id = $1 for update skip locked
        """

    /// $1 id, $2 state, $3 reason, $4 template only, $5 refusals, $6 run at, $7 last error, $8 now.
    static let store: PostgresStatement = """
        update notifier.message
        set state = $2, reason = $3, template_only = $4, refusals = $5, run_at = $6, last_error = $7,
            lease_until = null, updated_at = $8, told_in = case when $2 = 'queued' then null else told_in end
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
