-- Meta has told us that a person may not be who they were: a message was refused because the identity key that it was
-- addressed to has changed (137000). Raised here, because sends and their statuses are ours; read by command-router,
-- which lets no money command pass until the bank's record has been asked anew after `raised_at`.
create table channel.identity_alarm (
    phone_number_id text not null,
    peer text not null check (peer <> ''),
    -- The latest time it was raised; it never goes back.
    raised_at timestamptz not null,
    primary key (phone_number_id, peer)
);

grant select on channel.identity_alarm to till_router;
grant select, insert, update on channel.identity_alarm to till_notifier;
