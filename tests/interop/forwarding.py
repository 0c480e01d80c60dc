#!/usr/bin/env python3
"""Forwarding with OpenSSH at the other end: forwarding.py ROLE forward=PROGRAM other-account=LIBRARY

ROLE is our part: `server`, whose clients are ssh(1), or `client`, whose server is sshd(8).
Status: 0 all checks passed, 1 some failed, 77 OpenSSH is not installed.
"""
import os
import socket
import subprocess
import sys
import threading

from library_habits import start_sshd
from rig import USER, Failed, Rig, digest, program, until


class EchoHost:
    """Answers every byte with the same byte, and the end of a direction with "." and its own end."""

    def __init__(self, path=None):
        self.callers = 0
        self.present = 0
        self.listening = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
        self.listening.bind(path or ("127.0.0.1", 0))
        self.listening.listen(512)
        self.at = path or f"127.0.0.1:{self.listening.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            caller, _ = self.listening.accept()
            self.callers += 1
            self.present += 1
            threading.Thread(target=self.serve, args=(caller,), daemon=True).start()

    def serve(self, caller):
        try:
            with caller:
                while data := caller.recv(65536):
                    caller.sendall(data)
                caller.sendall(b".")
        except OSError:
            pass
        self.present -= 1


def call(at):
    """`at`: a port of this machine, or the path of a Unix socket."""
    if isinstance(at, int):
        return socket.create_connection(("127.0.0.1", at), timeout=20)
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(20)
    s.connect(at)
    return s


def read_all(s):
    got = b""
    while more := s.recv(65536):
        got += more
    return got


def ask(at, data):
    """Sends the data and the end of the direction. Returns: everything that comes back."""
    with call(at) as s:
        sending = threading.Thread(target=lambda: (s.sendall(data), s.shutdown(socket.SHUT_WR)))
        sending.start()
        got = read_all(s)
        sending.join()
        return got


class OpensshClient:
    """ssh(1) with forwardings of our server, as long as the `with` lasts."""

    def __init__(self, server, *options):
        self.server, self.rig, self.options = server, server.rig, options
        self.log = self.rig.path(f"ssh-{self.rig.checks}.log")

    def argv(self, *words):
        rig = self.rig
        settings = {"UserKnownHostsFile": "/dev/null", "StrictHostKeyChecking": "no", "IdentityAgent": "none", "IdentitiesOnly": "yes",
                    "IdentityFile": rig.key("ed25519"), "ExitOnForwardFailure": "yes"}
        return [program("ssh"), "-F", "none", "-v", "-p", str(self.server.port), "-l", USER,
                *[f"-o{name}={value}" for name, value in settings.items()], *self.options, *words]

    def __enter__(self):
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(self.argv("-N", "127.0.0.1"), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.rig.processes.append(self.process)
        if not until(lambda: b"Entering interactive session" in self.rig.read(self.log)):
            raise Failed(f"ssh does not get ready: {self.rig.tail(self.log)}")
        return self

    def __exit__(self, *_):
        self.rig.end(self.process)


class OurServer:
    def __init__(self, rig):
        self.rig, self.port = rig, rig.port()
        self.log = rig.path(f"server-{self.port}.log")
        argv = [rig.places["forward"], "serve", str(self.port), rig.key("ed25519", "host"), rig.authorized_keys()]
        rig.start(argv, self.log, self.port)

    def client(self, *options):
        return OpensshClient(self, *options)


class OurClient:
    """Our client with forwardings of sshd, as long as the `with` lasts. `ports` are those of its listening sockets."""

    def __init__(self, rig, port, *words):
        self.rig = rig
        self.log = rig.path(f"client-{rig.checks}.log")
        self.argv = [rig.places["forward"], "connect", str(port), USER, rig.key("ed25519"), *words]

    def __enter__(self):
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(self.argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)
        self.rig.processes.append(self.process)
        words = self.process.stdout.readline().split()
        if not words:
            raise Failed(f"our client does not get ready: {self.rig.tail(self.log)}")
        self.ports = [int(w) for w in words[1:]]
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.rig.check(self.process.wait(timeout=20) == 0, "our client ends well", "", self.log)
        self.rig.processes.remove(self.process)


def check_streams(rig, at, host, what, log):
    """Everything that one forwarding has to do."""
    rig.check(ask(at, b"hello") == b"hello.", f"{what}: half-close both ways", "", log)
    rig.check(digest(ask(at, rig.bulk)) == digest(rig.bulk + b"."), f"{what}: 8 MB there and back", "", log)
    rig.check(until(lambda: host.present == 0), f"{what}: nothing is left open", f"{host.present} streams", log)


def serve_ssh(rig):
    server, host = OurServer(rig), EchoHost()
    here = rig.port()
    with server.client("-L", f"127.0.0.1:{here}:{host.at}") as ssh:
        check_streams(rig, here, host, "ssh -L", ssh.log)
    rig.check(until(lambda: b"forwarded 2, refused 0, open 0" in rig.read(server.log)), "our server counts its streams", "", server.log)


def use_sshd(rig):
    (port, log), host = start_sshd(rig), EchoHost()
    with OurClient(rig, port, "-L", "127.0.0.1:0", host.at) as ours:
        check_streams(rig, ours.ports[0], host, "our -L", log)


def main():
    rig = Rig(dict(a.split("=", 1) for a in sys.argv[2:]))
    program("sshd" if sys.argv[1] == "client" else "ssh")
    return rig.verdict(lambda: (serve_ssh if sys.argv[1] == "server" else use_sshd)(rig))


if __name__ == "__main__":
    sys.exit(main())
