#!/usr/bin/env bash
# A large provider: USERS users (default 1,000,000) with a profile each and SESSIONS open sessions (default 200,000), put straight into the
# tables. Prints how long the server takes to start on it, its memory then and under load, and the p99 of PAP logins while the sessions
# that fell silent are expired, and without. Loopback only.
#   bash tests/Benchmarks/large.sh [seconds per row, default 5] [logins/s, default 2000]
seconds=${1:-5} rate=${2:-2000} users=${USERS:-1000000} sessions=${SESSIONS:-200000} window=${WINDOW:-128}
. "$(dirname "${BASH_SOURCE[0]}")/parts.sh"
database=$work/data/usermanager.db

start_ours
add_users "$users"
usermanager exec '
  /user-manager limitation add name=all transfer-limit=1000T
  /user-manager limitation add name=day download-limit=1000T reset-counters-interval=daily
  /user-manager profile add name=month validity=30d
  /user-manager profile-limitation add profile=month limitation=all
  /user-manager profile-limitation add profile=month limitation=day
  /user-manager set use-profiles=yes' > /dev/null
give_profiles "$users"
stop "$ours"

# open_sessions N HEARD: each of another user, with Interim-Updates a minute apart, last heard of HEARD seconds ago.
open_sessions() {
  sqlite3 -cmd '.timeout 60000' "$database" "
    BEGIN IMMEDIATE;
    DELETE FROM session;
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1), t(at) AS (SELECT (strftime('%s') - $2) * 1000)
    INSERT INTO session (id, router_id, acct_session_id, user, calling_station_id, nas_port_id, generation, status, started,
                         last_accounting_packet, heard_at, interim_interval, uptime, download, upload, nas_ip_address, user_profile, terms)
    SELECT i, 1, printf('large%d', i), printf('u%06d', i - 1), printf('station%d', i), '', 0, 5, at - 3600000,
           at, at, 60000, 3600000, 1000000, 1000000, '127.0.0.1', i, 0 FROM n, t;
    INSERT OR REPLACE INTO id_row (menu, next) VALUES ('/user-manager/session', $1 + 1);
    COMMIT;"
}
memory() { awk '/^VmRSS/ { print int($2 / 1024) }' "/proc/$ours/status"; }
open() { sqlite3 "$database" 'SELECT COUNT(*) FROM session WHERE active = 1'; }

open_sessions "$sessions" 3600         # all fell silent an hour ago
before=$(date +%s%N)
dotnet "$work/server/usermanager.dll" serve --data "$work/data" --auth-port "$auth" --acct-port "$acct" > "$work/ours.log" 2>&1 &
ours=$!
started+=("$ours")
until "$radload" --mode pap --port "$auth" --users 1 --count 1 --duration 1 --timeout 1 > /dev/null 2>&1; do
  kill -0 "$ours" 2> /dev/null || { tail -n 8 "$work/ours.log" >&2; exit 1; }
  sleep 0.05
done
echo "start until the first login: $(awk -v ms=$((($(date +%s%N) - before) / 1000000)) 'BEGIN { printf "%.1f", ms / 1000 }') s (aim: under 10), then $(memory) MB; $(open) open sessions, $(stat -c %s "$database" | awk '{ print int($1 / 1000000) }') MB of database"

row() { # name
  local values open_before
  open_before=$(open)
  read -ra values <<< "$(measure "$ours" --mode pap --port "$auth" --users "$users" --window "$window" --rate "$rate" --duration "$seconds")"
  printf '%-26s %10d %8d %8d %14.1f %6d %6d %8d %9d\n' "$1" "${values[@]}" $((open_before - $(open)))
  p99=${values[2]}
}
printf '%-26s %10s %8s %8s %14s %6s %6s %8s %9s\n' row logins/s p50_us p99_us cpu_us/request lost wrong rss_MB expired
# At full speed, until nearly every user has logged in and is remembered.
measure "$ours" --mode pap --port "$auth" --users "$users" --window "$window" --duration $((10 + users / 20000)) > /dev/null
echo "memory with the users that have logged in remembered: $(memory) MB (aim: under 1000)"
row "nothing to expire" && quiet=$p99

# Silence counts from when the server began to listen: the job, which runs once a minute, finds them after five minutes.
echo "waiting for the job"
for _ in $(seq 900); do [ "$(open)" -lt "$sessions" ] && break; sleep 0.5; done
row "while the job expires" && busy=$p99
awk -v quiet="$quiet" -v busy="$busy" 'BEGIN { printf "p99 while the job runs: %.2f x without (aim: at most 2)\n", busy / quiet }'
echo "memory: $(memory) MB"
echo "$(machine), $users users, $sessions open sessions, $rate logins/s, $seconds s a row"
