-- Payments, their attempts at rails, their history, and what has yet to be told. Forward only: a released
-- file is never changed. Times are the service's own clock, never the server's now(), so that a test can own
-- them.
create schema if not exists gateway;

create table gateway.payment (
  payment_id text primary key,
  caller text not null,
  idempotency_key text not null,
  pos_user_id text not null,
  bank_id text not null,
  merchant_id text not null,
  merchant_name text not null,
  terminal_id text not null,
  rail text not null check (rail in ('qr', 'rtp')),
  amount_minor bigint not null check (amount_minor > 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  description text,
  tag text,
  phone_number_id text not null,
  peer text not null,
  locale text not null,
  checkout_language text,
  state text not null check (state in ('registering', 'open', 'pending', 'unknown', 'paid', 'failed',
    'declined', 'expired', 'lapsed', 'cancelled', 'partiallyRefunded', 'refunded')),
  -- why no link came of it, as the code that the caller was answered
  failure_code text,
  -- the attempt whose link the customer has, or that is being made
  attempt_id text not null,
  link text,
  expires_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  opened_at timestamptz,
  paid_at timestamptz,
  swift_message_id text,
  swift_payer_bank text,
  request_id text not null,
  -- moves with every change: a writer that read an older row writes nothing and reads again
  version bigint not null default 1,
  -- the job that every payment is until it is final: making its link, then asking how it ended
  attempts int not null default 0 check (attempts >= 0),
  run_at timestamptz,
  lease_until timestamptz,
  fence bigint not null default 0,
  last_error text,
  constraint payment_idempotency_key unique (caller, idempotency_key),
  constraint payment_paid_has_time
    check (state not in ('paid', 'partiallyRefunded', 'refunded') or paid_at is not null),
  constraint payment_waits_or_is_final check
    ((run_at is not null) = (state in ('registering', 'open', 'pending', 'unknown')))
);
create index payment_due on gateway.payment (run_at) where run_at is not null;
create index payment_by_time on gateway.payment (created_at desc, payment_id desc);
create index payment_by_merchant on gateway.payment (merchant_id, created_at desc, payment_id desc);

create table gateway.attempt (
  attempt_id text primary key,
  payment_id text not null references gateway.payment,
  ordinal int not null check (ordinal between 1 and 16),
  -- only the digest of the capability in its callback's path is kept,
  -- so that no reader of this table can make one
  capability_sha256 bytea not null unique check (length(capability_sha256) = 32),
  state text not null check (state in ('asking', 'unknown', 'unsent', 'refused', 'open', 'pending', 'paid',
    'failed', 'declined', 'expired')),
  rail_payment_id text,
  link text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  unique (payment_id, ordinal)
);

-- What happened, in order. Never changed and never deleted by this service.
create table gateway.payment_event (
  seq bigint generated always as identity primary key,
  payment_id text not null references gateway.payment,
  attempt_id text,
  at timestamptz not null,
  -- caller, rail, callback, poll, clock
  source text not null,
  event text not null,
  from_state text not null,
  to_state text not null,
  detail text,
  request_id text not null
);
create index payment_event_of on gateway.payment_event (payment_id, seq);

-- What a seller has yet to be told. Written in the transaction that makes it true,
-- handed to the notifier afterwards.
create table gateway.outbox (
  payment_id text not null references gateway.payment,
  kind text not null check (kind in ('paid', 'failed', 'declined', 'expired')),
  at timestamptz not null,
  request_id text not null,
  state text not null default 'ready' check (state in ('ready', 'claimed', 'done', 'parked')),
  attempts int not null default 0,
  run_at timestamptz not null,
  lease_until timestamptz,
  fence bigint not null default 0,
  last_error text,
  done_at timestamptz,
  -- one outcome is told once
  primary key (payment_id, kind)
);
create index outbox_due on gateway.outbox (run_at) where state in ('ready', 'claimed');

grant usage on schema gateway to till_gateway;
grant select, insert, update on gateway.payment, gateway.attempt, gateway.outbox to till_gateway;
grant select, insert on gateway.payment_event to till_gateway;
