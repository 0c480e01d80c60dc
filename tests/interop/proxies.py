#!/usr/bin/env python3
"""Our client reaches sshd through proxies: proxies.py forward=PROGRAM sshoal=PROGRAM other-account=LIBRARY

The proxies are ssh -D, and tinyproxy and microsocks where they are installed.
Status: 0 all checks passed, 1 some failed, 77 OpenSSH is not installed.
"""
import sys

from forwarding import EchoHost, OpensshClient
from library_habits import start_sshd
from rig import USER, Rig, Skipped, program


def reach(rig, port, host, *words):
    return rig.run([rig.places["forward"], "connect", str(port), USER, rig.key("ed25519"), *words, "-W", host.at], stdin=b"hello")


def check(rig, port, host, what, words):
    done = reach(rig, port, host, *words)
    rig.check((done.status, done.out) == (0, b"hello."), f"{what}: the server is reached", done)
    nobody = rig.port()
    done = reach(rig, nobody, host, *words)
    rig.check(done.status == 1 and b"proxy 127.0.0.1 port" in done.err, f"{what}: a port where nobody listens is a failure of the proxy",
              done)


def check_log_in(rig, port, host, what, words):
    check(rig, port, host, f"{what} with a log-in", [*words, "-user", "alice:secret"])
    for wrong in (["-user", "alice:wrong"], []):
        done = reach(rig, port, host, *words, *wrong)
        rig.check(done.status == 1 and b"proxy 127.0.0.1 port" in done.err, f"{what}: {wrong or 'no log-in'} is refused", done)


def with_openssh(rig, port, log, host):
    class Gate:
        pass
    gate = Gate()
    gate.rig, gate.port, gate.log = rig, port, log
    socks = rig.port()
    with OpensshClient(gate, "-D", f"127.0.0.1:{socks}"):
        check(rig, port, host, "SOCKS 5, ssh -D", ["-socks", f"127.0.0.1:{socks}"])


def with_microsocks(rig, port, host):
    socks, named = rig.port(), rig.port()
    rig.start([program("microsocks"), "-i", "127.0.0.1", "-p", str(socks)], rig.path("microsocks.log"), socks)
    check(rig, port, host, "SOCKS 5, microsocks", ["-socks", f"127.0.0.1:{socks}"])
    rig.start([program("microsocks"), "-i", "127.0.0.1", "-p", str(named), "-u", "alice", "-P", "secret"], rig.path("microsocks2.log"), named)
    check_log_in(rig, port, host, "SOCKS 5, microsocks", ["-socks", f"127.0.0.1:{named}"])


def with_tinyproxy(rig, port, host):
    def start(*lines):
        at = rig.port()
        config = rig.write(f"tinyproxy-{at}.conf", "\n".join([f"Port {at}", "Listen 127.0.0.1", "Timeout 60", "Allow 127.0.0.1", *lines]) + "\n",
                           0o644)
        rig.start([program("tinyproxy"), "-d", "-c", config], rig.path(f"tinyproxy-{at}.log"), at)
        return ["-http", f"127.0.0.1:{at}"]
    check(rig, port, host, "HTTP CONNECT, tinyproxy", start())
    check_log_in(rig, port, host, "HTTP CONNECT, tinyproxy", start("BasicAuth alice secret"))
    done = reach(rig, port, host, *start("ConnectPort 443"))
    rig.check(done.status == 1 and b"403" in done.err, "HTTP CONNECT, tinyproxy: a port that is not allowed", done)


def work(rig):
    (port, log), host = start_sshd(rig), EchoHost()
    with_openssh(rig, port, log, host)
    for one in (with_microsocks, with_tinyproxy):
        try:
            one(rig, port, host)
        except Skipped as why:
            rig.note(f"left out: {why}")


def main():
    rig = Rig(dict(a.split("=", 1) for a in sys.argv[1:]))
    program("ssh"), program("sshd")
    return rig.verdict(lambda: work(rig))


if __name__ == "__main__":
    sys.exit(main())
