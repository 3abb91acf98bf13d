-- Conversations take turns, not messages: a round locks the rows of the conversations that are due, and so has the whole
-- of each to itself. However many messages one conversation holds, a round finds its first by one look into an index.
alter table notifier.recipient
    -- When the conversation's first open message is to be looked at; null: nothing waits, or a message is on its way.
    add column next_at timestamptz,
    -- The pace of outcomes that may be told together: the moment at which their bucket is full again.
    add column news_full_at timestamptz;
alter table notifier.recipient set (fillfactor = 70);
create index recipient_turn on notifier.recipient (phone_number_id, next_at) where next_at is not null;

alter table notifier.message
    -- The message in whose bubble this one was told or is being told.
    add column told_in text;
alter table notifier.message set (fillfactor = 80);
-- Claims no longer look for due messages; what is ahead in one conversation, and what is held there, is found by these.
drop index notifier.message_due;
create index message_held on notifier.message (phone_number_id, peer, seq) where state = 'held';

-- One row for each message that a bubble tells beside its own: written before the bubble leaves, never changed, so that a
-- status of any attempt finds everybody it speaks of.
create table notifier.digest_member (
    leader_id text not null,
    leader_attempt int not null check (leader_attempt > 0),
    message_id text not null,
    attempt int not null check (attempt > 0),
    primary key (leader_id, leader_attempt, message_id)
);

-- What all processes share of a business number: its pace, and its pause while its account is refused.
create table notifier.number_pace (
    phone_number_id text primary key,
    full_at timestamptz,
    paused_until timestamptz,
    pause_code int
) with (fillfactor = 50);

-- Both are written in the statement that changes the message itself; checking it a second time locked its row again.
alter table notifier.attempt drop constraint attempt_message_id_fkey;
alter table notifier.accepted_send drop constraint accepted_send_message_id_fkey;
drop index notifier.accepted_send_message;

grant select, insert on notifier.digest_member to till_notifier;
grant select, insert, update on notifier.number_pace to till_notifier;

-- What waits already gets its turn.
insert into notifier.recipient (phone_number_id, peer, next_at)
select distinct phone_number_id, peer, now() from notifier.message where state in ('queued', 'sending')
on conflict (phone_number_id, peer) do update set next_at = excluded.next_at;
