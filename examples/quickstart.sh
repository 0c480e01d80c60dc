#!/bin/sh
# From a fresh checkout to a running program: installs what the library needs, builds it with one example, and runs that example.
# Writes only below build/quickstart. Arguments are passed to the example.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
build=$top/build/quickstart
log=$build.log

echo "1. Packages"
"$top/tests/install-packages.sh" build
mkdir -p "$top/build"

echo "2. Building the library and examples/quickstart.cpp in build/quickstart"
if [ ! -f "$build/build.ninja" ]; then
    rm -rf "$build"
    meson setup "$build" "$top" -Dbuildtype=release -Doptimization=1 -Dtests=false -Dexamples=true -Ddefault_library=shared >"$log" 2>&1 ||
        { cat "$log"; exit 1; }
fi
rm -f "$build/failed"
{ NINJA_STATUS='   %f of %t after %e s: ' ninja -C "$build" examples/quickstart 2>&1 || touch "$build/failed"; } | tee "$log" |
    grep --line-buffered '^   [0-9]* of ' || true
if [ -e "$build/failed" ]; then
    tail -n 50 "$log"
    exit 1
fi

echo "3. Running it"
exec "$build/examples/quickstart" "$@"
