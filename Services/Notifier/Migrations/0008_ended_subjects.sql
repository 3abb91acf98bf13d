-- Payments of which the end has been told, or is about to be: a link to one that still waits is not told after it. Looked
-- at in the turn in which a message would leave. Programs of before write nothing here; what they let go is as before.
create table notifier.ended_subject (
    -- A paymentId.
    subject text primary key,
    -- When its latest end was posted.
    ended_at timestamptz not null
);
grant select, insert, update on notifier.ended_subject to till_notifier;

insert into notifier.ended_subject (subject, ended_at)
select o.subject, max(o.created_at) from notifier.message o
where o.kind = 'outcome' and o.subject in (
    select w.subject from notifier.message w where w.state in ('queued', 'held') and w.kind <> 'outcome')
group by o.subject;
