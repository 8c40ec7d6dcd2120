# Sourced by the benchmarks: a folder that is gone afterwards, the load generator, our server, FreeRADIUS, and one measurement.
# Everything is on loopback; only what was started here is ended.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
radload_source=${RADLOAD:-../shared/tools/radload}
[ -f "$radload_source/radload.c" ] || { echo "left out: $radload_source is not here; name the folder of radload in RADLOAD" >&2; exit 0; }

work=$(mktemp -d /tmp/usermanager-bench.XXXXXX)
data=$work/data started=() ours= freeradius=
end_all() {
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap end_all EXIT

radload=$work/radload
make -s -C "$radload_source" BUILD="$work"
auth=$((20000 + RANDOM % 10000)) acct=$((30001 + RANDOM % 10000))
export USERMANAGER_SOCKET="$work/um.sock"
usermanager() { dotnet "$work/server/usermanager.dll" "$@"; }

# publish_ours: a Release build, or the one in the folder that SERVER names.
publish_ours() {
  [ -e "$work/server" ] || if [ -n "${SERVER:-}" ]; then ln -s "$SERVER" "$work/server"; else
    dotnet publish src/UserManager.Server -c Release -o "$work/server" -v quiet
  fi
}

# start_ours [options of serve]: our server, with the router that the load comes from. Sets $ours.
start_ours() {
  publish_ours
  dotnet "$work/server/usermanager.dll" serve --data "$data" --auth-port "$auth" --acct-port "$acct" "$@" > "$work/ours.log" 2>&1 &
  ours=$!
  started+=("$ours")
  for _ in $(seq 150); do usermanager exec '/user-manager print' > /dev/null 2>&1 && break; sleep 0.2; done
  usermanager exec '/user-manager set enabled=yes' > /dev/null
  [ -n "$(usermanager exec '/user-manager router find name=load')" ] ||
    usermanager exec '/user-manager router add name=load address=127.0.0.1 shared-secret=testing123' > /dev/null
}

# add_users N: u000000 .. as radload asks for them. Straight into the table, which an import of a million would take minutes for.
add_users() {
  sqlite3 -cmd '.timeout 10000' "$data/usermanager.db" "
    BEGIN IMMEDIATE;
    WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $1)
    INSERT INTO user (id, name, password, shared_users) SELECT i + 1, printf('u%06d', i), printf('p%06d', i), -1 FROM n;
    INSERT OR REPLACE INTO id_row (menu, next) VALUES ('/user-manager/user', $1 + 1);
    COMMIT;"
  [ "$(usermanager exec "/user-manager user print count-only")" = "$1" ] || { echo "the users are not there" >&2; exit 1; }
}

# give_profiles N: the first profile there is, to each of the first N users, from now on for 30 days.
give_profiles() {
  sqlite3 -cmd '.timeout 10000' "$data/usermanager.db" "
    BEGIN IMMEDIATE;
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1), t(now) AS (SELECT strftime('%s') * 1000)
    INSERT INTO user_profile (id, user, profile, assigned, started, end_time)
    SELECT i, i, (SELECT MIN(id) FROM profile), now, now, now + 30 * 86400000 FROM n, t;
    INSERT OR REPLACE INTO id_row (menu, next) VALUES ('/user-manager/user-profile', $1 + 1);
    COMMIT;"
}

# start_freeradius THREADS USERS [CERTIFICATES]: Debian's package with the modules that do what our default site does; EAP, too, where
# there is a folder of certificates. Sets $freeradius.
start_freeradius() {
  local threads=$1 certificates=${3:-} raddb=$work/raddb source=/etc/freeradius/3.0
  command -v freeradius > /dev/null || { echo "FreeRADIUS is not here: apt-get install freeradius" >&2; exit 1; }
  if [ ! -d "$raddb" ]; then
    mkdir -p "$raddb/mods-enabled" "$work/radacct"
    cp -r $source/mods-config $source/policy.d $source/dictionary "$raddb/"
    for module in always attr_filter chap detail expiration expr files logintime mschap pap preprocess realm; do
      cp "$source/mods-available/$module" "$raddb/mods-enabled/"
    done
    for ((i = 0; i < $2; i++)); do printf 'u%06d Cleartext-Password := "p%06d"\n' "$i" "$i"; done > "$raddb/mods-config/files/authorize"
  fi
  [ -z "$certificates" ] || freeradius_eap "$certificates" "$raddb"
  cat > "$raddb/radiusd.conf" <<CONF
prefix = /usr
exec_prefix = /usr
raddbdir = $raddb
confdir = $raddb
modconfdir = $raddb/mods-config
logdir = $work
radacctdir = $work/radacct
run_dir = $work
libdir = /usr/lib/freeradius
pidfile = $work/freeradius.pid
max_request_time = 30
cleanup_delay = 5
max_requests = 65536
hostname_lookups = no
log {
  destination = files
  file = $work/freeradius.log
  auth = no
}
security {
  max_attributes = 200
  reject_delay = 0
  status_server = yes
}
thread pool {
  start_servers = $threads
  max_servers = $threads
  min_spare_servers = $threads
  max_spare_servers = $threads
  max_requests_per_server = 0
}
proxy_requests = no
realm LOCAL {
}
client load {
  ipaddr = 127.0.0.1
  secret = testing123
  require_message_authenticator = yes
}
modules {
  \$INCLUDE mods-enabled/
}
policy {
  \$INCLUDE policy.d/
}
server default {
  listen {
    type = auth
    ipaddr = 127.0.0.1
    port = $((auth + 1))
  }
  listen {
    type = acct
    ipaddr = 127.0.0.1
    port = $((acct + 1))
  }
  authorize {
    filter_username
    preprocess
    chap
    mschap
    suffix
    ${certificates:+eap {
      ok = return
    \}}
    files
    expiration
    logintime
    pap
  }
  authenticate {
    Auth-Type PAP {
      pap
    }
    Auth-Type CHAP {
      chap
    }
    Auth-Type MS-CHAP {
      mschap
    }
    ${certificates:+eap}
  }
  post-auth {
    Post-Auth-Type REJECT {
      attr_filter.access_reject
    }
  }
  preacct {
    preprocess
    acct_unique
    suffix
    files
  }
  accounting {
    detail
    attr_filter.accounting_response
  }
}
${certificates:+\$INCLUDE inner-tunnel}
CONF
  freeradius -f -d "$raddb" > "$work/freeradius.out" 2>&1 &
  freeradius=$!
  started+=("$freeradius")
  for _ in $(seq 100); do
    "$radload" --mode pap --port $((auth + 1)) --users 1 --count 1 --duration 1 --timeout 1 > /dev/null 2>&1 && return
    kill -0 "$freeradius" 2> /dev/null || { tail -n 8 "$work/freeradius.log" >&2; exit 1; }
    sleep 0.2
  done
}

# freeradius_eap CERTIFICATES RADDB: its module eap, and the virtual server of what is inside tunnels.
freeradius_eap() {
  cat "$1/ca.pem" "$1/crl.pem" > "$1/ca-crl.pem"
  cat > "$2/mods-enabled/eap" <<CONF
eap {
  default_eap_type = peap
  max_sessions = 16384
  tls-config tls-common {
    private_key_file = $1/server.key
    certificate_file = $1/server.pem
    ca_file = $1/ca-crl.pem
    check_crl = yes
    cipher_list = "DEFAULT"
    tls_min_version = "1.2"
    tls_max_version = "1.3"
    fragment_size = 1024
    cache {
      enable = yes
      lifetime = 24
      name = "EAP"
    }
  }
  tls {
    tls = tls-common
  }
  ttls {
    tls = tls-common
    default_eap_type = md5
    virtual_server = "inner-tunnel"
  }
  peap {
    tls = tls-common
    default_eap_type = mschapv2
    virtual_server = "inner-tunnel"
  }
  mschapv2 {
  }
}
CONF
  cat > "$2/inner-tunnel" <<CONF
server inner-tunnel {
  authorize {
    filter_username
    chap
    mschap
    suffix
    eap {
      ok = return
    }
    files
    expiration
    logintime
    pap
  }
  authenticate {
    Auth-Type PAP {
      pap
    }
    Auth-Type CHAP {
      chap
    }
    Auth-Type MS-CHAP {
      mschap
    }
    eap
  }
}
CONF
}

stop() { kill "$1" && wait "$1" 2> /dev/null || true; }

# measure PID radload's arguments…: prints rps p50 p99 cpu lost wrong rss(MB), the CPU and memory of the server
measure() {
  local json
  json=$("$radload" "${@:2}" --server "s=$1" --count 100000000) || true
  awk -v json="$json" 'BEGIN {
    n = split(json, part, /[{},]/)
    for (i = 1; i <= n; i++) if (split(part[i], kv, /": */) == 2) { gsub(/[ "\[]/, "", kv[1]); v[kv[1]] = kv[2] }   # of two, the last: the server stands last
    wrong = v["unexpected"] + v["bad_authenticator"] + v["bad_message_authenticator"] + v["bad_mschap_success"] + v["malformed"]
    printf "%.0f %.0f %.0f %.2f %d %d %.0f\n", v["rps"], v["p50_us"], v["p99_us"], v["cpu_us_per_request"], v["lost"], wrong, v["rss_after_kb"] / 1024 }'
}

machine() {
  echo "$(nproc) cores, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), Linux $(uname -r), .NET $(dotnet --version)"
}
