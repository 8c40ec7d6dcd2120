#!/usr/bin/env bash
# How much one server takes: builds the load generator and a Release server, gives it 10,000 users on SQLite, and prints a table
# of requests/s, latency, server CPU-µs per request and memory for PAP, CHAP, MS-CHAPv2 and accounting; and for PAP with a JavaScript hook
# of ten lines (ENGINE=javascriptcore or jint; auto), on the same server started again with the hook in its policy. Loopback only.
#   bash tests/Benchmarks/load.sh [seconds per row, default 10]
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-10} users=${USERS:-10000} window=${WINDOW:-128}
radload_source=${RADLOAD:-../shared/tools/radload}
[ -f "$radload_source/radload.c" ] || { echo "left out: $radload_source is not here; name the folder of radload in RADLOAD" >&2; exit 0; }

work=$(mktemp -d /tmp/usermanager-load.XXXXXX)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT

radload=$work/radload
make -s -C "$radload_source" BUILD="$work"
dotnet publish src/UserManager.Server -c Release -o "$work/server" -v quiet

auth=$((20000 + RANDOM % 20000)) acct=$((40001 + RANDOM % 20000))
export USERMANAGER_SOCKET="$work/um.sock"
usermanager() { dotnet "$work/server/usermanager.dll" "$@"; }
start() { # folder of the configuration
  dotnet "$work/server/usermanager.dll" serve --config "$1" --data "$work/data" --auth-port "$auth" --acct-port "$acct" > "$work/server.log" 2>&1 &
  server=$!
  for _ in $(seq 150); do usermanager exec '/user-manager print' > /dev/null 2>&1 && break; sleep 0.2; done
}
start config

{
  echo '/user-manager set enabled=yes'
  echo '/user-manager router add name=load address=127.0.0.1 shared-secret=testing123'
  echo '/user-manager user'
  for ((i = 0; i < users; i++)); do printf 'add name=u%06d password=p%06d shared-users=unlimited\n' "$i" "$i"; done
} > "$work/users.rsc"
begin=$(date +%s.%N)
usermanager import "$work/users.rsc" | tail -1
awk -v b="$begin" -v e="$(date +%s.%N)" -v n="$users" 'BEGIN { printf "import of %d users: %.1f s\n\n", n, e - b }'

row() { # name, radload's arguments
  local json
  json=$("$radload" "${@:2}" --server "us=$server" --users "$users" --window "$window" --duration "$seconds" --count 100000000) || true
  awk -v name="$1" -v json="$json" 'BEGIN {
    n = split(json, part, /[{},]/)
    for (i = 1; i <= n; i++) if (split(part[i], kv, /": */) == 2) { gsub(/[ "\[]/, "", kv[1]); v[kv[1]] = kv[2] }   # of two, the last: the server stands last
    wrong = v["unexpected"] + v["bad_authenticator"] + v["bad_message_authenticator"] + v["bad_mschap_success"] + v["malformed"]
    printf "%-12s %10.0f %8.0f %8.0f %14.1f %8d %8d %9.0f\n", name, v["rps"], v["p50_us"], v["p99_us"], v["cpu_us_per_request"], v["lost"], wrong, v["rss_after_kb"] / 1024 }'
}
printf '%-12s %10s %8s %8s %14s %8s %8s %9s\n' mode requests/s p50_us p99_us cpu_us/request lost wrong rss_MB
row warm-up --mode pap --port "$auth" > /dev/null
row pap --mode pap --port "$auth"
row chap --mode chap --port "$auth"
row mschapv2 --mode mschapv2 --port "$auth"
row accounting --mode acct --port "$acct" --sessions 10000

cp -r config "$work/config" && mkdir -p "$work/config/hooks"
sed -i 's|^post-auth:|post-auth:\n  - js: hooks/ten-lines.js|' "$work/config/sites/default.yaml"
sed -i "s|^engine: .*|engine: ${ENGINE:-auto}|" "$work/config/modules/javascript.yaml"
cat > "$work/config/hooks/ten-lines.js" <<'EOF'
var name = request.get('User-Name');
var port = request.get('NAS-Port');
var from = request.get('Calling-Station-Id');
var nas = request.get('NAS-IP-Address');
var seconds = 3600;
if (name.charAt(0) === 'u')
  seconds += 60 * (name.length + (port === undefined ? 0 : 1));
reply.set('Session-Timeout', seconds);
reply.set('Reply-Message', 'Hello ' + name + (from || '') + (nas || ''));
return 'updated';
EOF
kill "$server" && wait "$server" || true
start "$work/config"
row warm-up --mode pap --port "$auth" > /dev/null
row "pap + hook" --mode pap --port "$auth"
echo
echo "$(nproc) cores, .NET $(dotnet --version), window $window, $seconds s a row; CPU is the server's, user and system"
