#!/usr/bin/env python3
"""Forwarding with OpenSSH at the other end: forwarding.py ROLE forward=PROGRAM sshoal=PROGRAM sshoald=PROGRAM other-account=LIBRARY

ROLE is our part: `server` and `sshoald`, whose clients are ssh(1), or `client` and `sshoal`, whose server is sshd(8).
Status: 0 all checks passed, 1 some failed, 77 OpenSSH is not installed.
"""
import os
import socket
import subprocess
import sys
import threading

import our_server
from example_clients import start_web_server
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
    try:
        while more := s.recv(65536):
            got += more
    except ConnectionResetError:
        pass
    return got


def ask(at, data):
    """Sends the data and the end of the direction. Returns: everything that comes back, up to the end or a reset."""
    def send():
        try:
            s.sendall(data)
            s.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # what comes back tells
    with call(at) as s:
        sending = threading.Thread(target=send)
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
                *self.options, *[f"-o{name}={value}" for name, value in settings.items()], *words] # the first value counts

    def __enter__(self):
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(self.argv("-N", "127.0.0.1"), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.rig.processes.append(self.process)
        if not until(lambda: b"Entering interactive session" in self.rig.read(self.log)):
            raise Failed(f"ssh does not get ready: {self.rig.tail(self.log)}")
        return self

    def __exit__(self, *_):
        self.rig.end(self.process)


class Sshoal(OpensshClient):
    """sshoal with forwardings of sshd."""

    def argv(self, *words):
        return [self.rig.places["sshoal"], *super().argv(*words)[1:]]


class Sshd:
    def __init__(self, rig, **settings):
        self.rig = rig
        self.port, self.log = start_sshd(rig, **settings)

    def client(self, *options):
        return Sshoal(self, *options)


class Sshoald:
    """sshoald, for ssh(1)."""

    def __init__(self, rig, **settings):
        self.rig = rig
        server = our_server.OurServer(rig, **settings)
        server.__enter__()
        self.port, self.log = server.port, server.log

    def client(self, *options):
        return OpensshClient(self, *options)


class OurServer:
    def __init__(self, rig, *words):
        self.rig, self.port = rig, rig.port()
        self.log = rig.path(f"server-{self.port}.log")
        argv = [rig.places["forward"], "serve", str(self.port), rig.key("ed25519", "host"), rig.authorized_keys(), *words]
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


def check_many(rig, at, what, log, count=200):
    """Streams side by side: all are open before the first one says anything; one that nobody reads does not hold up the others."""
    stalled, streams, good = call(at), [], 0
    try:
        stalled.settimeout(2)
        stalled.sendall(rig.bulk[:4 << 20])
    except TimeoutError:
        pass
    try:
        streams += [call(at) for _ in range(count)]
        for i, s in enumerate(streams):
            s.sendall(f"stream {i} ".encode() * 100)
            s.shutdown(socket.SHUT_WR)
        good = sum(read_all(s) == f"stream {i} ".encode() * 100 + b"." for i, s in enumerate(streams))
    except OSError as why:
        rig.note(f"{what}: {why}")
    for s in [*streams, stalled]:
        s.close()
    rig.check(good == count, f"{what}: {count} streams at once, beside one that nobody reads", f"{good} of them were right", log)


def curl(rig, proxy_option, port, url):
    return rig.run([program("curl"), "-sS", "--max-time", "20", proxy_option, f"127.0.0.1:{port}", url])


def check_socks(rig, port, what, log):
    web = start_web_server(rig)
    rig.write("page", b"a page\n")
    for option in ("--socks5-hostname", "--socks5", "--socks4", "--socks4a"):
        done = curl(rig, option, port, f"http://localhost:{web}/page")
        rig.check((done.status, done.out) == (0, b"a page\n"), f"{what}: curl {option}", done, log)
    done = curl(rig, "--socks5-hostname", port, f"http://localhost:{rig.port()}/page")
    rig.check(done.status == 97 or b"SOCKS" in done.err, f"{what}: curl is told of a target that refuses", done, log)


def serve_ssh(rig):
    server, host = OurServer(rig), EchoHost()
    here = rig.port()
    with server.client("-L", f"127.0.0.1:{here}:{host.at}") as ssh:
        check_streams(rig, here, host, "ssh -L", ssh.log)
    rig.check(until(lambda: b"forwarded 2, refused 0, open 0" in rig.read(server.log)), "our server counts its streams", "", server.log)
    serve_every_kind(rig, server, host)
    serve_refusals(rig, server, host)


def serve_every_kind(rig, server, host, ours=True):
    path_host = EchoHost(rig.path("echo"))
    ports = [rig.port() for _ in range(6)]
    here, there = rig.path("here"), rig.path("there")
    at = "127.0.0.1"
    options = ["-L", f"{at}:{ports[0]}:{host.at}", "-L", f"{at}:{ports[1]}:{path_host.at}", "-L", f"{here}:{path_host.at}",
               "-R", f"{ports[2]}:{host.at}", "-R", f"{at}:{ports[3]}:{path_host.at}", "-R", f"{there}:{host.at}",
               "-D", f"{at}:{ports[4]}", "-R", str(ports[5])]
    with server.client(*options) as ssh:
        for to, target, what in ((ports[0], host, "ssh -L"), (ports[1], path_host, "ssh -L, a port to a socket"),
                                 (here, path_host, "ssh -L, a socket to a socket"), (ports[2], host, "ssh -R"),
                                 (ports[3], path_host, "ssh -R, a port to a socket"), (there, host, "ssh -R, a socket to a port")):
            check_streams(rig, to, target, what, ssh.log)
        check_many(rig, ports[0], "ssh -L", ssh.log)
        check_many(rig, ports[2], "ssh -R", ssh.log)
        check_socks(rig, ports[4], "ssh -D", ssh.log)
        check_socks(rig, ports[5], "ssh -R, dynamic", ssh.log)
    if ours:
        rig.check(until(lambda: rig.read(server.log).count(b", open 0\n") == 2), "our server: nothing is left open", "", server.log)
    rig.check(not ours or until(lambda: not os.path.exists(there)), "our server removes its socket", "", server.log)
    rig.check(until(lambda: not connects(at, ports[2])), "the server closes its port", "", server.log)
    done = rig.run(server.client().argv("-W", host.at, "127.0.0.1"), stdin=b"over standard input")
    rig.check(done.out == b"over standard input.", "ssh -W", done, server.log)


def serve_refusals(rig, server, host):
    here, taken = rig.port(), int(host.at.rpartition(":")[2])
    with server.client("-L", f"127.0.0.1:{here}:127.0.0.1:{rig.port()}") as ssh:
        rig.check(ask(here, b"x") == b"", "ssh -L: a target that refuses", "", ssh.log)
        rig.check(until(lambda: b"open failed: connect failed: Connection refused" in rig.read(ssh.log)), "ssh is told why", "", ssh.log)
    done = rig.run(server.client("-R", f"{taken}:{host.at}").argv("-N", "127.0.0.1"))
    rig.check(done.status == 255 and b"remote port forwarding failed" in done.err, "ssh -R: a port that is taken", done, server.log)
    done = rig.run(server.client().argv("-W", "host.invalid:80", "127.0.0.1"))
    rig.check(b"open failed: connect failed" in done.err, "ssh -W: a name that does not resolve", done, server.log)
    strict = OurServer(rig, "strict")
    done = rig.run(strict.client().argv("-W", host.at, "127.0.0.1"))
    rig.check(b"open failed: administratively prohibited: not here" in done.err, "ssh -W: a policy that says no", done, strict.log)
    done = rig.run(strict.client("-R", f"127.0.0.1:{rig.port()}:{host.at}").argv("-N", "127.0.0.1"))
    rig.check(done.status == 255, "ssh -R: a policy that says no", done, strict.log)
    gateway = OurServer(rig, "gateway")
    port = rig.port()
    with gateway.client("-R", f"127.0.0.5:{port}:{host.at}") as ssh:
        chosen = until(lambda: connects("127.0.0.5", port))  # the server's answer may come after ssh is ready
        rig.check(chosen and not connects("127.0.0.1", port), "ssh -R: an address of the client's choice", "", ssh.log)


def connects(address, port):
    try:
        socket.create_connection((address, port), timeout=5).close()
        return True
    except OSError:
        return False


def use_sshd(rig):
    (port, log), host = start_sshd(rig), EchoHost()
    with OurClient(rig, port, "-L", "127.0.0.1:0", host.at) as ours:
        check_streams(rig, ours.ports[0], host, "our -L", log)
    use_every_kind(rig, port, log, host)
    use_refusals(rig, port, log, host)


def use_every_kind(rig, port, log, host):
    path_host, here, there = EchoHost(rig.path("echo")), rig.path("here"), rig.path("there")
    words = ["-L", "127.0.0.1:0", host.at, "-L", "127.0.0.1:0", path_host.at, "-L", here, path_host.at,
             "-R", "0", host.at, "-R", "127.0.0.1:0", path_host.at, "-R", there, host.at, "-D", "0", "-RD", "0"]
    with OurClient(rig, port, *words) as ours:
        p = ours.ports
        for to, target, what in ((p[0], host, "our -L"), (p[1], path_host, "our -L, a port to a socket"),
                                 (here, path_host, "our -L, a socket to a socket"), (p[3], host, "our -R"),
                                 (p[4], path_host, "our -R, a port to a socket"), (there, host, "our -R, a socket to a port")):
            check_streams(rig, to, target, what, log)
        check_many(rig, p[0], "our -L", log)
        check_many(rig, p[3], "our -R", log)
        check_socks(rig, p[6], "our -D", log)
        check_socks(rig, p[7], "our -R, dynamic", log)
    rig.check(not connects("127.0.0.1", p[3]), "our -R: the server's port goes with the client", "", log)
    rig.check(not os.path.exists(here), "our client removes its socket", "", log)
    done = rig.run(OurClient(rig, port, "-W", host.at).argv, stdin=b"over standard input")
    rig.check((done.status, done.out) == (0, b"over standard input."), "our -W", done, log)


def use_refusals(rig, port, log, host):
    taken = host.at.rpartition(":")[2]
    with OurClient(rig, port, "-L", "127.0.0.1:0", f"127.0.0.1:{rig.port()}", "-D", "0") as ours:
        rig.check(ask(ours.ports[0], b"x") == b"", "our -L: a target that refuses", "", log)
        rig.check(until(lambda: b"Connection refused" in rig.read(ours.log)), "our client says why", "", ours.log)
    done = rig.run(OurClient(rig, port, "-R", f"127.0.0.1:{taken}", host.at).argv)
    rig.check(done.status == 1 and b"tcpip-forward" in done.err, "our -R: a port that is taken", done, log)
    strict, log = start_sshd(rig, AllowTcpForwarding="no", AllowStreamLocalForwarding="no")
    done = rig.run(OurClient(rig, strict, "-W", host.at).argv)
    rig.check(done.status == 1 and b"administratively prohibited" in done.err, "our -W: a server that forbids it", done, log)
    done = rig.run(OurClient(rig, strict, "-R", rig.path("nowhere"), host.at).argv)
    rig.check(done.status == 1 and b"streamlocal-forward" in done.err, "our -R: a server that forbids it", done, log)


def use_sshoal(rig):
    server, host = Sshd(rig), EchoHost()
    serve_every_kind(rig, server, host, ours=False)
    taken, free = int(host.at.rpartition(":")[2]), rig.port()
    for words in (["-L", f"127.0.0.1:{taken}:{host.at}"], ["-R", f"127.0.0.1:{taken}:{host.at}"]):
        done = rig.run(server.client(*words).argv("127.0.0.1", "echo inside"))
        rig.check(done.status == 255 and not done.out, f"sshoal {words[0]}: ExitOnForwardFailure", done, server.log)
        done = rig.run(server.client("-oExitOnForwardFailure=no", *words).argv("127.0.0.1", "echo inside"))
        rig.check(done.status == 0 and done.out == b"inside\n", f"sshoal {words[0]}: a port that is taken is a warning", done, server.log)
    done = rig.run(server.client("-oClearAllForwardings=yes", "-R", f"{taken}:{host.at}").argv("127.0.0.1", "echo inside"))
    rig.check(done.out == b"inside\n", "sshoal: ClearAllForwardings", done, server.log)
    done = rig.run(server.client("-R", f"0:{host.at}").argv("127.0.0.1", "echo inside"))
    rig.check(b"Allocated port " in done.err, "sshoal -R 0 says which port it has", done, server.log)
    done = rig.run(server.client().argv("-W", "host.invalid:80", "127.0.0.1"))
    rig.check(done.status == 255 and b"stdio forwarding failed" in done.err, "sshoal -W: a name that does not resolve", done, server.log)
    with server.client("-g", "-L", f"{free}:{host.at}"):
        rig.check(connects("127.0.0.9", free), "sshoal -g", "", server.log)
    with server.client("-R", str(free), "-oPermitRemoteOpen=host.invalid:1") as ssh:
        rig.check(until(lambda: connects("127.0.0.1", free)), "sshoal -R: the port is there", "", ssh.log)
        done = curl(rig, "--socks5-hostname", free, f"http://{host.at}/")
        rig.check(done.status != 0 and host.present == 0, "sshoal: PermitRemoteOpen", done, ssh.log)


def serve_by_sshoald(rig):
    server, host = Sshoald(rig), EchoHost()
    serve_every_kind(rig, server, host, ours=False)
    for settings in ({"AllowTcpForwarding": "no"}, {"DisableForwarding": "yes"}, {"AllowTcpForwarding": "remote"},
                     {"PermitOpen": "127.0.0.1:1"}, {"PermitOpen": "none"}):
        strict = Sshoald(rig, **settings)
        done = rig.run(strict.client().argv("-W", host.at, "127.0.0.1"))
        rig.check(b"administratively prohibited" in done.err, f"sshoald with {settings}: no ssh -W", done, strict.log)
    for settings in ({"AllowTcpForwarding": "local"}, {"PermitListen": "1"}, {"PermitListen": "none"}):
        strict = Sshoald(rig, **settings)
        done = rig.run(strict.client("-R", f"{rig.port()}:{host.at}").argv("-N", "127.0.0.1"))
        rig.check(done.status == 255, f"sshoald with {settings}: no ssh -R", done, strict.log)
    for value, address in (("clientspecified", "127.0.0.5"), ("yes", "127.0.0.1")):
        gateway, port = Sshoald(rig, GatewayPorts=value), rig.port()
        with gateway.client("-R", f"{address}:{port}:{host.at}"):
            rig.check(until(lambda: connects("127.0.0.5", port)), f"sshoald: GatewayPorts {value}", "", gateway.log)
    plain, here = Sshoald(rig, AllowStreamLocalForwarding="no"), rig.port()
    with plain.client("-L", f"127.0.0.1:{here}:{rig.path('nowhere')}") as ssh:
        rig.check(ask(here, b"x") == b"", "sshoald: AllowStreamLocalForwarding no", "", ssh.log)
        rig.check(until(lambda: b"administratively prohibited" in rig.read(ssh.log)), "sshoald: the reason for that", "", ssh.log)


ROLES = {"server": serve_ssh, "sshoald": serve_by_sshoald, "client": use_sshd, "sshoal": use_sshoal}


def main():
    rig = Rig(dict(a.split("=", 1) for a in sys.argv[2:]))
    program("ssh" if sys.argv[1] in ("server", "sshoald") else "sshd")
    return rig.verdict(lambda: ROLES[sys.argv[1]](rig))


if __name__ == "__main__":
    sys.exit(main())
