-- What the router remembers of a conversation between two messages. Events themselves are in channel.inbound_event, of
-- which the router may only move its own lane's state. Written so that a later version can add columns beside these.
create schema if not exists router;

create table router.conversation (
  phone_number_id text not null check (length(phone_number_id) between 1 and 64),
  peer text not null check (length(peer) between 1 and 200),
  -- Chosen by the seller; null: the bank's record decides.
  language text check (language in ('ro', 'ru', 'en', 'fr', 'de')),
  is_greeted boolean not null default false,
  last_bank_id text,
  last_merchant_id text,
  -- The one open question with its options, its source message's key and its deadline.
  question jsonb check (jsonb_typeof(question) = 'object'),
  updated_at timestamptz not null,
  primary key (phone_number_id, peer),
  check ((last_bank_id is null) = (last_merchant_id is null))
);

grant usage on schema router to till_router;
grant select, insert, update on router.conversation to till_router;
