#!/usr/bin/env python3
"""What compiling costs: the table "Compile time" of docs/performance.md. Everything is built anew, without a compiler cache.

    compile_time.py [FOLDER]     where to build (default: build/compile-time); needs what examples/quickstart.sh installs

Each row is measured by itself: seconds of processor time of the compiler and its children, and seconds on the clock with two jobs.
"""
import os
import resource
import shutil
import subprocess
import sys
import time

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))

PROGRAM = """
#include <sshoal/client.hpp>
#include <iostream>
int main()
{
    sshoal::run([]() -> sshoal::awaitable<void> {
        auto conn = co_await sshoal::connect("example.org", sshoal::client_options().user("git"));
        auto done = co_await conn.run("uname -a");
        std::cout << done.out;
    });
}
"""


def measured(command, **how):
    """(processor seconds, seconds on the clock) of a command."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **how)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used, time.monotonic() - began


def configured(folder, *options):
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run(["meson", "setup", folder, TOP, "-Dtests=false", "-Dexamples=false", *options], check=True, stdout=subprocess.DEVNULL)
    return folder


def row(name, cost):
    print(f"| {name} | {cost[0]:.1f} | {cost[1]:.1f} |", flush=True)


def main(arguments):
    folder = os.path.abspath(arguments[0] if arguments else os.path.join(TOP, "build", "compile-time"))
    os.environ["CCACHE_DISABLE"] = "1"
    os.makedirs(folder, exist_ok=True)
    compiler = os.environ.get("CXX", "g++")
    print("| what | CPU s | clock s |\n|---|---|---|")

    source = os.path.join(folder, "program.cpp")
    for name, text in (("the headers of a client alone, -O0", "#include <sshoal/client.hpp>\n"), ("a program that runs a command, -O0", PROGRAM)):
        with open(source, "w", encoding="utf-8") as f:
            f.write(text)
        row(name, measured([*compiler.split(), "-std=c++20", "-O0", "-I", os.path.join(TOP, "include"), "-c", source, "-o", source + ".o"]))

    build = configured(os.path.join(folder, "lib"), "-Dbuildtype=release", "-Doptimization=2", "-Ddefault_library=shared")
    rooms = sorted(d for d in os.listdir(os.path.join(TOP, "lib")) if os.path.isdir(os.path.join(TOP, "lib", d)))
    total = [0.0, 0.0]
    for room in rooms:
        cost = measured(["ninja", "-C", build, "-j2", f"lib/libsshoal_{room}.a"])
        total = [total[0] + cost[0], total[1] + cost[1]]
        row(f"room {room}, -O2", cost)
    row("the library, -O2, all rooms", total)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
