#!/usr/bin/env bash
# What many users cost: two Release servers, one with 10,000 users and one with USERS (default 1,000,000), each asked in turn, A B A B;
# first while the many are read for the first time, then when each was asked for. Loopback only.
#   bash tests/Benchmarks/load.sh many [seconds per row, default 10] [rounds, default 3]
seconds=${1:-10} rounds=${2:-3} few=10000 many=${USERS:-1000000} window=${WINDOW:-128}
. "$(dirname "${BASH_SOURCE[0]}")/parts.sh"

start() { # name, users: a server of its own with so many
  data=$work/$1 USERMANAGER_SOCKET=$work/$1.sock auth=$((auth + 2)) acct=$((acct + 2))
  start_ours
  add_users "$2"
}
row() { # name, process, port, users
  local values
  read -ra values <<< "$(measure "$2" --mode pap --port "$3" --users "$4" --window "$window" --duration "$seconds")"
  printf '%-20s %10d %8d %8d %14.1f %8d %8d %9d\n' "$1" "${values[@]}"
  printf '%s\t%s\n' "$1" "${values[3]}" >> "$work/rows"
}
start few "$few"
few_pid=$ours few_port=$auth
start many "$many"
many_pid=$ours many_port=$auth

printf '%-20s %10s %8s %8s %14s %8s %8s %9s\n' users requests/s p50_us p99_us cpu_us/request lost wrong rss_MB
row warm-up "$few_pid" "$few_port" "$few" > /dev/null
row "$many, first" "$many_pid" "$many_port" "$many"
# Chosen by chance, nearly all of them were asked for after seven times their number.
"$radload" --mode pap --port "$many_port" --users "$many" --window "$window" --count $((7 * many)) --duration 600 > /dev/null
for _ in $(seq "$rounds"); do
  row "$few" "$few_pid" "$few_port" "$few"
  row "$many" "$many_pid" "$many_port" "$many"
done
awk -F '\t' -v a="$few" -v b="$many" '
  $1 == a { few += $2 } $1 == b { many += $2 }
  END { printf "%s users: %.2f x the CPU of %s (aim: at most 1.3)\n", b, many / few, a }' "$work/rows"
echo "$(machine), window $window, $seconds s a row, $rounds rounds; CPU is the server's, user and system"
