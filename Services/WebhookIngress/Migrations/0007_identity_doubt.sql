-- Who holds a phone is doubted of a person, not of a conversation: a phone (its digits) or a business-scoped user id,
-- whichever of our numbers it writes to. Written by the router, which hears of changes and asks the banks; through the
-- alarm by the notifier, whose messages are refused; read by both before anything of a seller's is done or told. One
-- row for each person that was ever doubted.
create table channel.identity_doubt (
  -- Digits of a phone, or a user id.
  mark       text primary key check (length(mark) between 1 and 200),
  -- The latest doubt.
  raised_at  timestamptz not null,
  -- The moment of the bank's confirmation that ended it; null: it is open.
  settled_at timestamptz,
  -- The user id that the doubt is about, where one was told: seen again, it is no new doubt.
  user_id    text check (length(user_id) between 1 and 200),
  -- {"bankId/posUserId"}: as whom the banks know the holder since. Null: nobody has confirmed anybody yet.
  owners     text[],
  -- When the router asks the banks next; null: it does not.
  look_at    timestamptz
);
create index identity_doubt_due on channel.identity_doubt (look_at) where look_at is not null;

-- Marks in one order, as everybody locks them. A doubt that is older than what is known changes nothing, and one that is
-- older than the bank's confirmation does not undo it.
create function channel.raise_doubt(marks text[], at timestamptz, told text) returns bigint
language sql security definer set search_path = pg_catalog, pg_temp as $$
  with raised as (
    insert into channel.identity_doubt as known (mark, raised_at, user_id, look_at)
    select distinct mark, at, told, at from unnest(marks) as m (mark) where mark <> '' order by mark
    on conflict (mark) do update set raised_at = excluded.raised_at,
      user_id = coalesce(excluded.user_id, case when known.settled_at is null then known.user_id end),
      settled_at = case when known.settled_at >= excluded.raised_at then known.settled_at end,
      look_at = case when known.settled_at >= excluded.raised_at then known.look_at else excluded.look_at end
    where known.raised_at < excluded.raised_at
    returning mark)
  select count(*) from raised
$$;
revoke all on function channel.raise_doubt(text[], timestamptz, text) from public;

alter table channel.conversation
  -- Of the person whom the router trusts, where Meta tells it: a message that names it is not delivered to another.
  add column key_hash text check (length(key_hash) between 1 and 512);

-- An alarm is of one conversation and becomes a doubt of its person; that also of a notifier of the version before. The
-- key that was refused is not named again.
create function channel.alarm_is_doubt() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  person text[];
begin
  select array[c.wa_id, c.user_id] into person from channel.conversation c
  where c.phone_number_id = new.phone_number_id and c.peer = new.peer;
  perform channel.raise_doubt(person || new.peer, new.raised_at, null);
  update channel.conversation set key_hash = null
  where phone_number_id = new.phone_number_id and peer = new.peer and key_hash is not null;
  return null;
end
$$;
create trigger alarm_is_doubt after insert or update on channel.identity_alarm
  for each row execute function channel.alarm_is_doubt();
revoke all on function channel.alarm_is_doubt() from public;

grant execute on function channel.raise_doubt(text[], timestamptz, text) to till_router;
grant select, insert, update on channel.identity_doubt to till_router;
grant select on channel.identity_doubt to till_notifier;
grant update (key_hash) on channel.conversation to till_router;

-- Alarms that no router can have taken note of yet: the person has not written since.
select channel.raise_doubt(array[a.peer], a.raised_at, null) from channel.identity_alarm a
where not exists (
  select 1 from channel.conversation c
  where c.phone_number_id = a.phone_number_id and c.peer = a.peer and c.updated_at > a.raised_at);
