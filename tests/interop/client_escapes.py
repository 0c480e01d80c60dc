#!/usr/bin/env python3
"""What a user types at a terminal for sshoal itself, and a window that changes at a bad moment: client_escapes.py NAME=PATH...

The arguments are those of client_terminal.py. Status: 0 all checks passed, 1 some failed. Run by Meson below contained.py.
"""
import fcntl
import os
import signal
import socket
import struct
import sys
import termios
import threading

from client_terminal import PASSPHRASE, Clients
from forwarding import EchoHost, ask, call, connects
from rig import Rig, until
from terminal_job import Job

LATE = 0.3  # seconds


class Session:
    """A session with a terminal, behind the question for the passphrase."""

    def __init__(self, rig, clients, command, *options, before=(), **settings):
        self.config = clients.config(clients.by_key, IdentityFile=clients.locked, **settings)
        self.argv = [*before, rig.places["sshoal"], "-F", self.config, *options, "-t", "127.0.0.1", command]

    def __enter__(self):
        self.job = Job(self.argv).__enter__()
        self.job.expect(b"locked': ")
        self.job.type(PASSPHRASE.encode() + b"\n")
        self.job.expect(b"started")
        return self.job

    def __exit__(self, *what):
        return self.job.__exit__(*what)


READ = "echo started; read x; echo got-$x"


def check_sequences(rig, clients):
    with Session(rig, clients, READ) as job:
        job.type(b"~?")
        job.expect(b"~?\r\nSupported escape sequences:\r\n ~.   - terminate connection\r\n")
        rig.check(b"~C" not in job.shown, "~? does not name ~C where that is off", job.shown[-400:])
        job.expect(b"(Note that escapes are only recognized immediately after newline.)\r\n")
        for typed, shown in ((b"~#", b"client-session\r\n"), (b"~B", b"~B\r\n"), (b"~R", b"~R\r\n"),
                             (b"~v", b"~v [LogLevel VERBOSE]\r\n"), (b"~V", b"~V [LogLevel INFO]\r\n"),
                             (b"~C", b"commandline disabled: EnableEscapeCommandline is not yes\r\n")):
            job.type(typed)
            job.expect(shown)
        rig.check(until(lambda: clients.by_key.said("new keys are in use")), "~R brings new keys")
        job.type(b"~~tilde~.\r")
        job.expect(b"got-~tilde~.")
        end = job.report()
        rig.check(end["status"] == 0 and not end["raw"], "the session goes on behind escapes, and ~~ is a tilde",
                  (end, job.shown[-300:]))
    for first in (b"", b"abc\r"):
        with Session(rig, clients, READ + "; read y") as job:
            job.type(first + b"~.")
            job.expect(b"~.\r\n")
            job.expect(b"Connection to 127.0.0.1 closed.")
            end = job.report()
            rig.check(end["status"] == 255 and end["echo"] and not end["raw"],
                      "~. ends the connection and leaves the terminal well", (first, end, job.shown[-200:]))
    with Session(rig, clients, READ, "-e", "none") as job:
        job.type(b"~.\r")
        job.expect(b"got-~.")
        rig.check(job.report()["status"] == 0, "-e none: there are no escapes", job.shown[-200:])
    with Session(rig, clients, READ + "; read y", EscapeChar="^A") as job:
        job.type(b"~.\r")
        job.expect(b"got-~.")
        job.type(b"\x01.")
        job.expect(b"^A.\r\n")
        rig.check(job.report()["status"] == 255, "EscapeChar ^A", job.shown[-200:])


def command(job, line, answer):
    job.type(b"~C")
    job.expect(b"ssh> ")
    job.type(line.encode() + b"\r")
    job.expect(answer.encode())


def check_command_line(rig, clients):
    host = EchoHost()
    ports = {name: rig.port() for name in ("first", "local", "remote", "dynamic")}
    with Session(rig, clients, READ, "-L", f"{ports['first']}:{host.at}", EnableEscapeCommandline="yes") as job:
        job.type(b"~?")
        job.expect(b" ~C   - open a command line\r\n")
        job.type(b"~#")
        job.expect(b"client-session\r\n")
        with call(ports["first"]) as stream:
            stream.sendall(b"hello")
            rig.check(stream.recv(5) == b"hello", "a stream of -L", job.shown[-300:])
            job.type(b"~#")
            job.expect(f"#1 -L localhost:{ports['first']} to {host.at}: from 127.0.0.1 port {stream.getsockname()[1]}, "
                       "5 bytes there, 5 back\r\n".encode())
        command(job, "?", "-KD[bind_address:]port")
        command(job, f"-L {ports['local']}:{host.at}", "Forwarding port.")
        command(job, f"-R{ports['remote']}:{host.at}", "Forwarding port.")
        command(job, f"-D {ports['dynamic']}", "Forwarding port.")
        for name in ("local", "remote"):
            rig.check(ask(ports[name], b"x") == b"x.", f"~C: a {name} forwarding", job.shown[-300:])
        rig.check(connects("127.0.0.1", ports["dynamic"]), "~C: a dynamic forwarding", job.shown[-300:])
        with call(ports["local"]) as stream:
            stream.sendall(b"before")
            rig.check(stream.recv(6) == b"before", "a stream of ~C", job.shown[-300:])
            for flag, name in (("-KL", "local"), ("-KR", "remote"), ("-KD", "dynamic")):
                command(job, f"{flag}{ports[name]}", "Canceled forwarding.")
                rig.check(until(lambda n=name: not connects("127.0.0.1", ports[n])), f"~C: {flag}", job.shown[-300:])
            stream.sendall(b"behind")
            rig.check(stream.recv(6) == b"behind", "a stream outlives its forwarding", job.shown[-300:])
        command(job, f"-KL{ports['local']}", "Unknown port forwarding.")
        command(job, "-L nonsense", "Bad forwarding specification.")
        command(job, f"-L {host.at.rpartition(':')[2]}:{host.at}", "Port forwarding failed.")
        command(job, "-X", "Invalid command.")
        command(job, "!echo here", "PermitLocalCommand does not permit")
        job.type(b"~C-KL1\x03\r~C-L nonsense\ron\r") # Ctrl-C, and text that is typed ahead
        job.expect(b"Bad forwarding specification.")
        rig.check(job.shown.count(b"Unknown port forwarding.") == 1, "~C: Ctrl-C gives a line up", job.shown[-300:])
        job.expect(b"got-on")
        end = job.report()
        rig.check(end["status"] == 0 and end["echo"] and not end["raw"], "the session goes on behind command lines", (end, job.shown[-300:]))


def check_suspending(rig, clients):
    with Session(rig, clients, READ) as job:
        job.type(b"~\x1a")
        job.expect(b"~^Z [suspend ssh]\r\n")
        stop = job.report()
        rig.check(stop["stopped"] == signal.SIGTSTP and stop["echo"] and not stop["raw"],
                  "~^Z stops the client, the terminal as it was", stop)
        job.go_on()
        raw = until(job.is_raw)
        job.type(b"on\r")
        job.expect(b"got-on")
        rig.check(raw and job.report()["status"] == 0, "continued, the session goes on", job.shown[-200:])


def check_dead_connection(rig, clients):
    with Session(rig, clients, READ) as job:
        os.kill(clients.by_key.process.pid, signal.SIGSTOP)
        try:
            job.type(b"lost words\r~.")
            job.expect(b"Connection to 127.0.0.1 closed.")
            end = job.report(15)
        finally:
            os.kill(clients.by_key.process.pid, signal.SIGCONT)
        rig.check(end["status"] == 255 and end["echo"], "~. ends a connection whose other end is gone", (end, job.shown[-200:]))


class SlowAnswers:
    """Stands before a server, whose words arrive late; tells that a client spoke."""

    def __init__(self, rig, port):
        self.port, self.to = rig.port(), port
        self.spoke = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        near, _ = self.listener.accept()
        far = socket.create_connection(("127.0.0.1", self.to))
        threading.Thread(target=self.answers, args=(far, near), daemon=True).start()
        while data := near.recv(65536):
            self.spoke.set()
            far.sendall(data)

    def answers(self, far, near):
        while data := far.recv(65536):
            threading.Event().wait(LATE)
            near.sendall(data)


def check_early_resize(rig, clients):
    """The window grows when the server has been told its size and the program is not there yet."""
    slow = SlowAnswers(rig, clients.by_key.port)
    config = clients.config(clients.by_key, IdentityFile=clients.locked, LogLevel="VERBOSE", HostKeyAlias="slow")
    with open(rig.path(f"known-{clients.by_key.port}"), "a", encoding="ascii") as known:
        known.write(f"slow {clients.by_key.public_host_key}\n")
    argv = [rig.places["sshoal"], "-F", config, "-p", str(slow.port), "-t", "127.0.0.1", "echo started; read x; stty size"]
    with Job(argv) as job:
        job.expect(b"locked': ")
        job.type(PASSPHRASE.encode() + b"\n")
        job.expect(b"Authenticated to")
        slow.spoke.clear()
        # The open of the session, or what asks for the terminal: either way the size was looked at, and no answer is there yet.
        slow.spoke.wait(10)
        fcntl.ioctl(job.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 43, 131, 0, 0))
        job.expect(b"started")
        job.type(b"\r")
        job.expect(b"43 131")
        rig.check(job.report()["status"] == 0, "a window that grows during the log-in is known to the server", job.shown[-300:])


def check_unknown_terminal(rig, clients):
    """TERM is not set, as in jobs of CI systems: programs must not find a terminal that takes colours."""
    with Session(rig, clients, "echo started; echo [${TERM-unset}]; read x", before=("env", "-u", "TERM")) as job:
        job.expect(b"]")
        rig.check(b"[unset]" in job.shown or b"[dumb]" in job.shown, "without TERM the program has none either", job.shown[-200:])
        job.type(b"\r")
        job.report()


def main():
    rig = Rig(dict(p.split("=", 1) for p in sys.argv[1:]))

    def test():
        with Clients(rig) as clients:
            check_sequences(rig, clients)
            check_command_line(rig, clients)
            check_suspending(rig, clients)
            check_early_resize(rig, clients)
            check_unknown_terminal(rig, clients)
            check_dead_connection(rig, clients)

    return rig.verdict(test)


if __name__ == "__main__":
    sys.exit(main())
