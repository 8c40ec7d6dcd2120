#!/usr/bin/env bash
# Several nodes' database: MariaDB (Debian's, data on disk under $TMPDIR, innodb_flush_log_at_trx_commit=1: a commit is on the disk when it returns), a Release
# server on it and FreeRADIUS (Debian's freeradius-mysql: rlm_sql, read_groups, a connection for each of its THREADS, default 8) on the same MariaDB, in turn on
# the same users: requests/s, latency, and CPU-µs per request of the server, of mariadbd and of both. At the end two nodes together, half of the load each,
# beside one with all of it. Loopback only.
#   bash tests/Benchmarks/load.sh mysql [seconds per measurement, default 5] [rounds, default 2]
# USERS (10,000), WINDOW (256), THREADS.
seconds=${1:-5} rounds=${2:-2} users=${USERS:-10000} window=${WINDOW:-256} threads=${THREADS:-8}
. "$(dirname "${BASH_SOURCE[0]}")/parts.sh"

db=$((45000 + RANDOM % 10000)) mariadbd=
settings=(--innodb-flush-log-at-trx-commit=1 --innodb-buffer-pool-size=1G --innodb-log-file-size=1G --skip-log-bin --performance-schema=OFF)
start_mariadb() {
  mariadb-install-db --no-defaults --datadir="$work/mysql" --user="$(id -un)" --auth-root-authentication-method=normal --skip-test-db > "$work/install.log" 2>&1
  mariadbd --no-defaults --user="$(id -un)" --datadir="$work/mysql" --socket="$work/mysql.sock" --port="$db" --bind-address=127.0.0.1 --skip-name-resolve \
    --log-error="$work/mysql.log" --max-connections=200 "${settings[@]}" > /dev/null 2>&1 &
  mariadbd=$!
  started+=("$mariadbd")
  for _ in $(seq 100); do sql "SELECT 1" > /dev/null 2>&1 && break; sleep 0.2; done
  sql "CREATE DATABASE usermanager CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin; CREATE DATABASE radius CHARACTER SET utf8mb4;
    CREATE USER bench@'127.0.0.1' IDENTIFIED BY 'bench'; GRANT ALL ON usermanager.* TO bench@'127.0.0.1'; GRANT ALL ON radius.* TO bench@'127.0.0.1';"
}
sql() { mariadb --no-defaults --socket="$work/mysql.sock" --user=root --batch --skip-column-names -e "$1"; }

# start_node NAME [LINES of usermanager.yaml]: a node with ports of its own. Sets pid[NAME] and port[NAME]; accounting is on the port after it.
declare -A pid=() port=()
start_node() {
  local config=$work/config-$1
  auth=$((auth + 10)) acct=$((auth + 1)) USERMANAGER_SOCKET=$work/$1.sock
  cp -r config "$config"
  [ ! -f "$work/secret.key" ] || cp "$work/secret.key" "$config/secret.key"
  sed -i "s|^database:.*|database: mysql://bench:bench@127.0.0.1:$db/usermanager|; ${2:-}" "$config/usermanager.yaml"
  mkdir -p "$work/$1"
  data=$work/$1/data work=$work/$1 start_ours --config "$config"
  cp "$config/secret.key" "$work/secret.key"
  pid[$1]=$ours port[$1]=$auth
}

# Users u…, g…, whose group tells them something, and c…, of whom a node with cached-users=1000 remembers one in a hundred.
add_users_of_both() {
  usermanager exec '/user-manager user group add name=told outer-auths=pap attributes="Framed-Pool:pool1,Mikrotik-Group:gold"' > /dev/null
  local kind count first=0
  sql "USE radius; $(cat /etc/freeradius/3.0/mods-config/sql/main/mysql/schema.sql)"
  for kind in u g c; do
    count=$([ $kind = c ] && echo $((100 * 1000)) || echo "$users")
    sql "INSERT INTO usermanager.user (id, name, password, shared_users, \`group\`)
        SELECT $first + seq, CONCAT('$kind', LPAD(seq - 1, 6, '0')), CONCAT('p', LPAD(seq - 1, 6, '0')), -1,
          IF('$kind' = 'g', (SELECT id FROM usermanager.user_group WHERE name = 'told'), NULL) FROM mysql.seq_1_to_$count;
      INSERT INTO radius.radcheck (username, attribute, op, value)
        SELECT CONCAT('$kind', LPAD(seq - 1, 6, '0')), 'Cleartext-Password', ':=', CONCAT('p', LPAD(seq - 1, 6, '0')) FROM mysql.seq_1_to_$count;"
    first=$((first + count))
  done
  sql "UPDATE usermanager.id_row SET next = $first + 1 WHERE menu = '/user-manager/user';
    INSERT INTO radius.radusergroup (username, groupname, priority) SELECT username, 'told', 1 FROM radius.radcheck WHERE username LIKE 'g%';
    INSERT INTO radius.radgroupreply (groupname, attribute, op, value) VALUES ('told', 'Mikrotik-Group', '=', 'gold'), ('told', 'Framed-Pool', '=', 'pool1');
    ANALYZE TABLE radius.radcheck, radius.radusergroup, usermanager.user;" > /dev/null
}

# FreeRADIUS as parts.sh sets it up, with sql in the place of files and of detail.
start_freeradius_sql() {
  start_freeradius "$threads" 1
  stop "$freeradius"
  cat > "$work/raddb/mods-enabled/sql" <<CONF
sql {
  dialect = "mysql"
  driver = "rlm_sql_mysql"
  server = "127.0.0.1"
  port = $db
  login = "bench"
  password = "bench"
  radius_db = "radius"
  acct_table1 = "radacct"
  acct_table2 = "radacct"
  postauth_table = "radpostauth"
  authcheck_table = "radcheck"
  groupcheck_table = "radgroupcheck"
  authreply_table = "radreply"
  groupreply_table = "radgroupreply"
  usergroup_table = "radusergroup"
  client_table = "nas"
  group_attribute = "SQL-Group"
  read_groups = yes
  delete_stale_sessions = yes
  pool {
    start = $threads
    min = $threads
    max = $threads
    spare = 0
    uses = 0
    lifetime = 0
    idle_timeout = 0
  }
  \$INCLUDE \${modconfdir}/sql/main/mysql/queries.conf
}
CONF
  sed -i '/^  authorize {/,/^  }/s/^    files$/    sql/; /^  preacct {/,/^  }/{/^    files$/d}; /^  accounting {/,/^  }/s/^    detail$/    sql/' "$work/raddb/radiusd.conf"
  freeradius -f -d "$work/raddb" > "$work/freeradius.out" 2>&1 &
  freeradius=$!
  started+=("$freeradius")
  pid[freeradius]=$freeradius port[freeradius]=$theirs
  for _ in $(seq 100); do
    "$radload" --mode pap --port "$theirs" --users 1 --count 1 --duration 1 --timeout 1 > /dev/null 2>&1 && return
    kill -0 "$freeradius" 2> /dev/null || { tail -n 8 "$work/freeradius.log" >&2; exit 1; }
    sleep 0.2
  done
}

cpu() { awk '{ sum += $14 + $15 } END { print sum }' "${@/#//proc/}"; }      # of processes as N/stat: hundredths of a second
value() { sed -n "s/.*\"$1\":\([0-9.]*\).*/\1/p" <<< "$2" | head -1; }
wrong() { local sum=0 key; for key in unexpected bad_authenticator bad_message_authenticator malformed; do sum=$((sum + $(value $key "$1"))); done; echo $sum; }

# sample SERVERS radload's arguments…: prints requests/s p50 p99 server-CPU mariadbd-CPU lost wrong; of several servers each takes its part of the window
sample() {
  local servers=($1) stats=() json=() at before after jobs=() i
  for who in "${servers[@]}"; do stats+=("${pid[$who]}/stat"); done
  before=($(cpu "${stats[@]}") $(cpu "$mariadbd/stat"))
  for i in "${!servers[@]}"; do
    at=${port[${servers[i]}]}
    [[ " $* " != *" acct "* ]] || at=$((at + 1))
    "$radload" --port "$at" --users "$users" --window $((window / ${#servers[@]})) --duration "$seconds" --count 100000000 "${@:2}" > "$work/sample$i" &
    jobs+=($!)
  done
  wait "${jobs[@]}" || true
  after=($(cpu "${stats[@]}") $(cpu "$mariadbd/stat"))
  for i in "${!servers[@]}"; do
    json=$(cat "$work/sample$i")
    echo "$(value received "$json") $(value rps "$json") $(value p50_us "$json") $(value p99_us "$json") $(value lost "$json") $(wrong "$json")"
  done | awk -v ours=$((after[0] - before[0])) -v theirs=$((after[1] - before[1])) '
    { n += $1; rps += $2; p50 += $3; p99 = $4 > p99 ? $4 : p99; lost += $5; wrong += $6 }
    END { if (n == 0) n = 1; printf "%.0f %.0f %.0f %.2f %.2f %d %d\n", rps, p50 / NR, p99, ours * 1e4 / n, theirs * 1e4 / n, lost, wrong }'
}

format='%-22s %-11s %10s %9s %9s %10s %10s %8s %6s %6s\n'
print() { # row, server, samples on stdin: their means; the sum stays in $work/sum
  awk -v row="$1" -v who="$2" -v format="$format" '
    { for (i = 1; i <= 5; i++) v[i] += $i; lost += $6; wrong += $7 }
    END { printf format, row, who, sprintf("%.0f", v[1] / NR), sprintf("%.0f", v[2] / NR), sprintf("%.0f", v[3] / NR), sprintf("%.1f", v[4] / NR), sprintf("%.1f", v[5] / NR), sprintf("%.1f", (v[4] + v[5]) / NR), lost, wrong
          printf "%.2f\n", (v[4] + v[5]) / NR > "'"$work/sum"'" }'
}
row() { # name, our nodes, radload's arguments: FreeRADIUS and ours in turn
  local who
  rm -f "$work"/rows.*
  for _ in $(seq "$rounds"); do
    for who in freeradius "$2"; do sample "$who" "${@:3}" >> "$work/rows.$who"; done
  done
  print "$1" FreeRADIUS < "$work/rows.freeradius"
  print "" ours < "$work/rows.$2"
}

publish_ours
start_mariadb
theirs=$((auth + 1))
for node in one cold two; do
  mkdir -p "$work/$node" && ln -s "$work/server" "$work/$node/server"
  start_node $node "$([ $node != cold ] || echo 's|^cached-users:.*|cached-users: 1000|')"
  [ $node != one ] || add_users_of_both
done
auth=$((theirs - 1)) acct=$((theirs))
start_freeradius_sql
for who in freeradius one two; do for mode in pap acct; do sample $who --mode $mode > /dev/null; done; done
sample one --mode pap --user-prefix g > /dev/null

echo "$(machine); $(freeradius -v 2> /dev/null | sed -n 's/.*\(FreeRADIUS Version [0-9.]*\).*/\1/p' | head -1) with $threads threads; $(mariadbd --version | sed 's/.*Ver \([^ ]*\).*/MariaDB \1/'): ${settings[*]}"
echo "$users users, window $window, means of $rounds rounds of $seconds s; CPU-µs per request, user and system; $(date -u +%F)"
printf "$format" row server requests/s p50_us p99_us server mariadbd sum lost wrong
row "PAP, remembered" one --mode pap
row "PAP, not remembered" cold --mode pap --users 100000 --user-prefix c
row "PAP with a group" one --mode pap --user-prefix g
row accounting one --mode acct --sessions 10000
for mode in pap acct; do
  rm -f "$work"/rows.*
  for _ in $(seq "$rounds"); do
    for nodes in one "one two"; do sample "$nodes" --mode $mode --sessions 10000 >> "$work/rows.${nodes/ /+}"; done
  done
  print "$mode, one node" ours < "$work/rows.one"
  alone=$(cat "$work/sum")
  print "$mode, two nodes" ours < "$work/rows.one+two"
  awk -v one="$alone" -v two="$(cat "$work/sum")" -v mode=$mode 'BEGIN { printf "%s: two nodes cost %.2f of what one does (aim: at most 1.1)\n", mode, two / one }'
done
