// Every SQL text of the router. channel.inbound_event is the ingress's table; the router moves the state of
// its own lane and nothing else. A conversation's next event is claimable only when no earlier one is
// unfinished.
import Postgres

enum InboundQueries {
    /// $1 now, $2 lease end, $3 how many. The memory is read in the same snapshot that proves the
    /// conversation free. No wait of ours is as long as an hour: what lies further ahead was written by a
    /// clock that was put back since.
    static let claim: PostgresStatement = """
        with free as (
          select e.seq, e.event_at from channel.inbound_event e
          where e.lane = 'messages'
            and ((e.state = 'ready' and (e.run_at <= $1 or e.run_at > $1 + interval '1 hour'))
              or (e.state = 'claimed' and (e.lease_until < $1 or e.lease_until > $1 + interval '1 hour')))
            and not exists (
              select 1 from channel.inbound_event earlier
              where earlier.lane = 'messages' and earlier.phone_number_id = e.phone_number_id
                and earlier.peer = e.peer and earlier.seq < e.seq and earlier.state in ('ready', 'claimed'))
          order by e.seq limit $3 for update skip locked
        ), claimed as (
          update channel.inbound_event e
          set state = 'claimed', lease_until = $2, fence = e.fence + 1, attempts = e.attempts + 1
          from free where e.seq = free.seq and e.event_at = free.event_at and e.lane = 'messages'
          returning e.seq, e.event_at, e.phone_number_id, e.peer, e.payload, e.request_id, e.received_at,
            e.attempts, e.fence
        )
        select claimed.seq, claimed.event_at, claimed.phone_number_id, claimed.peer, claimed.payload,
          claimed.request_id, claimed.received_at, claimed.attempts, claimed.fence, known.language, known.seen_language,
          coalesce(known.is_greeted, false) as is_greeted, known.last_bank_id, known.last_merchant_id,
          known.question
        from claimed left join router.conversation known
          on known.phone_number_id = claimed.phone_number_id and known.peer = claimed.peer
        order by claimed.seq
        """

    /// Memory and event in one statement: $1 seq, $2 event_at, $3 fence, $4 now, then the memory's columns.
    /// Changes nothing when the lease was lost.
    static let finishRemembering: PostgresStatement = """
        with finished as (
          update channel.inbound_event set state = 'done', done_at = $4, lease_until = null, last_error = null
          where seq = $1 and event_at = $2 and fence = $3 and lane = 'messages' and state = 'claimed'
          returning phone_number_id, peer
        ), remembered as (
          insert into router.conversation as known (phone_number_id, peer, language, is_greeted, last_bank_id,
            last_merchant_id, question, seen_language, updated_at)
          select phone_number_id, peer, $5, $6, $7, $8, $9, $10, $4 from finished
          on conflict (phone_number_id, peer) do update set language = excluded.language,
            is_greeted = excluded.is_greeted, last_bank_id = excluded.last_bank_id,
            last_merchant_id = excluded.last_merchant_id, question = excluded.question,
            seen_language = excluded.seen_language,
            updated_at = excluded.updated_at
        )
        select count(*) as changed from finished
        """

    /// $1 seq, $2 event_at, $3 fence, $4 now.
    static let finish: PostgresStatement = """
        update channel.inbound_event set state = 'done', done_at = $4, lease_until = null, last_error = null
        where seq = $1 and event_at = $2 and fence = $3 and lane = 'messages' and state = 'claimed'
        """

    /// $1 seq, $2 event_at, $3 fence, $4 when to try again, $5 why.
    static let retry: PostgresStatement = """
        update channel.inbound_event set state = 'ready', run_at = $4, lease_until = null, last_error = $5
        where seq = $1 and event_at = $2 and fence = $3 and lane = 'messages' and state = 'claimed'
        """

    /// $1 seq, $2 event_at, $3 fence, $4 now, $5 why. A parked event lets its conversation go on and waits
    /// for a person.
    static let park: PostgresStatement = """
        update channel.inbound_event set state = 'parked', done_at = $4, lease_until = null, last_error = $5
        where seq = $1 and event_at = $2 and fence = $3 and lane = 'messages' and state = 'claimed'
        """

    /// Hands back what was claimed and not begun: $1 seqs, $2 event times, $3 fences. The attempt is not
    /// counted.
    static let release: PostgresStatement = """
        update channel.inbound_event e
        set state = 'ready', lease_until = null, attempts = greatest(e.attempts - 1, 0)
        from unnest($1::bigint[], $2::timestamptz[], $3::bigint[]) as mine (seq, event_at, fence)
        where e.seq = mine.seq and e.event_at = mine.event_at and e.fence = mine.fence and e.lane = 'messages'
          and e.state = 'claimed'
        """

    /// Goes on holding what is being worked on: $1 seqs, $2 event times, $3 fences, $4 lease end.
    static let renew: PostgresStatement = """
        update channel.inbound_event e set lease_until = $4
        from unnest($1::bigint[], $2::timestamptz[], $3::bigint[]) as mine (seq, event_at, fence)
        where e.seq = mine.seq and e.event_at = mine.event_at and e.fence = mine.fence and e.lane = 'messages'
          and e.state = 'claimed'
        """

    static let alive: PostgresStatement = "select 1 as one"
}
