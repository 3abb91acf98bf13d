-- A claim of messages used to look at every open message and ask whether an earlier one of its conversation was open:
-- one conversation with thousands of them made each claim cost as many questions. Now a conversation's row says when its
-- first open message may be claimed, and claims read these rows in the order they are due. The ingress writes the row for
-- every message anyway.
alter table channel.conversation
  -- When to look at this conversation's first open message: at once, or when it is to be tried again. Null: nothing is
  -- open.
  add column due_at timestamptz,
  -- Until when somebody works on it. In no index, so that claiming and renewing rewrite the row in its place.
  add column busy_until timestamptz,
  -- Raised with every message that comes. Who finished a message and found that nothing else was open may only say so
  -- while this is what it was when he looked.
  add column version bigint not null default 1,
  -- Messages whose sender nobody named wait in a row too: they are looked at and answered to nobody.
  drop constraint conversation_peer_check;
create index conversation_due on channel.conversation (due_at) where due_at is not null;
-- Versions that are over are cleared away early and without pauses, since a claim walks past them.
alter table channel.conversation set (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 500,
  autovacuum_vacuum_cost_delay = 0);

-- By trigger, so that no way of adding a message can leave it out: not an ingress of the version before, not a person.
-- The ingress says that it has done it, in the statement that it does it with.
create function channel.messages_came() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if current_setting('till.conversations_kept', true) = 'yes' then
    return null;
  end if;
  insert into channel.conversation as known (phone_number_id, peer, due_at, updated_at)
  select phone_number_id, peer, min(run_at), min(received_at) from came where lane = 'messages' and state = 'ready'
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
  insert into channel.conversation as known (phone_number_id, peer, due_at, updated_at)
  values (new.phone_number_id, new.peer, new.run_at, new.received_at)
  on conflict (phone_number_id, peer) do update
    set version = known.version + 1, due_at = coalesce(known.due_at, excluded.due_at);
  return null;
end
$$;
create trigger message_came_back after update of state on channel.inbound_event for each row
  when (old.state in ('done', 'parked') and new.state = 'ready' and new.lane = 'messages')
  execute function channel.message_came_back();

revoke all on function channel.messages_came(), channel.message_came_back() from public;
grant update (due_at, busy_until) on channel.conversation to till_router;

insert into channel.conversation as known (phone_number_id, peer, due_at, busy_until, updated_at)
select phone_number_id, peer, min(run_at), max(lease_until), min(received_at) from channel.inbound_event
where lane = 'messages' and state in ('ready', 'claimed') group by phone_number_id, peer
on conflict (phone_number_id, peer) do update set due_at = excluded.due_at, busy_until = excluded.busy_until;

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
