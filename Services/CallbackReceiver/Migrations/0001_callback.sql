-- What banks told us, as they told it. A row is kept before the bank gets its 200, and stays whatever it turns out to be:
-- the bank says it only once, and a forged one is evidence.
create schema if not exists callback;

create table callback.received (
  callback_id text primary key,
  received_at timestamptz not null,
  bank_id     text not null check (length(bank_id) between 1 and 64),
  -- The path part that says which attempt this is about. It may move nothing by itself.
  capability  text not null check (length(capability) = 64),
  body        bytea not null check (length(body) <= 65536),
  request_id  text not null,
  state       text not null default 'ready' check (state in ('ready', 'claimed', 'applied', 'refused', 'parked')),
  -- The code of the refusal, see the README; NULL unless refused or parked.
  verdict     text check ((verdict is not null) = (state in ('refused', 'parked'))),
  payment_id  text,
  attempts    integer not null default 0,
  run_at      timestamptz not null,
  lease_until timestamptz,
  fence       bigint not null default 0,
  last_error  text,
  done_at     timestamptz
);
create index received_due on callback.received (run_at, callback_id) where state in ('ready', 'claimed');
create index received_set_aside on callback.received (received_at) where state in ('refused', 'parked');

grant usage on schema callback to till_callback;
grant select, insert on callback.received to till_callback;
grant update (state, verdict, payment_id, attempts, run_at, lease_until, fence, last_error, done_at)
  on callback.received to till_callback;
