"""What the tests of examples/ share: a home folder with a key, in which the examples run, and their peers of OpenSSH."""
import os
import signal
import time

from library_habits import start_sshd
from rig import USER, program, until

HOST = f"{USER}@127.0.0.1"


class Bench:
    def __init__(self, rig):
        self.rig = rig
        self.home = rig.path("home")
        self.key = rig.write("home/.ssh/id_ed25519", rig.read(rig.key("ed25519")))
        self.public_key = rig.write("home/.ssh/id_ed25519.pub", rig.public("ed25519") + "\n", 0o644)
        rig.write("home/.ssh/authorized_keys", rig.public("ed25519") + "\n")
        self.host_key = rig.key("ed25519", "host")
        self.known_hosts = rig.write("home/.ssh/known_hosts", "")
        self.env = {"HOME": self.home, "SSH_AUTH_SOCK": ""}

    def trust(self, port):
        with open(self.known_hosts, "a", encoding="utf-8") as f:
            f.write(f"[127.0.0.1]:{port} {self.rig.public('ed25519', 'host')}\n")

    def sshd(self, **settings):
        """Returns: its port, and where its log is."""
        port, log = start_sshd(self.rig, **{"Subsystem": "sftp internal-sftp", "MaxStartups": 200, **settings})
        self.trust(port)
        return port, log

    def argv(self, name, words):
        return [self.rig.places[name], *map(str, words)]

    def run(self, name, *words, env=None, **how):
        return self.rig.run(self.argv(name, words), env={**self.env, **(env or {})}, **how)

    def on_terminal(self, name, *words, answers=()):
        return self.rig.run_on_terminal(self.argv(name, words), answers, env=self.env)

    def start(self, name, *words, port=None):
        """Returns: the process, and where its output goes."""
        log = self.rig.path(f"{name}-{time.monotonic_ns()}.log")
        return self.rig.start(self.argv(name, words), log, port, env={**self.rig.other_account(), **self.env}), log

    def server(self, name, *words):
        """Returns: its port, its process, and where its output goes."""
        port = self.rig.port()
        process, log = self.start(name, port, *words, port=port)
        self.trust(port)
        return port, process, log

    def interrupt(self, process):
        """Returns: the status with which it ends after SIGINT."""
        process.send_signal(signal.SIGINT)
        self.rig.processes.remove(process)
        return process.wait(timeout=10)

    def openssh(self, client, port, *options, user=USER, key=None):
        """Returns: how ssh, sftp or scp is called; the words that follow are up to the caller."""
        settings = {"UserKnownHostsFile": self.known_hosts, "GlobalKnownHostsFile": "/dev/null", "IdentitiesOnly": "yes", "LogLevel": "ERROR",
                    "IdentityFile": key or self.key, "IdentityAgent": "none", "User": user}
        argv = [program(client), "-F", "none", "-p" if client == "ssh" else "-P", str(port), *options]
        return argv + [f"-o{name}={value}" for name, value in settings.items()]

    def password_ssh(self, client, port, user, password, *words):
        """With a host key that nobody knows."""
        argv = [program(client), "-F", "none", "-p" if client == "ssh" else "-P", str(port), "-oUserKnownHostsFile=/dev/null",
                "-oStrictHostKeyChecking=no", "-oPubkeyAuthentication=no", "-oIdentityAgent=none", f"-oUser={user}", *words]
        return argv, [(b"assword: ", password)]

    def check(self, done, status, text, what, log=None):
        text = text.encode() if isinstance(text, str) else text
        self.rig.check(done.status == status and text in done.out + done.err, what, done, log)

    def says(self, log, text, what):
        self.rig.check(until(lambda: os.path.exists(log) and text.encode() in self.rig.read(log)), what, "", log)
