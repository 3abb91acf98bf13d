-- The roles of one installation: one owner that migrates, one role for each service that can touch no more than its
-- grants say (each service's migrations grant to its own role). Run once as a superuser, in any database:
--   psql -f deploy/postgres/roles.sql
-- then give each role a password of its own (alter role … password …) and create the databases:
--   create database till owner till_owner;   create database cap owner till_owner;
-- Running it again changes nothing.
do $$
declare
  role_name text;
begin
  foreach role_name in array array[
    'till_owner', 'till_ingress', 'till_router', 'till_gateway', 'till_callback', 'till_notifier', 'till_cap'
  ] loop
    if not exists (select from pg_roles where rolname = role_name) then
      execute format('create role %I login', role_name);
    end if;
  end loop;
end
$$;
