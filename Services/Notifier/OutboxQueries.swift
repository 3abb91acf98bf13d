// The SQL of a round: which conversations have their turn, what is open in them, and what is written when their
// messages leave. All of it runs in one transaction, which holds the conversations' rows; a message's own row is
// never waited for.
import Postgres

/// These statements are planned once, for any values and perhaps while the tables are empty, so their form leaves
/// no choice: rows that a statement names are looked up one by one. Read, by `lateral … offset 0`; changed, by
/// `key = any (array[…])`, which no hash and no merge can join by; of a key of two columns only the first is asked for
/// so, or its index would be read for the first alone. A state that is asked for beside a name is
/// compared as `state || ''` where it would offer an index over everything in that state.
enum OutboxQueries {
    /// $1 numbers, $2 how many conversations of each, $3 now. Business numbers first and in order: every round
    /// begins with this lock, so none can wait for another while it holds conversations.
    static let numbers: PostgresStatement = """
        select phone_number_id, full_at, paused_until, pause_code from notifier.number_pace
        where phone_number_id = any ($1) order by phone_number_id for update
        """

    /// The same parameters, and for each number $4 the moment before which none is looked at. Longest due first; who
    /// is locked is in another process's round.
    static let turns: PostgresStatement = """
        select r.phone_number_id, r.peer, r.next_at, r.full_at, r.news_full_at, r.disproved_inbound_at,
            c.last_inbound_at, c.wa_id,
            c.key_hash, d.raised_at as doubted_at, d.settled_at as doubt_settled_at, d.owners as doubt_owners,
            d.key_hash as doubt_key_hash
        from unnest($1::text[], $2::bigint[], $4::timestamptz[]) as n (phone_number_id, turns, begin_at)
        cross join lateral (
            select phone_number_id, peer, next_at, full_at, news_full_at, disproved_inbound_at from notifier.recipient
            where phone_number_id = n.phone_number_id and next_at <= $3 and next_at >= n.begin_at
            order by next_at limit n.turns for update skip locked) r
        left join lateral (
            select last_inbound_at, wa_id, user_id, key_hash from channel.conversation
            where phone_number_id = r.phone_number_id and peer = r.peer offset 0) c on true
        left join lateral (
            select raised_at, settled_at, owners, key_hash from channel.identity_doubt
            where mark = any (array[r.peer, c.wa_id, c.user_id])
            order by settled_at is null desc, raised_at desc limit 1) d on true
        """

    /// $1 numbers, $2 peers, $3 how many open ones of each, $4 how many held ones, $5 the oldest file that Meta
    /// still has. Asked after the conversations are locked, so that it sees every message that was posted before.
    static let open: PostgresStatement = """
        select m.message_id, m.seq, m.phone_number_id, m.peer, m.state, m.kind, m.locale, m.content, m.reply_to,
            m.not_after, m.request_id, m.traceparent, m.template_only, m.attempts, m.refusals, m.fence, m.run_at,
            m.updated_at, m.lease_until, m.coalesce_key, m.sellers, m.identity_known_at,
            case when m.kind in ('link', 'text', 'buttons') then (
                select e.ended_at from notifier.ended_subject e
                where e.subject = m.subject and e.phone_number_id = m.phone_number_id and e.peer = m.peer
                    and (m.kind = 'link' or e.ended_seq > m.seq)) end as ended_at,
            case when m.kind = 'link' then (
                select e.subject from notifier.ended_subject e where e.subject = m.subject limit 1) end as over_subject,
            case when m.kind = 'document' then (
                select u.media_id from notifier.uploaded_media u
                where u.message_id = m.message_id and u.uploaded_at > $5) end as media_id
        from unnest($1::text[], $2::text[]) as k (phone_number_id, peer)
        cross join lateral (
            (select message_id, seq, phone_number_id, peer, state, kind, locale, content, reply_to, not_after,
                request_id,
                traceparent, template_only, attempts, refusals, fence, run_at, updated_at, lease_until, coalesce_key,
                sellers, identity_known_at, subject
            from notifier.message
            where phone_number_id = k.phone_number_id and peer = k.peer and state in ('queued', 'sending')
            order by seq limit $3)
            union all
            (select message_id, seq, phone_number_id, peer, state, kind, locale, content, reply_to, not_after,
                request_id,
                traceparent, template_only, attempts, refusals, fence, run_at, updated_at, lease_until, coalesce_key,
                sellers, identity_known_at, subject
            from notifier.message
            where phone_number_id = k.phone_number_id and peer = k.peer and state = 'held'
            order by seq limit $4)) m
        order by m.seq
        """

    /// $1 numbers, $2 peers, $3 how many of each: queued outcomes, from the first on.
    static let news: PostgresStatement = """
        select m.message_id, m.seq, m.phone_number_id, m.peer, m.state, m.kind, m.locale, m.content, m.reply_to,
            m.not_after, m.request_id, m.traceparent, m.template_only, m.attempts, m.refusals, m.fence, m.run_at,
            m.updated_at, m.lease_until, m.coalesce_key, m.sellers, m.identity_known_at, null::text as media_id,
            null::timestamptz as ended_at, null::text as over_subject
        from unnest($1::text[], $2::text[]) as k (phone_number_id, peer)
        cross join lateral (
            select message_id, seq, phone_number_id, peer, state, kind, locale, content, reply_to, not_after,
                request_id,
                traceparent, template_only, attempts, refusals, fence, run_at, updated_at, lease_until, coalesce_key,
                sellers, identity_known_at
            from notifier.message
            where phone_number_id = k.phone_number_id and peer = k.peer and state = 'queued' and kind = 'outcome'
            order by seq limit $3) m
        order by m.seq
        """

    /// $1 ids, $2 fences, $3 channels, $4 inbound times relied on, $5 in whose bubble, $6 end of the lease, $7 now.
    /// Answers who is marked; one whose row somebody else is writing is not, and gets another turn.
    static let mark: PostgresStatement = """
        with mine as (
            select m.message_id, a.channel, a.inbound_at, a.told_in
            from unnest($1::text[], $2::bigint[], $3::text[], $4::timestamptz[], $5::text[])
                as a (message_id, fence, channel, inbound_at, told_in)
            cross join lateral (
                select message_id, fence, state from notifier.message where message_id = a.message_id
                offset 0 for update skip locked) m
            where m.fence = a.fence and m.state = 'queued'),
        marked as (
            update notifier.message m
            set state = 'sending', reason = null, channel = mine.channel, attempts = m.attempts + 1,
                fence = m.fence + 1, lease_until = $6, told_in = mine.told_in, updated_at = $7
            from mine where m.message_id = any (array[mine.message_id])
            returning m.message_id, m.attempts, m.channel, mine.inbound_at),
        attempt as (
            insert into notifier.attempt (message_id, attempt, channel, inbound_at, started_at)
            select message_id, attempts, channel, inbound_at, $7 from marked)
        select message_id from marked
        """

    /// $1 ids, $2 fences, $3 end of the lease: who is having a file handed to Meta, which reaches nobody. Answers
    /// who is leased.
    static let lease: PostgresStatement = """
        with mine as (
            select m.message_id from unnest($1::text[], $2::bigint[]) as a (message_id, fence)
            cross join lateral (
                select message_id, fence, state from notifier.message where message_id = a.message_id
                offset 0 for update skip locked) m
            where m.fence = a.fence and m.state = 'queued')
        update notifier.message m set lease_until = $3, fence = m.fence + 1
        from mine where m.message_id = any (array[mine.message_id]) returning m.message_id
        """

    /// $1 leaders, $2 their attempts, $3 members, $4 theirs.
    static let keepMembers: PostgresStatement = """
        insert into notifier.digest_member (leader_id, leader_attempt, message_id, attempt)
        select leader_id, leader_attempt, message_id, attempt
        from unnest($1::text[], $2::bigint[], $3::text[], $4::bigint[])
            as a (leader_id, leader_attempt, message_id, attempt)
        """

    /// $1 numbers, $2 peers, $3 next turns, $4 and $5 paces. The rows are this round's.
    static let endTurns: PostgresStatement = """
        update notifier.recipient r set next_at = a.next_at, full_at = a.full_at, news_full_at = a.news_full_at
        from unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[])
            as a (phone_number_id, peer, next_at, full_at, news_full_at)
        where r.phone_number_id = any (array[a.phone_number_id]) and r.peer = a.peer
        """

    /// $1 numbers. A row that is not there cannot be locked, and two processes would each spend a first burst.
    static let prepare: PostgresStatement = """
        insert into notifier.number_pace (phone_number_id)
        select phone_number_id from unnest($1::text[]) as a (phone_number_id)
        on conflict (phone_number_id) do nothing
        """

    /// $1 numbers, $2 paces.
    static let keepPace: PostgresStatement = """
        insert into notifier.number_pace (phone_number_id, full_at)
        select phone_number_id, full_at from unnest($1::text[], $2::timestamptz[]) as a (phone_number_id, full_at)
        on conflict (phone_number_id) do update set full_at = excluded.full_at
        """

    /// $1 number, $2 when it may go on: its bucket is empty until then. A tenth of a second fills it, as
    /// `Pace.number` says.
    static let slowDown: PostgresStatement = """
        insert into notifier.number_pace (phone_number_id, full_at) values ($1, $2 + interval '100 milliseconds')
        on conflict (phone_number_id) do update
        set full_at = greatest(excluded.full_at, notifier.number_pace.full_at)
        """

    /// $1 number, $2 end of the pause, $3 code.
    static let pause: PostgresStatement = """
        insert into notifier.number_pace (phone_number_id, paused_until, pause_code) values ($1, $2, $3)
        on conflict (phone_number_id) do update
        set paused_until = excluded.paused_until, pause_code = excluded.pause_code
        """

    /// $1 number, $2 peer, $3 when. The conversation's turn comes then at the latest.
    static let askTurn: PostgresStatement = """
        insert into notifier.recipient (phone_number_id, peer, next_at) values ($1, $2, $3)
        on conflict (phone_number_id, peer) do update set next_at = excluded.next_at
        where notifier.recipient.next_at is null or notifier.recipient.next_at > excluded.next_at
        """

    /// $1 ids, $2 fences, $3 wamids (null for who was told in another's bubble), $4 now. The usual end of many
    /// attempts; whom it does not answer for, a status was faster or the lease was lost, and the slow way
    /// decides. Its commit is not waited for: an acceptance that is lost with the server's power is as good as one that
    /// was never heard of, and a status of the message that is kept after it keeps it too.
    ///
    /// Where a status was faster, and all that it left is what this would have led to, there is nothing to do.
    static let accept: PostgresStatement = """
        with beyond as (
            select m.message_id from unnest($1::text[], $2::bigint[], $3::text[]) as a (message_id, fence, wamid)
            cross join lateral (
                select message_id, fence, state from notifier.message where message_id = a.message_id offset 0) m
            left join lateral (
                select message_id from notifier.accepted_send where wamid = a.wamid offset 0) s on true
            where m.fence = a.fence and m.state || '' in ('sent', 'delivered', 'read')
                and (a.wamid is null or s.message_id = m.message_id)),
        done as (
            update notifier.message m
            set state = 'accepted', lease_until = null, last_error = null, updated_at = $4
            from unnest($1::text[], $2::bigint[], $3::text[]) as a (message_id, fence, wamid)
            where m.message_id = any (array[a.message_id]) and m.fence = a.fence and m.state || '' = 'sending'
            returning m.message_id, m.attempts, m.phone_number_id, m.peer, a.wamid),
        named as (
            insert into notifier.accepted_send (wamid, message_id, attempt, accepted_at)
            select wamid, message_id, attempts, $4 from done where wamid is not null
            on conflict (wamid) do nothing),
        next as (
            update notifier.recipient r set next_at = $4
            from (select o.phone_number_id, o.peer from (
                    select distinct d.phone_number_id, d.peer from done d
                    cross join lateral (
                        select 1 from notifier.message e
                        where e.phone_number_id = d.phone_number_id and e.peer = d.peer and e.state = 'queued'
                        limit 1) e
                    -- In the order in which posts take theirs.
                    order by d.phone_number_id, d.peer) w
                cross join lateral (
                    select phone_number_id, peer, next_at from notifier.recipient
                    where phone_number_id = w.phone_number_id and peer = w.peer offset 0 for update) o
                where o.next_at is null or o.next_at > $4) l
            where r.phone_number_id = any (array[l.phone_number_id]) and r.peer = l.peer
            returning r.peer)
        select e.message_id, exists (select 1 from next) as has_more,
            set_config('synchronous_commit', 'off', true) as durability
        from (select message_id from done union all select message_id from beyond) e
        """

    /// $1 id, $2 the fence before the mark or lease. A mark that is still on its way will find another fence and
    /// change nothing.
    static let disown: PostgresStatement = """
        update notifier.message set lease_until = null, fence = fence + 1
        where message_id = $1 and fence in ($2, $2 + 1) and state = 'queued'
        """

    /// $1 ids, $2 fences, $3 end of the lease. Without a lease the message is nobody's any more.
    static let renew: PostgresStatement = """
        with mine as (
            select m.message_id from unnest($1::text[], $2::bigint[]) as a (message_id, fence)
            cross join lateral (
                select message_id, fence, state, lease_until from notifier.message where message_id = a.message_id
                offset 0 for update) m
            where m.fence = a.fence and m.state in ('queued', 'sending') and m.lease_until is not null)
        update notifier.message m set lease_until = $3 from mine
        where m.message_id = any (array[mine.message_id])
        """
}
