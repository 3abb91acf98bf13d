-- A claim of messages used to look at every open message and ask whether an earlier one of its conversation was open:
-- one conversation with thousands of them made each claim cost as many questions. Now a conversation has one row that
-- says when its first open message may be claimed, and claims read these rows in the order they are due.
create table channel.conversation_head (
  phone_number_id text not null,
  peer            text not null,
  -- When to look at this conversation's first open message: at once, when it is to be tried again, or when the lease on
  -- it ends. Null: nothing is open.
  due_at          timestamptz,
  -- Raised with every message that comes. Who finished a message and found that nothing else was open may only say so
  -- while this is what it was when he looked.
  version         bigint not null default 1,
  primary key (phone_number_id, peer)
-- Each message rewrites its row three times; rows that are over are cleared away early and without pauses, since a claim
-- walks past them.
) with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 500,
  autovacuum_vacuum_cost_delay = 0);
create index conversation_head_due on channel.conversation_head (due_at) where due_at is not null;

-- By trigger, so that no way of adding a message can leave it out: not an ingress of the version before, not a person.
create function channel.messages_came() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into channel.conversation_head as known (phone_number_id, peer, due_at)
  select phone_number_id, peer, min(run_at) from came where lane = 'messages' and state = 'ready'
  group by phone_number_id, peer order by phone_number_id, peer
  on conflict (phone_number_id, peer) do update
    set version = known.version + 1, due_at = coalesce(known.due_at, excluded.due_at);
  return null;
end
$$;
create trigger messages_came after insert on channel.inbound_event
  referencing new table as came for each statement execute function channel.messages_came();

-- A message that was set aside and that a person gives back.
create function channel.message_came_back() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into channel.conversation_head as known (phone_number_id, peer, due_at)
  values (new.phone_number_id, new.peer, new.run_at)
  on conflict (phone_number_id, peer) do update
    set version = known.version + 1, due_at = coalesce(known.due_at, excluded.due_at);
  return null;
end
$$;
create trigger message_came_back after update of state on channel.inbound_event for each row
  when (old.state in ('done', 'parked') and new.state = 'ready' and new.lane = 'messages')
  execute function channel.message_came_back();

revoke all on function channel.messages_came(), channel.message_came_back() from public;
grant select, update (due_at) on channel.conversation_head to till_router;

insert into channel.conversation_head (phone_number_id, peer, due_at)
select phone_number_id, peer, min(least(run_at, coalesce(lease_until, run_at))) from channel.inbound_event
where lane = 'messages' and state in ('ready', 'claimed') group by phone_number_id, peer;

-- The other lanes are claimed event by event. Messages need none of these any more, which is three entries less for each.
drop index channel.inbound_event_open;
drop index channel.inbound_event_due;
drop index channel.inbound_event_leased;
drop index channel.inbound_event_conversation;
create index inbound_event_conversation on channel.inbound_event (phone_number_id, peer, seq)
  where lane = 'messages' and state in ('ready', 'claimed');
create index inbound_event_due on channel.inbound_event (lane, run_at, seq) where lane <> 'messages' and state = 'ready';
create index inbound_event_leased on channel.inbound_event (lane, lease_until)
  where lane <> 'messages' and state = 'claimed';
