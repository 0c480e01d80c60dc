#!/usr/bin/env python3
"""What programs that use the library run into with the distribution's sshd.

    library_habits.py library-habits=PROGRAM other-account=LIBRARY
"""
import sys

from rig import USER, Rig, program


def start_sshd(rig, **settings):
    """Returns: the port, and where its log is."""
    port = rig.port()
    lines = {"Port": port, "ListenAddress": "127.0.0.1", "PidFile": "none", "StrictModes": "no", "PermitRootLogin": "yes", "UsePAM": "no",
             "AuthorizedKeysFile": rig.authorized_keys(), "HostKey": rig.key("ed25519", "host"), **settings}
    config = rig.write(f"sshd-{port}.conf", "".join(f"{k} {v}\n" for k, v in lines.items()))
    log = rig.path(f"sshd-{port}.log")
    rig.start([program("sshd"), "-D", "-e", "-f", config], log, port, env=rig.other_account())
    return port, log


def habit(rig, port, *words, seconds=120):
    return rig.run([rig.places["library-habits"], str(port), USER, rig.key("ed25519"), *words], seconds=seconds)


def check_places(rig):
    port, log = start_sshd(rig, MaxSessions=1)
    done = habit(rig, port, "in-turn", "500")
    rig.check(done.status == 0, "with MaxSessions 1, 500 commands one after another are refused never", done, log)


def check_lengths(rig):
    port, log = start_sshd(rig)
    done = habit(rig, port, "long")
    rig.check(done.status == 0, "a message as long as may be is taken, a longer one is an error of its call", done, log)


def main():
    rig = Rig(dict(word.split("=", 1) for word in sys.argv[1:]))

    def all_checks():
        check_places(rig)
        check_lengths(rig)
    return rig.verdict(all_checks)


if __name__ == "__main__":
    sys.exit(main())
