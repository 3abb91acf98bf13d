// Every SQL text of the router. channel.inbound_event is the ingress's table; the router moves the state of
// its own lane and nothing else. A conversation's next event is claimable only when no earlier one is
// unfinished.
import Postgres

/// Rows that are known by their number are looked up by it (`offset 0`, `is not distinct from`): asked for their state
/// in plain words, they are sought in the index of open messages, which is empty whenever statistics are taken on a
/// quiet moment, and which nobody can clear of what is done while a snapshot is held open.
///
/// Conversations are locked before their messages, several in the order of their names, as the ingress does: it waits
/// for a message that somebody is writing when that is delivered again, and holds the conversation then. `held` is
/// counted, so that all of it is locked before the first message is.
///
/// They are planned once, perhaps over empty tables, where any index is as cheap as the right one. So rows are read
/// by `lateral … offset 0` and changed by `key = any (array[…])`, which no hash and no merge can join by; of a key of
/// two columns the first is asked for so, and the second in plain words, or the index would be read for the first
/// alone. The time is there for the partition, and is asked for twice in a form that counts half where rows are
/// filtered by it: so an index that holds times is dearer than the one of numbers wherever both are as small, to the
/// planners of PostgreSQL 15 to 18.
enum InboundQueries {
    /// $1 now, $2 lease end, $3 how many, $4 whether of those that somebody dropped, whose lease is over, or of all
    /// others, $5 the moment before which none is looked at. Conversations are read in the order they are due, so a
    /// claim costs what it claims, however many messages wait behind the first of a conversation. The memory is read in
    /// the same snapshot that proves the conversation free. No wait of ours is as long as an hour: what lies
    /// further ahead was written by a clock that was put back since.
    ///
    /// Its commit is not waited for: a claim that is lost with the server's power was never made, and what is
    /// done on the strength of it is written by commits that come after it in the same log.
    ///
    /// A conversation's row may be newer than this statement's snapshot, which then does not show the messages
    /// that made it so. Hence what was seen goes by the version that was seen, not by the one that is locked.
    /// A conversation or a message that somebody else is writing at this moment is passed over.
    ///
    /// Every row says how many conversations were found due and from when the last one was; a row without a number
    /// says only that, of a claim that took none.
    static let claim: PostgresStatement = """
        with due as materialized (
          select h.phone_number_id, h.peer, h.due_at from channel.conversation h
          where h.due_at <= $1 and h.due_at >= $5 and case when $4
            then h.busy_until < $1 or h.busy_until > $1 + interval '1 hour' else h.busy_until is null end
          order by h.due_at limit $3 for update skip locked
        ), astray as materialized (
          select h.phone_number_id, h.peer from channel.conversation h
          where h.due_at > $1 + interval '1 hour' order by h.due_at limit $3 for update skip locked
        ), looked as materialized (
          select mine.phone_number_id, mine.peer, seen.version, head.seq, head.event_at, head.has_more,
            head.run_at, head.lease_until
          from (
            -- A bound that the planner can see: with an unknown one it would plan for a tenth of the table.
            select phone_number_id, peer from due union all select phone_number_id, peer from astray limit 64
          ) as mine
          cross join lateral (
            select s.version from channel.conversation s
            where s.phone_number_id = mine.phone_number_id and s.peer = mine.peer limit 1) as seen
          left join lateral (
            select o.seq, o.event_at, o.run_at, o.lease_until, count(*) over () > 1 as has_more
            from (
              select e.seq, e.event_at, e.run_at, e.lease_until from channel.inbound_event e
              where e.lane = 'messages' and e.state in ('ready', 'claimed')
                and e.phone_number_id = mine.phone_number_id and e.peer = mine.peer
              order by e.seq limit 2) as o
            order by o.seq limit 1) as head on true
        ), held as materialized (
          select e.seq, e.event_at, looked.version, looked.has_more
          from looked cross join lateral (
            select seq, event_at, lane, state, run_at, lease_until from channel.inbound_event
            where seq = looked.seq and event_at = looked.event_at
            offset 0 for update skip locked) as e
          where e.lane = 'messages'
            and ((e.state = 'ready' and (e.run_at <= $1 or e.run_at > $1 + interval '1 hour'))
              or (e.state = 'claimed' and (e.lease_until < $1 or e.lease_until > $1 + interval '1 hour')))
        ), claimed as (
          update channel.inbound_event e
          set state = 'claimed', lease_until = $2, fence = e.fence + 1, attempts = e.attempts + 1
          from held where e.seq = any (array[held.seq])
            and e.event_at = any (array[held.event_at]) and e.event_at = any (array[held.event_at])
          returning e.seq, e.event_at, e.phone_number_id, e.peer, e.payload, e.request_id, e.received_at,
            e.attempts, e.fence, held.version, held.has_more
        ), moved as (
          -- What could not be claimed: it is tried again later, somebody else works on it, or nothing is open.
          update channel.conversation h
          set busy_until = case when claimed.seq is not null then $2 else looked.lease_until end,
            -- One that is dropped again goes behind the others.
            due_at = case when claimed.seq is not null and $4 then $1
              when claimed.seq is not null and h.due_at <= $1 then h.due_at
              when looked.seq is not null then looked.run_at
              when h.version = looked.version then null else h.due_at end
          from looked left join claimed on claimed.seq = looked.seq
          where h.phone_number_id = any (array[looked.phone_number_id]) and h.peer = looked.peer
        )
        select claimed.seq, claimed.event_at, claimed.phone_number_id, claimed.peer, claimed.payload,
          claimed.request_id, claimed.received_at, claimed.attempts, claimed.fence, claimed.version,
          claimed.has_more, set_config('synchronous_commit', 'off', true) as durability, known.language,
          known.seen_language, known.is_greeted, known.last_bank_id,
          known.last_merchant_id, known.question, known.usual_bank_id, known.usual_merchant_id,
          known.is_usual_offered, known.last_payment_id, known.owners, known.refusals, known.user_id,
          known.key_hash, known.suspended_since, known.alarm_seen_at, doubt.raised_at as doubted_at,
          doubt.settled_at as doubt_settled_at, doubt.user_id as doubt_user_id,
          doubt.key_hash as doubt_key_hash, doubt.owners as doubt_owners,
          looks.found, looks.last_due_at
        from (select count(*) as found, max(due_at) as last_due_at from due) as looks
        left join claimed on true
        left join lateral (
          select language, seen_language, is_greeted, last_bank_id, last_merchant_id, question, usual_bank_id,
            usual_merchant_id, is_usual_offered, last_payment_id, owners, refusals, user_id, key_hash,
            suspended_since, alarm_seen_at
          from router.conversation
          where phone_number_id = claimed.phone_number_id and peer = claimed.peer offset 0) as known on true
        left join lateral (
          -- Of a person whom two marks know, an open doubt first, and what was only named last.
          select d.raised_at, d.settled_at, d.user_id, d.key_hash, d.owners from channel.identity_doubt d
          where d.mark in (claimed.peer, known.user_id)
          order by d.settled_at is null desc, d.settled_at > d.raised_at desc, d.raised_at desc limit 1
        ) as doubt on true
        order by claimed.seq
        """

    /// Memory, event and conversation of many messages in one statement: arrays of $1 seqs, $2 event times, $3
    /// fences, $4 versions that were seen, $5 whether more was seen, $6 and $7 conversations, $8 whether there is
    /// something to remember, then the memory's columns and $25 the keys that messages to these persons may be for;
    /// $26 now, $27 when each was answered, $28 whether any of them has to survive the server.
    /// Changes nothing of a message whose lease was lost. Its conversation is due again at once unless nothing else
    /// was open and nothing has come since.
    ///
    /// Answers for each that was finished whether it is, so that nobody claims in vain after a message that none
    /// follows. Its commit is not waited for, but with $28: what it follows on is committed before it in the same log,
    /// and a message whose end is lost with the server's power is worked on again with the same effects, unless a bank
    /// was away, which may be back by then.
    static let finish: PostgresStatement = """
        with held as materialized (
          select h.phone_number_id, h.peer
          from (
            select distinct phone_number_id, peer from unnest($6::text[], $7::text[]) as c (phone_number_id, peer)
            order by phone_number_id, peer) as c
          cross join lateral (
            select phone_number_id, peer from channel.conversation
            where phone_number_id = c.phone_number_id and peer = c.peer offset 0 for no key update) as h
        ), finished as (
          update channel.inbound_event e set state = 'done', done_at = mine.ended_at, lease_until = null,
            last_error = null
          from unnest($1::bigint[], $2::timestamptz[], $3::bigint[], $27::timestamptz[])
              as mine (seq, event_at, fence, ended_at),
            (select count(*) from held) as locked
          where e.seq = any (array[mine.seq]) and e.fence = mine.fence
            and e.event_at = any (array[mine.event_at]) and e.event_at = any (array[mine.event_at])
            and e.lane is not distinct from 'messages' and e.state is not distinct from 'claimed'
          returning e.seq, e.fence
        ), done as materialized (
          select a.seq, a.fence, a.version, a.has_more, a.phone_number_id, a.peer, a.is_new, a.language, a.is_greeted,
            a.last_bank_id, a.last_merchant_id, a.question, a.seen_language, a.usual_bank_id, a.usual_merchant_id,
            a.is_usual_offered, a.last_payment_id, a.owners, a.refusals, a.user_id, a.key_hash, a.suspended_since,
            a.alarm_seen_at, a.trusted_key_hash
          from finished join unnest($1::bigint[], $3::bigint[], $4::bigint[], $5::boolean[], $6::text[], $7::text[],
              $8::boolean[], $9::text[], $10::boolean[], $11::text[], $12::text[], $13::jsonb[], $14::text[],
              $15::text[], $16::text[], $17::boolean[], $18::text[], $19::jsonb[], $20::jsonb[], $21::text[],
              $22::text[], $23::timestamptz[], $24::timestamptz[], $25::text[])
            as a (seq, fence, version, has_more, phone_number_id, peer, is_new, language, is_greeted, last_bank_id,
              last_merchant_id, question, seen_language, usual_bank_id, usual_merchant_id, is_usual_offered,
              last_payment_id, owners, refusals, user_id, key_hash, suspended_since, alarm_seen_at,
              trusted_key_hash) on a.seq = finished.seq and a.fence = finished.fence
        ), remembered as (
          insert into router.conversation as known (phone_number_id, peer, language, is_greeted, last_bank_id,
            last_merchant_id, question, seen_language, usual_bank_id, usual_merchant_id, is_usual_offered,
            last_payment_id, owners, refusals, user_id, key_hash, suspended_since, alarm_seen_at, updated_at)
          select phone_number_id, peer, language, is_greeted, last_bank_id, last_merchant_id, question, seen_language,
            usual_bank_id, usual_merchant_id, is_usual_offered, last_payment_id, owners, refusals, user_id, key_hash,
            suspended_since, alarm_seen_at, $26
          from done where is_new order by phone_number_id, peer
          on conflict (phone_number_id, peer) do update set language = excluded.language,
            is_greeted = excluded.is_greeted, last_bank_id = excluded.last_bank_id,
            last_merchant_id = excluded.last_merchant_id, question = excluded.question,
            seen_language = excluded.seen_language, usual_bank_id = excluded.usual_bank_id,
            usual_merchant_id = excluded.usual_merchant_id, is_usual_offered = excluded.is_usual_offered,
            last_payment_id = excluded.last_payment_id, owners = excluded.owners,
            refusals = excluded.refusals, user_id = excluded.user_id, key_hash = excluded.key_hash,
            suspended_since = excluded.suspended_since, alarm_seen_at = excluded.alarm_seen_at,
            updated_at = excluded.updated_at
        ), moved as (
          update channel.conversation h
          set due_at = case when h.version = done.version and not done.has_more then null else $26 end,
            busy_until = null, key_hash = case when done.is_new then done.trusted_key_hash else h.key_hash end
          from done
          where h.phone_number_id = any (array[done.phone_number_id]) and h.peer = done.peer
          returning done.seq, h.due_at
        )
        select done.seq, done.fence, moved.due_at is not null as is_due,
          case when not $28 then set_config('synchronous_commit', 'off', true) end as durability
        from done left join moved on moved.seq = done.seq
        """

    /// $1 seq, $2 event_at, $3 fence, $4 when to try again, $5 why, $6 and $7 the conversation.
    static let retry: PostgresStatement = """
        with held as materialized (
          select h.phone_number_id from channel.conversation h
          where h.phone_number_id = $6 and h.peer = $7 for no key update
        ), postponed as (
          update channel.inbound_event e set state = 'ready', run_at = $4, lease_until = null, last_error = $5
          from (select count(*) from held) as locked
          where seq = $1 and event_at = $2 and fence = $3 and lane is not distinct from 'messages'
            and state is not distinct from 'claimed'
          returning phone_number_id, peer
        ), moved as (
          update channel.conversation h set due_at = $4, busy_until = null
          from postponed
          where h.phone_number_id = any (array[postponed.phone_number_id]) and h.peer = postponed.peer
        )
        select count(*) as changed, 0::bigint as due from postponed
        """

    /// $1 seq, $2 event_at, $3 fence, $4 now, $5 version that was seen, $6 whether more was seen, $7 why,
    /// $8 and $9 the conversation. A parked event lets its conversation go on and waits for a person.
    static let park: PostgresStatement = """
        with held as materialized (
          select h.phone_number_id from channel.conversation h
          where h.phone_number_id = $8 and h.peer = $9 for no key update
        ), parked as (
          update channel.inbound_event e set state = 'parked', done_at = $4, lease_until = null, last_error = $7
          from (select count(*) from held) as locked
          where seq = $1 and event_at = $2 and fence = $3 and lane is not distinct from 'messages'
            and state is not distinct from 'claimed'
          returning phone_number_id, peer
        ), moved as (
          update channel.conversation h
          set due_at = case when h.version = $5 and not $6 then null else $4 end, busy_until = null
          from parked
          where h.phone_number_id = any (array[parked.phone_number_id]) and h.peer = parked.peer
          returning h.due_at
        )
        select count(*) as changed, count(moved.due_at) as due from parked left join moved on true
        """

    /// Hands back what was claimed and not begun: $1 seqs, $2 event times, $3 fences, $4 and $5 conversations. The
    /// attempt is not counted.
    static let release: PostgresStatement = """
        with held as materialized (
          select h.phone_number_id, h.peer
          from (
            select distinct phone_number_id, peer from unnest($4::text[], $5::text[]) as c (phone_number_id, peer)
            order by phone_number_id, peer) as c
          cross join lateral (
            select phone_number_id, peer from channel.conversation
            where phone_number_id = c.phone_number_id and peer = c.peer offset 0 for no key update) as h
        ), given as (
          update channel.inbound_event e
          set state = 'ready', lease_until = null, attempts = greatest(e.attempts - 1, 0)
          from unnest($1::bigint[], $2::timestamptz[], $3::bigint[]) as mine (seq, event_at, fence),
            (select count(*) from held) as locked
          where e.seq = any (array[mine.seq]) and e.fence = mine.fence
            and e.event_at = any (array[mine.event_at]) and e.event_at = any (array[mine.event_at])
            and e.lane is not distinct from 'messages' and e.state is not distinct from 'claimed'
          returning e.phone_number_id, e.peer
        )
        update channel.conversation h set busy_until = null
        from given where h.phone_number_id = any (array[given.phone_number_id]) and h.peer = given.peer
        """

    /// Goes on holding what is being worked on: $1 seqs, $2 event times, $3 fences, $4 lease end, $5 and $6
    /// conversations.
    static let renew: PostgresStatement = """
        with held as materialized (
          select h.phone_number_id, h.peer
          from (
            select distinct phone_number_id, peer from unnest($5::text[], $6::text[]) as c (phone_number_id, peer)
            order by phone_number_id, peer) as c
          cross join lateral (
            select phone_number_id, peer from channel.conversation
            where phone_number_id = c.phone_number_id and peer = c.peer offset 0 for no key update) as h
        ), renewed as (
          update channel.inbound_event e set lease_until = $4
          from unnest($1::bigint[], $2::timestamptz[], $3::bigint[]) as mine (seq, event_at, fence),
            (select count(*) from held) as locked
          where e.seq = any (array[mine.seq]) and e.fence = mine.fence
            and e.event_at = any (array[mine.event_at]) and e.event_at = any (array[mine.event_at])
            and e.lane is not distinct from 'messages' and e.state is not distinct from 'claimed'
          returning e.phone_number_id, e.peer
        )
        update channel.conversation h set busy_until = $4
        from renewed where h.phone_number_id = any (array[renewed.phone_number_id]) and h.peer = renewed.peer
        """

    static let alive: PostgresStatement = "select 1 as one"
}
