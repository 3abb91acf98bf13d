-- A person whose message Meta refused to deliver because the phone's keys are not the ones they were (137000): written
-- by the notifier, read by the router, which then takes no money command from this conversation until the bank has
-- confirmed its record. One row for each conversation, so it cannot grow faster than conversations do.
create table channel.identity_alarm (
  phone_number_id text not null check (length(phone_number_id) between 1 and 64),
  peer            text not null check (length(peer) between 1 and 200),
  -- The latest alarm: Meta's or our own time of the refusal.
  raised_at       timestamptz not null,
  primary key (phone_number_id, peer)
);
grant select, insert, update on channel.identity_alarm to till_notifier;
grant select on channel.identity_alarm to till_router;
