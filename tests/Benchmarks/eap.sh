#!/usr/bin/env bash
# What EAP costs one server: a Release server with 1,000 users on SQLite, and a table of logins/s, times, server CPU-ms a login, what went
# wrong and memory, for each method with RSA-2048 and P-256 certificates, full and resumed; then 1,000 supplicants at once, and what
# 5,000 logins hold that were begun and left. Loopback only.
#   bash tests/Benchmarks/eap.sh [logins per row, default 2000]
count=${1:-2000}
. "$(dirname "${BASH_SOURCE[0]}")/parts.sh"

dotnet publish tests/Benchmarks/EapLoad -c Release -o "$work/eapload" -v quiet

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
  local config=$work/config-$1
  rm -rf "$config" && cp -r config "$config"
  cat > "$config/modules/tls_common.yaml" <<CONF
certificate-file: $work/$1/server.pem
private-key-file: $work/$1/server.key
ca-file: $work/$1/ca.pem
crl-file: $work/$1/crl.pem
CONF
  start_ours --config "$config"
}

load() { # KIND, EapLoad's arguments
  dotnet "$work/eapload/EapLoad.dll" --port "$auth" --ca "$work/$1/ca.pem" --certificate "$work/$1/client.pem" --key "$work/$1/client.key" --server "$ours" "${@:2}"
}

row='%-13s %4s %-8s %9s %8s %8s %12s %9s %6s %6s %6s %7s %7s\n'
titles=(method TLS kind logins/s p50_ms p99_ms CPU-ms/login rejected wrong lost resent MB_was MB_is)
for kind in rsa p256; do
  certificates $kind
  serve $kind
  [ "$(usermanager exec '/user-manager user print count-only')" = 1000 ] || add_users 1000
  load $kind --method TtlsPap --count 500 > /dev/null || true      # warm-up
  printf "\n$kind\n$row" "${titles[@]}"
  for tls in 1.2 1.3; do
    for method in Tls TtlsPap TtlsMsChapV2 PeapMsChapV2; do
      load $kind --method $method --tls $tls --count "$count" || true
      load $kind --method $method --tls $tls --count "$count" --resume || true
    done
  done
  echo "1,000 supplicants at once:"
  load $kind --method PeapMsChapV2 --tls 1.3 --count 1000 --window 1000 || true
  stop "$ours"
done

for tls in 1.2 1.3; do
  serve rsa
  load rsa --method PeapMsChapV2 --tls $tls --count 500 > /dev/null || true
  echo "5,000 logins begun and left:"
  load rsa --method PeapMsChapV2 --tls $tls --count 5000 --window 250 --open || true
  stop "$ours"
done
echo
echo "$(machine), $count logins a row of 32 supplicants; CPU is the server's, user and system"
