-- What a database of ours allows before any migration: only its owner may create in it, nobody gets in by default.
-- Run as a superuser inside each database:  psql -d till -f deploy/postgres/databases.sql
revoke all on schema public from public;
do $$
begin
  -- An error's DETAIL quotes rows and keys, and ours hold phone numbers and texts: no log may have them.
  execute format('alter database %I set log_error_verbosity = terse', current_database());
  execute format('alter database %I set log_parameter_max_length_on_error = 0', current_database());
  execute format('revoke all on database %I from public', current_database());
  execute format('grant create, connect, temporary on database %I to till_owner', current_database());
  execute format(
    'grant connect on database %I to till_ingress, till_router, till_gateway, till_callback, till_notifier, till_cap',
    current_database());
end
$$;
grant usage, create on schema public to till_owner;
