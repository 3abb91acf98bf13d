-- Requests to pay, links taken back that are still watched, receipts of money one by one, limits, renewals, and what
-- each bank's own trail is told. Programs of before go on beside it, but for telling outcomes: their insert into the
-- outbox is refused, nothing of that change is kept, and the janitor of a new program finds the same news again.

alter table gateway.payment
  -- whom a request to pay rings; nowhere else and in no log
  add column payer_phone text,
  add column payer_name text,
  -- the day of gateway.merchant_day that the amount counts against
  add column held_day int,
  add constraint payment_payer_is_for_requests check (payer_phone is null or rail = 'rtp'),
  drop constraint payment_state_check,
  add constraint payment_state_check check (state in ('registering', 'open', 'pending', 'unknown', 'unconfirmed',
    'paid', 'failed', 'declined', 'expired', 'lapsed', 'cancelled', 'partiallyRefunded', 'refunded')),
  -- a cancelled link may work at its bank for a while, and is asked about as long
  drop constraint payment_waits_or_is_final,
  add constraint payment_waits check
    (run_at is not null or state not in ('registering', 'open', 'pending', 'unknown', 'unconfirmed')),
  add constraint payment_rests check
    (run_at is null or state in ('registering', 'open', 'pending', 'unknown', 'unconfirmed', 'cancelled'));

create index payment_by_seller on gateway.payment (bank_id, pos_user_id, created_at desc, payment_id desc);
create index payment_by_reference on gateway.payment (upper(right(payment_id, 6)), created_at desc);
create index payment_paid_of_seller on gateway.payment (bank_id, pos_user_id, paid_at) where paid_at is not null;
create index payment_paid_of_merchant on gateway.payment (merchant_id, paid_at) where paid_at is not null;
create index payment_paid on gateway.payment (paid_at) where paid_at is not null;

-- Every receipt of money, once. `late`: after the link was told expired or cancelled. `again`: for an order that was
-- paid already, so that somebody has to give it back.
create table gateway.receipt (
  attempt_id text primary key references gateway.attempt,
  payment_id text not null references gateway.payment,
  at timestamptz not null,
  remark text check (remark in ('late', 'again')),
  amount_minor bigint not null check (amount_minor > 0),
  currency text not null,
  rail_payment_id text,
  swift_message_id text,
  swift_payer_bank text
);
create index receipt_of on gateway.receipt (payment_id);
-- an order is sold once
create unique index receipt_first on gateway.receipt (payment_id) where remark is distinct from 'again';
insert into gateway.receipt (attempt_id, payment_id, at, amount_minor, currency, rail_payment_id, swift_message_id,
  swift_payer_bank)
select p.attempt_id, p.payment_id, p.paid_at, p.amount_minor, p.currency, a.rail_payment_id, p.swift_message_id,
  p.swift_payer_bank
from gateway.payment p join gateway.attempt a on a.attempt_id = p.attempt_id where p.paid_at is not null;

-- How fast sellers and merchants open payments: the moment from which the next one is free again. A writer that is
-- too fast breaks the check, and with it everything that it wrote.
create table gateway.pace (
  bank_id text not null,
  scope text not null check (scope in ('seller', 'merchant')),
  subject text not null,
  at timestamptz not null,
  -- one payment moves this ahead by 60 s divided by the payments that a minute may have
  taken_until timestamptz not null,
  primary key (bank_id, scope, subject),
  constraint pace_of_seller check (scope <> 'seller' or taken_until <= at + interval '60 seconds'),
  constraint pace_of_merchant check (scope <> 'merchant' or taken_until <= at + interval '60 seconds')
);

-- What a merchant's links of one day may bring, against the most that its bank allows; days since 1970-01-01 on the
-- bank's wall. Counted whether there is a limit or not, so that one that comes at noon knows of the morning.
create table gateway.merchant_day (
  bank_id text not null,
  merchant_id text not null,
  currency text not null,
  day int not null,
  amount_minor bigint not null check (amount_minor >= 0),
  most_minor bigint,
  primary key (bank_id, merchant_id, currency, day),
  constraint merchant_day_limit check (amount_minor <= most_minor)
);

-- A handle is worth one fresh payment of the same order. Only its digest is kept.
create table gateway.renewal (
  handle_sha256 bytea primary key check (length(handle_sha256) = 32),
  payment_id text not null references gateway.payment,
  bank_id text not null,
  pos_user_id text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null check (expires_at > created_at)
);
-- Written with the payment that it made: two taps at once are one payment, and a crash between the two is none.
create table gateway.renewal_use (
  handle_sha256 bytea constraint renewal_used_once primary key references gateway.renewal,
  payment_id text not null unique references gateway.payment,
  at timestamptz not null
);

-- One outcome is told once, for each attempt that brought it.
alter table gateway.outbox
  add column seq bigint generated always as identity,
  add column attempt_id text not null default '',
  add column remark text check (remark in ('late', 'again')),
  drop constraint outbox_pkey,
  add primary key (payment_id, kind, attempt_id);
create unique index outbox_seq on gateway.outbox (seq);

-- What the payment's bank is yet to be told for its own trail. Committed with the change that it speaks of.
create table gateway.bank_audit (
  seq bigint generated always as identity primary key,
  payment_id text not null references gateway.payment,
  action text not null check (action like 'payment.%'),
  attempt_id text not null,
  at timestamptz not null,
  request_id text not null,
  state text not null default 'ready' check (state in ('ready', 'claimed', 'done', 'parked')),
  attempts int not null default 0,
  run_at timestamptz not null,
  lease_until timestamptz,
  fence bigint not null default 0,
  last_error text,
  done_at timestamptz,
  unique (payment_id, action, attempt_id)
);
create index bank_audit_due on gateway.bank_audit (run_at) where state in ('ready', 'claimed');

grant select, insert, update on gateway.pace, gateway.merchant_day, gateway.bank_audit to till_gateway;
grant select, insert on gateway.receipt, gateway.renewal, gateway.renewal_use to till_gateway;
