-- What a whole conversation needs beside its language: the merchant charged for without asking, the payment spoken of
-- last, who the person was to the banks and to WhatsApp, and what a stranger was told. Columns beside the old ones, all
-- of them absent or harmless to a program that does not know them.
alter table router.conversation
  -- The till that is charged without asking; null: ask.
  add column usual_bank_id text,
  add column usual_merchant_id text,
  add column is_usual_offered boolean not null default false,
  add column last_payment_id text check (length(last_payment_id) between 1 and 64),
  -- [{"bankId": text, "posUserId": text}]; null: nobody whom a bank knows.
  add column owners jsonb check (jsonb_typeof(owners) = 'array'),
  -- [{"kind": text, "since": time, "times": number}]: what was said to a stranger.
  add column refusals jsonb not null default '[]' check (jsonb_typeof(refusals) = 'array'),
  -- The marks by which the next holder of this phone is told apart.
  add column user_id text check (length(user_id) between 1 and 200),
  add column key_hash text check (length(key_hash) between 1 and 512),
  -- Since when it is doubtful who writes; null: it is not.
  add column suspended_since timestamptz,
  add column alarm_seen_at timestamptz,
  add constraint conversation_usual_till check ((usual_bank_id is null) = (usual_merchant_id is null));

-- Names that a seller has given to payers' phones. By seller, not by conversation: whoever is given a seller's phone
-- number later reads none of them. Personal data; the oldest of a seller's beyond 500 make room.
create table router.payer (
  bank_id text not null check (length(bank_id) between 1 and 64),
  pos_user_id text not null check (length(pos_user_id) between 1 and 200),
  phone text not null check (phone ~ '^\+[0-9]{5,20}$'),
  name text not null check (length(name) between 1 and 200),
  used_at timestamptz not null,
  primary key (bank_id, pos_user_id, phone)
);
create index payer_by_use on router.payer (bank_id, pos_user_id, used_at desc);
grant select, insert, update, delete on router.payer to till_router;
