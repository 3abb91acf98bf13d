-- The broker's own database: who a bank's sellers are, what their merchants may do, the sealed secrets, and the trail of
-- every answer. Nothing here knows from what channel a phone writes.
create schema if not exists cap;

create table cap.merchant (
  merchant_id      text primary key check (length(merchant_id) between 1 and 64),
  rail_merchant_id text not null check (length(rail_merchant_id) between 1 and 64),
  name             text not null check (length(name) between 1 and 100),
  currency         text not null check (currency ~ '^[A-Z]{3}$'),
  country          text not null check (country ~ '^[A-Z]{2}$'),
  ecomm_base_url   text not null,
  -- [{"terminalId": text, "paymentTypes": ["qr" | "rtp"]}], in the order in which they are offered
  terminals        jsonb not null check (jsonb_typeof(terminals) = 'array'),
  per_payment      bigint check (per_payment > 0),
  per_day          bigint check (per_day > 0),
  is_disabled      boolean not null default false,
  created_at       timestamptz not null,
  updated_at       timestamptz not null
);

-- The envelope is AES-256-GCM under a data key that a master key wraps; bank, merchant, field and version are its
-- associated data, so a row copied to another merchant does not open.
create table cap.merchant_secret (
  merchant_id   text primary key references cap.merchant on delete cascade,
  version       bigint not null check (version > 0),
  master_key_id text not null,
  envelope      bytea not null,
  updated_at    timestamptz not null
);
create index merchant_secret_by_master_key on cap.merchant_secret (master_key_id);

create table cap.seller (
  pos_user_id text primary key check (length(pos_user_id) between 1 and 64),
  phone       text not null constraint seller_phone_is_taken unique check (phone ~ '^\+[1-9][0-9]{7,14}$'),
  status      text not null check (status in ('active', 'blocked')),
  locale      text not null check (locale in ('ro', 'ru', 'en', 'fr', 'de')),
  created_at  timestamptz not null,
  updated_at  timestamptz not null
);

create table cap.binding (
  pos_user_id text not null references cap.seller on delete cascade,
  merchant_id text not null constraint binding_merchant_is_known references cap.merchant on delete cascade,
  position    integer not null,
  primary key (pos_user_id, merchant_id)
);
create index binding_by_merchant on cap.binding (merchant_id);

-- Append-only: the service's role cannot change or delete a row. `outcome` is OK or the code of the refusal.
create table cap.audit (
  audit_id    text primary key,
  at          timestamptz not null,
  caller      text not null,
  action      text not null,
  outcome     text not null,
  pos_user_id text,
  merchant_id text,
  subject     text not null,
  detail      jsonb not null default '{}',
  request_id  text not null
);
create index audit_by_merchant on cap.audit (merchant_id, audit_id);
create index audit_by_seller on cap.audit (pos_user_id, audit_id);

grant usage on schema cap to till_cap;
grant select, insert, update on cap.merchant, cap.merchant_secret, cap.seller to till_cap;
grant select, insert, update, delete on cap.binding to till_cap;
grant select, insert on cap.audit to till_cap;
