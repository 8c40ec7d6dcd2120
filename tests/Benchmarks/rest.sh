#!/usr/bin/env bash
# What management costs those who log in: a Release server with USERS users (default 10,000) on SQLite and PAP logins at half of its full speed, without and
# with 2,000 REST reads/s and 500 writes/s beside them (READS, WRITES), A B A B in one run; REST is HTTPS with kept connections and an administrator's
# password. Its clients would be other machines: here they are nice, and have what the rest leaves. "control" is a program beside the logins that takes as much
# of the processor as the server takes for REST, as nicely, and does nothing: what a login waits for because of the processor alone. Then what a large listing
# takes: LISTED users (default 1,000,000), seconds, MB and the server's peak of memory. Loopback only.
#   bash tests/Benchmarks/rest.sh [seconds per row, default 10] [rounds, default 2]
seconds=${1:-10} rounds=${2:-2} users=${USERS:-10000} listed=${LISTED:-1000000} window=${WINDOW:-128} reads=${READS:-2000} writes=${WRITES:-500}
. "$(dirname "${BASH_SOURCE[0]}")/parts.sh"

https=$((10000 + RANDOM % 10000)) password=benchmark-of-rest
dotnet publish tests/Benchmarks/RestLoad -c Release -o "$work/restload" -v quiet
start_ours --www-ssl-port "$https"
add_users "$users"
usermanager exec "/user/set admin password=$password" > /dev/null

logins() { measure "$ours" --mode pap --port "$auth" --users "$users" --window "$window" --duration "$1" "${@:2}"; }
# rest SECONDS: reads/s writes/s, p50 and p99 of reads, of writes (µs), the server's CPU-µs a request, wrong, MB
restload() { nice -n "$1" dotnet "$work/restload/RestLoad.dll" --users "$users" --reads "$reads" --writes "$writes" --server "$ours" "${@:2}"; }
rest() { restload 19 --port "$https" --password "$password" --duration "$1"; }

logins "$seconds" > /dev/null
rest "$seconds" > /dev/null
read -ra full <<< "$(logins "$seconds")"
rate=$((full[0] / 2))
echo "PAP logins at full speed: ${full[0]}/s, ${full[3]} CPU-µs each; half of it is $rate/s"
read -ra alone <<< "$(rest "$seconds")"
row() { printf '%-12s %9s %8s %8s %6s | %8s %8s %10s %10s %10s %10s %6s | %6s\n' "$@"; }
row row logins/s p50_us p99_us lost reads/s writes/s read_p50 read_p99 write_p50 write_p99 wrong rss_MB
row "REST alone" - - - - "${alone[@]:0:6}" "${alone[@]:7:2}"
# beside: logins while what was started last runs.
beside() {
  local other=$!
  sleep 1
  read -ra busy <<< "$(logins "$seconds" --rate "$rate")"
  wait "$other" || true
}
for _ in $(seq "$rounds"); do
  read -ra quiet <<< "$(logins "$seconds" --rate "$rate")"
  row without "${quiet[@]:0:3}" "${quiet[4]}" - - - - - - - "${quiet[6]}"
  rest $((seconds + 2)) > "$work/rest.row" &
  beside
  read -ra answered < "$work/rest.row"
  row with "${busy[@]:0:3}" "${busy[4]}" "${answered[@]:0:6}" "${answered[7]}" "${busy[6]}"
  compared=("${quiet[@]:1:2}" "${busy[@]:1:2}")
  restload 5 --burn "${alone[6]}" --duration $((seconds + 2)) > /dev/null &
  beside
  row control "${busy[@]:0:3}" "${busy[4]}" - - - - - - - "${busy[6]}"
  echo "${compared[@]}" "${busy[@]:1:2}" >> "$work/ratios"
done
awk '{ for (i = 1; i <= NF; i++) sum[i] += $i }
  END { printf "a login with REST beside it: p50 %.2f x (aim: at most 1.2), p99 %.2f x (aim: at most 2); with the control: %.2f x and %.2f x\n",
    sum[3] / sum[1], sum[4] / sum[2], sum[5] / sum[1], sum[6] / sum[2] }' "$work/ratios"
echo "REST alone: ${alone[6]} CPU-µs a request"

if [ "$listed" = 0 ]; then echo "$(machine), $users users, $seconds s a row"; exit; fi
sqlite3 -cmd '.timeout 10000' "$work/data/usermanager.db" 'DELETE FROM user'
add_users "$listed"
memory() { awk -v what="^$1" '$0 ~ what { print int($2 / 1024) }' "/proc/$ours/status"; }
# listing NAME command…: what it prints is counted and thrown away
listing() {
  local name=$1 before from count
  echo 5 > "/proc/$ours/clear_refs"       # proc(5): the peak begins anew
  before=$(memory VmRSS) from=$(date +%s%N)
  count=$("${@:2}" | wc -c)
  awk -v name="$name" -v ms=$((($(date +%s%N) - from) / 1000000)) -v octets="$count" -v before="$before" -v peak="$(memory VmHWM)" \
    'BEGIN { printf "%-34s %8.1f %8.1f %10d %10d\n", name, ms / 1000, octets / 1e6, before, peak }'
}
ask() { curl -sk -u "admin:$password" "https://127.0.0.1:$https/rest$1" "${@:2}"; }
echo
printf '%-34s %8s %8s %10s %10s\n' "$listed users" s MB rss_before rss_peak
listing "GET .proplist=name" ask '/user-manager/user?.proplist=name'
listing "GET" ask '/user-manager/user'
listing "GET comment=none" ask '/user-manager/user?comment=none'
listing "print count-only" ask /user-manager/user/print -d '{"count-only":""}'
listing "usermanager export" usermanager export
echo "$(machine), $users users at first, $seconds s a row"
