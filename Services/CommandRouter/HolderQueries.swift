// The SQL about who holds a phone. The table is the ingress's, since the notifier reads it too; the router alone writes
// it, but for alarms. Marks are a phone's digits and a user id of one person, and are locked in one order.
import Postgres

enum HolderQueries {
    /// $1 marks, $2 since when, $3 the user id and $4 the key that it is about. What is older than what is known
    /// changes nothing, but that two keys were seen.
    static let raise: PostgresStatement = "select channel.raise_doubt($1, $2, $3, $4) as raised"

    /// $1 marks, $2 the bank's confirmation, $3 as whom. Doubts from after it stay open.
    static let settle: PostgresStatement = """
        with mine as materialized (
          select d.mark from channel.identity_doubt d
          where d.mark = any ($1) and d.settled_at is null and d.raised_at < $2
          order by d.mark for update
        )
        update channel.identity_doubt d set settled_at = $2, owners = $3, look_at = null
        from mine where d.mark = any (array[mine.mark])
        """

    /// $1 marks, $2 now, $3 as whom the banks know the holder, where nothing is in doubt, $4 when to ask again.
    static let name: PostgresStatement = """
        insert into channel.identity_doubt as d (mark, raised_at, settled_at, owners, look_at)
        select distinct m.mark, $2::timestamptz, $2::timestamptz, $3::text[], $4::timestamptz
        from unnest($1::text[]) as m (mark)
        order by m.mark
        on conflict (mark) do update set owners = excluded.owners, look_at = excluded.look_at
        where d.settled_at is not null
        """

    /// $1 the key that messages to this person may be for, $2 and $3 the conversation, $4 seq, $5 event_at and $6 fence
    /// of the message that showed it. Nothing where that claim was lost, or the key is known.
    static let trust: PostgresStatement = """
        update channel.conversation h set key_hash = $1
        where h.phone_number_id = $2 and h.peer = $3 and h.key_hash is distinct from $1 and exists (
          select from channel.inbound_event e
          where e.seq = $4 and e.event_at = $5 and e.fence is not distinct from $6
            and e.lane is not distinct from 'messages' and e.state is not distinct from 'claimed')
        """

    /// $1 now, $2 how many, $3 our numbers. The banks are asked again after a sixth of the time that a person has
    /// been doubted, 3 s at least and an hour at most, and no more after 30 days: until then nothing that waits
    /// is worth telling. Of somebody whom no bank named, or one was silent about, that counts from the last message.
    /// What lies further ahead was written by a clock that was put back since.
    static let due: PostgresStatement = """
        with due as materialized (
          select d.mark, case when d.settled_at is null then d.raised_at else greatest(d.raised_at, (
            select max(c.updated_at) from channel.conversation c
            where c.phone_number_id = any ($3) and c.peer = d.mark)) end as since
          from channel.identity_doubt d
          where d.look_at <= $1 or d.look_at > $1 + interval '2 hours'
          order by d.look_at limit $2 for update skip locked
        ), looked as (
          update channel.identity_doubt d
          set look_at = case when $1 - due.since < interval '30 days' then
            $1 + greatest(interval '3 seconds', least(interval '1 hour', ($1 - due.since) / 6)) end
          from due where d.mark = any (array[due.mark])
          returning d.mark, d.raised_at, d.settled_at, d.user_id, d.key_hash, d.owners, d.look_at
        )
        select looked.mark, looked.raised_at as doubted_at, looked.settled_at as doubt_settled_at,
          looked.user_id as doubt_user_id, looked.key_hash as doubt_key_hash,
          looked.owners as doubt_owners, looked.look_at,
          case when looked.mark ~ '^[0-9]{5,20}$' then looked.mark else (
            select c.wa_id from channel.conversation c
            where c.phone_number_id = any ($3) and c.user_id = looked.mark and c.wa_id is not null
            order by c.updated_at desc limit 1) end as phone
        from looked order by looked.mark
        """
}
