-- What every webhook pays for, made cheaper. Nothing here changes what a program of the version before may do.

-- The same names are unique as before, but an entry's place is now led by its time: what comes now lies beside what came
-- just before, in pages that are at hand, instead of anywhere among the names of eight days.
create unique index inbound_event_once on channel.inbound_event (event_at, dedup_key, lane);
alter table channel.inbound_event drop constraint inbound_event_dedup_key_lane_event_at_key;

-- A writer that keeps the conversations itself says so before its rows, and the function is not even called.
create or replace trigger messages_came after insert on channel.inbound_event
  referencing new table as came for each statement
  when (current_setting('till.conversations_kept', true) is distinct from 'yes')
  execute function channel.messages_came();
