-- What Meta thinks of our templates, so that a message is planned on what is approved now and not on what was when the
-- program was built. Old programs go on beside new ones: they take every template as approved and write none of this.
create table notifier.template (
    waba_id text not null,
    name text not null,
    language text not null,
    state text not null check (state in (
        'assumed', 'missing', 'submitted', 'refused', 'pending', 'approved', 'flagged', 'paused', 'rejected', 'disabled',
        'archived', 'deleted', 'recategorised')),
    -- Meta's own name of it, its words for category, quality and refusal, and the body as the account has it.
    template_id text,
    category text,
    quality text,
    reason text,
    account_body text,
    -- When this was so: older news changes nothing.
    state_at timestamptz not null,
    -- The last sending, creation or edit that we know of: after a year without one it is archived.
    active_at timestamptz not null,
    edited_at timestamptz,
    primary key (waba_id, name, language)
);

-- One row for each business account: whose turn it is to ask it, and how fast.
create table notifier.template_account (
    waba_id text primary key,
    next_sync_at timestamptz not null,
    lease_until timestamptz,
    synced_at timestamptz,
    -- Why the last look at the account failed; null when it did not.
    failure text,
    -- The moment at which the hour's creations and edits are all to be had again.
    edits_full_at timestamptz,
    -- The last turn in which held messages were let go.
    released_at timestamptz
);

-- Which template an attempt was sent as, for a refusal that comes later by webhook.
create table notifier.template_attempt (
    message_id text not null,
    attempt int not null check (attempt > 0),
    waba_id text not null,
    name text not null,
    language text not null,
    primary key (message_id, attempt)
);

-- The family of templates that can say the message; null for what has none, and for rows of older programs.
alter table notifier.message add column template_family text;
create index message_template_missing on notifier.message (seq)
    where state = 'held' and reason = 'templateMissing';

grant select, insert, update on notifier.template, notifier.template_account to till_notifier;
grant select, insert on notifier.template_attempt to till_notifier;
