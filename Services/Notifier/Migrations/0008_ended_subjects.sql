-- Payments of which the end has been told in a conversation, or is about to be: a link to one that still waits there is not
-- told after it. Looked at in the turn in which a message would leave. Where the end is not told, what was asked is answered.
-- Programs of before write nothing here; what they let go is as before.
create table notifier.ended_subject (
    -- A paymentId.
    subject text not null,
    -- The conversation in which the end is told.
    phone_number_id text not null,
    peer text not null,
    -- The place of its latest end in the order of the conversation's messages: no clock orders what two processes take.
    ended_seq bigint not null,
    -- When that was posted.
    ended_at timestamptz not null,
    primary key (subject, phone_number_id, peer)
);
-- What is forgotten, oldest first.
create index ended_subject_age on notifier.ended_subject (ended_at);
grant select, insert, update, delete on notifier.ended_subject to till_notifier;

insert into notifier.ended_subject (subject, phone_number_id, peer, ended_seq, ended_at)
select o.subject, o.phone_number_id, o.peer, max(o.seq), max(o.created_at) from notifier.message o
where o.kind = 'outcome' and (o.subject, o.phone_number_id, o.peer) in (
    select w.subject, w.phone_number_id, w.peer from notifier.message w
    where w.state in ('queued', 'held') and w.kind <> 'outcome')
group by o.subject, o.phone_number_id, o.peer;
