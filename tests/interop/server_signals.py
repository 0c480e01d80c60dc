#!/usr/bin/env python3
"""sshoald as a daemon: server_signals.py NAME=PATH...

NAME=PATH are our programs: sshoald, other-account. Signals, a configuration that is read again, a service manager, and the addresses that it
listens at. Status: 0 all checks passed, 1 some failed. Run by Meson below contained.py.
"""
import os
import signal
import socket
import subprocess
import sys

from our_server import OurServer
from rig import Rig, until
from server_habits import Ssh, exists


class Daemon(OurServer):
    """In the background, as an init script starts it."""

    def __init__(self, rig, **settings):
        super().__init__(rig, **settings)
        self.pid_file = rig.path(f"{self.port}.pid")
        self.change(f"PidFile none", f"PidFile {self.pid_file}")

    def change(self, before, after):
        text = self.rig.read(self.config).decode()
        self.rig.write(os.path.basename(self.config), text.replace(before, after))

    def __enter__(self):
        argv = [self.rig.places["sshoald"], "-f", self.config, "-E", self.log]
        self.rig.must(argv, env=self.rig.other_account())
        self.pid = int(self.rig.read(self.pid_file))
        return self

    def runs(self):
        """Not so of one that has ended and waits for whoever has inherited it."""
        try:
            with open(f"/proc/{self.pid}/stat", encoding="utf-8") as f:
                return f.read().rpartition(")")[2].split()[0] != "Z"
        except OSError:
            return False

    def kill(self, number):
        os.kill(self.pid, number)

    def __exit__(self, *_):
        if self.runs():
            self.kill(signal.SIGKILL)


def takes_connections(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
        return True
    except OSError:
        return False


def check_signals(rig):
    with Daemon(rig) as server:
        path = rig.path("finishing")
        client = Ssh(rig, server).start(f"echo > {path}.on; while ! test -e {path}.go; do sleep 0.05; done; exit 7")
        until(exists(path + ".on"))
        os.unlink(server.pid_file)
        server.change("LogLevel DEBUG1", "LogLevel VERBOSE")
        server.kill(signal.SIGHUP)
        rig.check(until(exists(server.pid_file)), "SIGHUP: the PID file is written again", "", server.log)
        rig.check(until(lambda: takes_connections(server.port)), "SIGHUP: it listens again", "", server.log)
        # Somebody has the only address that the new configuration names.
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            place = taken.getsockname()[1]
            server.change(f"127.0.0.1:{server.port}", f"127.0.0.1:{place}")
            os.unlink(server.pid_file)
            server.kill(signal.SIGHUP)
            rig.check(until(exists(server.pid_file)) and until(lambda: takes_connections(server.port)),
                      "SIGHUP with an address that cannot be had: it listens as before", "", server.log)
            rig.check(server.said(f"Bind to port {place} on 127.0.0.1 failed: Address already in use."), "and says so", "", server.log)
            server.change(f"ListenAddress 127.0.0.1:{place}", f"ListenAddress 127.0.0.1:{place}\nListenAddress 127.0.0.1:{server.port}")
            said = server.said("Server listening on")
            server.kill(signal.SIGHUP)
            rig.check(until(lambda: server.said("Server listening on") > said) and takes_connections(server.port),
                      "one address that cannot be had leaves the other alone", "", server.log)
            server.change(f"ListenAddress 127.0.0.1:{place}\nListenAddress 127.0.0.1:{server.port}", f"ListenAddress 0.0.0.0:{server.port}")
            server.kill(signal.SIGHUP)
            rig.check(until(lambda: server.said(f"Server listening on 0.0.0.0 port {server.port}")) and takes_connections(server.port),
                      "an address that takes the place of another one at the same port", "", server.log)
        refused, said = 0, server.said("Server listening on")
        for i in range(20):
            server.kill(signal.SIGHUP)
            refused += not takes_connections(server.port)
            refused += not takes_connections(server.port)
            until(lambda: server.said("Server listening on") > said + i)
        rig.check(refused == 0, "while the configuration is read again, no client is refused", refused, server.log)
        server.change("StrictModes no", "StrictModes perhaps")
        server.kill(signal.SIGHUP)
        rig.check(until(lambda: server.said("the configuration stays as it was")) and takes_connections(server.port),
                  "SIGHUP with a mistake in the configuration: it goes on as before", "", server.log)
        server.kill(signal.SIGTERM)
        rig.check(until(lambda: not os.path.exists(server.pid_file)) and until(lambda: not takes_connections(server.port)),
                  "SIGTERM: nobody else is let in, and the PID file is gone", "", server.log)
        rig.check(server.runs() and client.poll() is None, "SIGTERM: who is logged in goes on", "", server.log)
        rig.write("finishing.go", "")
        rig.check(client.wait(20) == 7, "and finishes", client.returncode, server.log)
        rig.check(until(lambda: not server.runs()), "then the server has ended", "", server.log)
    for settings, signals in (({"TerminateSessions": "yes"}, 1), ({}, 2)):
        with Daemon(rig, **settings) as server:
            path = rig.path(f"cut-{signals}")
            client = Ssh(rig, server).start(f"echo > {path}.on; sleep 1000")
            until(exists(path + ".on"))
            for _ in range(signals):
                server.kill(signal.SIGTERM)
                until(lambda: not os.path.exists(server.pid_file))
            rig.check(until(lambda: not server.runs()) and client.wait(20) == 255,
                      f"{'TerminateSessions' if settings else 'a second SIGTERM'} cuts sessions", client.poll(), server.log)


def check_service_manager(rig):
    """As systemd starts it: with a socket that listens already, and a socket for notes."""
    server = OurServer(rig)
    with socket.socket() as listening, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notes:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        server.port = listening.getsockname()[1]
        notes.bind(rig.path("notes"))
        notes.settimeout(20)
        starter = rig.write("starter", f"exec 3<&{listening.fileno()}\nexport LISTEN_PID=$$ LISTEN_FDS=1\nexec \"$@\"\n")
        argv = ["sh", starter, rig.places["sshoald"], "-D", "-e", "-f", server.config]
        with open(server.log, "ab") as out:
            env = {**rig.other_account(), "NOTIFY_SOCKET": rig.path("notes")}
            process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env, pass_fds=[listening.fileno()])
        rig.processes.append(process)
        rig.check(notes.recv(999) == b"READY=1", "a service manager: it says when it is ready", "", server.log)
        rig.check(server.said(f"Server listening on 127.0.0.1 port {server.port}") and server.said("Server listening on") == 1,
                  "it listens at the socket that it was given, and at no other", "", server.log)
        listening.close()
        done = Ssh(rig, server).run("echo in$LISTEN_FDS; ls -l /proc/self/fd | grep -c socket: || true")
        rig.check(done.out == b"in\n0\n", "a log-in works, and the program gets neither the socket nor its variables", done, server.log)
        process.send_signal(signal.SIGHUP)
        said = [notes.recv(999).split(b"=")[0], notes.recv(999)]
        rig.check(said == [b"RELOADING", b"READY=1"] and takes_connections(server.port), "it says when it reads its files again", said, server.log)
        process.terminate()
        rig.check(notes.recv(999) == b"STOPPING=1" and process.wait(20) == 0, "and that it ends", process.returncode, server.log)


def check_addresses(rig):
    with OurServer(rig) as server:
        pass
    both = rig.path("both")
    lines = rig.read(server.config).decode().replace(f"ListenAddress 127.0.0.1:{server.port}",
                                                     f"Port {server.port}\nListenAddress 0.0.0.0\nListenAddress ::\nListenAddress 192.0.2.77")
    rig.write("both", lines)
    server.process = rig.start([rig.places["sshoald"], "-D", "-e", "-f", both], server.log, server.port)
    open_both = takes_connections(server.port) and all(until(lambda: server.said(f"Server listening on {n} port")) for n in ("0.0.0.0", "::"))
    rig.check(open_both or not socket.has_ipv6, "0.0.0.0 and :: together", "", server.log)
    told = until(lambda: server.said("on 192.0.2.77 failed: Cannot assign requested address."))  # after it listens at the others
    rig.check(told, "an address that is not there is told", "", server.log)
    done = Ssh(rig, server).run("echo in")
    rig.check(done.out == b"in\n", "and the others work", done, server.log)
    rig.end(server.process)
    names = {a[4][0] for a in socket.getaddrinfo("localhost", None, type=socket.SOCK_STREAM)}
    with OurServer(rig) as server:
        pass
    named = rig.write("named", rig.read(server.config).decode().replace("127.0.0.1:", "localhost:"))
    server.process = rig.start([rig.places["sshoald"], "-D", "-e", "-f", named], server.log, server.port)
    told = all(until(lambda: server.said(f"Server listening on {n} port {server.port}")) for n in names)
    rig.check(told, f"a name: all its addresses, {names}", "", server.log)
    rig.end(server.process)


def main():
    rig = Rig(dict(p.split("=", 1) for p in sys.argv[1:]))

    def test():
        check_signals(rig)
        check_service_manager(rig)
        check_addresses(rig)
    return rig.verdict(test)


if __name__ == "__main__":
    sys.exit(main())
