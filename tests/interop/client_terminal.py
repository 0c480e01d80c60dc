#!/usr/bin/env python3
"""What our clients do to the terminal, and who is asked: client_terminal.py NAME=PATH...

NAME=PATH are our programs: sshoal, sftp, scp, sshoald, sftp-server, login-server, other-account. Questions that signals interrupt,
SSH_ASKPASS, a terminal that the server refuses, and what is done without a home folder. Status: 0 all checks passed, 1 some failed.
Run by Meson below contained.py.
"""
import os
import re
import signal
import sys

from our_server import PASSWORD, LoginServer, OurServer
from peer_servers import Running
from rig import Rig, Skipped, program, until
from terminal_job import Job

PASSPHRASE = "a passphrase"
ENDING = {"INT": signal.SIGINT, "TERM": signal.SIGTERM, "HUP": signal.SIGHUP, "QUIT": signal.SIGQUIT}
# Answers by the question, and says what it was asked.
ASKPASS = """\
#!/bin/sh
echo "$1" >> {log}
case "$1" in
    *yes/no*) echo yes;;
    *passphrase*) echo '{passphrase}';;
    *) echo '{password}';;
esac
"""


class Clients:
    """Our programs with nothing read from the user's own files, and the servers that ask."""

    def __init__(self, rig):
        self.rig = rig
        self.locked = rig.path("locked")
        rig.must([program("ssh-keygen"), "-q", "-t", "ed25519", "-N", PASSPHRASE, "-f", self.locked])
        allowed = rig.write("allowed", rig.read(self.locked + ".pub"))
        self.asking, self.by_key = LoginServer(rig), OurServer(rig, AuthorizedKeysFile=allowed)

    def __enter__(self):
        self.asking.__enter__()
        self.by_key.__enter__()
        return self

    def __exit__(self, *_):
        self.asking.__exit__()
        self.by_key.__exit__()

    def config(self, server, user=None, known=True, **settings):
        hosts = self.rig.path("new")
        if known:
            hosts = self.rig.write(f"known-{server.port}", f"[127.0.0.1]:{server.port} {server.public_host_key}\n")
        elif os.path.exists(hosts):
            os.remove(hosts)
        lines = {"UserKnownHostsFile": hosts, "GlobalKnownHostsFile": "/dev/null", "StrictHostKeyChecking": "ask",
                 "IdentityAgent": "none", "Port": server.port, "NumberOfPasswordPrompts": 1, "ConnectTimeout": 20, **settings}
        if user:
            lines["User"] = user
        return self.rig.write("client.conf", "".join(f"{k} {v}\n" for k, v in lines.items()))

    def argv(self, name, config, command="echo inside"):
        places = {"sshoal": ["127.0.0.1", command], "sftp": ["127.0.0.1"], "scp": ["127.0.0.1:nothing", self.rig.path("nothing")]}
        return [self.rig.places[name], "-F", config, *places[name]]

    def questions(self):
        """Name, configuration, the prompt's end, the right answer."""
        yield "password", self.config(self.asking, "password", PubkeyAuthentication="no"), b"'s password: ", PASSWORD
        yield "keyboard-interactive", self.config(self.asking, "question", PubkeyAuthentication="no"), b") Password: ", PASSWORD
        yield "passphrase", self.config(self.by_key, IdentityFile=self.locked), b"locked': ", PASSPHRASE


def check_signals(rig, clients):
    for name in ("sshoal", "sftp", "scp"):
        for question, config, prompt, _ in clients.questions():
            for word, number in [("Ctrl-C", None), *ENDING.items()]:
                with Job(clients.argv(name, config)) as job:
                    job.expect(prompt)
                    hidden = not job.echoes()
                    job.type(b"half\x03") if number is None else job.signal(number)
                    end = job.report()
                    rig.check(hidden and end["echo"] and end["status"] == -(number or signal.SIGINT),
                              f"{name}, {question}: {word} ends the program and brings the echo back",
                              (hidden, end, job.shown[-200:]))


def check_stopping(rig, clients):
    for name in ("sshoal", "sftp", "scp"):
        for question, config, prompt, answer in clients.questions():
            with Job(clients.argv(name, config)) as job:
                job.expect(prompt)
                for how in ("Ctrl-Z", "TSTP"):
                    job.type(b"\x1a") if how == "Ctrl-Z" else job.signal(signal.SIGTSTP)
                    stop = job.report()
                    rig.check(stop["stopped"] == signal.SIGTSTP and stop["echo"],
                              f"{name}, {question}: {how} stops the program, with echo", (stop, job.shown[-200:]))
                    job.go_on()
                    job.expect(prompt)
                    rig.check(not job.echoes(), f"{name}, {question}: continued, it is asked again without echo",
                              job.shown[-200:])
                # Stopped without being told, and continued: something may have changed the terminal meanwhile.
                job.signal(signal.SIGSTOP)
                job.report()
                job.go_on()
                job.expect(prompt)
                rig.check(not job.echoes(), f"{name}, {question}: asked again after SIGSTOP too", job.shown[-200:])
                job.type(answer.encode() + b"\n")
                if name == "sshoal":
                    job.expect(b"inside\r\n")
                    end = job.report()
                    rig.check(end["status"] == 0 and end["echo"] and answer.encode() not in job.shown,
                              f"{name}, {question}: the answer is taken, and never shown", (end, job.shown[-200:]))


def check_host_key_question(rig, clients):
    config = clients.config(clients.by_key, known=False, IdentityFile=clients.locked)
    with Job(clients.argv("sshoal", config)) as job:
        job.expect(b"(yes/no/[fingerprint])? ")
        job.type(b"\x1a")
        job.report()
        job.go_on()
        job.expect(b"(yes/no/[fingerprint])? ")
        job.type(b"perhaps\n")
        job.expect(b"fingerprint: ")
        job.type(b"yes\n")
        job.expect(b"locked': ")
        job.type(PASSPHRASE.encode() + b"\n")
        job.expect(b"inside\r\n")
        rig.check(job.report()["status"] == 0, "the question about a host key is asked again after Ctrl-Z", job.shown)
    with Job(clients.argv("sshoal", clients.config(clients.by_key, known=False, IdentityFile=clients.locked))) as job:
        job.expect(b"(yes/no/[fingerprint])? ")
        job.type(b"\n")
        rig.check(job.report()["status"] == 255, "no answer to the question about a host key is no", job.shown)


def check_session(rig, clients):
    """A terminal in raw mode."""
    config = clients.config(clients.by_key, IdentityFile=clients.locked)
    argv = [rig.places["sshoal"], "-F", config, "-t", "127.0.0.1", "echo started; read x; echo got-$x"]

    def started():
        job = Job(argv)
        job.expect(b"locked': ")
        job.type(PASSPHRASE.encode() + b"\n")
        job.expect(b"started")
        return job

    for word, number in ENDING.items():
        with started() as job:
            raw = job.is_raw()
            job.signal(number)
            end = job.report()
            rig.check(raw and end["echo"] and not end["raw"] and end["status"] == -number,
                      f"{word} in a session brings the terminal back", end)
    with started() as job:
        job.signal(signal.SIGTSTP)
        stop = job.report()
        rig.check(stop["stopped"] and not stop["raw"], "a session that is stopped leaves the terminal as it was", stop)
        job.go_on()
        raw = until(job.is_raw)
        job.type(b"a\r")
        job.expect(b"got-a")
        end = job.report()
        rig.check(raw and end["status"] == 0 and not end["raw"], "continued, it is raw again, and goes on", (raw, end))


def check_prompt(rig):
    """sshoal-sftp's own prompt, with the line editor or without."""
    argv = [rig.places["sftp"], "-D", rig.places["sftp-server"]]
    for word, number in ENDING.items():
        if word == "INT":
            continue # the shell goes on
        with Job(argv, {"TERM": "vt100"}) as job:
            job.expect(b"sftp> ")
            job.signal(number)
            end = job.report()
            rig.check(end["echo"] and not end["raw"] and end["status"] == -number,
                      f"sftp's prompt: {word} brings the terminal back", end)
    with Job(argv, {"TERM": "vt100", "SHELL": "/bin/sh"}) as job:
        job.expect(b"sftp> ")
        for how in ("Ctrl-Z", "TSTP", "STOP"):
            job.type(b"\x1a") if how == "Ctrl-Z" else job.signal(getattr(signal, f"SIG{how}"))
            stop = job.report()
            rig.check(stop["stopped"] and (how == "STOP" or (stop["echo"] and not stop["raw"])),
                      f"sftp's prompt: {how} stops it, with echo", stop)
            job.go_on()
            job.expect(b"sftp> ")
        job.type(b"pwd\n")
        job.expect(b"Remote working directory")
        job.expect(b"sftp> ")
        job.type(b"!echo child-$((1 + 1)); read x; echo got-$x\n")
        job.expect(b"child-2")
        job.type(b"\x1a")
        rig.check(job.report()["stopped"] == signal.SIGTSTP, "Ctrl-Z during !command stops both")
        job.go_on()
        job.type(b"it\n")
        job.expect(b"got-it")
        job.expect(b"sftp> ")
        job.type(b"quit\n")
        end = job.report()
        rig.check(end["status"] == 0 and end["echo"], "sftp's prompt: all goes on", (end, job.shown[-200:]))


def check_background(rig, clients):
    config = clients.config(clients.asking, "password", PubkeyAuthentication="no")
    argv = [rig.places["sshoal"], "-F", config, "-f", "127.0.0.1", f"sleep 0.3; echo done > {rig.path('in-background')}"]
    with Job(argv) as job:
        job.expect(b"'s password: ")
        job.type(b"\x03")
        end = job.report()
        rig.check(end["echo"] and end["status"] == -signal.SIGINT, "-f: Ctrl-C at a question", end)
    with Job(argv) as job:
        job.expect(b"'s password: ")
        job.type(PASSWORD.encode() + b"\n")
        end = job.report()
        early = not os.path.exists(rig.path("in-background"))
        until(lambda: os.path.exists(rig.path("in-background")) and rig.read(rig.path("in-background")))
        rig.check(end["status"] == 0 and early and rig.read(rig.path("in-background")) == b"done\n",
                  "-f goes into the background after the question, and the command runs", (end, early))


def check_askpass(rig, clients):
    log = rig.path("asked")
    say = rig.write("askpass", ASKPASS.format(log=log, passphrase=PASSPHRASE, password=PASSWORD), 0o700)
    nothing = {"DISPLAY": "", "WAYLAND_DISPLAY": "", "SSH_ASKPASS": say, "SSH_ASKPASS_REQUIRE": ""}

    def run(name, config, **env):
        if os.path.exists(log):
            os.remove(log)
        done = rig.run(clients.argv(name, config), env={**nothing, **env})
        return done, rig.read(log).decode() if os.path.exists(log) else ""

    for question, config, prompt, _ in clients.questions():
        for env in ({"SSH_ASKPASS_REQUIRE": "force"}, {"DISPLAY": ":7"}, {"WAYLAND_DISPLAY": "w"},
                    {"DISPLAY": ":7", "SSH_ASKPASS_REQUIRE": "prefer"}):
            done, asked = run("sshoal", config, **env)
            rig.check(done.out == b"inside\n" and asked.endswith(prompt.decode() + "\n"), f"SSH_ASKPASS, {question}, {env}",
                      (done, asked))
        for env in ({}, {"SSH_ASKPASS_REQUIRE": "prefer"}, {"DISPLAY": ":7", "SSH_ASKPASS_REQUIRE": "never"}):
            done, asked = run("sshoal", config, **env)
            rig.check(done.status == 255 and not asked and b"no terminal to ask at" in done.err and prompt.strip() in done.err,
                      f"no terminal to ask at, {question}, {env}", (done, asked))
        for name in ("sftp", "scp"):
            done, asked = run(name, config, SSH_ASKPASS_REQUIRE="force")
            rig.check(asked.endswith(prompt.decode() + "\n"), f"SSH_ASKPASS, {name}, {question}", (done, asked))
            done, asked = run(name, config)
            rig.check(b"no terminal to ask at" in done.err, f"no terminal to ask at, {name}, {question}", done)

    config = clients.config(clients.by_key, known=False, IdentityFile=clients.locked)
    done, asked = run("sshoal", config, SSH_ASKPASS_REQUIRE="force")
    rig.check(done.out == b"inside\n" and asked.startswith("The authenticity of host") and rig.read(rig.path("new")),
              "SSH_ASKPASS is asked about a host key", (done, asked))
    config = clients.config(clients.by_key, known=False, IdentityFile=clients.locked)
    done, _ = run("sshoal", config)
    rig.check(done.status == 255 and b"continue connecting" in done.err and b"no terminal to ask at" in done.err,
              "no terminal to ask about a host key", done)
    junk = rig.write("junk", f"#!/bin/sh\necho x >> {log}\necho junk\n", 0o700)
    config = clients.config(clients.by_key, known=False, IdentityFile=clients.locked)
    done, asked = run("sshoal", config, SSH_ASKPASS=junk, SSH_ASKPASS_REQUIRE="force")
    rig.check(done.status == 255 and asked.count("x") == 10, "a program that answers anything with the same is not asked for ever",
              (done, asked))
    for good in (9, 10, 11):
        counting = f"#!/bin/sh\necho x >> {log}\n[ $(wc -l < {log}) -ge {good} ] && echo yes || echo junk\n"
        patient = rig.write("patient", counting, 0o700)
        config = clients.config(clients.by_key, known=False, IdentityFile=clients.locked)
        run("sshoal", config, SSH_ASKPASS=patient, SSH_ASKPASS_REQUIRE="force")
        rig.check(os.path.exists(rig.path("new")) == (good <= 10), f"yes at the answer {good} of at most 10", good)
    config = clients.config(clients.by_key, known=False, IdentityFile=clients.locked)
    refusing = rig.write("refusing", "#!/bin/sh\necho yes\nexit 1\n", 0o700)
    done, _ = run("sshoal", config, SSH_ASKPASS=refusing, SSH_ASKPASS_REQUIRE="force")
    rig.check(done.status == 255 and not os.path.exists(rig.path("new")), "a program that ends with status 1 has said no", done)
    done, _ = run("sshoal", config, SSH_ASKPASS=rig.path("no-such-program"), SSH_ASKPASS_REQUIRE="force")
    rig.check(done.status == 255 and b"No such file or directory" in done.err, "a program that is not there is named", done)
    batch = clients.config(clients.asking, "password", PubkeyAuthentication="no", BatchMode="yes")
    done, asked = run("sshoal", batch, SSH_ASKPASS_REQUIRE="force")
    rig.check(done.status == 255 and not asked and b"no terminal" not in done.err, "BatchMode asks nobody", (done, asked))


def check_askpass_at_terminal(rig, clients):
    """Where there is a terminal, it is asked, unless a program is preferred."""
    say = rig.write("askpass", ASKPASS.format(log=rig.path("asked"), passphrase=PASSPHRASE, password=PASSWORD), 0o700)
    config = clients.config(clients.asking, "password", PubkeyAuthentication="no")
    common = {"SSH_ASKPASS": say, "DISPLAY": ":7", "WAYLAND_DISPLAY": ""}
    for wish in ("force", "prefer"):
        with Job(clients.argv("sshoal", config), {**common, "SSH_ASKPASS_REQUIRE": wish}) as job:
            job.expect(b"inside\r\n")
            rig.check(b"password" not in job.shown, f"SSH_ASKPASS_REQUIRE={wish} at a terminal: the program is asked", job.shown)
    for env in ({"SSH_ASKPASS_REQUIRE": ""}, {"SSH_ASKPASS_REQUIRE": "never"}, {"SSH_ASKPASS_REQUIRE": "prefer", "DISPLAY": ""}):
        with Job(clients.argv("sshoal", config), {**common, **env}) as job:
            job.expect(b"'s password: ")
            job.type(PASSWORD.encode() + b"\n")
            job.expect(b"inside\r\n")
            rig.check(True, f"at a terminal, {env}: the terminal is asked")


def refusing_sshd(rig):
    port = rig.port()
    lines = {"ListenAddress": f"127.0.0.1:{port}", "HostKey": rig.key("ed25519", "host"),
             "AuthorizedKeysFile": rig.authorized_keys(("ed25519",)), "StrictModes": "no", "PermitRootLogin": "yes",
             "PidFile": "none", "UsePAM": "no", "PermitTTY": "no"}
    config = rig.write("sshd.conf", "".join(f"{k} {v}\n" for k, v in lines.items()))
    if os.geteuid() == 0 and not os.path.isdir("/run/sshd"):
        os.mkdir("/run/sshd", 0o755)
    argv = [program("sshd"), "-D", "-e", "-f", config]
    return Running(rig, argv, port, [rig.public("ed25519", "host")], env=rig.other_account())


def check_refused_terminal(rig):
    try:
        server = refusing_sshd(rig)
    except Skipped as why:
        rig.note(f"a terminal that is refused: {why}")
        return
    with server:
        known = rig.write("known-sshd", f"[127.0.0.1]:{server.port} {server.host_keys[0]}\n")
        for name in (rig.places["sshoal"], program("ssh")):
            argv = [name, "-F", "none", "-i", rig.key("ed25519"), "-o", f"UserKnownHostsFile={known}", "-o", "IdentityAgent=none",
                    "-p", str(server.port)]
            what = os.path.basename(name)
            with Job([*argv, "127.0.0.1"]) as job:
                job.expect(b"PTY allocation request failed on channel 0")
                job.type(b"echo shell-$((20 + 3)); exit 3\n")
                job.expect(b"shell-23")
                end = job.report()
                rig.check(end["status"] == 3 and not end["raw"], f"{what}: a terminal is refused, and the shell runs", end)
            for flag in ("-t", "-tt"):
                with Job([*argv, flag, "127.0.0.1", "echo inside"]) as job:
                    job.expect(b"PTY allocation request failed on channel 0")
                    end = job.report()
                    rig.check(end["status"] == 255 and end["echo"], f"{what} {flag}: the terminal was asked for by name", end)


def check_no_home(rig, clients):
    """An account whose home is the root of the file system, or not there at all."""
    server = clients.by_key
    known = rig.write("known", f"[127.0.0.1]:{server.port} {server.public_host_key}\n")
    preload = {"LD_PRELOAD": rig.places["other-account"], "SSH_ASKPASS_REQUIRE": "never", "HOME": ""}
    before = sorted(os.listdir("/"))
    ways = {"sshoal": ["127.0.0.1", "true"], "sftp": ["127.0.0.1"], "scp": ["127.0.0.1:/dev/null", rig.path("null")]}
    for home in ("/", "//", "/no/such/home", ""):
        for name, words in ways.items():
            options = ["-o", "StrictHostKeyChecking=no", "-o", "IdentityAgent=none", "-o", f"Port={server.port}", "-o", "BatchMode=yes"]
            tracer = rig.path("trace")
            watched = "trace=open,openat,mkdir,mkdirat,stat,newfstatat,access"
            argv = [rig.strace, "-f", "-qq", "-e", watched, "-o", tracer] if rig.strace else []
            done = rig.run([*argv, rig.places[name], *options, *words], env={**preload, "INTEROP_HOME": home})
            rig.check(done.err.count(b"No home folder") == 1, f"{name}: home {home!r} is told once", done)
            if rig.strace:
                touched = re.findall(r'"(?:/+\.ssh|/no/such/home/)[^"]*"', rig.read(tracer).decode(errors="replace"))
                rig.check(not touched, f"{name}: home {home!r}: nothing below / is looked for", touched)
    rig.check(sorted(os.listdir("/")) == before, "nothing was written below /")
    done = rig.run([rig.places["sshoal"], "-i", clients.locked, "-o", f"UserKnownHostsFile={known}", "-o", "IdentityAgent=none",
                    "-o", f"Port={server.port}", "127.0.0.1", "echo inside"],
                   env={**preload, "INTEROP_HOME": "/", "SSH_ASKPASS": rig.path("askpass"), "SSH_ASKPASS_REQUIRE": "force"})
    rig.check(done.out == b"inside\n", "without a home folder, what is named is enough", done)
    home = rig.path("other-home")
    os.makedirs(home, exist_ok=True)
    options = ["-o", "StrictHostKeyChecking=no", "-o", f"Port={server.port}", "-o", "BatchMode=yes"]
    done = rig.run([rig.places["sshoal"], *options, "127.0.0.1", "true"], env={**preload, "INTEROP_HOME": "/", "HOME": home})
    rig.check(b"No home folder" not in done.err and os.path.exists(f"{home}/.ssh/known_hosts"),
              "HOME counts where the account's home is /", done)


def main():
    rig = Rig(dict(p.split("=", 1) for p in sys.argv[1:]))
    try:
        rig.strace = program("strace")
    except Skipped:
        rig.strace = None
        rig.note("no strace: what is looked for without a home folder is not seen")

    def test():
        with Clients(rig) as clients:
            check_signals(rig, clients)
            check_stopping(rig, clients)
            check_host_key_question(rig, clients)
            check_session(rig, clients)
            check_background(rig, clients)
            check_askpass(rig, clients)
            check_askpass_at_terminal(rig, clients)
            check_no_home(rig, clients)
        check_prompt(rig)
        check_refused_terminal(rig)

    return rig.verdict(test)


if __name__ == "__main__":
    sys.exit(main())
