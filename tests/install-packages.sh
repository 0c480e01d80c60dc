#!/bin/sh
# Installs what is missing of the named sections of packages.txt (all sections without arguments).
# As root it installs; otherwise it prints the command to run and stops with status 1.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)

sections="${*:-}"
wanted=$(awk -v sections=" $sections " '
    { sub(/#.*/, ""); gsub(/[ \t]/, "") }
    /^\[.*\]$/ { name = substr($0, 2, length($0) - 2); seen[name] = 1; next }
    $0 != "" && (sections ~ /^ *$/ || index(sections, " " name " ")) { print }
    END {
        n = split(sections, asked, " ")
        for (i = 1; i <= n; i++)
            if (!(asked[i] in seen)) { print "packages.txt has no section " asked[i] > "/dev/stderr"; exit 2 }
    }' "$top/packages.txt")

if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "This is no Debian system; packages.txt lists what is needed under Debian's names." >&2
    exit 0
fi
missing=""
for package in $wanted; do
    state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ]; then
    echo "Packages are missing. Run this as root and start again:" >&2
    echo "  apt-get update && apt-get install --no-install-recommends$missing" >&2
    exit 1
fi
echo "Installing:$missing"
export DEBIAN_FRONTEND=noninteractive
# Daemons of the peers are started by the tests that need them, never by the installation.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    trap 'rm -f "$policy"' EXIT
fi
apt-get -q -q update
# shellcheck disable=SC2086
apt-get -q -q -y install --no-install-recommends $missing >/dev/null
