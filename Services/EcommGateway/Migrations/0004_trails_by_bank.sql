-- Events for banks' trails are claimed bank by bank: one whose broker is away, with however much waits for it, stands
-- before nobody else. Programs of before go on beside it.
alter table gateway.bank_audit
  -- The payment's. Null in rows that were done before this.
  add column bank_id text;
update gateway.bank_audit a set bank_id = p.bank_id from gateway.payment p
where p.payment_id = a.payment_id and a.state <> 'done';

drop index gateway.bank_audit_due;
create index bank_audit_due on gateway.bank_audit (bank_id, run_at) where state in ('ready', 'claimed');

-- A row of a program of before, or one that a person makes due again, gets its bank all the same.
create function gateway.name_bank_of_audit() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  select p.bank_id into new.bank_id from gateway.payment p where p.payment_id = new.payment_id;
  return new;
end
$$;
create trigger name_bank before insert or update of state on gateway.bank_audit
  for each row when (new.bank_id is null) execute function gateway.name_bank_of_audit();
revoke all on function gateway.name_bank_of_audit() from public;
