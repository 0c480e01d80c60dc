#!/usr/bin/env python3
"""The options of authorized_keys, enforced by sshoald on OpenSSH's client.

    key_options.py sshoald=PROGRAM other-account=LIBRARY
"""
import os
import sys

from forwarding import EchoHost
from our_server import OurServer
from rig import USER, Rig, until
from server_habits import Ssh


class Keys:
    """sshoald with a file of keys that each check writes anew: the file is read at each log-in."""

    def __init__(self, rig, **settings):
        self.rig = rig
        self.path = rig.write("options", "")
        self.server = OurServer(rig, AuthorizedKeysFile=self.path, **settings)

    def __enter__(self):
        self.server.__enter__()
        return self

    def __exit__(self, *_):
        self.server.__exit__()

    def write(self, *options):
        """One line of the same key for each text of options."""
        self.rig.write("options", "".join(f"{o} {self.rig.public('ed25519')}\n" for o in options))

    def ssh(self, options, *words, stdin=b"", **more):
        self.write(*([options] if isinstance(options, str) else options))
        return Ssh(self.rig, self.server, **more).run(*words, stdin=stdin)

    def check(self, options, what, expected, *words, **more):
        done = self.ssh(options, *(words or ["echo in"]), **more)
        self.rig.check(expected(done), f"{options}: {what}", done, self.server.log)

    def refused(self, options, words):
        before = self.server.said(words)
        self.check(options, "refused", lambda d: d.status == 255 and b"Permission denied" in d.err and not d.out
                   and self.server.said(words) > before)


def out(text):
    return lambda done: done.status == 0 and done.out == text


def check_commands(rig, keys):
    told = 'command="echo key: ${SSH_ORIGINAL_COMMAND:-none}"'
    keys.check(told, "in place of a command", out(b"key: rm -r x\n"), "rm -r x")
    keys.check(told, "in place of a shell", out(b"key: none\n"), "")
    keys.check(told, "in place of a subsystem, whose command it is told", out(b"key: /bin/echo hello\n"), "-s", "greet")
    keys.check('command="echo \\"a, b\\""', "quotes in quotes", out(b"a, b\n"))
    keys.check('command="internal-sftp"', "only SFTP", lambda d: d.status == 1 and b"sftp connections only" in d.out)
    keys.check('command="internal-sftp"', "SFTP", lambda d: d.status == 0 and d.out[4:5] == b"\x02", "-s", "sftp", stdin=b"\0\0\0\x05\x01\0\0\0\x03")
    with Keys(rig, ForceCommand="echo server: $SSH_ORIGINAL_COMMAND") as other:
        other.check('command="echo key"', "ForceCommand is stronger", out(b"server: ls\n"), "ls")


def check_log_ins(rig, keys):
    for good in ('from="127.0.0.1"', 'from="127.0.0.0/8,!127.0.0.2"', 'from="10.0.0.1,127.*"', 'expiry-time="20990101"', "No-User-RC",
                 'tunnel="0"', 'principals="x"', "no-touch-required"):
        keys.check(good, "let in", out(b"in\n"))
    keys.refused('from="127.0.0.0/8,!127.0.0.1"', "the key is not allowed from 127.0.0.1")
    keys.refused('from="192.0.2.1"', "the key is not allowed from 127.0.0.1")
    keys.refused('expiry-time="20200101"', "its time is over")
    keys.refused("cert-authority", "certificate authority")
    keys.refused("no-such-option", 'the option "no-such-option" is not understood')
    keys.refused("restrict,x=\"1\"", 'the option x="1" is not understood')
    keys.refused('command="open', "a quoted option is not closed")
    keys.check(['from="192.0.2.1",command="echo first"', 'command="echo second"', 'command="echo third"'],
               "the first line that lets the key in counts", out(b"second\n"))


def check_sessions(rig, keys):
    on_terminal = ("-tt", "test -t 0 && echo terminal")
    keys.check("no-x11-forwarding", "a terminal is left", lambda d: b"terminal" in d.out, *on_terminal)
    keys.check("restrict,pty", "a terminal", lambda d: b"terminal" in d.out, *on_terminal)
    for options in ("no-pty", "restrict", "pty,restrict"):
        keys.check(options, "no terminal", lambda d: b"PTY allocation request failed" in d.err and b"terminal" not in d.out, *on_terminal)
    rig.write("home/.ssh/rc", "echo rc\n")
    keys.check("no-pty", "~/.ssh/rc runs", out(b"rc\nin\n"))
    for options in ("no-user-rc", "restrict"):
        keys.check(options, "~/.ssh/rc does not run", out(b"in\n"))
    keys.check("restrict,user-rc", "~/.ssh/rc runs", out(b"rc\nin\n"))
    os.remove(rig.path("home/.ssh/rc"))
    variables = 'environment="A=1",environment="B=2"'
    keys.check(variables, "not without PermitUserEnvironment", out(b"-\n"), "echo $A-$B")
    for permit, expected in (("yes", b"1-2\n"), ("B*", b"-2\n"), ("A,!B,*", b"1-\n")):
        with Keys(rig, PermitUserEnvironment=permit) as other:
            other.check(variables, f"PermitUserEnvironment {permit}", out(expected), "echo $A-$B")


def check_forwarding(rig, keys):
    host = EchoHost()
    port = host.at.rpartition(":")[2]

    def opens(options, good, at=host.at):
        keys.write(options)
        done = rig.run([*Ssh(rig, keys.server).argv, "-W", at, "127.0.0.1"])
        rig.check((done.out == b".") == good and (good or b"stdio forwarding failed" in done.err),
                  f"{options}: {'opens' if good else 'does not open'} {at}", done, keys.server.log)

    def listens(options, good, at):
        done = keys.ssh(options, "-R", f"{at}:{host.at}", "echo in", ExitOnForwardFailure="yes")
        rig.check((done.out == b"in\n") == good and (good or b"remote port forwarding failed" in done.err),
                  f"{options}: {'listens' if good else 'does not listen'} at {at}", done, keys.server.log)

    for options in ("no-pty", "restrict,port-forwarding", f'permitopen="127.0.0.1:{port}"', 'permitopen="x:1",permitopen="127.0.0.1:*"',
                    f'permitopen="*:{port}"', 'permitlisten="1"'):
        opens(options, True)
    for options in ("no-port-forwarding", "restrict", 'permitopen="127.0.0.1:1"', f'permitopen="localhost:{port}"',
                    f'restrict,permitopen="127.0.0.1:{port}"'):
        opens(options, False)
    there = rig.port()
    for options in ("no-pty", f'permitlisten="{there}"', f'permitlisten="localhost:{there}"', 'permitlisten="*"', 'permitopen="x:1"'):
        listens(options, True, there)
    for options in ("no-port-forwarding", "restrict", 'permitlisten="1"', f'permitlisten="127.0.0.9:{there}"'):
        listens(options, False, there)
    socket = rig.path("there")
    if USER == "root": # a server of root's makes no sockets for others
        listens("no-pty", True, socket)
        listens("no-port-forwarding", False, socket)


def check_root(rig):
    if os.getuid() != 0:
        rig.note("only root's server lets root in")
        return
    with Keys(rig, PermitRootLogin="forced-commands-only") as keys:
        keys.check('command="echo by the key"', "root gets in", out(b"by the key\n"))
        keys.refused("no-pty", "PermitRootLogin lets root in with a key that has a command only")


def main():
    rig = Rig(dict(p.split("=", 1) for p in sys.argv[1:]))

    def test():
        with Keys(rig, Subsystem="greet /bin/echo hello\nSubsystem sftp internal-sftp") as keys:
            check_commands(rig, keys)
            check_log_ins(rig, keys)
            check_sessions(rig, keys)
            check_forwarding(rig, keys)
        check_root(rig)

    return rig.verdict(test)


if __name__ == "__main__":
    sys.exit(main())
