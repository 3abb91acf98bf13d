-- Only for an installation behind PgBouncer in transaction mode, after roles.sql, as a superuser, in any database:
--   psql -f deploy/postgres/pooler.sql
-- A service that connects directly sends these settings itself. A pooler takes none from its clients, so there they
-- belong to the roles. Nothing is wrong without them: statements then only lose the server's own time limit (the
-- service still gives up and cancels), and plans may read small tables whole.
do $$
declare
  role_name text;
begin
  foreach role_name in array array[
    'till_ingress', 'till_router', 'till_gateway', 'till_callback', 'till_notifier', 'till_cap'
  ] loop
    execute format('alter role %I set statement_timeout = ''10s''', role_name);
    execute format('alter role %I set idle_in_transaction_session_timeout = ''30s''', role_name);
    execute format('alter role %I set timezone = ''UTC''', role_name);
    execute format('alter role %I set enable_seqscan = off', role_name);
    execute format('alter role %I set jit = off', role_name);
  end loop;
end
$$;
