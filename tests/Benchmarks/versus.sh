#!/usr/bin/env bash
# FreeRADIUS (Debian's package, at its best number of threads) and this server in turn, A B A B …, on the same users, the same machine and
# the same load: requests/s and server CPU-µs per request at full speed (medians of the rounds), p50 and p99 at half of each one's own
# full speed, memory, and the ratio of CPU. FreeRADIUS has its users in `files` and writes accounting to a detail file; ours has
# both in SQLite, accounting durable (synchronous=FULL) before its answer.
#   bash tests/Benchmarks/versus.sh [rounds, default 3] [seconds per measurement, default 5]
rounds=${1:-3} seconds=${2:-5} users=${USERS:-10000} window=${WINDOW:-128}
. "$(dirname "${BASH_SOURCE[0]}")/parts.sh"

load() { # who mode [more of radload's]: prints what measure does
  local pid=$ours port=$auth
  [ "$2" = acct ] && port=$acct
  [ "$1" = freeradius ] && pid=$freeradius port=$((port + 1))
  measure "$pid" --mode "$2" --port "$port" --users "$users" --sessions 10000 --window "$window" --duration "$seconds" "${@:3}"
}
column() { sort -n -k"$1,$1" | awk -v c="$1" '{ v[NR] = $c } END { print v[int((NR + 1) / 2)] }'; }   # the median

echo "$(machine); $(freeradius -v 2> /dev/null | sed -n 's/.*\(FreeRADIUS Version [0-9.]*\).*/\1/p' | head -1); $(date -u +%F)"
best=
for threads in ${THREADS:-1 2 4 8}; do
  start_freeradius "$threads" "$users"
  load freeradius pap > /dev/null
  read -ra values <<< "$(load freeradius pap)"
  echo "FreeRADIUS with $threads threads: PAP ${values[0]} requests/s, ${values[3]} CPU-us"
  stop "$freeradius"
  [ -n "$best" ] && awk "BEGIN { exit !(${values[3]} >= $cheapest) }" || best=$threads cheapest=${values[3]}
done
start_freeradius "$best" "$users"
start_ours
add_users "$users"
for who in freeradius ours; do for mode in pap acct; do load $who $mode > /dev/null; done; done       # both warm

printf '\n%-10s %-11s %10s %9s %8s | %9s %8s %8s | %7s %6s %6s\n' mode server requests/s CPU-us ratio at/s p50_us p99_us rss_MB lost wrong
for mode in pap chap mschapv2 acct; do
  for ((round = 0; round < rounds; round++)); do
    for who in freeradius ours; do load $who $mode >> "$work/$mode.$who"; done
  done
  theirs=$(column 4 < "$work/$mode.freeradius")
  for who in freeradius ours; do
    full=$(column 1 < "$work/$mode.$who") cpu=$(column 4 < "$work/$mode.$who")
    read -ra half <<< "$(load $who $mode --rate $((full / 2)))"
    awk -v m="$mode" -v w="$who" -v full="$full" -v cpu="$cpu" -v theirs="$theirs" -v at=$((full / 2)) -v p50="${half[1]}" -v p99="${half[2]}" -v rss="${half[6]}" \
      '{ lost += $5; wrong += $6 } END { printf "%-10s %-11s %10d %9.1f %7.2fx | %9d %8d %8d | %7d %6d %6d\n", m, w, full, cpu, cpu / theirs, at, p50, p99, rss, lost, wrong }' "$work/$mode.$who"
  done
done
echo
echo "FreeRADIUS with $best threads, its best by CPU; $rounds rounds of $seconds s in turn, window $window, $users users, one load generator on the same cores"
