#!/usr/bin/env bash
# Installs what the tests need, builds, runs every test project and ends with one line: N passed, N failed.
# Needs the .NET 10 SDK; and root, for apt, when a package is missing.
set -uo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 TZ=UTC

# The clients the tests speak with, FreeRADIUS's dictionaries, SQLite, the JavaScript engine, a compiler for the load generator, EAP clients with a switch,
# MariaDB, Galera and FreeRADIUS (the tests start servers of their own, never the system's) and systemd to check its unit.
packages=(freeradius-utils freeradius-common libsqlite3-0 sqlite3 libjavascriptcoregtk-4.1-0 gcc libc6-dev make systemd curl
  eapoltest hostapd wpasupplicant iproute2 openssl mariadb-server libmariadb3 freeradius freeradius-config freeradius-mysql galera-4 rsync
  chromium fonts-dejavu-core fonts-wqy-microhei tzdata)
missing=()
for package in "${packages[@]}"; do
  [ "$(dpkg-query -W -f='${db:Status-Abbrev}' "$package" 2>/dev/null)" = "ii " ] || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  echo "Installing ${missing[*]}"
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"; } > /tmp/usermanager-apt.log 2>&1 || {
    tail -5 /tmp/usermanager-apt.log
    echo "Could not install ${missing[*]}: run this as root, or install them first." >&2
    exit 1
  }
fi

dotnet build UserManager.sln -v quiet || { echo "0 passed, 1 failed"; exit 1; }

results=tests/results
rm -rf "$results" && mkdir -p "$results"
passed=0 failed=0
for project in tests/*/*.Tests.csproj; do
  name=$(basename "$project" .csproj)
  assembly=$(find "$(dirname "$project")/bin/Debug" -name "$name.dll" | head -1)
  echo "== $name"
  timeout 900 dotnet exec "$assembly" -noColor -trx "$results/$name.trx" > "$results/$name.log" 2>&1 || true
  grep -h "left out" "$results/$name.log" | sort -u
  counters=$(grep -o '<Counters [^>]*>' "$results/$name.trx" 2>/dev/null)
  if [ -z "$counters" ]; then
    echo "   it did not end: see $results/$name.log"; tail -20 "$results/$name.log"
    failed=$((failed + 1))
    continue
  fi
  count() { sed -E "s/.* $1=\"([0-9]+)\".*/\1/" <<< "$counters"; }
  total=$(count total) good=$(count passed)
  passed=$((passed + good)) failed=$((failed + total - good))       # a skipped test is a failed one
  echo "   $good of $total"
  [ "$good" = "$total" ] || grep -E '\[(FAIL|SKIP)\]' -A 12 "$results/$name.log"
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
