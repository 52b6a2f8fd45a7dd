#!/bin/sh
# Starts PostgreSQL; on an empty data directory it makes the cluster first.
#
#   POSTGRES_PASSWORD_FILE  file with the superuser's password (or POSTGRES_PASSWORD, the password)
#   POSTGRES_USER           superuser, "postgres" unless set
#   POSTGRES_DB             database, named like the superuser unless set
#   POSTGRES_INITDB_ARGS    further options of initdb
#   /docker-entrypoint-initdb.d/*.sql and *.sh are run once, in order, in that database
set -eu

fail() {
    echo "postgres: $1" >&2
    exit 1
}

# The cluster is made in a folder of its own and moved when whole: a start that was cut off is simply done again.
make_cluster() {
    fresh="$PGDATA/.initdb"
    if [ -e "$fresh" ]; then
        find "$PGDATA" -mindepth 1 -maxdepth 1 -exec rm -rf {} +
    elif [ -n "$(ls -A "$PGDATA" | grep -v '^lost+found$' || true)" ]; then
        fail "$PGDATA holds files but no cluster (no PG_VERSION); give it an empty volume"
    fi
    mkdir -m 0700 -p "$fresh"

    password="${POSTGRES_PASSWORD_FILE:-}"
    if [ -z "$password" ]; then
        [ -n "${POSTGRES_PASSWORD:-}" ] || fail "no password: set POSTGRES_PASSWORD_FILE to a file that holds it"
        password="$(mktemp)"
        printf '%s\n' "$POSTGRES_PASSWORD" >"$password"
    fi
    [ -s "$password" ] || fail "the password file $password is empty or can't be read"

    # shellcheck disable=SC2086 # several options in one variable
    initdb --pgdata="$fresh" --username="$user" --pwfile="$password" --encoding=UTF8 --locale=C.UTF-8 \
        --auth-local=trust --auth-host=scram-sha-256 ${POSTGRES_INITDB_ARGS:-}
    [ -n "${POSTGRES_PASSWORD_FILE:-}" ] || rm -f "$password"
    echo "host all all all scram-sha-256" >>"$fresh/pg_hba.conf"
    echo "listen_addresses = '*'" >>"$fresh/postgresql.conf"

    # Nobody can connect from outside before everything is in place.
    pg_ctl --pgdata="$fresh" --wait --options="-c listen_addresses='' -c unix_socket_directories=/tmp" start
    if [ "$database" != postgres ]; then
        createdb --host=/tmp --username="$user" --maintenance-db=postgres "$database"
    fi
    for script in /docker-entrypoint-initdb.d/*; do
        case "$script" in
            *.sql) psql -X --host=/tmp --username="$user" --dbname="$database" --set=ON_ERROR_STOP=1 --file="$script" ;;
            *.sh) PGHOST=/tmp PGUSER="$user" PGDATABASE="$database" sh -eu "$script" ;;
        esac
    done
    pg_ctl --pgdata="$fresh" --wait --mode=fast stop

    # PG_VERSION goes last: it is what says that there is a cluster.
    find "$fresh" -mindepth 1 -maxdepth 1 ! -name PG_VERSION -exec mv {} "$PGDATA"/ \;
    chmod 0700 "$PGDATA"
    mv "$fresh/PG_VERSION" "$PGDATA"/
    rmdir "$fresh"
}

case "${1:-}" in
    "" | -*) set -- postgres "$@" ;;
esac

if [ "$1" = postgres ]; then
    [ "$(id -u)" != 0 ] || fail "can't run as root; start the container with user 999:999"
    user="${POSTGRES_USER:-postgres}"
    database="${POSTGRES_DB:-$user}"
    mkdir -p "$PGDATA" 2>/dev/null || true
    [ -w "$PGDATA" ] || fail "$PGDATA can't be written to by user $(id -u)"
    [ -s "$PGDATA/PG_VERSION" ] || make_cluster
    # initdb and pg_ctl know nothing of the container's environment; the server shouldn't either
    unset POSTGRES_PASSWORD
fi

exec "$@"
