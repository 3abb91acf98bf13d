-- A key that was heard before a bank's word may be handled after it. Its word may be about that key all the same, so the
-- doubt that it ended is about no key from then on, as it would have been in the other order.
create or replace function channel.raise_doubt(marks text[], at timestamptz, told text, key text) returns bigint
language sql security definer set search_path = pg_catalog, pg_temp as $$
  with seen as (
    -- Another key of this person was doubted, under whichever mark, when this one was heard.
    select case when exists (
      select 1 from channel.identity_doubt d
      where d.mark = any (marks) and d.key_hash <> key
        and (d.settled_at is null or d.settled_at >= at)) then '' else key end as key_hash
  ), raised as (
    insert into channel.identity_doubt as known (mark, raised_at, user_id, look_at, key_hash)
    select distinct m.mark, at, told, at, seen.key_hash from unnest(marks) as m (mark) cross join seen
    where m.mark <> '' order by m.mark
    on conflict (mark) do update set raised_at = greatest(known.raised_at, excluded.raised_at),
      user_id = case when known.raised_at >= excluded.raised_at then known.user_id
        else coalesce(excluded.user_id, case when known.settled_at is null then known.user_id end) end,
      key_hash = case
        when known.settled_at is not null and known.settled_at < excluded.raised_at then excluded.key_hash
        when known.settled_at is null and known.key_hash is null and known.raised_at < excluded.raised_at
          then excluded.key_hash
        when known.key_hash = excluded.key_hash then known.key_hash
        else '' end,
      settled_at = case when known.settled_at >= excluded.raised_at then known.settled_at end,
      look_at = case when known.settled_at >= excluded.raised_at or known.raised_at >= excluded.raised_at
        then known.look_at else excluded.look_at end
    where known.raised_at < excluded.raised_at
      -- What is older raises nothing, but shows another key, whichever was heard of first or handled first. A row that
      -- only names a holder was never in doubt.
      or (excluded.key_hash is not null and known.key_hash is distinct from ''
        and known.key_hash is distinct from excluded.key_hash
        and (known.settled_at is null
          or known.settled_at >= excluded.raised_at and known.settled_at <> known.raised_at))
    returning mark)
  select count(*) from raised
$$;
