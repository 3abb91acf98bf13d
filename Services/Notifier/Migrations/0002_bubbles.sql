-- Answers of one tap and files; which payment a bubble speaks of; which messages may be told as one. Old programs
-- go on beside new ones: they write none of the new words and leave the new columns empty.
alter table notifier.message drop constraint message_kind_check;
alter table notifier.message add constraint message_kind_check
    check (kind in ('text', 'list', 'link', 'buttons', 'document', 'outcome')) not valid;
alter table notifier.message validate constraint message_kind_check;

-- The paymentId that a reply to the bubble means.
alter table notifier.message add column subject text;
-- Messages of one conversation with the same key may be told as one.
alter table notifier.message add column coalesce_key text;

-- A file that Meta has taken for a message: a later attempt sends it without handing it over again.
create table notifier.uploaded_media (
    message_id text primary key references notifier.message,
    media_id text not null,
    uploaded_at timestamptz not null
);
grant select, insert, update on notifier.uploaded_media to till_notifier;
