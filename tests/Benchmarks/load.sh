#!/usr/bin/env bash
# How much one server takes: a Release server with USERS users (default 10,000) on SQLite and its whole default policy, and a table of
# requests/s, latency, server CPU-µs per request and memory; at the end PAP with a JavaScript hook of ten lines (ENGINE=javascriptcore
# or jint), by the same server started again with the hook in its policy. Loopback only.
#   bash tests/Benchmarks/load.sh [seconds per row, default 10]
#   bash tests/Benchmarks/load.sh profiles | eap | many | mysql …: what profiles cost, EAP, a million users, MariaDB; see those scripts
case "${1:-}" in profiles | eap | many | mysql) exec bash "$(dirname "${BASH_SOURCE[0]}")/$1.sh" "${@:2}" ;; esac
seconds=${1:-10} users=${USERS:-10000} window=${WINDOW:-128}
. "$(dirname "${BASH_SOURCE[0]}")/parts.sh"

start_ours
add_users "$users"

row() { # name, radload's arguments
  local values
  read -ra values <<< "$(measure "$ours" "${@:2}" --users "$users" --window "$window" --duration "$seconds")"
  printf '%-12s %10d %8d %8d %14.1f %8d %8d %9d\n' "$1" "${values[@]}"
}
printf '%-12s %10s %8s %8s %14s %8s %8s %9s\n' mode requests/s p50_us p99_us cpu_us/request lost wrong rss_MB
for _ in $(seq $((1 + users / 100000))); do row warm-up --mode pap --port "$auth" > /dev/null; done
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
kill "$ours" && wait "$ours" || true
start_ours --config "$work/config"
row warm-up --mode pap --port "$auth" > /dev/null
row "pap + hook" --mode pap --port "$auth"
echo
echo "$(machine), window $window, $seconds s a row; CPU is the server's, user and system"
