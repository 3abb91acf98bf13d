-- Strangers may post, so what they post must not stay for ever. What a bank signed stays; rows about paths that no
-- attempt of ours has go after 30 days, other refused ones after a year.
create function callback.forget(at timestamptz, at_most integer) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  gone integer;
begin
  delete from callback.received where callback_id in (
    select callback_id from callback.received
    where state in ('refused', 'parked') and received_at < at - case
      when verdict = 'ATTEMPT_UNKNOWN' then interval '30 days' else interval '1 year' end
    order by received_at
    limit at_most
  );
  get diagnostics gone = row_count;
  return gone;
end
$$;

revoke all on function callback.forget(timestamptz, integer) from public;
grant execute on function callback.forget(timestamptz, integer) to till_callback;
