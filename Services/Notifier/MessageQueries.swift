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

    /// $1 numbers. First in a transaction with `insertSending`, which sees what was committed until it had these locks.
    /// They are waited for this long and no longer, since a round of another process may hang with them.
    static let lockNumbers: PostgresStatement = """
        select n.phone_number_id
        from (select set_config('lock_timeout', '250ms', true) as patience offset 0) as set_before
        cross join lateral (
            select phone_number_id from notifier.number_pace
            where phone_number_id = any ($1) and set_before.patience <> ''
            order by phone_number_id for update) as n
        """

    /// $1 to $18 the same, one for each conversation; $19 end of the lease; of each $20 the latest moment at which the
    /// person's pace may be full again, $21 that of outcomes that are told together (null: not such a one); $22 windows
    /// are open that were opened behind this; $23 what is linked to; $24 and $25 a number's latest moment and what one
    /// message takes of it, $26 how many, $27 what one takes of a person, in microseconds.
    ///
    /// The plain yes of `OutboxPlanner`, which has the last word: those that leave at once are born as a round's mark
    /// would leave them, sending, in their first attempt, under the first fence. Answers for these what was relied
    /// on, and whether their keys were new; nothing is written of others.
    ///
    /// All of it sees one moment, which is behind the locks of the numbers (`lockNumbers`, in the same transaction) and
    /// before those of conversations, of which the locked ones are left out. So a conversation counts as idle only
    /// while its row is the one that was there then: whoever posts a message that waits, or lets one leave, writes that
    /// row with it. Whoever doubts who a person is does not: a doubt that was committed by that moment is seen.
    static let insertSending = PostgresStatement(
        composed: """
            with number as materialized (
                select phone_number_id, greatest(full_at, $15) as base, paused_until
                from notifier.number_pace where phone_number_id = any ($3)),
            idle as materialized (
                select k.place, k.message_id, r.phone_number_id, r.peer, k.news_latest is not null as is_together,
                    r.full_at, r.news_full_at, r.disproved_inbound_at, c.last_inbound_at, c.wa_id, c.key_hash
                from (select count(*) as numbers from number) as known
                cross join unnest($1::text[], $3::text[], $4::text[], $20::timestamptz[], $21::timestamptz[],
                        $23::text[]) with ordinality
                    as k (message_id, phone_number_id, peer, latest, news_latest, subject, place)
                cross join lateral (
                    select phone_number_id, peer, next_at, full_at, news_full_at, disproved_inbound_at, ctid as version
                    from notifier.recipient
                    where phone_number_id = k.phone_number_id and peer = k.peer and known.numbers > 0
                    offset 0 for update skip locked) r
                cross join lateral (
                    select ctid as version from notifier.recipient
                    where phone_number_id = k.phone_number_id and peer = k.peer offset 0) s
                cross join lateral (
                    select last_inbound_at, wa_id, user_id, key_hash from channel.conversation
                    where phone_number_id = k.phone_number_id and peer = k.peer offset 0) c
                left join lateral (
                    select 1 as is_there from channel.identity_doubt
                    where mark = any (array[k.peer, c.wa_id, c.user_id]) limit 1) d on true
                left join lateral (
                    select 1 as is_there from notifier.message
                    where phone_number_id = k.phone_number_id and peer = k.peer and state in ('queued', 'sending')
                    limit 1) o on true
                left join lateral (
                    select 1 as is_there from notifier.message
                    where phone_number_id = k.phone_number_id and peer = k.peer and state = 'held'
                    limit 1) h on true
                left join lateral (
                    -- A round puts it aside, or says in its place that it is over.
                    select 1 as is_there from notifier.ended_subject where subject = k.subject limit 1) e on true
                where r.next_at is null and r.version is not distinct from s.version
                    and d.is_there is null and o.is_there is null and h.is_there is null and e.is_there is null
                    and c.last_inbound_at > $22
                    and (r.disproved_inbound_at is null or c.last_inbound_at > r.disproved_inbound_at)
                    and (r.full_at is null or r.full_at <= k.latest)
                    and (k.news_latest is null or r.news_full_at is null or r.news_full_at <= k.news_latest)),
            in_turn as (
                select i.place, i.message_id,
                    n.base + (row_number() over (partition by i.phone_number_id order by i.place) - 1)
                        * $25::bigint * interval '1 microsecond' as number_at
                from idle i join number n on n.phone_number_id = i.phone_number_id
                where n.paused_until is null or n.paused_until <= $15),
            leaving as materialized (
                select i.message_id, i.phone_number_id, i.peer, i.is_together, i.full_at, i.news_full_at,
                    i.disproved_inbound_at, i.last_inbound_at, i.wa_id, i.key_hash,
                    t.number_at + $25::bigint * interval '1 microsecond' as number_full_at
                from in_turn t join idle i on i.place = t.place where t.number_at <= $24
                order by t.place limit $26),
            added as (
                insert into notifier.message (\(columns), state, channel, attempts, fence, lease_until)
                select \(values), 'sending', 'chat', 1, 1, $19
                from \(posted) where a.message_id = any (array(select message_id from leaving))
                on conflict (idempotency_key) do nothing
                returning message_id, phone_number_id, peer, seq),
            \(ended),
            attempt as (
                insert into notifier.attempt (message_id, attempt, channel, inbound_at, started_at)
                select l.message_id, 1, 'chat', l.last_inbound_at, $15
                from leaving l join added n on n.message_id = l.message_id),
            pace as (
                update notifier.recipient r
                set full_at = greatest(l.full_at, $15) + $27::bigint * interval '1 microsecond',
                    news_full_at = case when l.is_together
                        then greatest(l.news_full_at, $15) + $27::bigint * interval '1 microsecond'
                        else l.news_full_at end
                from leaving l join added n on n.message_id = l.message_id
                where r.phone_number_id = any (array[l.phone_number_id]) and r.peer = l.peer),
            taken as (
                insert into notifier.number_pace (phone_number_id, full_at)
                select phone_number_id, max(number_full_at) from leaving group by phone_number_id
                order by phone_number_id
                on conflict (phone_number_id) do update set full_at = excluded.full_at)
            select l.message_id, n.message_id is not null as is_new, l.phone_number_id, l.peer, l.full_at,
                l.news_full_at, l.disproved_inbound_at, l.last_inbound_at, l.wa_id, l.key_hash, l.number_full_at
            from leaving l left join added n on n.message_id = l.message_id
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
        select message_id, phone_number_id, peer, locale, kind, content, reply_to, not_after, subject,
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
        select channel, inbound_at, started_at from notifier.attempt where message_id = $1 and attempt = $2
        """

    /// $1 number, $2 peer, $3 the inbound time that opened nothing.
    static let disprove: PostgresStatement = """
        insert into notifier.recipient (phone_number_id, peer, disproved_inbound_at) values ($1, $2, $3)
        on conflict (phone_number_id, peer) do update
        set disproved_inbound_at = greatest(excluded.disproved_inbound_at, notifier.recipient.disproved_inbound_at)
        """
}
