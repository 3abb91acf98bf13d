-- When a conversation became due that was at rest: the statement that makes it due tells claimers so, and no other does.
-- In no index. Null where a program of the version before wrote the row.
alter table channel.conversation add column due_since timestamptz;
