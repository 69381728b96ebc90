#!/bin/bash
# Runs once, when the database is first made: the application's own role, which owns nothing (ADR 0007), and the leave
# for the backup to come from another container.
set -euo pipefail
psql --set=ON_ERROR_STOP=1 --set=password="$APP_PASSWORD" --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE policyops_app LOGIN PASSWORD :'password';
GRANT CONNECT ON DATABASE policyops TO policyops_app;
SQL
echo "host replication $POSTGRES_USER all scram-sha-256" >>"$PGDATA/pg_hba.conf"
