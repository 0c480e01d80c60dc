#!/usr/bin/env python3
"""sshoal-forward with sshd(8) that goes away: forward_daemon.py sshoal-forward=PROGRAM other-account=LIBRARY"""
import re
import signal
import socket
import sys
import threading

from away_sshd import AwaySshd
from example_bench import HOST, Bench
from forwarding import EchoHost, ask, call
from rig import USER, Rig, until

LINE = re.compile(r'(\w+)\{((?:\w+="(?:[^"\\]|\\.)*",?)*)\} (\d+)')


class ServiceManager:
    """Takes the notes of a daemon."""

    def __init__(self, rig):
        self.path, self.notes = rig.path("notify"), []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        threading.Thread(target=self.take, daemon=True).start()

    def take(self):
        while note := self.socket.recv(65536):
            self.notes += note.decode().splitlines()

    def told(self, note, seconds=10):
        return until(lambda: note in self.notes, seconds)


class Daemon:
    def __init__(self, bench, *words, port=None):
        self.rig, self.reports = bench.rig, bench.rig.port()
        self.process, self.log = bench.start("sshoal-forward", "-m", f"127.0.0.1:{self.reports}", *words, port=port or self.reports)

    def get(self, path):
        with socket.create_connection(("127.0.0.1", self.reports), timeout=10) as s:
            s.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            got = b""
            while more := s.recv(65536):
                got += more
        head, _, body = got.partition(b"\r\n\r\n")
        return head.decode().splitlines()[0], body.decode()

    def metrics(self):
        """Returns: the values by name and labels. Every line must be one of the format's."""
        status, body = self.get("/metrics")
        values = {}
        for line in body.splitlines():
            if not line.startswith("# "):
                name, labels, value = LINE.fullmatch(line).groups()
                values[name, labels] = int(value)
        return values if status.endswith("200 OK") else {}

    def value(self, name, *words):
        return sum(v for (n, labels), v in self.metrics().items() if n == name and all(w in labels for w in words))

    def ups(self):
        return self.value("sshoal_tunnel_up"), self.value("sshoal_forward_listening")

    def end(self):
        self.process.terminate()
        self.rig.processes.remove(self.process)
        return self.process.wait(timeout=10)


def tunnels_text(hosts):
    text = "# tunnels\n"
    for name, (port, *lines) in hosts.items():
        text += f"Host {name}\n HostName 127.0.0.1\n Port {port}\n User {USER}\n ServerAliveInterval 2\n"
        text += "".join(f" {line}\n" for line in lines)
    return text


def works(port):
    try:
        return ask(port, b"hello") == b"hello."
    except OSError:
        return False


def check_healing(bench, manager, first, second):
    rig, target = bench.rig, EchoHost().at
    here, there, socks, other, more = (rig.port() for _ in range(5))
    hosts = {"first": [first.port, f"LocalForward {here} {target}", f"RemoteForward {there} {target}"],
             "second": [second.port, f"LocalForward {other} {target}", f"DynamicForward {socks}"]}
    file = rig.write("tunnels", tunnels_text(hosts))
    bench.env.update({"NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "500000"})
    daemon = Daemon(bench, "-F", "none", "-r", 2, "-f", file)
    rig.check(until(lambda: daemon.ups() == (2, 4)), "all tunnels are up", daemon.get("/")[1], daemon.log)
    rig.check(manager.told("READY=1") and manager.told("STATUS=2 of 2 tunnels are up"), "the service manager is told", manager.notes)
    rig.check(works(here) and works(there) and works(other), "streams each way", "", daemon.log)
    rig.check(daemon.value("sshoal_forward_opened_total") == 3 and daemon.value("sshoal_forward_bytes_to_target_total", 'tunnel="first"') == 10,
              "the numbers of streams", daemon.metrics())
    rig.check(daemon.get("/")[1].count("first: up") == 1 and "dynamic localhost:" in daemon.get("/")[1], "the state as text", daemon.get("/"))
    rig.check("404" in daemon.get("/else")[0], "another path", daemon.get("/else"))

    first.kill()
    rig.check(until(lambda: daemon.ups() == (1, 3)), "a server that is away", daemon.get("/")[1], daemon.log)
    rig.check(manager.told("STATUS=1 of 2 tunnels are up") and works(other), "the other tunnel goes on", manager.notes, daemon.log)
    waited = []
    caller = threading.Thread(target=lambda: waited.append(works(here)))
    caller.start()
    first.come_back()
    caller.join()
    rig.check(waited == [True], "a stream waits for the server", waited, daemon.log)
    rig.check(until(lambda: works(there), 20), "a port of the server is opened again", daemon.get("/")[1], daemon.log)
    rig.check(daemon.value("sshoal_tunnel_connections_total", 'tunnel="first"') >= 2, "connections are counted", daemon.metrics())

    log = rig.read(daemon.log).decode()
    rig.check(log.count("first is up\n") >= 2 and log.count("second is up\n") == 1 and "first is down: " in log
              and "second: dynamic forwarding of " in log, "the log has a line for each event", "", daemon.log)

    second.freeze()
    rig.check(until(lambda: daemon.ups()[0] == 1, 30), "a server that is dead is noticed by ServerAliveInterval", "", daemon.log)
    second.kill()
    second.come_back()
    rig.check(until(lambda: daemon.ups() == (2, 4), 20), "and comes back", daemon.get("/")[1], daemon.log)

    made = daemon.value("sshoal_tunnel_connections_total")
    with call(here) as stays:
        stays.sendall(b"a")
        rig.check(stays.recv(1) == b"a", "a stream that is open", "", daemon.log)
        hosts["first"] = [first.port, f"LocalForward {here} {target}", f"LocalForward {more} {target}"]
        rig.write("tunnels", tunnels_text(hosts))
        daemon.process.send_signal(signal.SIGHUP)
        rig.check(until(lambda: works(more)), "SIGHUP: a rule is new", daemon.get("/")[1], daemon.log)
        rig.check(until(lambda: not works(there)), "SIGHUP: a rule is gone", daemon.get("/")[1], daemon.log)
        stays.sendall(b"b")
        rig.check(stays.recv(1) == b"b", "SIGHUP: a stream of a rule that stays is not dropped", "", daemon.log)
        rig.check("RELOADING=1" in manager.notes and any(n.startswith("MONOTONIC_USEC=") for n in manager.notes), "SIGHUP is told", manager.notes)
        rig.write("tunnels", tunnels_text(hosts) + "Nonsense yes\n")
        daemon.process.send_signal(signal.SIGHUP)
        bench.says(daemon.log, "stays as it was", "SIGHUP: a mistake changes nothing")
        for text in ("", "Host *\n"):
            rig.write("tunnels", text)
            daemon.process.send_signal(signal.SIGHUP)
            told = until(lambda: rig.read(daemon.log).count(b"tunnels names no host") > (text != ""))
            rig.check(told and works(more), f"SIGHUP: a file without a host changes nothing: {text!r}", "", daemon.log)
        hosts["second"][0] = first.port
        rig.write("tunnels", tunnels_text(hosts))
        before = daemon.value("sshoal_tunnel_connections_total", 'tunnel="first"')
        daemon.process.send_signal(signal.SIGHUP)
        rig.check(until(lambda: daemon.value("sshoal_tunnel_connections_total", 'tunnel="second"') == 1 and works(other)),
                  "SIGHUP: another server", daemon.get("/")[1], daemon.log)
        rig.check(daemon.value("sshoal_tunnel_connections_total", 'tunnel="first"') == before and made >= 2, "SIGHUP: the others stay", "", daemon.log)
        stays.sendall(b"c")
        rig.check(stays.recv(1) == b"c", "SIGHUP: a stream outlives the change of another tunnel", "", daemon.log)
    rig.check(until(lambda: manager.notes.count("WATCHDOG=1") >= 3), "the watchdog is fed", manager.notes)
    rig.check(daemon.end() == 0 and manager.told("STOPPING=1"), "SIGTERM", manager.notes, daemon.log)
    bench.env.pop("NOTIFY_SOCKET")
    bench.env.pop("WATCHDOG_USEC")


def check_command_line(bench, server):
    rig, target = bench.rig, EchoHost().at
    here, there = rig.port(), rig.port()
    daemon = Daemon(bench, "-F", "none", "-L", f"127.0.0.1:{here}:{target}", f"{HOST}:{server.port}", "-R", f"{there}:{target}",
                    f"{USER}@localhost:{server.port}", port=here)
    rig.check(until(lambda: daemon.ups()[0] >= 1 and works(here)), "-L and a host", daemon.get("/")[1], daemon.log)
    rig.check(until(lambda: daemon.value("sshoal_tunnel_stopped") == 1), "a host with an unknown key is given up", daemon.get("/")[1], daemon.log)
    with open(bench.known_hosts, "a", encoding="utf-8") as f:
        f.write(f"[localhost]:{server.port} {rig.public('ed25519', 'host')}\n")
    daemon.process.send_signal(signal.SIGHUP)
    rig.check(until(lambda: works(there)), "SIGHUP: a tunnel that was given up begins anew", daemon.get("/")[1], daemon.log)
    with socket.create_connection(("127.0.0.1", daemon.reports), timeout=10) as slow:
        slow.sendall(b"GET /metr")
        rig.check(daemon.ups()[0] == 2, "a slow client of the reports holds up nobody", "", daemon.log)
    rig.check(daemon.end() == 0, "SIGTERM", "", daemon.log)

    done = bench.run("sshoal-forward", "-F", "none", "-L", f"{here}:{target}", f"{USER}@127.0.0.1:{rig.port()}", "-v", "-t")
    bench.check(done, 0, "", "-t")
    for words, status, text in ((["-F", "none"], 2, "usage"), (["-F", "none", "-L", "1:2:3"], 2, "before the host"), (["-r", "0", HOST], 2, "-r takes"),
                                (["-w", "86401", HOST], 2, "86400"), (["-F", "none", HOST], 1, "has no LocalForward"),
                                (["-F", "none", "-D", "1", HOST, "-D", "2", HOST], 1, "named twice"), (["-f", "/nowhere"], 1, "nowhere")):
        bench.check(bench.run("sshoal-forward", *words), status, text, f"sshoal-forward {' '.join(words)}")
    strange = rig.write("home/.ssh/known_hosts", f"[127.0.0.1]:{server.port} {rig.public('ed25519', 'stranger')}\n")
    done = bench.run("sshoal-forward", "-F", "none", "-L", f"{here}:{target}", f"{HOST}:{server.port}")
    rig.check(done.status == 1 and b"no tunnel is left" in done.err, "no tunnel is left", done, strange)


def main():
    rig = Rig(dict(word.split("=", 1) for word in sys.argv[1:]))

    def test():
        bench = Bench(rig)
        first, second = AwaySshd(rig), AwaySshd(rig)
        for server in (first, second):
            bench.trust(server.port)
        check_healing(bench, ServiceManager(rig), first, second)
        check_command_line(bench, first)
    return rig.verdict(test)


if __name__ == "__main__":
    sys.exit(main())
