-- Weeks instead of days, and one check instead of six. Every statement that looks for events in more than one place
-- prepares itself for each of them, and a row that is written has its table's checks read anew for each statement: with
-- thirteen days a message cost half as much again as with three weeks. Programs of before go on beside it: they call the
-- same function.

create function channel.event_is_possible(lane text, dedup_key text, state text, attempts integer,
  lease_until timestamptz, done_at timestamptz) returns boolean
language plpgsql immutable parallel safe as $$
begin
  return lane in ('messages', 'statuses', 'payments', 'account')
    and dedup_key <> ''
    and state in ('ready', 'claimed', 'done', 'parked')
    and attempts >= 0
    and (state <> 'claimed' or lease_until is not null)
    and (state <> 'done' or done_at is not null);
end
$$;
-- Not read through again: every row has passed the same words until now.
alter table channel.inbound_event
  drop constraint inbound_event_lane_check,
  drop constraint inbound_event_dedup_key_check,
  drop constraint inbound_event_state_check,
  drop constraint inbound_event_attempts_check,
  drop constraint inbound_event_check,
  drop constraint inbound_event_check1,
  add constraint inbound_event_is_possible
    check (channel.event_is_possible(lane, dedup_key, state, attempts, lease_until, done_at)) not valid;

-- Creates the weeks (from Monday, UTC) around `at`, a day back and three ahead, moving what waited for them in the
-- default partition, and drops what is over: eight days after its end when all its events are done, thirty days also with
-- parked ones and with those of lanes that nobody claims; open messages and statuses are never dropped. Meta repeats
-- for seven days, so a dropped event cannot come again. A week of which days are there already, from before there were
-- weeks, gets what is left of it behind them. Owned by the migrating role, called by the ingress.
create or replace function channel.maintain_partitions(at timestamptz) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  columns  constant text := 'seq, lane, dedup_key, event_at, phone_number_id, peer, payload, request_id, received_at, '
    'state, attempts, run_at, lease_until, fence, last_error, done_at';
  today    date := (at at time zone 'UTC')::date;
  monday   date := date_trunc('week', today - 1)::date;
  made     integer := 0;
  name     text;
  begins   date;
  lower_at timestamptz;
  upper_at timestamptz;
  part     record;
  is_open  boolean;
  is_kept  boolean;
begin
  if not pg_try_advisory_xact_lock(7410936582) then
    return 0;
  end if;
  while monday <= today + 3 loop
    -- Behind what there is of this week: a day of before, or the week itself.
    select coalesce(max(p.ends), monday) into begins from channel.event_partitions() p
    where p.begins >= monday and p.begins < monday + 7;
    if begins < monday + 7 then
      name := 'inbound_event_w' || to_char(begins, 'YYYYMMDD');
      lower_at := begins::timestamp at time zone 'UTC';
      upper_at := (monday + 7)::timestamp at time zone 'UTC';
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
    monday := monday + 7;
  end loop;
  for part in select p.name, p.ends from channel.event_partitions() p where p.ends <= today - 8
  loop
    execute format('select coalesce(bool_or(state in (''ready'', ''claimed'') and lane in (''messages'', ''statuses'')), '
      'false), coalesce(bool_or(state <> ''done''), false) from channel.%I', part.name) into is_open, is_kept;
    if not is_open and (not is_kept or part.ends <= today - 30) then
      execute format('drop table channel.%I', part.name);
    end if;
  end loop;
  delete from channel.inbound_event_default
    where (state in ('done', 'parked') or lane in ('account', 'payments'))
      and received_at < at - interval '30 days' and event_at < at - interval '30 days';
  return made;
end
$$;

-- The partitions but the default one, with their first day and the day behind their last: inbound_event_20261121 is that
-- day, inbound_event_w20261116 is from that day to the end of its week.
create function channel.event_partitions() returns table (name text, begins date, ends date)
language sql stable set search_path = pg_catalog, pg_temp as $$
  select d.name, d.first_day, case when d.name like 'inbound\_event\_w%'
    then date_trunc('week', d.first_day)::date + 7 else d.first_day + 1 end
  from (
    select c.relname::text as name, to_date(right(c.relname, 8), 'YYYYMMDD') as first_day
    from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'channel.inbound_event'::regclass and c.relname ~ '^inbound_event_w?[0-9]{8}$') d
$$;
revoke all on function channel.event_partitions() from public;

-- Days that were made ahead and have no event yet: their weeks take over. Later ones with events in them stay as they are.
do $$
declare
  part record;
  is_empty boolean;
begin
  lock table channel.inbound_event in access exclusive mode;
  for part in select p.name from channel.event_partitions() p order by p.begins desc
  loop
    execute format('select not exists (select from channel.%I)', part.name) into is_empty;
    exit when not is_empty;
    execute format('drop table channel.%I', part.name);
  end loop;
end
$$;
select channel.maintain_partitions(now());
