#!/usr/bin/env python3
"""Forwarded ports, ours beside OpenSSH's in one run: forwarding.py FOLDER [--rounds N] [--bytes N] [--secs N] [--pairs ssh/sshd,ours/ours]

FOLDER has sshoal-peer. A pair is a client with -L and a server; `ours` is sshoal-peer, and ssh and sshd are OpenSSH's. Each line has a rate,
and the processor time of the two ends without that of the programs that use the port. Idle streams: memory of both ends for each.
"""
import argparse
import json
import os
import pwd
import resource
import shutil
import socket
import statistics
import subprocess
import tempfile
import time

CIPHER = "aes128-gcm@openssh.com"
USER = pwd.getpwuid(os.getuid()).pw_name
TICKS = os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(port):
    for _ in range(500):
        try:
            return socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
    raise TimeoutError(f"nobody listens on port {port}")


def family(pid):
    """The processes below this one, and itself."""
    parents = {}
    for d in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{d}/stat", encoding="utf-8") as f:
                parents.setdefault(int(f.read().rpartition(")")[2].split()[1]), []).append(int(d))
        except OSError:
            pass
    found = [pid]
    for p in found:
        found += parents.get(p, [])
    return found


def processor(pid):
    """Seconds, children that have ended included."""
    total = 0
    for p in family(pid):
        with open(f"/proc/{p}/stat", encoding="utf-8") as f:
            total += sum(map(int, f.read().rpartition(")")[2].split()[11:15]))
    return total / TICKS


def memory(pid):
    """Proportional, in kB."""
    total = 0
    for p in family(pid):
        with open(f"/proc/{p}/smaps_rollup", encoding="utf-8") as f:
            total += next(int(line.split()[1]) for line in f if line.startswith("Pss:"))
    return total


class Bench:
    def __init__(self, folder, bytes_):
        self.peer, self.bytes = os.path.join(os.path.abspath(folder), "sshoal-peer"), bytes_
        self.dir = tempfile.mkdtemp(prefix="sshoal-forward-bench.", dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
        self.running = []
        for name in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{self.dir}/{name}"], check=True)
        shutil.copy(f"{self.dir}/user.pub", f"{self.dir}/keys")
        self.target = self.start(self.peer, "tcp-server", "--bytes", bytes_)[1]

    def close(self):
        for p in self.running:
            p.terminate()
            p.wait()
        shutil.rmtree(self.dir, ignore_errors=True)

    def start(self, *argv):
        """A program of ours that says READY and its port."""
        p = subprocess.Popen(list(map(str, argv)), stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
        self.running.append(p)
        return p, int(p.stdout.readline().split()[1])

    def quietly(self, argv):
        p = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.running.append(p)
        return p

    def end(self, p):
        self.running.remove(p)
        p.terminate()
        p.wait()

    def server(self, kind):
        if kind == "ours":
            return self.start(self.peer, "server", "--hostkey", f"{self.dir}/host", "--authkeys", f"{self.dir}/keys", "--cipher", CIPHER,
                              "--forward", 1)
        port = free_port()
        with open(f"{self.dir}/sshd_config", "w", encoding="utf-8") as f:
            f.write(f"ListenAddress 127.0.0.1:{port}\nHostKey {self.dir}/host\nAuthorizedKeysFile {self.dir}/keys\nStrictModes no\nUsePAM no\n"
                    f"PidFile none\nPermitRootLogin yes\nCiphers {CIPHER}\n")
        p = self.quietly([shutil.which("sshd", path="/usr/sbin:/usr/local/sbin"), "-D", "-f", f"{self.dir}/sshd_config"])
        wait_for(port)
        return p, port

    def client(self, kind, port, jumps=0):
        target = f"127.0.0.1:{self.target}"
        if kind == "ours":
            return self.start(self.peer, "forward", "--port", port, "--user", USER, "--key", f"{self.dir}/user", "--cipher", CIPHER,
                              "--target", target, "--jumps", jumps)
        names = ("127.0.0.1", "localhost")  # ssh takes two equal ones in a row for a circle
        here, way = free_port(), ",".join(f"{USER}@{names[(jumps - i) % 2]}:{port}" for i in range(jumps)) or "none"
        with open(f"{self.dir}/ssh_config", "w", encoding="utf-8") as f:
            f.write(f"IdentityFile {self.dir}/user\nIdentitiesOnly yes\nIdentityAgent none\nStrictHostKeyChecking no\n"
                    f"UserKnownHostsFile /dev/null\nCiphers {CIPHER}\nLogLevel ERROR\n")
        p = self.quietly(["ssh", "-F", f"{self.dir}/ssh_config", "-N", "-J", way, "-L", f"127.0.0.1:{here}:{target}", "-p", str(port),
                          f"{USER}@127.0.0.1"])
        wait_for(here)
        return p, here

    def load(self, port, *words):
        done = subprocess.run([self.peer, "tcp-load", "--port", str(port), *map(str, words)], stdout=subprocess.PIPE, check=True, timeout=300)
        return json.loads(done.stdout)

    def idle(self, port, count, ends):
        before = sum(memory(p.pid) for p in ends)
        p = subprocess.Popen([self.peer, "tcp-load", "--mode", "idle", "--port", str(port), "--n", str(count)], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE)
        p.stdout.readline()
        time.sleep(1)
        each = (sum(memory(e.pid) for e in ends) - before) / count
        p.communicate(b"x")
        return each


def measure(bench, pair, args):
    """Returns: {what: (figure, unit, seconds of processor time or None)}."""
    client, server = pair.split("/")
    found = {}
    serving, port = bench.server(server)
    using, here = bench.client(client, port)
    ends = (using, serving)

    def timed(what, figure, unit, *words):
        before = sum(processor(p.pid) for p in ends)
        result = bench.load(here, *words)
        found[what] = (figure(result), unit, sum(processor(p.pid) for p in ends) - before)

    def rate(r):
        return r["bytes"] / r["secs"] / 1e6

    for mode in ("get", "put"):
        timed(f"one stream, {mode}", rate, "MB/s", "--mode", mode, "--bytes", args.bytes)
    for n in (1, 1000):
        timed(f"requests, {n} streams", lambda r: r["msgs"] / r["secs"], "/s", "--n", n, "--secs", args.secs)
    timed("requests, 999 streams beside one that is stalled", lambda r: r["msgs"] / r["secs"], "/s", "--n", 999, "--stalled", 1, "--secs", args.secs)
    found[f"{args.idle} idle streams"] = (bench.idle(here, args.idle, ends), "kB each", None)
    bench.end(using)
    using, here = bench.client(client, port, 2)
    ends = (using, serving)
    timed("one stream, get, three hops", rate, "MB/s", "--mode", "get", "--bytes", args.bytes)
    bench.end(using)
    bench.end(serving)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--bytes", type=int, default=1 << 29)
    parser.add_argument("--secs", type=int, default=5)
    parser.add_argument("--idle", type=int, default=10_000)
    parser.add_argument("--pairs", default="ssh/sshd,ours/sshd,ssh/ours,ours/ours")
    args = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    rounds = {}
    for _ in range(args.rounds):
        for pair in args.pairs.split(","):
            bench = Bench(args.folder, args.bytes)
            try:
                for what, figure in measure(bench, pair, args).items():
                    rounds.setdefault((pair, what), []).append(figure)
            finally:
                bench.close()
    for (pair, what), all_ in rounds.items():
        cpu = "" if all_[0][2] is None else f", {statistics.median(f[2] for f in all_):.2f} s of processor time"
        print(f"{pair:12} {what:50} {statistics.median(f[0] for f in all_):12.1f} {all_[0][1]}{cpu}")


if __name__ == "__main__":
    main()
