"""Servers of other implementations, each behind the same start()."""
import glob
import os

from our_server import PASSWORD
from rig import USER, Skipped, program, python_with

HERE = os.path.dirname(os.path.abspath(__file__))


class Running:
    """A server, as long as the `with` lasts."""

    def __init__(self, rig, argv, port, host_keys, user=USER, env=None, carries_input=True):
        self.carries_input = carries_input
        self.rig, self.port, self.host_keys, self.user = rig, port, host_keys, user
        self.log = rig.path(f"peer-{port}.log")
        self.process = rig.start(argv, self.log, port, env)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.rig.end(self.process)


class Server:
    key_kinds = ("ed25519", "ecdsa-256", "ecdsa-384", "ecdsa-521", "rsa")
    rsa_signatures = ("rsa-sha2-512", "rsa-sha2-256")
    host_key_kinds = ("ed25519", "ecdsa-256", "rsa")
    password_methods = ("password",)
    tells_signals = True
    has_terminals = True
    carries_input = True
    rekeys = False     # it can be told to begin key exchanges
    rekeys_by_us = 8   # key exchanges that our limit of 1 MiB must bring for 8 MiB there and back; 0: it cannot take them

    def __init__(self, rig):
        self.rig = rig

    def more(self):
        """Checks of its own."""

    def host_keys(self):
        return [self.rig.public(kind, "host") for kind in self.host_key_kinds]


class Dropbear(Server):
    rsa_signatures = ("rsa-sha2-256",)
    has_terminals = os.geteuid() == 0  # it cannot do without giving them to the group tty

    def __init__(self, rig):
        super().__init__(rig)
        self.program, self.converter = program("dropbear"), program("dropbearconvert")

    def start(self, rekey=None):
        rig, port = self.rig, self.rig.port()
        rig.write("home/.ssh/authorized_keys", rig.read(rig.authorized_keys()))
        hashed = rig.must([program("openssl"), "passwd", "-6", PASSWORD]).out.decode().strip()
        argv = [self.program, "-F", "-E", "-m", "-p", f"127.0.0.1:{port}", "-P", rig.path(f"dropbear-{port}.pid")]
        for kind in self.host_key_kinds:
            key = rig.key(kind, "host")
            rig.must([self.converter, "openssh", "dropbear", key, key + ".dropbear"])
            argv += ["-r", key + ".dropbear"]
        return Running(rig, argv, port, self.host_keys(), env={**rig.other_account(), "INTEROP_HASH": hashed})


class Helper(Server):
    """A small program of ours around a library; its users and passwords are its own."""
    password_methods = ("password", "keyboard-interactive")

    def start(self, rekey=None):
        rig, port = self.rig, self.rig.port()
        argv = [*self.argv, str(port), rig.authorized_keys(), PASSWORD, str(rekey or 0), *(rig.key(k, "host") for k in self.host_key_kinds)]
        return Running(rig, argv, port, self.host_keys(), user="somebody")


class Paramiko(Helper):
    tells_signals = False # it has no words for it
    rekeys = True

    def __init__(self, rig):
        super().__init__(rig)
        self.argv = [python_with("paramiko"), "-W", "ignore", os.path.join(HERE, "paramiko_server.py")]


class Asyncssh(Helper):
    # See peer_clients.Asyncssh.
    rekeys_by_us = 0
    no_rekeying = "this asyncssh sends channel data between its KEXINIT and its NEWKEYS (RFC 4253 section 7.1), and strict peers hang up"

    def __init__(self, rig):
        super().__init__(rig)
        self.argv = [python_with("asyncssh"), "-W", "ignore", os.path.join(HERE, "asyncssh_server.py")]


class Libssh(Server):
    """The server among libssh's examples, which the package libssh-doc brings as source."""
    key_kinds = ("ed25519",) # it looks at the first line of authorized_keys only
    rsa_signatures = ()
    tells_signals = False    # it has a status for everything
    carries_input = False    # its programs never learn where the input ends, and what they wrote last is lost when they end at once

    def __init__(self, rig):
        super().__init__(rig)
        found = glob.glob("/usr/share/doc/libssh*/examples/ssh_server.c")
        if not found or not os.path.exists("/usr/include/libssh/server.h"):
            raise Skipped("libssh-doc with its examples or libssh-dev is not installed")
        self.program = rig.path("libssh-server")
        source = rig.read(found[0])
        rig.write("config.h", "#define HAVE_ARGP_H 1\n#define HAVE_PTY_H 1\n#define HAVE_UTMP_H 1\n#define WITH_FORK 1\n")
        copy = rig.write("ssh_server.c", source)
        rig.must([program("cc", "gcc"), "-w", "-I", rig.folder, "-DHAVE_ARGP_H", "-DKEYS_FOLDER=\"/nowhere/\"", copy, "-o", self.program,
                  "-lssh", "-lutil"])

    def start(self, rekey=None):
        rig, port = self.rig, self.rig.port()
        argv = [self.program, "-p", str(port), "-u", "somebody", "-P", PASSWORD, "-a", rig.authorized_keys()]
        for kind in self.host_key_kinds:
            argv += ["-k", rig.key(kind, "host")]
        return Running(rig, [*argv, "127.0.0.1"], port, self.host_keys(), user="somebody", carries_input=False)


SERVERS = {"dropbear": Dropbear, "paramiko": Paramiko, "asyncssh": Asyncssh, "libssh": Libssh}
