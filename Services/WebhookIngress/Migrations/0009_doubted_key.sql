-- A doubt says which key it was about, where it was about one: a person who has two of our numbers and a new device is
-- then doubted once, and confirmed once. A key that the bank's word cannot be about (several were seen, or a change
-- without one) is told by no doubt, and whoever shows it first at another number is doubted anew.
alter table channel.identity_doubt
  -- Null: none was told. Empty: several were, or one and then a change that named none.
  add column key_hash text check (length(key_hash) <= 512);

create function channel.raise_doubt(marks text[], at timestamptz, told text, key text) returns bigint
language sql security definer set search_path = pg_catalog, pg_temp as $$
  with seen as (
    -- Another key of this person is doubted already, under whichever mark: the bank's word may be about either.
    select case when exists (
      select 1 from channel.identity_doubt d
      where d.mark = any (marks) and d.settled_at is null and d.key_hash <> key) then '' else key end as key_hash
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
      -- What is older raises nothing, but shows another key, whichever was heard of first.
      or (known.settled_at is null and excluded.key_hash is not null and known.key_hash is distinct from ''
        and known.key_hash is distinct from excluded.key_hash)
    returning mark)
  select count(*) from raised
$$;
revoke all on function channel.raise_doubt(text[], timestamptz, text, text) from public;
grant execute on function channel.raise_doubt(text[], timestamptz, text, text) to till_router;

-- Of alarms, and of a router of the version before: a doubt without a key.
create or replace function channel.raise_doubt(marks text[], at timestamptz, told text) returns bigint
language sql security definer set search_path = pg_catalog, pg_temp as $$
  select channel.raise_doubt(marks, at, told, null)
$$;
