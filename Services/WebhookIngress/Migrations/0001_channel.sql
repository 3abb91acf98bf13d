-- What came in from WhatsApp, and which conversations it belongs to. Written by webhook-ingress; claimed lane by lane
-- by command-router (messages), notifier (statuses) and ecomm-gateway (payments).

create schema if not exists channel;

create sequence channel.inbound_event_seq;

-- Seen and to-do are one row: inserting an event is its deduplication and is the work. Partitioned by the event's own
-- time, which a redelivery repeats, so that uniqueness within a partition is uniqueness, and old days are dropped.
create table channel.inbound_event (
  seq             bigint not null default nextval('channel.inbound_event_seq'),
  lane            text not null check (lane in ('messages', 'statuses', 'payments', 'account')),
  dedup_key       text collate "C" not null check (dedup_key <> ''),
  event_at        timestamptz not null,
  phone_number_id text not null,
  peer            text not null,
  payload         bytea not null,
  request_id      text not null,
  received_at     timestamptz not null,
  state           text not null default 'ready' check (state in ('ready', 'claimed', 'done', 'parked')),
  attempts        int not null default 0 check (attempts >= 0),
  run_at          timestamptz not null,
  lease_until     timestamptz,
  fence           bigint not null default 0,
  last_error      text,
  done_at         timestamptz,
  check (state <> 'claimed' or lease_until is not null),
  check (state <> 'done' or done_at is not null),
  unique (dedup_key, lane, event_at)
) partition by range (event_at);

-- For claims, which must cost the same however many events are done: the open events of a lane in their order, those of
-- one conversation, what is due, what a worker left behind; and any event by its number.
create index inbound_event_open on channel.inbound_event (lane, seq) where state in ('ready', 'claimed');
create index inbound_event_conversation on channel.inbound_event (lane, phone_number_id, peer, seq)
  where state in ('ready', 'claimed');
create index inbound_event_due on channel.inbound_event (lane, run_at, seq) where state = 'ready';
create index inbound_event_leased on channel.inbound_event (lane, lease_until) where state = 'claimed';
create index inbound_event_number on channel.inbound_event (seq);

-- Events whose time has no day of its own: very late, from the future, or without a time (1970-01-01).
create table channel.inbound_event_default partition of channel.inbound_event default;

create table channel.conversation (
  phone_number_id text not null,
  peer            text not null check (peer <> ''),
  wa_id           text,
  user_id         text,
  -- The greatest time of a message that opens the 24 h window: the earlier of its own time and ours.
  last_inbound_at timestamptz,
  updated_at      timestamptz not null,
  primary key (phone_number_id, peer)
-- Every message rewrites its row; with room on the page, no index is touched.
) with (fillfactor = 60);
create index conversation_user on channel.conversation (phone_number_id, user_id) where user_id is not null;

-- Creates the days around `at`, moving what waited for them in the default partition, and drops days that are over:
-- after 8 days when all their events are done, after 30 days also with parked ones; open events are never dropped.
-- Meta repeats for 7 days, so a dropped event cannot come again. Owned by the migrating role, called by the ingress.
create function channel.maintain_partitions(at timestamptz) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  columns  constant text := 'seq, lane, dedup_key, event_at, phone_number_id, peer, payload, request_id, received_at, '
    'state, attempts, run_at, lease_until, fence, last_error, done_at';
  today    date := (at at time zone 'UTC')::date;
  made     integer := 0;
  name     text;
  lower_at timestamptz;
  upper_at timestamptz;
  part     text;
  is_open  boolean;
  is_parked boolean;
begin
  if not pg_try_advisory_xact_lock(7410936582) then
    return 0;
  end if;
  for i in -1..3 loop
    name := 'inbound_event_' || to_char(today + i, 'YYYYMMDD');
    if to_regclass('channel.' || name) is null then
      lower_at := (today + i)::timestamp at time zone 'UTC';
      upper_at := (today + i + 1)::timestamp at time zone 'UTC';
      lock table channel.inbound_event_default in access exclusive mode;
      execute format('create table channel.%I (like channel.inbound_event including defaults including constraints)',
        name);
      execute format(
        'with moved as (delete from channel.inbound_event_default where event_at >= %1$L and event_at < %2$L '
        'returning %3$s) insert into channel.%4$I (%3$s) select %3$s from moved', lower_at, upper_at, columns, name);
      execute format('alter table channel.inbound_event attach partition channel.%I for values from (%L) to (%L)',
        name, lower_at, upper_at);
      made := made + 1;
    end if;
  end loop;
  for part in
    select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'channel.inbound_event'::regclass and c.relname ~ '^inbound_event_[0-9]{8}$'
      and to_date(right(c.relname, 8), 'YYYYMMDD') + 1 <= today - 8
  loop
    execute format('select coalesce(bool_or(state in (''ready'', ''claimed'')), false), '
      'coalesce(bool_or(state = ''parked''), false) from channel.%I', part) into is_open, is_parked;
    if not is_open and (not is_parked or to_date(right(part, 8), 'YYYYMMDD') + 1 <= today - 30) then
      execute format('drop table channel.%I', part);
    end if;
  end loop;
  delete from channel.inbound_event_default
    where state in ('done', 'parked') and received_at < at - interval '30 days' and event_at < at - interval '30 days';
  return made;
end
$$;

revoke all on function channel.maintain_partitions(timestamptz) from public;
grant execute on function channel.maintain_partitions(timestamptz) to till_ingress;

grant usage on schema channel to till_ingress, till_router, till_notifier, till_gateway;
grant usage on sequence channel.inbound_event_seq to till_ingress;
grant select, insert on channel.inbound_event to till_ingress;
grant select, insert, update on channel.conversation to till_ingress;
grant select on channel.inbound_event, channel.conversation to till_router, till_notifier, till_gateway;
grant update (state, attempts, run_at, lease_until, fence, last_error, done_at) on channel.inbound_event
  to till_router, till_notifier, till_gateway;

select channel.maintain_partitions(now());
