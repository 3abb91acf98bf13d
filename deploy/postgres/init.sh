#!/usr/bin/env bash
# Run once by the PostgreSQL container when its data folder is empty: roles with passwords from files, two databases.
# The broker's database is one of its own, so that a bank can take it elsewhere.
set -euo pipefail
here=${TILL_DEPLOY_DIR:-/deploy}/postgres
secrets=${TILL_SECRETS_DIR:-/run/secrets}
sql() { psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$1" "${@:2}"; }

sql postgres -f "$here/roles.sql"
for role in till_owner till_ingress till_router till_gateway till_callback till_notifier till_cap; do
  # psql quotes the password itself, so that no character of it is read as SQL.
  sql postgres -v role="$role" -v password="$(cat "$secrets/password-$role")" <<'SQL'
alter role :"role" password :'password';
SQL
done
for database in till cap; do
  sql postgres -c "create database $database owner till_owner"
  sql "$database" -f "$here/databases.sql"
done
