#!/usr/bin/env bash
# Installs what is needed, builds, and runs every test. Works from any folder; everything it writes is below build/.
#
#   SSHOAL_RUN="asan tsan fuzz release"   the stages to run, in this order:
#       asan     all tests but those of `release`, by clang, under AddressSanitizer and UndefinedBehaviorSanitizer
#       tsan     tests/async by g++, under ThreadSanitizer
#       fuzz     each libFuzzer target for FUZZ_SECONDS (6), two at a time, with what `asan` has compiled
#       release  by g++: style rules, installing, and the tests against OpenSSH and other real peers; the library at -O1, programs at -O0
#   JOBS=2   FUZZ_SECONDS=6
#
# The last line is "N passed, N failed", with ", N skipped" where tests were skipped. Status 1 where anything failed.
set -u
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
stages=${SSHOAL_RUN:-asan tsan fuzz release}
jobs=${JOBS:-2}
fuzz_seconds=${FUZZ_SECONDS:-6}
out=$top/build
tally=$out/tally.txt
summary=("python3" "$top/tests/summary.py")
cd "$top" || exit 1
mkdir -p "$out"
: >"$tally"
began=$SECONDS

record() { printf '%s\t%s\n' "$1" "$2" >>"$tally"; } # result, name

# A randomised address space of more than 28 bits is more than the sanitizers of g++ 12 can take.
steady=()
if setarch "$(uname -m)" -R true 2>/dev/null; then
    steady=(setarch "$(uname -m)" -R)
fi

configure() { # folder, options...
    local build=$1
    shift
    if [ -f "$build/build.ninja" ]; then
        meson setup --reconfigure "$build" "$top" "$@" >"$build.configure.log" 2>&1 && return 0
    fi
    rm -rf "$build"
    meson setup "$build" "$top" "$@" >"$build.configure.log" 2>&1 && return 0
    tail -n 30 "$build.configure.log"
    return 1
}

compile() { # folder, targets... ; goes on after errors, so that what can be tested is tested
    local build=$1
    shift
    NINJA_STATUS='%f of %t after %e s: ' nice -n 19 ninja -C "$build" -j "$jobs" -k 0 "$@" 2>&1 |
        "${summary[@]}" progress "$build.compile.log"
    [ "${PIPESTATUS[0]}" = 0 ] && return 0
    grep -E -A12 'error:|FAILED:|undefined reference' "$build.compile.log" | head -n 80
    return 1
}

# Configures, and builds the tests of the chosen suites.
build_suites() { # stage, "suites" or "-suites to leave out", options of meson setup
    local stage=$1 suites=$2 targets
    shift 2
    if ! configure "$out/$stage" "$@"; then
        record failed "$stage: configure"
        return
    fi
    if ! targets=$("${summary[@]}" targets "$out/$stage" "$suites"); then
        record failed "$stage: no tests"
        return
    fi
    # shellcheck disable=SC2086
    compile "$out/$stage" $targets ${also_build:-} || record failed "$stage: build"
}

run_suites() { # stage, suites as above, options of meson test
    local stage=$1 suites=$2 choice=() suite
    shift 2
    for suite in $suites; do
        case $suite in
            -*) choice+=(--no-suite "${suite#-}") ;;
            *) choice+=(--suite "$suite") ;;
        esac
    done
    rm -f "$out/$stage/meson-logs/testlog.json"
    "${steady[@]}" meson test -C "$out/$stage" --no-rebuild --print-errorlogs --num-processes "${at_once:-$jobs}" "${choice[@]}" "$@"
    "${summary[@]}" tests "$stage" "$out/$stage" "$tally"
}

# Meson looks for ccache only where no compiler is named.
cache=$(command -v ccache >/dev/null && echo "ccache ")

# clang compiles this in half the time that g++ takes, and the stages `asan` and `fuzz` have one library between them. Checks of every
# pointer that is followed are left to the rooms that read peers' bytes.
for_asan=(-Doptimization=0 -Ddebug=false -Db_sanitize=address,undefined -Db_lundef=false -Ddefault_library=static -Dexamples=false
    -Dfuzzers=true -Dcpp_args=-fno-sanitize=alignment,null,vptr)
in_asan="-interop -style -install -fuzz"
build_asan() {
    CXX="${cache}clang++-16" CC="${cache}clang-16" build_suites asan "$in_asan" "${for_asan[@]}"
}
test_asan() { run_suites asan "$in_asan" --timeout-multiplier 2; }

build_tsan() {
    build_suites tsan async -Doptimization=0 -Ddebug=false -Db_sanitize=thread -Db_lundef=false -Dcpp_args=-Wno-tsan \
        -Ddefault_library=static -Dexamples=false
}
test_tsan() { run_suites tsan async --timeout-multiplier 4; }

in_release="interop style install"
build_release() {
    local also_build="tutorials tests/bench/sshoal-peer" # what no test runs is compiled all the same
    build_suites release "$in_release" -Doptimization=1 -Ddebug=false -Ddefault_library=shared -Dbenchmarks=true -Dplain_programs=true
}
test_release() {
    local at_once=$((jobs * 2)) # peers wait for each other, and rekey.sh sleeps for minutes
    run_suites release "$in_release"
}

fuzz_one() { # target
    local name=${1#fuzz_} found=$out/fuzz/found/$1
    mkdir -p "$out/fuzz/corpus/$name" "$found"
    local dictionary=()
    [ -f "$top/tests/fuzz/$name.dict" ] && dictionary=("-dict=$top/tests/fuzz/$name.dict")
    # In so short a time the account that libFuzzer keeps of rare features takes most of it: ten times the inputs run without.
    ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 \
        "${steady[@]}" "$out/asan/tests/fuzz/$1" -entropic=0 -max_total_time="$fuzz_seconds" -timeout=10 -rss_limit_mb=2048 -max_len=16384 \
        -artifact_prefix="$found/" -print_final_stats=1 "${dictionary[@]}" \
        "$out/fuzz/corpus/$name" "$top/tests/fuzz/corpus/$name" >"$found.log" 2>&1
    local status=$?
    if [ $status = 0 ]; then
        record passed "fuzz: $name"
        echo "ok      $1: $(sed -n 's/^stat::number_of_executed_units: */runs /p' "$found.log")"
    else
        record failed "fuzz: $name"
        echo "FAILED  $1, status $status; the input is in ${found#"$top"/}, the end of its log:"
        grep -v '^#[0-9]*[[:space:]]*\(NEW\|REDUCE\|pulse\|RELOAD\)' "$found.log" | tail -n 40
    fi
}

build_fuzz() {
    local build=$out/asan targets
    # The tests of `asan` may be running: what that stage has configured stays as it is.
    if [[ " $stages " != *" asan "* ]] && ! CXX="${cache}clang++-16" CC="${cache}clang-16" configure "$build" "${for_asan[@]}"; then
        record failed "fuzz: configure"
        return
    fi
    if ! targets=$("${summary[@]}" executables "$build" tests/fuzz/fuzz_ tests/fuzz/fuzz_replay); then
        record failed "fuzz: no targets"
        return
    fi
    # shellcheck disable=SC2086
    compile "$build" $targets || record failed "fuzz: build"
}
test_fuzz() {
    local target running=0
    for target in $("${summary[@]}" executables "$out/asan" tests/fuzz/fuzz_ tests/fuzz/fuzz_replay); do
        [ -x "$out/asan/$target" ] || continue # the stage has failed already
        fuzz_one "$(basename "$target")" &
        running=$((running + 1))
        if [ $running -ge "$jobs" ]; then
            wait -n
            running=$((running - 1))
        fi
    done
    wait
}

if ! "$top/tests/install-packages.sh"; then
    echo "0 passed, 1 failed"
    exit 1
fi

# Linking the tests takes a sixth of the time that compiling them takes, and a fiftieth with this linker.
command -v mold >/dev/null && export CXX_LD=mold

# While tests run, the next stages are compiled with what is left of the processors. The tests of one stage follow those of the one before,
# so those of `release` come last and have the machine to themselves: real peers have time limits of their own.
testing=() # the stages, and the processes that run their tests
before=
for stage in $stages; do
    case $stage in
        asan | tsan | fuzz | release) ;;
        *) echo "unknown stage: $stage" >&2; record failed "unknown stage $stage"; continue ;;
    esac
    echo "==== building $stage"
    started=$SECONDS
    "build_$stage"
    echo "==== building $stage took $((SECONDS - started)) s"
    (
        [ -z "$before" ] || tail --pid="$before" -f /dev/null
        started=$SECONDS
        "test_$stage"
        echo "==== tests of $stage took $((SECONDS - started)) s"
    ) >"$out/$stage.tests.log" 2>&1 &
    before=$!
    testing+=("$stage" "$before")
done
for ((i = 0; i < ${#testing[@]}; i += 2)); do
    wait "${testing[i + 1]}"
    echo "==== tests of ${testing[i]}"
    cat "$out/${testing[i]}.tests.log"
done
echo "==== all took $((SECONDS - began)) s"
exec "${summary[@]}" total "$tally"
