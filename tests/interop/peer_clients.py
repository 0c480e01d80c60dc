"""Clients of other implementations, each behind the same run()."""
import os

from rig import USER, Result, program, python_with

HERE = os.path.dirname(os.path.abspath(__file__))


class Client:
    key_kinds = ("ed25519", "ecdsa-256", "ecdsa-384", "ecdsa-521", "rsa")
    rsa_signatures = ("rsa-sha2-512", "rsa-sha2-256")
    login_users = ()       # of login_server.cpp: (user, method)
    sends_signals = False  # on its channel
    has_terminals = True
    exit_signal = None     # does this result tell it? None: the peer cannot
    rekeys = False         # it can be told to begin key exchanges
    linger = ""            # what a program that gives back bulk data does behind it
    rekeys_by_us = 8       # key exchanges that our limit of 1 MiB must bring for 8 MiB there and back; 0: it cannot take them

    def __init__(self, rig):
        self.rig = rig

    def more(self):
        """Checks of its own."""

    def dial(self, port):
        """Connects to somebody who wants to see its first packet only."""
        class Nobody:
            public_host_key = self.rig.public("ed25519", "host")
        Nobody.port = port
        self.run(Nobody, "true", seconds=20)


class Dropbear(Client):
    rsa_signatures = ("rsa-sha2-256",)
    # Its prompts with echo are read from the input, so it has no dialogue here.
    login_users = (("password", "password"), ("question", "keyboard-interactive"), ("two-steps", "publickey and password"))

    def __init__(self, rig):
        super().__init__(rig)
        self.program, self.converter = program("dbclient"), program("dropbearconvert")
        self.converted = {}

    def run(self, server, command, *, stdin=b"", user=USER, key=None, method="publickey", password=None, terminal=False, seconds=60):
        key = key or self.rig.key("ed25519")
        if key not in self.converted:
            self.rig.must([self.converter, "openssh", "dropbear", key, key + ".dropbear"])
            self.converted[key] = key + ".dropbear"
        name, kind, _ = (server.public_host_key + " x").split(" ", 2)[0:3]
        self.rig.write("home/.ssh/known_hosts", f"[127.0.0.1]:{server.port} {name} {kind}\n127.0.0.1 {name} {kind}\n")
        argv = [self.program, "-p", str(server.port), "-l", user] + (["-t"] if terminal else ["-T"])
        if "publickey" in method:
            argv += ["-i", self.converted[key]]
        env = self.rig.other_account()
        if password is not None:
            env["DROPBEAR_PASSWORD"] = password
        if terminal: # it wants one itself
            return self.rig.run_on_terminal([*argv, "127.0.0.1", command], env=env, seconds=seconds)
        return self.rig.run([*argv, "127.0.0.1", command], stdin=stdin, env=env, seconds=seconds)


class Putty(Client):
    login_users = (("password", "password"), ("question", "keyboard-interactive"), ("two-steps", "publickey and password"))
    rekeys = True

    def __init__(self, rig):
        super().__init__(rig)
        self.program, self.generator = program("plink"), program("puttygen")
        self.converted = {}

    def exit_signal(self, done):
        return done.status not in (0, 1)

    def run(self, server, command, *, stdin=b"", user=USER, key=None, method="publickey", password=None, terminal=False, rekey=None,
            seconds=60):
        key = key or self.rig.key("ed25519")
        if key not in self.converted:
            self.rig.must([self.generator, key, "-O", "private", "-o", key + ".ppk"])
            self.converted[key] = key + ".ppk"
        blob = server.public_host_key.split()[1]
        settings = {"RekeyTime": "0", "Cipher": "aesgcm,chacha20,aes", "Compression": "0", "TryAgent": "0"}
        settings["KEX"] = "ecdh,dh-gex-sha1,dh-group18-sha512,dh-group17-sha512,dh-group16-sha512,dh-group15-sha512,dh-group14-sha1"
        settings["HostKey"] = "ed25519,ecdsa,rsa"
        if rekey:
            settings["RekeyBytes"] = str(rekey)
        self.rig.write("home/.putty/sessions/interop", "".join(f"{k}={v}\n" for k, v in settings.items()))
        self.rig.write("home/.putty/randomseed", os.urandom(64))
        argv = [self.program, "-batch", "-noagent", "-load", "interop", "-ssh", "-P", str(server.port), "-l", user]
        argv += ["-t"] if terminal else ["-T"]
        argv += ["-no-antispoof", "-no-sanitise-stdout", "-no-sanitise-stderr", "-hostkey", self.fingerprint(blob)]
        if "publickey" in method:
            argv += ["-i", self.converted[key]]
        if password is not None:
            argv += ["-pwfile", self.rig.write("putty-password", password + "\n")]
        return self.rig.run([*argv, "127.0.0.1", command], stdin=stdin, env={"HOME": self.rig.path("home")}, seconds=seconds)

    @staticmethod
    def fingerprint(blob):
        import base64
        import hashlib
        return "SHA256:" + base64.b64encode(hashlib.sha256(base64.b64decode(blob)).digest()).decode().rstrip("=")


class Helper(Client):
    """A small program of ours around a library. Its options are those of paramiko_client.py; the library's errors are status 255."""
    login_users = (("password", "password"), ("question", "keyboard-interactive"), ("dialogue", "keyboard-interactive"),
                   ("two-steps", "publickey and password"))

    def exit_signal(self, done):
        return done.signal == "TERM"

    def run(self, server, command, *, stdin=b"", user=USER, key=None, method="publickey", password=None, new_password=None,
            terminal=False, signal=None, rekey=None, seconds=60):
        report = self.rig.path("report")
        if os.path.exists(report):
            os.unlink(report)
        argv = [*self.argv, "--port", str(server.port), "--user", user, "--host-key", server.public_host_key.split()[1], "--report", report]
        argv += ["--method", method, "--key", key or self.rig.key("ed25519")]
        for name, value in (("password", password), ("new-password", new_password), ("signal", signal), ("rekey", rekey)):
            argv += ["--" + name, str(value)] if value is not None else []
        argv += ["--terminal", "yes"] if terminal else []
        done = self.rig.run([*argv, "--command", command], stdin=stdin, seconds=seconds)
        ended_by = self.rig.read(report).decode().strip() if os.path.exists(report) else None
        return Result(done.status, done.out, done.err, ended_by or None)


class Paramiko(Helper):
    rekeys = True
    # It answers a CLOSE on the thread that does its key exchanges, and waits there until the one that it has begun is over: for ever. A
    # CLOSE that was on its way before our side saw its KEXINIT is nobody's fault, so the program does not end right behind its output.
    linger = "; sleep 1"
    exit_signal = None # it does not look at them

    def __init__(self, rig):
        super().__init__(rig)
        self.argv = [python_with("paramiko"), "-W", "ignore", os.path.join(HERE, "paramiko_client.py")]


class Asyncssh(Helper):
    # Debian's 2.10.1-2+deb12u2: a security patch has lost the lines that hold messages back during a key exchange.
    rekeys_by_us = 0
    no_rekeying = "this asyncssh sends channel data between its KEXINIT and its NEWKEYS (RFC 4253 section 7.1), and strict peers hang up"
    sends_signals = True
    login_users = Helper.login_users + (("expired", "password"),)

    def __init__(self, rig):
        super().__init__(rig)
        self.argv = [python_with("asyncssh"), "-W", "ignore", os.path.join(HERE, "asyncssh_client.py")]


class Built(Helper):
    """One that Meson has compiled, where the library is installed."""
    place = ""

    def __init__(self, rig):
        from rig import Skipped
        super().__init__(rig)
        if not rig.places.get(self.place):
            raise Skipped(f"the library of {self.place} is not installed")
        self.argv = [rig.places[self.place]]


class Libssh(Built):
    place = "libssh-client"
    rekeys = True
    sends_signals = True


class Libssh2(Built):
    place = "libssh2-client"
    key_kinds = ("ed25519", "ecdsa-256", "ecdsa-384", "ecdsa-521")
    rsa_signatures = ("ssh-rsa",) # 1.10 has no other; sshoald takes it when it is told to


CLIENTS = {"dropbear": Dropbear, "putty": Putty, "paramiko": Paramiko, "asyncssh": Asyncssh, "libssh": Libssh, "libssh2": Libssh2}
