#!/usr/bin/env bash
# What EAP costs: a Release server with 1,000 users on SQLite, and FreeRADIUS (Debian's package, where it is installed) beside it with the
# same certificates, row by row in turn. A row for each method, RSA-2048 and P-256, TLS 1.2 and 1.3, full and resumed: server CPU-ms
# a login, theirs and ours, the ratio, and what the aim is (0.6 of FreeRADIUS 3.2.1 on another machine); then 1,000 supplicants at once, and
# what 5,000 logins hold that were begun and left. Each supplicant of EAP-TLS has the same certificate, as one that has logged in before. Loopback only.
#   bash tests/Benchmarks/load.sh eap [logins per row, default 1000]
count=${1:-1000}
. "$(dirname "${BASH_SOURCE[0]}")/parts.sh"

dotnet publish tests/Benchmarks/EapLoad -c Release -o "$work/eapload" -v quiet
beside=$(command -v freeradius || true)
[ -n "$beside" ] || echo "without FreeRADIUS, which is not here: apt-get install freeradius"

# certificates KIND: a CA, the server's certificate, a client's (CN u000000) and the CA's empty revocation list, in $work/KIND
certificates() {
  local folder=$work/$1 algorithm=(-algorithm RSA -pkeyopt rsa_keygen_bits:2048)
  [ "$1" = p256 ] && algorithm=(-algorithm EC -pkeyopt ec_paramgen_curve:P-256)
  mkdir -p "$folder"
  (
    cd "$folder"
    for name in ca server client; do openssl genpkey -quiet "${algorithm[@]}" -out $name.key 2>/dev/null; done
    openssl req -x509 -new -key ca.key -subj "/CN=Benchmark CA" -days 30 -addext keyUsage=critical,keyCertSign,cRLSign -out ca.pem
    sign() { # name, CN, purpose
      openssl req -new -key "$1.key" -subj "/CN=$2" |
        openssl x509 -req -CA ca.pem -CAkey ca.key -days 30 -extfile <(printf 'basicConstraints=critical,CA:false\nextendedKeyUsage=%s\n' "$3") -out "$1.pem" 2> /dev/null
    }
    sign server radius.example.org serverAuth
    sign client u000000 clientAuth
    : > index.txt
    printf '[ca]\ndefault_ca=it\n[it]\ndatabase=index.txt\ndefault_md=sha256\ndefault_crl_days=30\n' > ca.cnf
    openssl ca -config ca.cnf -gencrl -cert ca.pem -keyfile ca.key -out crl.pem 2> /dev/null
  )
}

# serve KIND [TLS-VERSION]: a server with these certificates
serve() {
  local config=$work/config
  [ -d "$config" ] || cp -r config "$config"        # kept: the key of the database's secrets is made in it
  cat > "$config/modules/tls_common.yaml" <<CONF
certificate-file: $work/$1/server.pem
private-key-file: $work/$1/server.key
ca-file: $work/$1/ca.pem
crl-file: $work/$1/crl.pem
CONF
  start_ours --config "$config"
}

# load WHO KIND, EapLoad's arguments
load() {
  local port=$auth pid=$ours
  [ "$1" = ours ] || port=$((auth + 1)) pid=$freeradius
  dotnet "$work/eapload/EapLoad.dll" --port "$port" --ca "$work/$2/ca.pem" --certificate "$work/$2/client.pem" --key "$work/$2/client.key" --server "$pid" "${@:3}" || true
}

# The aims of the issue, of a full login: EAP-TLS, TTLS-PAP, TTLS-MSCHAPv2, PEAP-MSCHAPv2.
declare -A aim=([rsa-Tls]=2.55 [rsa-TtlsPap]=1.68 [rsa-TtlsMsChapV2]=1.65 [rsa-PeapMsChapV2]=1.86 [p256-Tls]=1.80 [p256-TtlsPap]=1.26 [p256-TtlsMsChapV2]=1.44 [p256-PeapMsChapV2]=1.62)

# row KIND METHOD TLS [--resume]
row() {
  local ours_says their_says=""
  ours_says=$(load ours "$1" --method "$2" --tls "$3" --count "$count" "${@:4}")
  [ -z "$beside" ] || their_says=$(load freeradius "$1" --method "$2" --tls "$3" --count "$count" "${@:4}")
  # A full login says nothing beside a resumed one.
  [[ "$their_says" != *"only 0 of"* ]] || their_says="- - - - - - - (not resumed)"
  awk -v kind="$1" -v ours="$(head -1 <<< "$ours_says")" -v theirs="$(head -1 <<< "$their_says")" -v aim="$([ -n "${4:-}" ] && echo 0.90 || echo "${aim[$1-$2]}")" 'BEGIN {
    split(ours, o, " "); n = split(theirs, t, " ")
    printf "%-13s %-4s %-4s %-8s %8.2f %10s %6s %5s | %8d %7.1f %7.1f %4d %5d %5d %6d\n", o[1], kind, o[2], o[3], o[7], (n && t[7] != "-" ? sprintf("%.2f", t[7]) : "-"),
      (n && t[7] + 0 != 0 ? sprintf("%.2f", o[7] / t[7]) : "-"), aim, o[4], o[5], o[6], o[8], o[9], o[10], o[11] }'
  sed 1d <<< "$ours_says"
  [ -z "$(sed 1d <<< "$their_says")" ] || sed '1d; s/^/  FreeRADIUS:/' <<< "$their_says"
}

titles() { printf "%-13s %-4s %-4s %-8s %8s %10s %6s %5s | %8s %7s %7s %4s %5s %5s %6s\n" method kind TLS "" CPU-ms FreeRADIUS ratio aim logins/s p50_ms p99_ms rej. wrong lost resent; }
own='%-13s %4s %-8s %9s %8s %8s %12s %9s %6s %6s %6s %7s %7s\n'
own_titles=(method TLS "" logins/s p50_ms p99_ms CPU-ms/login rejected wrong lost resent MB_was MB_is)
for kind in rsa p256; do
  certificates $kind
  serve $kind
  [ "$(usermanager exec '/user-manager user print count-only')" = 1000 ] || add_users 1000
  [ -z "$beside" ] || start_freeradius 2 1000 "$work/$kind"
  for method in Tls TtlsPap PeapMsChapV2; do
    for resume in "" --resume; do load ours $kind --method $method --count 200 $resume > /dev/null; done      # warm-up
  done
  echo && titles
  for tls in 1.2 1.3; do
    for method in Tls TtlsPap TtlsMsChapV2 PeapMsChapV2; do
      row $kind $method $tls
      row $kind $method $tls --resume
    done
  done
  [ -z "$beside" ] || stop "$freeradius"
  printf "\n1,000 supplicants at once ($kind):\n$own" "${own_titles[@]}"
  for method in Tls PeapMsChapV2; do load ours $kind --method $method --tls 1.3 --count 1000 --window 1000; done
  stop "$ours"
done

for tls in 1.2 1.3; do
  serve rsa
  load ours rsa --method PeapMsChapV2 --tls $tls --count 500 > /dev/null
  printf "\n5,000 logins begun and left:\n$own" "${own_titles[@]}"
  load ours rsa --method PeapMsChapV2 --tls $tls --count 5000 --window 250 --open
  stop "$ours"
done
echo
echo "$(machine), $count logins a row of 32 supplicants; CPU is the server's, user and system"
