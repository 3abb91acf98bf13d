-- What is billed: every bubble that reached somebody, counted once, by number, month and category.
alter table notifier.accepted_send
    -- As what it was counted: category/type/month; null: not yet.
    add column priced text;
alter table notifier.accepted_send set (fillfactor = 80);
create table notifier.cost (
    phone_number_id text not null,
    -- The first day of the month (UTC) in which the first status that counts came.
    month date not null,
    -- Meta's words, or ours where it used none that we know.
    category text not null,
    -- Meta's word for who pays; `unstated` where no status said it.
    type text not null,
    messages bigint not null,
    primary key (phone_number_id, month, category, type)
);
grant select, insert, update on notifier.cost to till_notifier;
grant update (priced) on notifier.accepted_send to till_notifier;

-- When a later message of the same conversation was heard of while this one's answer is lost.
alter table notifier.message add column evidence_at timestamptz;
create index message_unresolved on notifier.message (phone_number_id, peer, seq) where state = 'unresolved';
