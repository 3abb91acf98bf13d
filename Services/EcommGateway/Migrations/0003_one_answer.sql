-- One live payment for an ended one however many buttons ask for it, one answer for a key although no payment came of
-- it, and what is forgotten when nothing reads it any more. Programs of before go on beside it.

-- Of the payments that were made in place of an ended one: the latest, by the first of their line. A writer that would
-- make a second while it can still be paid, or was paid, breaks the check, and with it everything that it wrote.
create table gateway.renewal_chain (
  origin_id text primary key references gateway.payment,
  payment_id text not null references gateway.payment,
  at timestamptz not null,
  was_over boolean not null default true constraint renewal_one_live check (was_over)
);

alter table gateway.renewal_use
  -- handles are forgotten, what they made is not
  drop constraint renewal_use_handle_sha256_fkey,
  -- the first payment of the line; null where a program of before wrote it: the payment of the handle
  add column origin_id text references gateway.payment;

with recursive line as (
  select u.payment_id, r.payment_id as origin_id
  from gateway.renewal_use u join gateway.renewal r on r.handle_sha256 = u.handle_sha256
  where not exists (select from gateway.renewal_use e where e.payment_id = r.payment_id)
  union all
  select u.payment_id, line.origin_id
  from line join gateway.renewal r on r.payment_id = line.payment_id
  join gateway.renewal_use u on u.handle_sha256 = r.handle_sha256
)
update gateway.renewal_use u set origin_id = line.origin_id from line where line.payment_id = u.payment_id;
insert into gateway.renewal_chain (origin_id, payment_id, at)
select distinct on (origin_id) origin_id, payment_id, at from gateway.renewal_use where origin_id is not null
order by origin_id, at desc, payment_id desc;

-- What a key was answered although no payment has it: a limit's refusal, or the payment that another key had made.
create table gateway.pinned_answer (
  caller text not null,
  idempotency_key text not null,
  -- digests of what was asked, by field
  asked text not null,
  code text,
  payment_id text references gateway.payment,
  at timestamptz not null,
  primary key (caller, idempotency_key),
  constraint pinned_answer_is_one check ((code is null) <> (payment_id is null))
);

-- caller and key of what was pinned last for a seller: an opening with that key, which waits for this row meanwhile,
-- sees it here although it began before the answer was written
alter table gateway.pace add column pinned_key text;

create index pinned_answer_by_age on gateway.pinned_answer (at);
create index renewal_by_end on gateway.renewal (expires_at);
create index merchant_day_by_day on gateway.merchant_day (day);

grant select, insert, update on gateway.renewal_chain to till_gateway;
grant select, insert, delete on gateway.pinned_answer to till_gateway;
grant delete on gateway.pace, gateway.merchant_day, gateway.renewal to till_gateway;
