-- The checks of a table are read and planned anew by each statement that writes to it. Told by a function, all of them are
-- one call. Rows are not read through again: all of them have passed the same words until now. Nothing here changes what
-- a program of the version before may do, or what the table refuses.
create function callback.received_is_possible(bank_id text, capability text, body bytea, state text, verdict text)
returns boolean language plpgsql immutable parallel safe as $$
begin
  return length(bank_id) between 1 and 64
    and length(capability) = 64
    and length(body) <= 65536
    and state in ('ready', 'claimed', 'applied', 'refused', 'parked')
    and (verdict is not null) = (state in ('refused', 'parked'));
end
$$;
alter table callback.received
  drop constraint received_bank_id_check,
  drop constraint received_capability_check,
  drop constraint received_body_check,
  drop constraint received_state_check,
  drop constraint received_check,
  add constraint received_is_possible
    check (callback.received_is_possible(bank_id, capability, body, state, verdict)) not valid;
