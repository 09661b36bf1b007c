#!/usr/bin/env bash
# Usage: e2e/with-postgres.sh COMMAND...
#
# Runs COMMAND with a private, empty PostgreSQL, whose address stands in
# QUID_TEST_POSTGRES, and removes it afterwards, whatever happens. It listens
# on a free port of 127.0.0.1 and on a socket in its own temporary folder; a
# server that runs on this machine already is never touched.
#
# QUID_TEST_POSTGRES_CTL is a command that starts, stops or restarts the server, as
# pg_ctl does: for tests that have one of their own.
#
# QUID_TEST_REQUIRE=1 tells the tests to fail, not to skip, when PostgreSQL or
# Chromium is missing.
set -euo pipefail
[[ $# -gt 0 ]] || { echo "usage: e2e/with-postgres.sh COMMAND..." >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)

initdb=$(command -v initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' | sort -V | tail -1 || true)
bin=$(dirname "$(readlink -f "${initdb:-/nowhere/initdb}")") # the folder that holds pg_ctl and psql too
[[ -x $bin/initdb && -x $bin/pg_ctl && -x $bin/psql ]] || { echo "with-postgres: PostgreSQL is missing; run e2e/setup.sh" >&2; exit 1; }

folder=$(mktemp -d "${TMPDIR:-/tmp}/quid-pg.XXXXXX")
owner() { "$@"; } # runs a program as the user who may own a server
if [[ $(id -u) == 0 ]]; then # PostgreSQL refuses to run as root
	chown postgres "$folder"
	if command -v runuser >/dev/null; then
		owner() { (cd "$folder" && runuser -u postgres -- "$@"); }
	else
		owner() { (cd "$folder" && su postgres -s /bin/sh -c "$(printf '%q ' "$@")"); }
	fi
fi

job=
finish() {
	trap '' INT TERM HUP
	if [[ -n $job ]]; then kill -TERM -- "-$job" 2>/dev/null || true; fi
	if [[ -e $folder/data/postmaster.pid ]]; then
		owner "$bin/pg_ctl" -D "$folder/data" -m immediate -w stop >/dev/null 2>&1 || true
	fi
	rm -rf "$folder"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

random() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }
name=quid_$(random)
password=$(random)
(umask 077 && echo "$password" >"$folder/password")
if [[ $(id -u) == 0 ]]; then chown postgres "$folder/password"; fi

owner "$bin/initdb" -D "$folder/data" -U quid --auth=scram-sha-256 --pwfile="$folder/password" \
	--encoding=UTF8 --locale=C.UTF-8 --no-sync >"$folder/initdb.log" 2>&1 || { cat "$folder/initdb.log" >&2; exit 1; }
owner tee -a "$folder/data/postgresql.conf" >/dev/null <<CONF
cluster_name = '$name'
listen_addresses = '127.0.0.1'
unix_socket_directories = '$folder'
max_connections = 200
max_locks_per_transaction = 256
shared_buffers = 128MB
fsync = off
synchronous_commit = off
full_page_writes = off
CONF

# Between asking for a free port and taking it somebody else may take it: then
# the server doesn't start, and the next port is tried.
export PGPASSWORD=$password
ours() {
	[[ $("$bin/psql" -h 127.0.0.1 -p "$port" -U quid -d postgres -Atqc 'SHOW cluster_name' ) == "$name" ]]
}
for try in 1 2 3 4 5; do
	port=$(cd "$here/.." && go run ./e2e/freeport)
	if owner "$bin/pg_ctl" -D "$folder/data" -l "$folder/server.log" -o "-p $port" -w -t 60 start >/dev/null 2>&1 && ours; then
		break
	fi
	if [[ $try == 5 ]]; then
		echo "with-postgres: the server doesn't start" >&2
		owner cat "$folder/server.log" >&2 || true
		exit 1
	fi
	owner "$bin/pg_ctl" -D "$folder/data" -m immediate -w stop >/dev/null 2>&1 || true
done
unset PGPASSWORD

export QUID_TEST_POSTGRES="postgres://quid:$password@127.0.0.1:$port/postgres?sslmode=disable"
export QUID_TEST_REQUIRE=1
export QUID_TEST_POSTGRES_CTL=$folder/ctl
cat >"$QUID_TEST_POSTGRES_CTL" <<CTL
#!/usr/bin/env bash
cd /
run=()
[[ \$(id -u) != 0 ]] || run=(runuser -u postgres --)
exec "\${run[@]}" '$bin/pg_ctl' -D '$folder/data' -l '$folder/server.log' -o '-p $port' -w -t 60 "\$@"
CTL
chmod 755 "$folder" "$QUID_TEST_POSTGRES_CTL"

# The command gets a process group of its own, so that an interrupt ends all of
# it and not only its first process.
set -m
"$@" &
job=$!
set +m
status=0
wait "$job" || status=$?
job=
exit "$status"
