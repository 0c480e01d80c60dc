#!/usr/bin/env python3
"""The examples that connect anew, with an sshd that goes away: example_tunnels.py PROGRAM=PATH... other-account=LIBRARY"""
import re
import socket
import sys
import threading
import time

from away_sshd import AwaySshd
from example_bench import HOST, Bench
from forwarding import EchoHost, ask
from rig import USER, Rig, until


def answered(port):
    try:
        return ask(port, b"hello") == b"hello."
    except OSError:
        return False


def check_healing_tunnel(bench):
    rig, sshd = bench.rig, AwaySshd(bench.rig)
    bench.trust(sshd.port)
    target, local = EchoHost().at, rig.port()
    process, out = bench.start("healing_tunnel", f"{HOST}:{sshd.port}", f"127.0.0.1:{local}", target, port=local)
    rig.check(all(answered(local) for _ in range(20)), "healing_tunnel", "", out)

    sshd.drop()
    bench.says(out, "is down", "healing_tunnel: a lost connection is told")
    rig.check(answered(local), "healing_tunnel: a stream waits for the next connection", "", out)

    sshd.kill()
    rig.check(until(lambda: b"Connection refused" in rig.read(out)), "healing_tunnel: a server that is away", "", out)
    waiting = []
    callers = [threading.Thread(target=lambda: waiting.append(answered(local))) for _ in range(20)]
    for caller in callers:
        caller.start()
    time.sleep(1)
    sshd.come_back()
    for caller in callers:
        caller.join()
    rig.check(waiting == [True] * 20, "healing_tunnel: 20 streams wait until the server is back", waiting, out)

    with socket.create_connection(("127.0.0.1", local), timeout=20) as idle:
        idle.sendall(b"hello")
        idle.recv(5)
        sshd.freeze()
        begin = time.monotonic()
        rig.check(until(lambda: b"keepalive" in rig.read(out), 20), "healing_tunnel: a server that is dead is noticed", "", out)
        rig.check(time.monotonic() - begin < 10, "healing_tunnel: soon", time.monotonic() - begin, out)
        idle.settimeout(5)
        try:
            rest = idle.recv(1)
        except ConnectionResetError:
            rest = b""
        rig.check(rest == b"", "healing_tunnel: streams of a lost connection end with it", rest, out)
    sshd.kill()
    sshd.come_back()
    rig.check(answered(local), "healing_tunnel: after a server that was dead", "", out)
    status, count = bench.interrupt(process), re.search(rb": (\d+) streams on (\d+) connections\n", rig.read(out))
    rig.check(status == 0 and count and int(count[1]) >= 43 and int(count[2]) >= 4, "healing_tunnel: its counters", status, out)

    with open(bench.known_hosts, "w", encoding="utf-8") as f:
        f.write(f"[127.0.0.1]:{sshd.port} {rig.public('ed25519', 'stranger')}\n")
    done = bench.run("healing_tunnel", f"{USER}@127.0.0.1:{sshd.port}", f"127.0.0.1:{local}", target)
    bench.check(done, 1, "is given up", "healing_tunnel: a host with another key")


def main():
    rig = Rig(dict(word.split("=", 1) for word in sys.argv[1:]))

    def test():
        bench = Bench(rig)
        check_healing_tunnel(bench)
    return rig.verdict(test)


if __name__ == "__main__":
    sys.exit(main())
