#!/usr/bin/env python3
"""What users and administrators of sshd are used to, with sshoald: server_habits.py NAME=PATH...

NAME=PATH are our programs: sshoald, other-account. Programs that outlive their clients, clients that close first, terminals that cannot
be had, and what the log says of log-ins and requests that are refused. Clients of others are OpenSSH's, and dropbear's and PuTTY's where they
are installed. Status: 0 all checks passed, 1 some failed. Run by Meson below contained.py.
"""
import os
import re
import shutil
import subprocess
import sys

from our_server import OurServer
from peer_clients import CLIENTS
from rig import Rig, Skipped, program, until

DETACHED = "exec >/dev/null 2>&1; sleep 1; exit 5"


class Ssh:
    """OpenSSH's client, without anything of this machine's."""

    def __init__(self, rig, server, **more):
        known = rig.write("known", "".join(f"[127.0.0.1]:{server.port} {server.public_host_key}\n"))
        options = {"UserKnownHostsFile": known, "GlobalKnownHostsFile": "/dev/null", "IdentityFile": rig.key("ed25519"),
                   "IdentitiesOnly": "yes", "IdentityAgent": "none", "BatchMode": "yes", "LogLevel": "error", **more}
        self.rig = rig
        self.argv = [program("ssh"), "-F", "none", "-p", str(server.port)]
        self.argv += [word for k, v in options.items() for word in ("-o", f"{k}={v}")]

    def run(self, *words, **how):
        return self.rig.run([*self.argv, *words[:-1], "127.0.0.1", words[-1]], **how)

    def start(self, *words):
        return subprocess.Popen([*self.argv, *words[:-1], "127.0.0.1", words[-1]], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)


def exists(path):
    return lambda: os.path.exists(path)


def check_closes(rig, server):
    """Clients that close the channel when its output ends, and want to know the status all the same."""
    ssh = Ssh(rig, server)
    done = ssh.run(DETACHED)
    rig.check(done.status == 5, "ssh: the status of a program that has closed its output", done, server.log)
    control = os.path.join(rig.folder, "c")
    shared = Ssh(rig, server, ControlMaster="auto", ControlPath=control, ControlPersist="20")
    for what in ("as the first", "over the shared connection"):
        done = shared.run(DETACHED)
        rig.check(done.status == 5, f"ssh with ControlMaster, {what}: the same", done, server.log)
    shared.run("-O", "exit", "none")
    for name in ("dropbear", "putty"):
        try:
            peer = CLIENTS[name](rig)
        except Skipped as why:
            rig.note(f"{name}: {why}")
            continue
        done = peer.run(server, DETACHED)
        rig.check(done.status == 5, f"{name}: the same", done, server.log)


def check_survivors(rig, server):
    """What sshd lets live when the connection is lost."""
    jobs = {"nohup": "nohup sh -c 'echo > {0}.on; while ! test -e {0}.go; do sleep 0.05; done; echo > {0}.lived'",
            "trap": "trap '' HUP; echo > {0}.on; while ! test -e {0}.go; do sleep 0.05; done; echo > {0}.lived",
            "plain": "echo > {0}.on; while ! test -e {0}.go; do sleep 0.05; done; echo > {0}.lived"}
    for terminal in ([], ["-tt"]):
        clients, names = [], {}
        for name, job in jobs.items():
            names[name] = rig.path(f"job-{name}-{len(terminal)}")
            clients.append(Ssh(rig, server).start(*terminal, job.format(names[name])))
        for name in names.values():
            until(exists(name + ".on"))
        for client in clients:
            client.kill()
            client.wait()
        ended = until(lambda: server.said(" ended: ") >= len(jobs))
        rig.check(ended, "the server has noticed that the clients are gone", "", server.log)
        if terminal:
            rig.check(until(lambda: children_of(server.process.pid) <= 2), "a terminal that hangs up ends what does not ignore that",
                      children_of(server.process.pid), server.log)
        for name, path in names.items():
            rig.write(path + ".go", "")
            expected = name != "plain" or not terminal
            lived = until(exists(path + ".lived"), 10 if expected else 0.3)
            rig.check(bool(lived) == expected, f"{name}, {'with' if terminal else 'without'} a terminal, "
                      + ("lives on" if expected else "ends") + " with its client gone", "", server.log)
        rig.check(until(lambda: children_of(server.process.pid) == 0), "no zombie is left", children_of(server.process.pid))
        open(server.log, "w", encoding="utf-8").close()


def children_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
        return len(f.read().split())


def check_keepalive(rig, server):
    path = rig.path("idle")
    client = Ssh(rig, server).start(f"echo > {path}; exec sleep 1000")
    until(exists(path))

    def timers():
        with open("/proc/net/tcp", encoding="ascii") as table:
            rows = [line.split() for line in table][1:]
        return [row[5][:2] for row in rows if int(row[1].split(":")[1], 16) == server.port and row[3] == "01"]
    rig.check(until(lambda: timers() == ["02"]), "the kernel asks an idle client's machine whether it is there", timers())
    client.kill()
    client.wait()


def check_killing(rig):
    with OurServer(rig, EndProgramsAfter="1") as server:
        path = rig.path("stubborn")
        client = Ssh(rig, server).start(f"trap '' HUP; echo $$ > {path}.pid; mv {path}.pid {path}; sleep 1000 & wait")
        until(exists(path))
        client.kill()
        client.wait()
        gone = until(lambda: not os.path.exists("/proc/" + rig.read(path).decode().strip()))
        rig.check(gone, "EndProgramsAfter ends a program that ignores SIGHUP", "", server.log)


def check_terminals(rig):
    with OurServer(rig, PermitTTY="no", LogLevel="INFO") as server:
        done = Ssh(rig, server, LogLevel="info").run("-tt", "tty")
        rig.check(b"PTY allocation request failed" in done.err, "PermitTTY no refuses the terminal", done, server.log)
        rig.check(server.said('session request "pty-req" refused: PermitTTY no'), "and the log says so", "", server.log)
        done = Ssh(rig, server, RequestTTY="force").run("-n", "tty; exit 3")
        rig.check(done.status != 0, "PermitTTY no: no terminal behind the client's back", done, server.log)
    unshare = shutil.which("unshare")
    hide = "mount -t tmpfs none /dev/pts && mount -t tmpfs none /tmp/none 2>/dev/null; exec \"$@\""
    if unshare is None or rig.run([unshare, "-m", "sh", "-c", "mount -t tmpfs none /dev/pts"]).status != 0:
        rig.note("no way to hide /dev/pts here")
        return
    with OurServer(rig, LogLevel="INFO") as server:
        rig.end(server.process)
        argv = [unshare, "-m", "sh", "-c", hide, "sh", rig.places["sshoald"], "-D", "-e", "-f", server.config]
        server.process = rig.start(argv, server.log, server.port, env=rig.other_account())
        argv = [*Ssh(rig, server, LogLevel="info").argv, "127.0.0.1"]
        done = rig.run_on_terminal(argv, answers=[(b"PTY allocation request failed", b"echo shell ran; exit 3")])
        rig.check(done.status == 3 and b"shell ran\n" in done.out,
                  "without /dev/pts the terminal is refused and the shell runs", done, server.log)
        rig.check(server.said('session request "pty-req" refused: '), "and the log says why", "", server.log)


def check_refusals(rig):
    """At the default level of the log."""
    keys = rig.path("watched", "authorized_keys")
    own = rig.public("ed25519")
    others = rig.public("rsa") + "\n"
    forms = {"a byte order mark": (b"\xef\xbb\xbf" + own.encode() + b"\n", None), "CRLF": (own.encode() + b"\r\n", None),
             "options": (b"no-such-option " + own.encode() + b"\n", r"authorized_keys:1: .*no-such-option"),
             "a cut line": (own.encode()[:60] + b"\n", r"authorized_keys:1: "),
             "another key": (others.encode(), None)}
    for what, (content, line) in forms.items():
        rig.write("watched/authorized_keys", content)
        with OurServer(rig, AuthorizedKeysFile=keys, LogLevel="INFO") as server:
            done = Ssh(rig, server).run("echo in")
            fits = what in ("a byte order mark", "CRLF")
            rig.check((done.out == b"in\n") == fits, f"authorized_keys with {what}: {'accepted' if fits else 'refused'}", done, server.log)
            if line:
                rig.check(re.search(line, rig.read(server.log).decode()), f"authorized_keys with {what}: the log says why", "", server.log)
            rig.check(fits or until(lambda: server.said("Connection closed by authenticating user")),
                      f"{what}: the end is told in OpenSSH's words", "", server.log)
    rig.write("watched/authorized_keys", own + "\n")
    os.chmod(rig.path("watched"), 0o777)
    with OurServer(rig, AuthorizedKeysFile=keys, StrictModes="yes", LogLevel="INFO") as server:
        done = Ssh(rig, server).run("echo in")
        said = re.search(r"Authentication refused: \S+/watched: bad ownership or modes.*: mode 0777, owner \d+", rig.read(server.log).decode())
        rig.check(done.status == 255 and said, "a folder that anybody may write to: refused, with its mode and owner", done, server.log)


def check_log_words(rig):
    """What programs like fail2ban look for."""
    place = r"from 127\.0\.0\.1 port \d+"
    with OurServer(rig, LogLevel="INFO") as server:
        Ssh(rig, server).run("-l", "no-such-user", "true")
        Ssh(rig, server, IdentityFile=rig.key("ed25519", "stranger")).run("true")
        log = lambda: rig.read(server.log).decode()
        for words in (rf"^Invalid user no-such-user {place}$", rf"^Failed publickey for invalid user no-such-user {place} ssh2: \S+ SHA256:\S+$",
                      r"^Connection closed by invalid user no-such-user 127\.0\.0\.1 port \d+ \[preauth\]$",
                      r"^Connection closed by authenticating user \S+ 127\.0\.0\.1 port \d+ \[preauth\]$"):
            rig.check(until(lambda: re.search(words, log(), re.M), 5), f"the log has {words}", "", server.log)
        Ssh(rig, server).run("true")
        with OurServer(rig, LogLevel="INFO", MaxAuthTries="1") as strict:
            Ssh(rig, strict, IdentityFile=rig.key("ed25519", "stranger")).run("true")
            words = rf"^maximum authentication attempts exceeded for \S+ {place} ssh2 \[preauth\]$"
            rig.check(until(lambda: re.search(words, rig.read(strict.log).decode(), re.M), 5), f"the log has {words}", "", strict.log)
        rig.check(re.search(rf"^Accepted publickey for \S+ {place} ssh2: \S+ SHA256:\S+$", log(), re.M), "and tells who is in", "", server.log)
        try:
            peer = CLIENTS["putty"](rig)
            peer.run(server, "true", user="no-such-user", method="password", password="wrong")
            words = rf"^Failed (password|keyboard-interactive) for invalid user no-such-user {place} ssh2$"
            rig.check(re.search(words, log(), re.M), "a wrong password is told", "", server.log)
        except Skipped as why:
            rig.note(f"putty: {why}")


def check_commands(rig):
    with OurServer(rig, LogLevel="INFO", MaxSessions="1") as server:
        for size in (131071, 131072, 200000):
            command = "true " + "x" * (size - 5)
            done = rig.run([program("python3"), "-c",
                            "import os, sys; argv = sys.argv[2:]; size = int(sys.argv[1]); parts = ['true'] + ['x' * 60000] * 9; "
                            "text = ' '.join(parts)[:size]; words = [text[i:i + 50000] for i in range(0, len(text), 50001)]; "
                            "os.execv(argv[0], argv + words)", str(len(command)), *Ssh(rig, server).argv, "127.0.0.1"])
            told = b"Argument list too long" in done.err
            rig.check(told == (size > 131071) and (done.status == 0) == (not told), f"a command of {size} characters", done, server.log)
        rig.check(server.said("no program was started: cannot run ") and server.said("Argument list too long"), "and the log says why", "",
                  server.log)
        done = Ssh(rig, server, SetEnv="FOO=bar").run("echo in")
        rig.check(done.out == b"in\n" and server.said('session request "env" refused: "FOO" is not among the names'),
                  "a variable that is not let in is told", done, server.log)


def check_sftp_only(rig):
    """What is not SFTP is told so, where ForceCommand allows nothing else."""
    with OurServer(rig, ForceCommand="internal-sftp") as server:
        for words in (["mkdir -p /no/such"], ["-tt", "echo in"]):
            done = Ssh(rig, server).run(*words)
            rig.check(done.status == 1 and b"This service allows sftp connections only." in done.out,
                      f"ForceCommand internal-sftp: {words}", done, server.log)
        done = Ssh(rig, server).run("-s", "sftp", stdin=b"\0\0\0\x05\x01\0\0\0\x03")
        rig.check(done.status == 0 and done.out[4:9] == b"\x02\0\0\0\x03", "and SFTP works", done, server.log)


def check_groups(rig):
    with OurServer(rig) as server:
        rig.end(server.process)
        env = {**rig.other_account(), "INTEROP_GROUPS": "301"}
        server.process = rig.start([rig.places["sshoald"], "-D", "-e", "-f", server.config], server.log, server.port, env=env)
        done = Ssh(rig, server).run("grep Groups: /proc/self/status | wc -w")
        rig.check(done.out.strip() == b"302" or os.getuid() != 0, "an account in 301 groups has all of them", done, server.log)


def check_test_mode(rig):
    bad = rig.write("no-key", "nothing\n")
    good = rig.key("ed25519", "host")
    config = rig.write("test.conf", f"Port 1\nHostKey {bad}\n")
    done = rig.run([rig.places["sshoald"], "-t", "-f", config])
    lines = done.err.decode().splitlines()
    rig.check(done.status != 0 and len(lines) == 2 and f'Unable to load host key "{bad}": ' in lines[0] and "no hostkeys available" in lines[1],
              "-t names the host key that cannot be loaded, and why, once", done)
    config = rig.write("test.conf", f"Port 1\nHostKey {bad}\nHostKey {good}\n")
    done = rig.run([rig.places["sshoald"], "-t", "-f", config])
    rig.check(done.status == 0 and done.err.count(b"Unable to load host key") == 1, "-t: another key suffices", done)
    config = rig.write("test.conf", b"\xef\xbb\xbfPort 1\r\nHostKey " + good.encode() + b"\r\n")
    done = rig.run([rig.places["sshoald"], "-t", "-f", config])
    rig.check((done.status, done.err) == (0, b""), "-t: a byte order mark and CRLF in sshd_config", done)


def main():
    rig = Rig(dict(p.split("=", 1) for p in sys.argv[1:]))

    def test():
        with OurServer(rig, LogLevel="VERBOSE") as server:
            check_closes(rig, server)
            check_keepalive(rig, server)
        with OurServer(rig, LogLevel="VERBOSE") as server:
            check_survivors(rig, server)
        check_killing(rig)
        check_terminals(rig)
        check_refusals(rig)
        check_log_words(rig)
        check_commands(rig)
        check_sftp_only(rig)
        check_groups(rig)
        check_test_mode(rig)

    return rig.verdict(test)


if __name__ == "__main__":
    sys.exit(main())
