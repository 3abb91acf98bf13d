-- What every payment pays for, made cheaper. Nothing here changes what a program of the version before may do, or what a
-- table refuses.

-- The checks of a table are read and planned anew by each statement that writes to it, which was half of what changing a
-- payment cost. Told by a function, each is one call; a state more is a function replaced, without a lock. Rows are
-- not read through again: all of them have passed the same words until now. Checks whose names are refusals stay.
create function gateway.payment_is_possible(rail text, amount_minor bigint, currency text, state text, attempts int,
  run_at timestamptz, paid_at timestamptz, payer_phone text) returns boolean
language plpgsql immutable parallel safe as $$
begin
  return rail in ('qr', 'rtp')
    and amount_minor > 0
    and currency ~ '^[A-Z]{3}$'
    and state in ('registering', 'open', 'pending', 'unknown', 'unconfirmed', 'paid', 'failed', 'declined', 'expired',
      'lapsed', 'cancelled', 'partiallyRefunded', 'refunded')
    and attempts >= 0
    and (paid_at is not null or state not in ('paid', 'partiallyRefunded', 'refunded'))
    and (payer_phone is null or rail = 'rtp')
    -- a payment waits while something about it is open; a cancelled link may work at its bank for a while
    and (run_at is not null or state not in ('registering', 'open', 'pending', 'unknown', 'unconfirmed'))
    and (run_at is null or state in ('registering', 'open', 'pending', 'unknown', 'unconfirmed', 'cancelled'));
end
$$;
alter table gateway.payment
  drop constraint payment_rail_check,
  drop constraint payment_amount_minor_check,
  drop constraint payment_currency_check,
  drop constraint payment_state_check,
  drop constraint payment_attempts_check,
  drop constraint payment_paid_has_time,
  drop constraint payment_payer_is_for_requests,
  drop constraint payment_waits,
  drop constraint payment_rests,
  add constraint payment_is_possible check (gateway.payment_is_possible(rail, amount_minor, currency, state, attempts,
    run_at, paid_at, payer_phone)) not valid;

create function gateway.attempt_is_possible(ordinal int, capability_sha256 bytea, state text) returns boolean
language plpgsql immutable parallel safe as $$
begin
  return ordinal between 1 and 16
    and length(capability_sha256) = 32
    and state in ('asking', 'unknown', 'unsent', 'refused', 'open', 'pending', 'paid', 'failed', 'declined', 'expired');
end
$$;
alter table gateway.attempt
  drop constraint attempt_ordinal_check,
  drop constraint attempt_capability_sha256_check,
  drop constraint attempt_state_check,
  add constraint attempt_is_possible check (gateway.attempt_is_possible(ordinal, capability_sha256, state)) not valid;

create function gateway.outgoing_is_possible(state text, kind text, remark text) returns boolean
language plpgsql immutable parallel safe as $$
begin
  return state in ('ready', 'claimed', 'done', 'parked')
    and kind in ('paid', 'failed', 'declined', 'expired')
    and remark in ('late', 'again');
end
$$;
alter table gateway.outbox
  drop constraint outbox_state_check,
  drop constraint outbox_kind_check,
  drop constraint outbox_remark_check,
  add constraint outbox_is_possible check (gateway.outgoing_is_possible(state, kind, remark)) not valid;

create function gateway.audit_is_possible(state text, action text) returns boolean
language plpgsql immutable parallel safe as $$
begin
  return state in ('ready', 'claimed', 'done', 'parked') and action like 'payment.%';
end
$$;
alter table gateway.bank_audit
  drop constraint bank_audit_state_check,
  drop constraint bank_audit_action_check,
  add constraint bank_audit_is_possible check (gateway.audit_is_possible(state, action)) not valid;

-- These are written in the statement that writes their payment, from its row, and nobody may delete a payment: looking it
-- up once more locked its row again for each of them.
alter table gateway.payment_event drop constraint payment_event_payment_id_fkey;
alter table gateway.bank_audit drop constraint bank_audit_payment_id_fkey;
alter table gateway.outbox drop constraint outbox_payment_id_fkey;

-- Lists are in the order of time and, within one microsecond, of ids: sorting those few is cheaper than an id in three
-- more indexes. Where a table was counted as empty, an index that ends with the id was also taken for one to find
-- payments by their id with, and all of it was read for each.
drop index gateway.payment_by_time;
drop index gateway.payment_by_merchant;
drop index gateway.payment_by_seller;
create index payment_by_time on gateway.payment (created_at desc);
create index payment_by_merchant on gateway.payment (merchant_id, created_at desc);
create index payment_by_seller on gateway.payment (bank_id, pos_user_id, created_at desc);
