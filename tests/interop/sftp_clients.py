#!/usr/bin/env python3
"""Other implementations' SFTP clients with our server: sftp_clients.py PEER FILES SERVER

PEER is openssh, paramiko, asyncssh, putty, lftp, rclone or sshfs; FILES is `memory` or `rooted`, a folder that clients see as "/";
SERVER is interop-sftp-server. Status: 0 all checks passed, 1 some failed, 77 the peer is not installed. Run by Meson below
contained.py, which ends what is left.
"""
import os
import signal
import sys

import sftp_programs
from rig import USER, Failed, Rig, Skipped, python_with, until

HERE = os.path.dirname(os.path.abspath(__file__))


class Server:
    """Our server on a port, with a user's key."""

    def __init__(self, rig, path, files):
        self.rig, self.path, self.port, self.log = rig, path, rig.port(), rig.path("server.log")
        host_key = rig.key("ed25519", "host")
        self.key = rig.key("ed25519")
        root = []
        if files == "rooted":
            root = [rig.path("root")]
            os.mkdir(root[0])
        rig.start([path, str(self.port), host_key, rig.authorized_keys(("ed25519",)), *root], self.log, self.port,
                  env={**os.environ, "SSHOAL_SFTP_LOG": "1"})
        host = rig.public("ed25519", "host")
        self.known_hosts = rig.write("known_hosts", f"[127.0.0.1]:{self.port} {host}\n")
        self.options = ["-F", "none", "-o", "BatchMode=yes", "-o", f"IdentityFile={self.key}", "-o", "IdentitiesOnly=yes",
                        "-o", f"UserKnownHostsFile={self.known_hosts}"]

    def logged(self, text):
        return until(lambda: text in self.rig.read(self.log).decode(errors="replace"))


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
    peer, files, path = sys.argv[1:]
    rig = Rig({})
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        rig.write("empty", "")
        rig.write("one", "1")
        PEERS[peer](rig, Server(rig, path, files))
    except Skipped as why:
        print(f"SKIPPED: {why}")
        return 77
    except Failed as why:
        rig.check(False, "the test can go on", why)
    finally:
        rig.close()
    print(f"{rig.checks - len(rig.failures)} of {rig.checks} checks passed")
    return 1 if rig.failures else 0


if __name__ == "__main__":
    sys.exit(main())
