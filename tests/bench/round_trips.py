#!/usr/bin/env python3
"""Transfers over long paths: sshoal-peer with sshoal-peer through delay-proxy.

    round_trips.py BUILD/tests/bench [MIB] [ROUNDS]

Prints the median of MB/s for each round trip and direction. A peer whose window stays at 2 MiB reaches 2 MiB per round trip:
105 MB/s at 20 ms, 21 MB/s at 100 ms."""
import json
import os
import statistics
import subprocess
import sys
import tempfile

build = os.path.abspath(sys.argv[1])
size = (int(sys.argv[2]) if len(sys.argv) > 2 else 512) << 20
rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
peer = os.path.join(build, "sshoal-peer")


def started(*command):
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    return process, process.stdout.readline().split()[1]


def transfer(port, what, *more):
    done = subprocess.run([peer, what, "--port", port, "--user", "root", "--key", "user", *more], stdout=subprocess.PIPE, text=True, check=True)
    return size / json.loads(done.stdout)["secs"] / 1e6


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", name], check=True)
    server, port = started(peer, "server", "--port", "0", "--hostkey", "host", "--authkeys", "user.pub")
    try:
        for milliseconds in ("1", "20", "100"):
            proxy, near = started(os.path.join(build, "delay-proxy"), port, milliseconds)
            try:
                for what, more in (("get", ("--cmd", f"gen {size}")), ("put", ("--cmd", "sink", "--bytes", str(size)))):
                    rates = [transfer(near, what, *more) for _ in range(rounds)]
                    print(f"{milliseconds:>3} ms {what} {statistics.median(rates):7.0f} MB/s ({min(rates):.0f} to {max(rates):.0f})", flush=True)
            finally:
                proxy.kill()
    finally:
        server.kill()
