#!/usr/bin/env bash
# Does it stay as it is? Logins and accounting together at 70 % of what the machine takes (35 % of the full speed of each), minute by
# minute: requests/s, p99, server CPU-µs, memory, and what was lost.
#   bash tests/Benchmarks/soak.sh [minutes, default 10]
minutes=${1:-10} users=${USERS:-10000} window=${WINDOW:-128}
. "$(dirname "${BASH_SOURCE[0]}")/parts.sh"

start_ours
add_users "$users"
common=(--users "$users" --sessions 10000 --window "$window")
login=(--mode pap --port "$auth" "${common[@]}") record=(--mode acct --port "$acct" "${common[@]}")
measure "$ours" "${login[@]}" --duration 5 > /dev/null
read -ra most_logins <<< "$(measure "$ours" "${login[@]}" --duration 5)"
read -ra most_records <<< "$(measure "$ours" "${record[@]}" --duration 5)"
logins=$((most_logins[0] * 35 / 100)) records=$((most_records[0] * 35 / 100))
echo "$(machine); full speed: ${most_logins[0]} PAP logins/s, ${most_records[0]} accounting records/s"
echo "$logins logins/s and $records records/s together"
printf '%6s | %9s %8s %8s | %9s %8s %8s | %14s %7s %5s\n' minute logins/s p50_us p99_us records/s p50_us p99_us cpu_us/request rss_MB lost
for ((minute = 1; minute <= minutes; minute++)); do
  before=$(awk '{ print $14 + $15 }' "/proc/$ours/stat")
  measure "$ours" "${record[@]}" --rate "$records" --duration 60 > "$work/records" &
  read -ra l <<< "$(measure "$ours" "${login[@]}" --rate "$logins" --duration 60)"
  wait $!
  read -ra r < "$work/records"
  cpu=$(awk -v b="$before" -v n=$(((l[0] + r[0]) * 60)) '{ printf "%.1f", ($14 + $15 - b) * 10000 / n }' "/proc/$ours/stat")
  printf '%6d | %9d %8d %8d | %9d %8d %8d | %14s %7d %5d\n' "$minute" "${l[0]}" "${l[1]}" "${l[2]}" "${r[0]}" "${r[1]}" "${r[2]}" "$cpu" \
    "$(awk '/^VmRSS/ { print int($2 / 1024) }' "/proc/$ours/status")" $((l[4] + r[4]))
done
