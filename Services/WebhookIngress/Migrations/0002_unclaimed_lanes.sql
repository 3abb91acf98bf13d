-- Nobody claims the lanes `account` and `payments`: their events are kept for a person to look at. They must not keep
-- a day of everybody's messages for ever, so a day waits for them as it does for parked events, 30 days, and only open
-- messages and statuses hold it longer.
create or replace function channel.maintain_partitions(at timestamptz) returns integer
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
  is_kept  boolean;
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
    execute format('select coalesce(bool_or(state in (''ready'', ''claimed'') and lane in (''messages'', ''statuses'')), '
      'false), coalesce(bool_or(state <> ''done''), false) from channel.%I', part) into is_open, is_kept;
    if not is_open and (not is_kept or to_date(right(part, 8), 'YYYYMMDD') + 1 <= today - 30) then
      execute format('drop table channel.%I', part);
    end if;
  end loop;
  delete from channel.inbound_event_default
    where (state in ('done', 'parked') or lane in ('account', 'payments'))
      and received_at < at - interval '30 days' and event_at < at - interval '30 days';
  return made;
end
$$;
