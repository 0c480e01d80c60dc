#!/usr/bin/env python3
"""What programs that use the library run into with the distribution's sshd.

    library_habits.py library-habits=PROGRAM other-account=LIBRARY
"""
import os
import sys

from rig import USER, Rig, program


def start_sshd(rig, **settings):
    """Returns: the port, and where its log is."""
    if USER == "root" and not os.path.isdir("/run/sshd"):
        os.mkdir("/run/sshd", 0o755)
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


def check_pool(rig):
    for most in (1, 2, 10):
        port, log = start_sshd(rig, MaxSessions=most, MaxStartups=100)
        done = habit(rig, port, "pool", "60")
        rig.check(done.status == 0 and done.out == b"60 runs on 4 connections\n", f"a pool with MaxSessions {most}: 60 runs at once", done, log)


def check_lengths(rig):
    port, log = start_sshd(rig)
    done = habit(rig, port, "long")
    rig.check(done.status == 0, "a message as long as may be is taken, a longer one is an error of its call", done, log)


def check_ignored(rig):
    port, log = start_sshd(rig)
    done = habit(rig, port, "ignored")
    rig.check(done.status == 0, "IGNORE of any size is passed over, also around key exchanges", done, log)


UP = "aes192-ctr", "hmac-sha2-512", "zlib@openssh.com"
DOWN = "aes256-ctr", "hmac-sha2-256-etm@openssh.com", "none"


def check_directions(rig):
    """Each direction has algorithms of its own, and both ends say the same about it."""
    port, log = start_sshd(rig, LogLevel="DEBUG1", Compression="delayed")
    done = habit(rig, port, "one-way")
    rig.check(done.status == 0, "with sshd, data passes with other algorithms in each direction", done, log)
    rig.check(done.out.decode() == f"out {' '.join(UP)}, in {' '.join(DOWN)}\n", "what was agreed, as our client says", done)
    told = rig.read(log).decode(errors="replace")
    for way, (cipher, mac, zipped) in (("client->server", UP), ("server->client", DOWN)):
        line = f"kex: {way} cipher: {cipher} MAC: {mac} compression: {zipped}"
        rig.check(line in told, f"what was agreed, as sshd says: {way}", "", log)
    name = "remote software version sshoal_habits as a client - in tests"
    rig.check(name in told, "the client's identification and comment", "", log)

    port = rig.port()
    log = rig.path("serve.log")
    ours = rig.start([rig.places["library-habits"], str(port), USER, rig.key("ed25519", "host"), "serve"], log, port)
    done = rig.run([program("ssh"), "-v", "-F", "none", "-p", str(port), "-o", "StrictHostKeyChecking=no", "-o",
                    "UserKnownHostsFile=/dev/null", "-o", "BatchMode=yes", "-o", "Compression=yes", "127.0.0.1", "cat"], rig.bulk)
    rig.check(done.status == 0 and done.out == rig.bulk, "with ssh, data passes with other algorithms in each direction", done,
              log)
    told = done.err.decode(errors="replace")
    for way, (cipher, mac, zipped) in (("client->server", UP), ("server->client", DOWN)):
        line = f"kex: {way} cipher: {cipher} MAC: {mac} compression: {zipped}"
        rig.check(line in told, f"what was agreed, as ssh says: {way}", done)
    name = "remote software version sshoal_habits as a server - in tests"
    rig.check(name in told, "the server's identification and comment", done)
    ours.wait(timeout=20)
    said = rig.read(log).decode()
    rig.check(said == f"out {' '.join(DOWN)}, in {' '.join(UP)}\n", "what was agreed, as our server says", "", log)


def main():
    rig = Rig(dict(word.split("=", 1) for word in sys.argv[1:]))

    def all_checks():
        check_places(rig)
        check_pool(rig)
        check_lengths(rig)
        check_ignored(rig)
        check_directions(rig)
    return rig.verdict(all_checks)


if __name__ == "__main__":
    sys.exit(main())
