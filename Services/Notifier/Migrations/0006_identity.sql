-- Whom a message is for, so that it is not told to whoever holds the phone next.
alter table notifier.message
    -- 'bankId/posUserId', several with a space between: the sellers whose business it is. Null: nobody's in particular.
    add column sellers text check (length(sellers) between 3 and 4000),
    -- Whoever wrote it knew of every doubt up to here; a later one holds it. Null: of none.
    add column identity_known_at timestamptz;
create index message_in_doubt on notifier.message (seq) where state = 'held' and reason = 'identityDoubt';
