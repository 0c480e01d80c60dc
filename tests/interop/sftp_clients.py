#!/usr/bin/env python3
"""Other implementations' SFTP clients with our server: sftp_clients.py PEER FILES SERVER SSHOALD

PEER is openssh, paramiko, asyncssh, putty, lftp, rclone or sshfs. FILES is `memory`, `rooted` (a folder that clients see as "/"),
both served by SERVER, which is interop-sftp-server, or `chroot`: internal-sftp of SSHOALD below a ChrootDirectory.
Status: 0 all checks passed, 1 some failed, 77 the peer is not installed. Run by Meson below contained.py, which ends what is left.
"""
import os
import sys
import tempfile

import sftp_programs
from rig import USER, Rig, Skipped, python_with, until

HERE = os.path.dirname(os.path.abspath(__file__))


class Server:
    """Our server on a port, with a user's key."""

    def __init__(self, rig, path, sshoald, files):
        self.rig, self.path, self.port, self.log = rig, path, rig.port(), rig.path("server.log")
        self.key, self.chroot = rig.key("ed25519"), None
        argv = self.internal_sftp(sshoald) if files == "chroot" else self.helper(files == "rooted")
        rig.start(argv, self.log, self.port, env={**os.environ, "SSHOAL_SFTP_LOG": "1"})
        host = rig.public("ed25519", "host")
        self.known_hosts = rig.write("known_hosts", f"[127.0.0.1]:{self.port} {host}\n")
        self.options = ["-F", "none", "-o", "BatchMode=yes", "-o", f"IdentityFile={self.key}", "-o", "IdentitiesOnly=yes",
                        "-o", f"UserKnownHostsFile={self.known_hosts}"]

    def helper(self, rooted):
        rig = self.rig
        argv = [self.path, str(self.port), rig.key("ed25519", "host"), rig.authorized_keys(("ed25519",))]
        if rooted:
            os.mkdir(rig.path("root"))
            argv.append(rig.path("root"))
        return argv

    def internal_sftp(self, sshoald):
        if os.getuid() != 0:
            raise Skipped("only root can do this")
        rig = self.rig
        self.chroot = tempfile.mkdtemp(prefix="sshoal-chroot-", dir="/run")  # no folder above it may be anybody's but root's
        rig.elsewhere.append(self.chroot)
        os.chmod(self.chroot, 0o755)
        os.mkdir(os.path.join(self.chroot, "many"))
        for name in sftp_programs.MANY:
            with open(os.path.join(self.chroot, "many", name), "wb"):
                pass
        lines = [f"ListenAddress 127.0.0.1:{self.port}", f"HostKey {rig.key('ed25519', 'host')}", "PidFile none",
                 f"AuthorizedKeysFile {rig.authorized_keys(('ed25519',))}", "StrictModes no", "PermitRootLogin yes",
                 "Subsystem sftp internal-sftp", f"ChrootDirectory {self.chroot}"]
        return [sshoald, "-D", "-e", "-f", rig.write("sshoald.conf", "\n".join(lines) + "\n")]

    def logged(self, text):
        return self.chroot or until(lambda: text in self.rig.read(self.log).decode(errors="replace"))


def python_peer(module):
    def check(rig, server):
        script = os.path.join(HERE, f"sftp_{module}_client.py")
        done = rig.run([python_with(module), "-W", "ignore", script, str(server.port), USER, server.key, rig.folder], seconds=100)
        lines = done.out.decode().splitlines()
        for line in lines:
            rig.check(line.startswith("ok"), line.partition(" ")[2])
        rig.check(done.status == 0 and len(lines) > 10, f"{module}'s script runs to its end", done, server.log)
    return check


PEERS = {"paramiko": python_peer("paramiko"), "asyncssh": python_peer("asyncssh"), **sftp_programs.PEERS}


def main():
    peer, files = sys.argv[1:3]
    path, sshoald = (os.path.abspath(a) for a in sys.argv[3:])
    rig = Rig({})

    def test():
        rig.write("empty", "")
        rig.write("one", "1")
        PEERS[peer](rig, Server(rig, path, sshoald, files))

    return rig.verdict(test)


if __name__ == "__main__":
    sys.exit(main())
