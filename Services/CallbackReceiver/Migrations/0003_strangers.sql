-- Rows about paths that no attempt of ours has prove nothing and anybody can make them: two days are enough to look
-- into a flood of them, and a disk has room for what two days of a flood can write. Other refused ones stay a year.
create or replace function callback.forget(at timestamptz, at_most integer) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  gone integer;
begin
  delete from callback.received where callback_id in (
    select callback_id from callback.received
    where state in ('refused', 'parked') and received_at < at - case
      when verdict = 'ATTEMPT_UNKNOWN' then interval '2 days' else interval '1 year' end
    order by received_at
    limit at_most
  );
  get diagnostics gone = row_count;
  return gone;
end
$$;
