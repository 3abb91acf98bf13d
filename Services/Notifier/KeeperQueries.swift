// The SQL of what runs on the clock: which messages wait for something that has happened, conversations that
// nobody looks after, and the numbers shown in metrics.
import Postgres

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

    /// The same for conversations, whose turns are put off by what their messages wait for.
    static let turnClockPutBack: PostgresStatement = """
        update notifier.recipient set next_at = $1 where next_at > $1 + interval '3 hours'
        """

    /// The same for statuses.
    static let statusClockPutBack: PostgresStatement = """
        with ahead as materialized (
            (select seq, event_at from channel.inbound_event
            where lane = 'statuses' and state = 'ready' and run_at > $1 + interval '1 hour' order by run_at)
            union all
            (select seq, event_at from channel.inbound_event
            where lane = 'statuses' and state = 'claimed' and lease_until > $1 + interval '1 hour'
            order by lease_until))
        update channel.inbound_event e
        set run_at = least(e.run_at, $1), lease_until = case when e.lease_until > $1 then $1 else e.lease_until end
        from ahead where e.seq = any (array[ahead.seq])
            and e.event_at = any (array[ahead.event_at]) and e.event_at = any (array[ahead.event_at])
            and e.state in ('ready', 'claimed')
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

    /// $1 a while ago, $2 how many: a later one was heard of then, and these were not since.
    static let laterHeard: PostgresStatement = """
        select message_id from notifier.message where state = 'unresolved' and evidence_at < $1
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
        where state = 'held' and run_at <= $1 and reason not in ('windowClosed', 'templateMissing', 'identityDoubt')
        order by updated_at limit $2
        """

    /// $1 the earliest inbound time that still opens a window, $2 how many.
    static let windowOpened: PostgresStatement = """
        select m.message_id from notifier.message m
        cross join lateral (
            select last_inbound_at from channel.conversation
            where phone_number_id = m.phone_number_id and peer = m.peer offset 0) c
        left join lateral (
            select disproved_inbound_at from notifier.recipient
            where phone_number_id = m.phone_number_id and peer = m.peer offset 0) r on true
        where m.state = 'held' and m.reason in ('windowClosed', 'templateMissing') and c.last_inbound_at > $1
            and (r.disproved_inbound_at is null or c.last_inbound_at > r.disproved_inbound_at)
        order by m.seq limit $2
        """

    /// $1 how many: no doubt is left that holds them, as `PersonDoubt.holds` says. Of several that a person's
    /// phone and user ids have, none may.
    static let doubtEnded: PostgresStatement = """
        select m.message_id from notifier.message m
        left join lateral (
            select wa_id, user_id from channel.conversation
            where phone_number_id = m.phone_number_id and peer = m.peer offset 0) c on true
        where m.state = 'held' and m.reason = 'identityDoubt' and not exists (
            select 1 from channel.identity_doubt d where d.mark = any (array[m.peer, c.wa_id, c.user_id])
                and case when d.settled_at is null then m.identity_known_at is null or d.raised_at > m.identity_known_at
                    else not (string_to_array(m.sellers, ' ') && d.owners) end)
        order by m.seq limit $1
        """

    /// $1 how many: statuses whose message has become known.
    static let orphansFound: PostgresStatement = """
        select distinct o.wamid from notifier.orphan_status o
        cross join lateral (select 1 from notifier.accepted_send where wamid = o.wamid offset 0) a limit $1
        """

    /// $1 the oldest that is kept.
    static let dropOrphans: PostgresStatement = "delete from notifier.orphan_status where received_at < $1"

    /// $1 the oldest that are kept, $2 how many. One that ends once more meanwhile is kept.
    static let dropEnded: PostgresStatement = """
        delete from notifier.ended_subject where ctid = any (array(
            select ctid from notifier.ended_subject where ended_at < $1 order by ended_at limit $2
            for update skip locked))
        """

    /// $1 now, $2 how many: conversations that hold queued messages and have no turn, because a program of the
    /// version before put them there. One look into the index for each conversation, however many messages it
    /// holds.
    static let forgotten: PostgresStatement = """
        with recursive place as (
            (select m.phone_number_id, m.peer from notifier.message m where m.state in ('queued', 'sending')
            order by m.phone_number_id, m.peer limit 1)
            union all
            select n.phone_number_id, n.peer from place p cross join lateral (
                select m.phone_number_id, m.peer from notifier.message m
                where m.state in ('queued', 'sending') and (m.phone_number_id, m.peer) > (p.phone_number_id, p.peer)
                order by m.phone_number_id, m.peer limit 1) n)
        select p.phone_number_id, p.peer from place p
        left join lateral (
            select next_at from notifier.recipient
            where phone_number_id = p.phone_number_id and peer = p.peer offset 0) r on true
        cross join lateral (
            select 1 from notifier.message
            where phone_number_id = p.phone_number_id and peer = p.peer and state = 'queued'
                and run_at < $1 - interval '5 seconds'
            limit 1) q
        left join lateral (
            select 1 as is_there from notifier.message
            where phone_number_id = p.phone_number_id and peer = p.peer and state = 'sending'
            limit 1) s on true
        where r.next_at is null and s.is_there is null
        limit $2
        """

    /// $1 the numbers of this configuration, $2 how many: messages of others, which nobody here can send.
    static let strangers: PostgresStatement = """
        select message_id from notifier.message
        where state = 'queued' and not (phone_number_id = any ($1)) order by phone_number_id, peer, seq limit $2
        """

    static let counts: PostgresStatement = """
        select state, count(*) as messages, min(created_at) as oldest from notifier.message
        where state in ('queued', 'sending', 'held', 'unresolved', 'parked') group by state
        """
}
