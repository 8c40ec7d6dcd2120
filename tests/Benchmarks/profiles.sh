#!/usr/bin/env bash
# What profiles cost: a Release server with USERS users (default 100,000) on SQLite, each with a profile of three limitations, half of them
# with an open session. Plain and with use-profiles=yes in turn: a PAP login, and Interim-Updates; at the end the ratios of server CPU-µs.
# Loopback only.
#   bash tests/Benchmarks/load.sh profiles [seconds per row, default 10] [rounds, default 2]
seconds=${1:-10} rounds=${2:-2} users=${USERS:-100000} window=${WINDOW:-128} reporting=5000
. "$(dirname "${BASH_SOURCE[0]}")/parts.sh"

start_ours
add_users "$users"
usermanager exec '
  /user-manager limitation add name=all transfer-limit=1000T uptime-limit=520w
  /user-manager limitation add name=day download-limit=1000T reset-counters-interval=daily rate-limit-rx=10M rate-limit-tx=10M
  /user-manager limitation add name=week upload-limit=1000T reset-counters-interval=weekly
  /user-manager profile add name=month validity=30d
  /user-manager profile-limitation add profile=month limitation=all
  /user-manager profile-limitation add profile=month limitation=day
  /user-manager profile-limitation add profile=month limitation=week' > /dev/null
give_profiles "$users"

open=$((users / 2 - reporting))
row() { # name, radload's arguments
  local values
  read -ra values <<< "$(measure "$ours" "${@:2}" --users "$users" --window "$window" --duration "$seconds")"
  printf '%-22s %10d %8d %8d %14.1f %8d %8d %9d\n' "$1" "${values[@]}"
  printf '%s\t%s\n' "$1" "${values[3]}" >> "$work/rows"
}
rows() { # plain or profiles: sessions of a NAS that has been told other terms would be changed by CoA, so each time all begin anew
  usermanager exec "/user-manager set use-profiles=$([ "$1" = plain ] && echo no || echo yes)" > /dev/null
  sqlite3 -cmd '.timeout 10000' "$work/data/usermanager.db" 'DELETE FROM session'
  "$radload" --mode acct --port "$acct" --users "$users" --sessions "$open" --interims 1 --count "$open" --duration 60 --window "$window" > /dev/null
  row "PAP, $1" --mode pap --port "$auth"
  row "Interim-Update, $1" --mode acct --port "$acct" --sessions "$reporting" --interims 1000
}
ratio() {
  awk -F '\t' -v a="$1, plain" -v b="$1, profiles" -v aim="$2" '
    $1 == a { plain += $2 } $1 == b { profiles += $2 }
    END { printf "%s with profiles: %.2f x plain (aim: at most %s)\n", substr(a, 1, index(a, ",") - 1), profiles / plain, aim }' "$work/rows"
}

printf '%-22s %10s %8s %8s %14s %8s %8s %9s\n' row requests/s p50_us p99_us cpu_us/request lost wrong rss_MB
for _ in $(seq $((1 + users / 100000))); do measure "$ours" --mode pap --port "$auth" --users "$users" --window "$window" --duration "$seconds" > /dev/null; done
for _ in $(seq "$rounds"); do rows plain; rows profiles; done
ratio PAP 1.5
ratio Interim-Update 1.3
echo "$(machine), $users users, window $window, $seconds s a row, $rounds rounds; CPU is the server's, user and system"
