-- When somebody at the bank last made sure that this seller is the one who holds the phone: a column of its own, written
-- on purpose and by nothing else. `updated_at` moves with every nightly rewrite of all sellers and confirms nobody.
-- Null: not since there is this column. A program of the version before leaves it alone.
alter table cap.seller add column holder_confirmed_at timestamptz;
