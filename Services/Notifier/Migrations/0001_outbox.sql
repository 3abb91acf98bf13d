-- What is to be told and what became of it. Texts and phone numbers are personal data: they are in `content` and
-- `peer` and nowhere else, and no other role can read them.
create schema if not exists notifier;

create table notifier.message (
    message_id text primary key,
    -- The order of a conversation: a message waits for those before it.
    seq bigint generated always as identity,
    idempotency_key text not null unique,
    phone_number_id text not null,
    peer text not null,
    locale text not null check (locale in ('ro', 'ru', 'en', 'fr', 'de')),
    kind text not null check (kind in ('text', 'list', 'link', 'outcome')),
    -- The caller's JSON with sorted keys: compared byte for byte when the same key comes again.
    content bytea not null,
    reply_to text,
    not_after timestamptz,
    request_id text not null,
    traceparent text not null,
    state text not null default 'queued' check (state in (
        'queued', 'sending', 'accepted', 'sent', 'delivered', 'read', 'failed', 'held', 'unresolved', 'expired',
        'parked')),
    reason text,
    -- How the current or last attempt was sent.
    channel text check (channel in ('chat', 'template')),
    -- Meta refused the chat form of this message: the template or nothing, until the person writes again.
    template_only boolean not null default false,
    attempts int not null default 0 check (attempts >= 0),
    refusals int not null default 0 check (refusals >= 0),
    run_at timestamptz not null,
    lease_until timestamptz,
    fence bigint not null default 0,
    last_error text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    -- A state that needs an explanation has one, and the others have none.
    check ((state in ('failed', 'held', 'parked')) = (reason is not null))
);

-- The claim: the oldest due messages, and whether an earlier one of the same conversation is still on its way.
create index message_due on notifier.message (run_at, seq) where state = 'queued';
create index message_ahead on notifier.message (phone_number_id, peer, seq) where state in ('queued', 'sending');
-- The keeper: leases that ran out, held messages, unresolved ones.
create index message_waiting on notifier.message (state, updated_at)
    where state in ('sending', 'held', 'unresolved');
-- What a person looks at.
create index message_listed on notifier.message (state, seq);

-- Every request that Meta accepted, by the name its statuses carry.
create table notifier.accepted_send (
    wamid text primary key,
    message_id text not null references notifier.message,
    attempt int not null check (attempt > 0),
    accepted_at timestamptz not null
);
create index accepted_send_message on notifier.accepted_send (message_id);

-- One row per attempt, written before the request: what it was sent on the strength of.
create table notifier.attempt (
    message_id text not null references notifier.message,
    attempt int not null check (attempt > 0),
    channel text not null check (channel in ('chat', 'template')),
    -- The last inbound time that opened the window for this attempt; null for a template.
    inbound_at timestamptz,
    started_at timestamptz not null,
    primary key (message_id, attempt)
);

-- What is remembered about one person at one number.
create table notifier.recipient (
    phone_number_id text not null,
    peer text not null,
    -- The moment at which this person's pace is full again.
    full_at timestamptz,
    -- The last inbound time on which Meta refused a chat message: no proof of an open window any more.
    disproved_inbound_at timestamptz,
    primary key (phone_number_id, peer)
);

-- Statuses of messages whose acceptance is not stored yet, or that were sent by nobody we know.
create table notifier.orphan_status (
    wamid text not null,
    word text not null,
    error_code int,
    status_at timestamptz not null,
    received_at timestamptz not null,
    primary key (wamid, word)
);
create index orphan_status_age on notifier.orphan_status (received_at);

grant usage on schema notifier to till_notifier;
grant select, insert, update on notifier.message, notifier.recipient to till_notifier;
grant select, insert on notifier.accepted_send, notifier.attempt to till_notifier;
grant select, insert, delete on notifier.orphan_status to till_notifier;
grant usage on all sequences in schema notifier to till_notifier;
