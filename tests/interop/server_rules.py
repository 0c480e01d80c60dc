#!/usr/bin/env python3
"""Who may log in to sshoald, and to what, by keywords that need more than a line of text: several methods, keys from commands and keys
that are revoked, names of clients, a root folder of one's own, penalties. With OpenSSH's client.

    server_rules.py sshoald=PROGRAM other-account=LIBRARY ...
"""
import os
import re
import shutil
import socket
import sys
import tempfile

from our_server import PASSWORD, OurServer
from rig import USER, Rig, program, until
from server_habits import Ssh


def check_keys(rig):
    """Where keys come from besides files, and which may not log in any more."""
    own, other = rig.public("ed25519"), rig.public("rsa")

    def attempt(what, allowed, words="", command="echo in", out=b"in\n", **settings):
        with OurServer(rig, **settings) as server:
            done = Ssh(rig, server).run(command)
            good = done.out == out if allowed else done.status == 255 and not done.out and b"Permission denied" in done.err
            rig.check(good and (not words or server.said(words)), what, done, server.log)

    attempt("RevokedKeys with another key", True, RevokedKeys=rig.write("revoked", f"# lost\n{other}\n"))
    attempt("RevokedKeys with the key", False, "is revoked by ", RevokedKeys=rig.write("revoked-own", f"{other}\n{own} lost\n"))
    attempt("RevokedKeys that is not there refuses every key", False, "list of revoked keys cannot be used", RevokedKeys=rig.path("nowhere"))
    attempt("RevokedKeys that is damaged refuses every key", False, ":1: ", RevokedKeys=rig.write("damaged", "ssh-ed25519 AAA\n"))
    attempt("ExposeAuthInfo tells a program the key", True, command="cat $SSH_USER_AUTH", out=f"publickey {' '.join(own.split()[:2])}\n".encode(),
            ExposeAuthInfo="yes")
    attempt("without ExposeAuthInfo there is no such variable", True, command="echo ${SSH_USER_AUTH:-none}", out=b"none\n")
    with OurServer(rig, ExposeAuthInfo="yes") as server:
        path = Ssh(rig, server).run("echo $SSH_USER_AUTH").out.decode().strip()
        rig.check(path and until(lambda: not os.path.exists(path)), "the file of ExposeAuthInfo goes with the connection", path, server.log)
    if os.getuid() != 0:
        rig.note("only root's server runs AuthorizedKeysCommand as another user")
        return
    files = {"AuthorizedKeysFile": "none", "AuthorizedKeysCommandUser": "nobody"}
    attempt("AuthorizedKeysCommand gives the key", True, AuthorizedKeysCommand=f"/bin/echo {own}", **files)
    attempt("its tokens", True, AuthorizedKeysCommand='/bin/sh -c "test %u/%U/%f = $0 && echo %t %k" '
            f"{USER}/{os.getuid()}/" + rig.must([program("ssh-keygen"), "-lf", rig.key("ed25519") + ".pub"]).out.decode().split()[1], **files)
    attempt("it runs as AuthorizedKeysCommandUser, in a clean environment", True,
            AuthorizedKeysCommand='/bin/sh -c "test $(id -un):$(pwd):${INTEROP_HOME:-none} = nobody:/:none && echo %t %k" x', **files)
    attempt("one that prints another key", False, AuthorizedKeysCommand=f"/bin/echo {other}", **files)
    attempt("one that prints the key and fails", False, "failed, status 3",
            AuthorizedKeysCommand='/bin/sh -c "echo %t %k; exit 3" x', **files)
    attempt("one that others could change", False, "bad ownership or modes", AuthorizedKeysCommand=rig.write("mine", "#!/bin/sh\n", 0o755), **files)
    attempt("one that is not there", False, "cannot find", AuthorizedKeysCommand="/no/such/command", **files)
    attempt("a user for it who is not there", False, "AuthorizedKeysCommandUser \"no-such-user\" not found",
            AuthorizedKeysCommand=f"/bin/echo {own}", **{**files, "AuthorizedKeysCommandUser": "no-such-user"})
    attempt("a key of a file makes it needless", True, AuthorizedKeysCommand="/bin/false", AuthorizedKeysCommandUser="nobody")
    attempt("a key that it prints can be revoked", False, "is revoked by ", AuthorizedKeysCommand=f"/bin/echo {own}",
            RevokedKeys=rig.path("revoked-own"), **files)
    bad = rig.run([rig.places["sshoald"], "-t", "-f", rig.write("half", "AuthorizedKeysCommand /bin/true\n")])
    rig.check(bad.status == 255 and b"without AuthorizedKeysCommandUser" in bad.err, "-t: a command without a user", bad)


def check_names_of_clients(rig):
    name = socket.getnameinfo(("127.0.0.1", 22), 0)[0]
    if name == "127.0.0.1":
        rig.note("127.0.0.1 has no name here")
        return
    for use, out in (("yes", b"by name\n"), ("no", b"in\n")):
        server = OurServer(rig, UseDNS=use)
        rig.write(server.config, rig.read(server.config).decode() + f"Match host {name}\nForceCommand echo by name\n")
        with server:
            done = Ssh(rig, server).run("echo in")
            rig.check(done.out == out, f"UseDNS {use}: Match host {name}", done, server.log)


def check_root_folder(rig):
    """ChrootDirectory with a shell of its own, which needs files there."""
    if os.getuid() != 0:
        rig.note("only root's server changes the root folder")
        return
    jail = tempfile.mkdtemp(prefix="sshoal-jail.", dir="/var/lib")
    rig.elsewhere.append(jail)
    os.chmod(jail, 0o755)
    needed = ["/bin/sh"] + re.findall(r"(/\S+) \(0x", rig.must([program("ldd"), "/bin/sh"]).out.decode())
    for path in needed:
        os.makedirs(jail + os.path.dirname(path), exist_ok=True)
        shutil.copy(path, jail + path)
    os.mkdir(f"{jail}/{USER}")
    with open(jail + "/only-here", "w", encoding="utf-8") as f:
        f.write("below the root\n")

    def attempt(what, expected, words="", **settings):
        with OurServer(rig, **settings) as server:
            done = Ssh(rig, server).run("read line < /only-here && echo $line; test -e /etc/passwd || echo nothing else; pwd")
            rig.check(expected(done) and (not words or server.said(words)), what, done, server.log)

    def below(done):
        return done.out == b"below the root\nnothing else\n/\n" and not done.err

    attempt("ChrootDirectory: a command sees that folder alone", below, ChrootDirectory=jail)
    attempt("ChrootDirectory with a token", below, ChrootDirectory=jail + "/%u/..")
    os.chmod(jail, 0o777)
    attempt("ChrootDirectory that others can write to", lambda d: d.status == 255 and b"bad ownership or modes" in d.err,
            ChrootDirectory=jail)
    os.chmod(jail, 0o755)
    attempt("ChrootDirectory that is not there", lambda d: d.status == 255 and not d.out, ChrootDirectory=jail + "/none")


def check_penalties(rig):
    """A client that did not log in is refused for a while."""
    with OurServer(rig, PerSourcePenalties="authfail:2s min:1s", LogLevel="VERBOSE") as server:
        stranger = Ssh(rig, server, IdentityFile=rig.key("ed25519", "stranger"))
        # The rig has asked whether the port answers, which costs something too.
        first = until(lambda: (d := stranger.run("true")).err.find(b"Permission denied") >= 0 and d)
        rig.check(first, "PerSourcePenalties: an attempt without a penalty is answered", first, server.log)
        second = Ssh(rig, server).run("echo in")
        rig.check(second.status == 255 and b"Permission denied" not in second.err and not second.out,
                  "PerSourcePenalties: the next connection is refused", second, server.log)
        rig.check(until(lambda: Ssh(rig, server).run("echo in").out == b"in\n", 15), "and let in when the penalty is over", "", server.log)


def check_refusals_and_levels(rig):
    """RefuseConnection, and LogLevel of one user."""
    with OurServer(rig, RefuseConnection="yes", PerSourcePenalties="refuseconnection:3s authfail:0s noauth:0s min:1s") as server:
        done = Ssh(rig, server).run("echo in")
        rig.check(done.status == 255 and not done.out and b"Permission denied" not in done.err
                  and until(lambda: server.said("administratively prohibited connection for ")), "RefuseConnection ends the connection", done, server.log)
        done = Ssh(rig, server).run("echo in")
        rig.check(done.status == 255 and server.said("administratively prohibited connection for ") == 1,
                  "and costs its source a penalty of its own", done, server.log)
    block = f"no-such-user\n  RefuseConnection yes\nMatch user {USER}\n  LogLevel QUIET"
    with OurServer(rig, LogLevel="VERBOSE", **{"Match user": block}) as server:
        done = Ssh(rig, server).run("echo in")
        rig.check(done.out == b"in\n" and not server.said("Accepted publickey"), "LogLevel QUIET for one user", done, server.log)
    with OurServer(rig, LogLevel="QUIET", **{"Match user": f"{USER}\n  LogLevel DEBUG1"}) as server:
        done = Ssh(rig, server).run("echo in")
        rig.check(done.out == b"in\n" and server.said("Accepted publickey") == 1 and until(lambda: server.said("debug1: ")),
                  "LogLevel DEBUG1 for one user, the library's lines too", done, server.log)
    with OurServer(rig, FingerprintHash="md5") as server:
        done = Ssh(rig, server).run("echo in")
        rig.check(done.out == b"in\n" and server.said("ssh2: ssh-ed25519 MD5:"), "FingerprintHash", done, server.log)
    with OurServer(rig, **{"Match user": f"{USER}\n  RekeyLimit 64K"}) as server:
        done = Ssh(rig, server).run("-v", "head -c 500000 /dev/zero")
        rig.check(len(done.out) == 500000 and done.err.count(b"SSH2_MSG_NEWKEYS received") >= 3, "RekeyLimit of one user", done, server.log)


def check_two_factors(rig):
    """A key and a password: both are needed, in this order, and a session begins only then."""
    if os.getuid() != 0:
        rig.note("only root's server knows passwords")
        return
    os.environ["INTEROP_HASH"] = rig.must([program("openssl"), "passwd", "-6", PASSWORD]).out.decode().strip()
    told = rig.path("asked")

    def ask(answer):
        return {"SSH_ASKPASS_REQUIRE": "force",
                "SSH_ASKPASS": rig.write(f"ask-{answer.split()[0]}", f"#!/bin/sh\necho \"$1\" >> {told}\necho '{answer}'\n", 0o700)}

    def attempt(lists, what, expected, answer=PASSWORD, settings=None, **options):
        rig.write("asked", "")
        with OurServer(rig, AuthenticationMethods=lists, **(settings or {})) as server:
            done = Ssh(rig, server, BatchMode="no", NumberOfPasswordPrompts="1", **options).run("echo in", env=ask(answer))
            rig.check(expected(done, server), f"AuthenticationMethods {lists}: {what}", done, server.log)

    def both(method):
        return lambda done, server: done.out == b"in\n" and server.said(f"Accepted publickey,{method} for {USER} ") == 1

    def out(done, server):
        return done.status == 255 and not done.out and b"Permission denied" in done.err and not server.said("Accepted ")

    try:
        for method in ("password", "keyboard-interactive"):
            attempt(f"publickey,{method}", "both let the user in", both(method))
            attempt(f"publickey,{method}", "a wrong password", lambda d, s: out(d, s) and rig.read(told) != b"", "wrong")
            attempt(f"publickey,{method}", "the password without the key is not even asked for",
                    lambda d, s: out(d, s) and rig.read(told) == b"", IdentityFile=rig.key("ed25519", "stranger"))
            attempt(f"publickey,{method}", "the password first, as a client insists", lambda d, s: out(d, s) and rig.read(told) == b"",
                    PreferredAuthentications=f"{method},publickey", IdentityFile="none")
        attempt("publickey,password publickey,keyboard-interactive", "the second of two lists", both("keyboard-interactive"),
                PreferredAuthentications="publickey,keyboard-interactive")
        attempt("password,publickey", "in the order of the list",
                lambda d, s: d.out == b"in\n" and s.said(f"Accepted password,publickey for {USER} ") == 1)
        attempt("publickey,password", "PermitRootLogin judges the password too", out, settings={"PermitRootLogin": "prohibit-password"})
    finally:
        del os.environ["INTEROP_HASH"]


def check_root(rig):
    """A command of the server's is not the one that is meant, for sshd neither."""
    if os.getuid() != 0:
        return
    for what, settings in (("a key without a command", {}), ("ForceCommand", {"ForceCommand": "echo forced"})):
        with OurServer(rig, PermitRootLogin="forced-commands-only", **settings) as server:
            done = Ssh(rig, server).run("echo in")
            rig.check(done.status == 255 and not done.out and not server.said("Accepted "), f"forced-commands-only refuses root: {what}",
                      done, server.log)


def main():
    rig = Rig(dict(p.split("=", 1) for p in sys.argv[1:]))

    def test():
        check_two_factors(rig)
        check_root(rig)
        check_keys(rig)
        check_names_of_clients(rig)
        check_root_folder(rig)
        check_penalties(rig)
        check_refusals_and_levels(rig)

    return rig.verdict(test)


if __name__ == "__main__":
    sys.exit(main())
