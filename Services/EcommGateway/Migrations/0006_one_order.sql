-- An ended payment and all that came in its place are one order: money for any of them takes the others back. Programs of
-- before go on beside it and take nothing back.
alter table gateway.payment
  -- The payment of the same line whose money came first: this one is to be taken back, and what it brings is too much.
  add column superseded_by text references gateway.payment;
-- the members of a line
create index renewal_use_line on gateway.renewal_use (origin_id);
