// The SQL of the ingress, all of it.
import Postgres

enum EventQueries {
    /// A whole batch in one statement, hence one transaction: events that are new are inserted, those seen
    /// before are left alone, conversations learn identities and the last inbound time, and sleeping
    /// claimers are woken.
    ///
    /// A conversation's events are worked on in the order of their numbers, so nobody may see a later one
    /// first. Hence the conversations are locked before numbers are drawn: of two ingress processes that
    /// were given messages of one conversation, the second draws its numbers after the first has committed.
    /// Numbers follow the order of arrival; locks are taken in one order everywhere, conversations first,
    /// then events by their names, so that two processes that are given the same events wait for each other
    /// instead of deadlocking.
    ///
    /// Work is due at once, whatever this host's clock says: from a little before the earlier of our time and the
    /// server's, so that clocks of claimants may be a fifth of a second behind. Not from the event's own time, which
    /// is whole seconds and may be long ago: claims begin to read where jobs that came lately are.
    ///
    /// A conversation whose messages were all seen before becomes due as well: the claim that finds nothing puts
    /// it to rest, and no statement here has to wait for the other's outcome.
    ///
    /// Claimers are woken when a conversation becomes due, not for each of its messages: while it is due already they
    /// have been told, and who finishes a message goes on to the next. Every listener of the database wakes at each
    /// notification, whatever its channel. Of statuses they are told where $12 says so: see `StatusBell`.
    ///
    /// A person without a phone in this delivery is looked up by user id, so that the conversation stays
    /// one.
    static let keep: PostgresStatement = """
        with incoming as materialized (
          select u.*,
            coalesce(u.wa_id, (
              select c.peer from channel.conversation c
              where c.phone_number_id = u.phone_number_id and c.user_id = u.user_id
              order by (c.wa_id is null), c.updated_at desc limit 1), u.user_id, '') as peer
          from unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::text[],
              $7::bytea[], $8::text[], $9::boolean[], $10::boolean[])
            as u(lane, dedup_key, event_at, phone_number_id, wa_id, user_id, payload, request_id,
              opens_window, is_parked)
        ), met as (
          insert into channel.conversation as c (phone_number_id, peer, wa_id, user_id, last_inbound_at,
            due_at, due_since, updated_at)
          select phone_number_id, peer, max(wa_id), max(user_id),
            max(least(event_at, $11)) filter (where opens_window),
            case when bool_or(not is_parked) then least($11, now()) - interval '200 milliseconds' end, $11, $11
          from incoming where lane = 'messages'
          group by phone_number_id, peer order by phone_number_id, peer
          on conflict (phone_number_id, peer) do update set
            wa_id = coalesce(excluded.wa_id, c.wa_id), user_id = coalesce(excluded.user_id, c.user_id),
            last_inbound_at = case
              -- Another word of the same second, and no repeat: Meta's stamps are whole seconds.
              when c.last_inbound_at >= excluded.last_inbound_at
                and c.last_inbound_at < date_trunc('second', excluded.last_inbound_at) + interval '1 second'
                and exists (
                  select from incoming i
                  where i.lane = 'messages' and i.opens_window and i.phone_number_id = c.phone_number_id
                    and i.peer = c.peer and not exists (
                      -- Looked up one by one, also by a plan that was made while the table was empty.
                      select from channel.inbound_event e
                      where e.dedup_key = i.dedup_key and e.lane = i.lane and e.event_at = i.event_at offset 0))
              then greatest(c.last_inbound_at + interval '1 microsecond', excluded.last_inbound_at)
              else greatest(c.last_inbound_at, excluded.last_inbound_at) end,
            due_at = coalesce(c.due_at, excluded.due_at), version = c.version + 1, updated_at = $11,
            due_since = case when c.due_at is null then $11 else c.due_since end
          -- Due already and not claimed: a claim may have passed over the row while this statement held it.
          returning c.due_at is not null and (c.due_since = $11 or c.busy_until is null) as is_newly_due
        ), kept as (
          insert into channel.inbound_event (seq, lane, dedup_key, event_at, phone_number_id, peer, payload,
            request_id, received_at, state, run_at, last_error)
          select seq, lane, dedup_key, event_at, phone_number_id, peer, payload, request_id, $11,
            case when is_parked then 'parked' else 'ready' end, least($11, now()) - interval '200 milliseconds',
            case when is_parked then 'TOO_OLD' end
          from (
            -- Counting them means that all are locked before the first number is drawn. The trigger on events need
            -- not do what `met` has done.
            select nextval('channel.inbound_event_seq') as seq, incoming.*
            from incoming, (
              select count(*), set_config('till.conversations_kept', 'yes', true) as told from met) as locked
          ) as numbered order by dedup_key collate "C", lane, event_at
          on conflict (dedup_key, lane, event_at) do nothing
          returning lane
        ), woken as (
          select pg_notify('till_inbound_' || lane, '')
          from (
            select lane from kept where lane = 'payments' or lane = 'statuses' and $12 group by lane
            union all select 'messages' where exists (select from met where is_newly_due)
          ) as told
        )
        select (select count(*) from kept) as fresh, (select count(*) from woken) as lanes
        """

    /// As `keep`, of people whom their phones name, which is nearly everybody: their conversations are told apart by
    /// who sends this, so nothing is looked up, grouped or sorted here and no row is read twice. Must leave the rows
    /// that `keep` would leave; a test compares them. What is not so simple goes by `keep`: see `EventRows`.
    ///
    /// Conversations ($2 to $5, each once) and events ($7 to $15) come in the order in which they are locked; $14 says
    /// which came first. $1 and $6 are number and lane where all have the same, $2, $7 and $10 are empty then: of an
    /// array that has ended, `unnest` gives NULL. Numbers are drawn when `met` was counted, all at once. Of payments
    /// and statuses those in $17 are told, also when all of these were known.
    ///
    /// The insertion is the statement itself, which says by its tag how many rows are new.
    static let keepByPhone: PostgresStatement = """
        with met as (
          insert into channel.conversation as c (phone_number_id, peer, wa_id, user_id, last_inbound_at,
            due_at, due_since, updated_at)
          select coalesce(number, $1), phone, phone, user_id, heard_at,
            least($16, now()) - interval '200 milliseconds', $16, $16
          from (
            select unnest($2::text[]) as number, unnest($3::text[]) as phone, unnest($4::text[]) as user_id,
              unnest($5::timestamptz[]) as heard_at) as people
          on conflict (phone_number_id, peer) do update set
            wa_id = coalesce(excluded.wa_id, c.wa_id), user_id = coalesce(excluded.user_id, c.user_id),
            last_inbound_at = case
              -- Another word of the same second, and no repeat: Meta's stamps are whole seconds.
              when c.last_inbound_at >= excluded.last_inbound_at
                and c.last_inbound_at < date_trunc('second', excluded.last_inbound_at) + interval '1 second'
                and channel.brings_another_word(c.phone_number_id, c.peer, $1, $10::text[], $6, $7::text[],
                  $8::text[], $9::timestamptz[], $11::text[], $15::boolean[])
              then greatest(c.last_inbound_at + interval '1 microsecond', excluded.last_inbound_at)
              else greatest(c.last_inbound_at, excluded.last_inbound_at) end,
            due_at = coalesce(c.due_at, excluded.due_at), version = c.version + 1, updated_at = $16,
            due_since = case when c.due_at is null then $16 else c.due_since end
          -- Due already and not claimed: a claim may have passed over the row while this statement held it.
          returning c.due_at is not null and (c.due_since = $16 or c.busy_until is null) as is_newly_due
        ), locked as materialized (
          select count(*) as people, set_config('till.conversations_kept', 'yes', true) as said,
            case when bool_or(is_newly_due) then pg_notify('till_inbound_messages', '') end as woken,
            (select count(pg_notify('till_inbound_' || lane, '')) from unnest($17::text[]) as lane) as told,
            least($16, now()) - interval '200 milliseconds' as run_at
          from met
        )
        insert into channel.inbound_event (seq, lane, dedup_key, event_at, phone_number_id, peer, payload,
          request_id, received_at, run_at)
        select (array(
            select nextval('channel.inbound_event_seq') from locked, generate_series(1, cardinality($8::text[]))
          ))[place],
          coalesce(lane, $6), dedup_key, event_at, coalesce(number, $1), peer, payload, request_id, $16,
          (select run_at from locked)
        from (
          select unnest($7::text[]) as lane, unnest($8::text[]) as dedup_key, unnest($9::timestamptz[]) as event_at,
            unnest($10::text[]) as number, unnest($11::text[]) as peer, unnest($12::bytea[]) as payload,
            unnest($13::text[]) as request_id, unnest($14::bigint[]) as place) as came
        on conflict (dedup_key, lane, event_at) do nothing
        """

    /// As `keepByPhone`, for a batch without messages: what came has no conversation to move and no order, so it pays
    /// for its own row alone. Nobody reads a conversation off these lanes; the phone is kept, else the user id.
    static let keepOthers: PostgresStatement = """
        with said as materialized (
          -- Before the rows, so that the trigger that watches for messages is not even called.
          select set_config('till.conversations_kept', 'yes', true) as said,
            (select count(pg_notify('till_inbound_' || lane, '')) from unnest($12::text[]) as lane) as told
        )
        insert into channel.inbound_event (seq, lane, dedup_key, event_at, phone_number_id, peer, payload,
          request_id, received_at, run_at)
        select (array(
            select nextval('channel.inbound_event_seq') from said, generate_series(1, cardinality($4::text[]))
          ))[place],
          coalesce(lane, $2), dedup_key, event_at, coalesce(number, $1), peer, payload, request_id, $11,
          least(event_at, $11)
        from (
          select unnest($3::text[]) as lane, unnest($4::text[]) as dedup_key, unnest($5::timestamptz[]) as event_at,
            unnest($6::text[]) as number, unnest($7::text[]) as peer, unnest($8::bytea[]) as payload,
            unnest($9::text[]) as request_id, unnest($10::bigint[]) as place) as came
        on conflict (dedup_key, lane, event_at) do nothing
        """

    /// Creates the weeks ahead and drops those that are over; answers how many were created.
    static let maintainPartitions: PostgresStatement = "select channel.maintain_partitions($1) as made"

    /// For readiness: the table is there and may be written.
    static let probe: PostgresStatement = """
        select has_table_privilege('channel.inbound_event', 'insert') as is_writable
        """
}
