-- The trail gets an exact order, and reported events get keys so that a report may be repeated.
--
-- Ids order rows only by their millisecond. `seq` orders them as they became true: who was answered before the other
-- asked has the smaller one. It is drawn under a lock that writers share, and that an export takes alone for the
-- moment in which it begins: no smaller number can then still be on its way, so no page passes a row by.
alter table cap.audit
  add column seq bigint,
  add column idempotency_key text;

update cap.audit a set seq = n.place
from (select audit_id, row_number() over (order by at, audit_id) as place from cap.audit) n
where n.audit_id = a.audit_id;

create sequence cap.audit_seq owned by cap.audit.seq;
select setval('cap.audit_seq', (select coalesce(max(seq), 0) + 1 from cap.audit), false);

create function cap.audit_lock() returns bigint language sql immutable as 'select 7263671::bigint';

create function cap.number_audit() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform pg_advisory_xact_lock_shared(cap.audit_lock());
  new.seq := nextval('cap.audit_seq');
  return new;
end
$$;
create trigger audit_is_numbered before insert on cap.audit for each row execute function cap.number_audit();

alter table cap.audit alter column seq set not null;
create unique index audit_seq_is_unique on cap.audit (seq);
create unique index audit_idempotency_key on cap.audit (caller, idempotency_key) where idempotency_key is not null;
create index audit_of_merchant on cap.audit (merchant_id, seq);
create index audit_of_seller on cap.audit (pos_user_id, seq);

revoke all on function cap.number_audit() from public;
grant execute on function cap.audit_lock() to till_cap;
