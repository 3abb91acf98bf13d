-- What every webhook pays for, made cheaper. Nothing here changes what a program of the version before may do.

-- A writer that keeps the conversations itself says so before its rows, and the function is not even called.
create or replace trigger messages_came after insert on channel.inbound_event
  referencing new table as came for each statement
  when (current_setting('till.conversations_kept', true) is distinct from 'yes')
  execute function channel.messages_came();
