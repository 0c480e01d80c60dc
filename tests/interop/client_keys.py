#!/usr/bin/env python3
"""How sshoal logs in where people's keys and habits are: client_keys.py NAME=PATH...

Key files as openssl and ssh-keygen write them, keys of an agent that are named by their public half, the last words that programs
look for, passwords that are over. Status: 0 all checks passed, 1 some failed. Run by Meson below contained.py.
"""
import os
import socket
import sys
import time

from our_server import LoginServer, OurServer
from rig import Rig, Skipped, program

PASSPHRASE = "pass phrase"


def last_line(done):
    lines = done.err.decode(errors="replace").strip().splitlines()
    return lines[-1].strip() if lines else ""


def made_keys(rig):
    """Files by name, with the passphrase of each."""
    openssl = program("openssl")

    def make(name, *words):
        path = rig.path(name)
        rig.must([openssl, *words, "-out", path])
        os.chmod(path, 0o600)
        return path
    ec = make("ec", "ecparam", "-name", "prime256v1", "-genkey")
    certificate = make("crt", "req", "-x509", "-new", "-key", ec, "-subj", "/CN=x", "-days", "10")
    both = rig.write("crt_ec", rig.read(certificate).decode() + rig.read(ec).decode())
    windows = rig.write("windows", "\ufeff" + rig.read(ec).decode().replace("\n", "\r\n"))
    files = {ec: None, both: None, windows: None, make("explicit", "ec", "-in", ec, "-param_enc", "explicit"): None}
    for name, words in {"pem": ["ec", "-in", ec, "-aes128", "-passout", f"pass:{PASSPHRASE}"],
                        "pem3": ["ec", "-in", ec, "-des3", "-passout", f"pass:{PASSPHRASE}"],
                        "pkcs8": ["pkcs8", "-topk8", "-in", ec, "-passout", f"pass:{PASSPHRASE}"],
                        "pbes1": ["pkcs8", "-topk8", "-in", ec, "-v1", "PBE-SHA1-3DES", "-passout", f"pass:{PASSPHRASE}"]}.items():
        files[make(name, *words)] = PASSPHRASE
    public = rig.must([program("ssh-keygen"), "-y", "-f", ec]).out.decode()
    for cipher in ("aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com", "aes256-ctr"):
        copy = rig.write(f"key-{cipher}", rig.read(ec).decode())
        rig.must([program("ssh-keygen"), "-q", "-p", "-P", "", "-N", PASSPHRASE, "-Z", cipher, "-f", copy])
        files[copy] = PASSPHRASE
    return files, public


def check_files(rig, common):
    files, public = made_keys(rig)
    with OurServer(rig, AuthorizedKeysFile=rig.write("allowed", public)) as server:
        argv = [rig.places["sshoal"], *common, "-o", "PreferredAuthentications=publickey", "-p", str(server.port)]
        ask = rig.write("askpass", f"#!/bin/sh\necho \"$1\" >> {rig.path('asked')}\necho '{PASSPHRASE}'\n", 0o700)
        env = {"SSH_ASKPASS": ask, "SSH_ASKPASS_REQUIRE": "force"}
        for path, passphrase in files.items():
            asked = rig.write("asked", "")
            done = rig.run([*argv, "-i", path, "127.0.0.1", "echo in"], env=env)
            rig.check(done.out == b"in\n", f"key file {os.path.basename(path)}", done, server.log)
            rig.check(rig.read(asked).count(b"\n") == (1 if passphrase else 0), "asked for its passphrase once, or not at all",
                      rig.read(asked))
        locked = rig.path("key-aes256-ctr")
        asked = rig.write("asked", "")
    with OurServer(rig) as server:
        argv[-1] = str(server.port)
        done = rig.run([*argv, "-i", locked, "127.0.0.1", "echo in"], env=env)
        rig.check(done.status == 255 and not rig.read(asked), "no passphrase is asked for a key that the server does not take",
                  (done, rig.read(asked)))
        open_to_all = rig.write("open_to_all", rig.read(rig.key("ed25519")).decode())
        os.chmod(open_to_all, 0o644)
        done = rig.run([*argv, "-i", open_to_all, "127.0.0.1", "echo in"])
        rig.check(done.status == 255 and b"too open" in done.err, "a private key that others may read is refused with a reason", done)
        junk = rig.write("junk", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
        done = rig.run([*argv, "-i", junk, "127.0.0.1", "echo in"])
        rig.check(f'Load key "{junk}": no private key found, only CERTIFICATE'.encode() in done.err, "the library's words are shown", done)


def check_last_words(rig, common, known):
    with OurServer(rig) as server:
        argv = [rig.places["sshoal"], *common, "-p", str(server.port)]
        host = ["-l", "someone", "127.0.0.1", "true"]
        done = rig.run([*argv, "-i", rig.key("ed25519", "stranger"), *host])
        rig.check(last_line(done).startswith("someone@127.0.0.1: Permission denied (publickey"), "Permission denied", done)
        rig.write("known", "")
        done = rig.run([argv[0], "-o", "StrictHostKeyChecking=yes", *argv[1:], "-i", rig.key("ed25519"), *host])
        rig.check(last_line(done) == "Host key verification failed.", "Host key verification failed", done)
        folder = rig.path("folder")
        os.makedirs(folder, exist_ok=True)
        plain = [rig.places["sshoal"], "-F", "none", "-o", f"UserKnownHostsFile={folder} {known}", "-o", "GlobalKnownHostsFile=/dev/null",
                 "-o", "IdentityAgent=none", "-o", "BatchMode=yes", "-i", rig.key("ed25519"), "-p", str(server.port)]
        rig.write("known", f"[127.0.0.1]:{server.port} {server.public_host_key}\n")
        done = rig.run([*plain, "127.0.0.1", "echo in"])
        rig.check(done.out == b"in\n" and b"cannot read the known hosts" in done.err,
                  "known hosts that cannot be read are told, and the others count", done)
        rig.write("known", "")
        for checking in ("yes", "ask", "accept-new"):
            done = rig.run([*plain, "-o", f"StrictHostKeyChecking={checking}", "127.0.0.1", "echo in"])
            rig.check(done.status == 255 and last_line(done) == "Host key verification failed.",
                      f"and let no host through: {checking}", done)
    with OurServer(rig, MaxAuthTries="3") as server:
        rig.write("known", f"[127.0.0.1]:{server.port} {server.public_host_key}\n")
        keys = [word for whose in ("a", "b", "c", "d") for word in ("-i", rig.key("ed25519", whose))]
        done = rig.run([rig.places["sshoal"], *common, "-p", str(server.port), *keys, "127.0.0.1", "true"])
        rig.check(b"tried publickey (" in done.err and b"IdentitiesOnly" in done.err, "too many keys: what was tried, and what helps", done)


def check_passwords(rig, common):
    with LoginServer(rig) as server:
        rig.write("known", f"[127.0.0.1]:{server.port} {server.public_host_key}\n")
        argv = [rig.places["sshoal"], *common, "-p", str(server.port)]
        answers = rig.path("answers")
        ask = rig.write("askpass", f"#!/bin/sh\necho \"$1\" >> {rig.path('asked')}\nhead -n1 {answers}\nsed -i 1d {answers}\n", 0o700)
        env = {"SSH_ASKPASS": ask, "SSH_ASKPASS_REQUIRE": "force"}

        def run(user, typed, *words):
            rig.write("asked", "")
            rig.write("answers", "".join(t + "\n" for t in typed))
            return rig.run([*argv, "-o", "PubkeyAuthentication=no", *words, "-l", user, "127.0.0.1", "echo in"], env=env)
        done = run("expired", ["open sesame", "close sesame", "close sesam", "close sesame", "close sesame"])
        rig.check(done.out == b"in\n" and b"The password is too old." in done.err and b"Mismatch" in done.err,
                  "a password that is over is changed", (done, rig.read(rig.path("asked"))), server.log)
        done = run("password", ["1", "2", "3", "4", "open sesame"], "-o", "NumberOfPasswordPrompts=5")
        rig.check(done.out == b"in\n", "NumberOfPasswordPrompts=5: the fifth is the right one", done, server.log)
        for count in (1, 2):
            done = run("password", ["1", "2", "3"], "-o", f"NumberOfPasswordPrompts={count}")
            rig.check(rig.read(rig.path("asked")).count(b"'s password") == count and last_line(done).endswith("Permission denied (password)."),
                      f"NumberOfPasswordPrompts={count}", str(done))
        done = run("dialogue", ["open sesame"] * 3, "-o", "NumberOfPasswordPrompts=1")
        rig.check(done.out == b"in\n", "a dialogue of several rounds counts as one", done, server.log)


def check_waits(rig, common):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(8)
        begun = time.monotonic()
        done = rig.run([rig.places["sshoal"], *common, "-o", "ConnectTimeout=1", "-p", str(silent.getsockname()[1]), "127.0.0.1", "true"])
        took = time.monotonic() - begun
        rig.check(done.status == 255 and 1 <= took < 20 and b"did not identify itself in time" in done.err,
                  "ConnectTimeout holds for the identification too", (done, took))
    closed = rig.port()
    done = rig.run([rig.places["sshoal"], *common, "-p", str(closed), "127.0.0.1", "true"])
    rig.check(f"connect to host 127.0.0.1 port {closed}: Connection refused".encode() in done.err, "Connection refused", done)


def main():
    rig = Rig(dict(p.split("=", 1) for p in sys.argv[1:]))

    def test():
        known = rig.write("known", "")
        common = ["-F", "none", "-o", f"UserKnownHostsFile={known}", "-o", "GlobalKnownHostsFile=/dev/null", "-o", "IdentityAgent=none",
                  "-o", "StrictHostKeyChecking=accept-new", "-o", "LogLevel=INFO"]
        try:
            check_files(rig, common)
        except Skipped as missing:
            rig.note(f"no key files of other programs: {missing}")
        check_last_words(rig, common, known)
        check_passwords(rig, common)
        check_waits(rig, common)
    return rig.verdict(test)


if __name__ == "__main__":
    sys.exit(main())
