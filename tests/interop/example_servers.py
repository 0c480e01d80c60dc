#!/usr/bin/env python3
"""The servers of examples/ with ssh, sftp, scp and git: example_servers.py PROGRAM=PATH... other-account=LIBRARY"""
import hashlib
import hmac
import os
import re
import struct
import subprocess
import sys
import time

from example_bench import Bench
from rig import USER, Rig, Skipped, program, python_with, until

# It changes the size of its window, and sends a signal.
TERMINAL_CLIENT = """
import asyncio, asyncssh, sys

async def main():
    to = {"port": int(sys.argv[1]), "username": sys.argv[2], "client_keys": [sys.argv[3]], "known_hosts": None, "config": [], "agent_path": None}
    async with asyncssh.connect("127.0.0.1", **to) as connection:
        process = await connection.create_process(term_type="vt100", term_size=(80, 24))
        process.change_terminal_size(132, 50)
        process.send_signal("USR1")
        print(await process.stdout.readuntil("USR1"))
asyncio.run(main())
"""


def folder_for(bench, name):
    """Returns: a folder with a host key and authorized_keys, as some servers want it."""
    rig = bench.rig
    rig.write(f"home/{name}/host_key", rig.read(bench.host_key))
    rig.write(f"home/{name}/authorized_keys", rig.public("ed25519") + "\n")
    return rig.path("home", name)


def password_of(bench, log):
    until(lambda: b"password " in bench.rig.read(log))
    return re.search(rb"password (\S{8})", bench.rig.read(log))[1]


def ssh(bench, port, *words, options=(), **how):
    return bench.rig.run([*bench.openssh("ssh", port, *options, **how), "127.0.0.1", *words])


def sftp(bench, port, batch):
    return bench.rig.run([*bench.openssh("sftp", port, "-b", "-"), "127.0.0.1"], stdin=batch.encode())


def on_terminal(bench, port, *answers, options=(), words=(), **how):
    return bench.rig.run_on_terminal([*bench.openssh("ssh", port, "-tt", *options, **how), "127.0.0.1", *words], answers)


def check_programs(bench):
    rig = bench.rig
    port, _, log = bench.server("program_server", bench.host_key)
    done = ssh(bench, port, "echo out; echo err >&2; exit 6")
    rig.check((done.status, done.out, done.err) == (6, b"out\n", b"err\n"), "program_server", done, log)
    for name, greeting, words in (("tiny_server", b"Welcome", ["who"]), ("server_per_core", b"several threads", ["hello"])):
        port, process, log = bench.server(name)
        argv, answers = bench.password_ssh("ssh", port, "guest", password_of(bench, log), "127.0.0.1", *words)
        done = rig.run_on_terminal(argv, answers)
        rig.check(done.status == 0 and (b"guest from 127.0.0.1:" if name == "tiny_server" else greeting) in done.out, name, done, log)
        if name == "tiny_server":
            argv, answers = bench.password_ssh("ssh", port, "guest", password_of(bench, log), "-tt", "127.0.0.1")
            answers += [(b"> ", b"datx\x7fe"), (b"> ", b"\x1b[A"), (b"> ", b"nothing"), (b"no such command", b"exit")]
            done = rig.run_on_terminal(argv, answers)
            rig.check(done.status == 0 and done.out.count(time.strftime(" %Y").encode()) == 2, "tiny_server: editing, and the line before", done, log)
        rig.end(process)


def check_from_file(bench):
    rig = bench.rig
    port, keys = rig.port(), rig.write("home/.ssh/authorized_keys", rig.public("ed25519") + "\n")
    bench.trust(port)
    here = f"Port {port}\nListenAddress 127.0.0.1\nHostKey {bench.host_key}\nAuthorizedKeysFile {keys}\n"
    for rules, let_in in (("", True), (f"DenyUsers {USER}\n", False), (f"Match address 127.0.0.0/8\nDenyUsers {USER}\n", False)):
        log = rig.path("from-file.log")
        process = rig.start([rig.places["server_from_file"], rig.write("from-file.conf", here + rules)], log, port, env=rig.other_account())
        done = ssh(bench, port, "echo in")
        rig.check((done.out == b"in\n") == let_in, f"server_from_file: {rules or 'the key'}", done, log)
        rig.end(process)


def check_files(bench):
    rig = bench.rig
    port, process, log = bench.server("virtual_sftp_server")
    argv, answers = bench.password_ssh("sftp", port, "guest", password_of(bench, log), "127.0.0.1")
    done = rig.run_on_terminal(argv, [*answers, (b"sftp> ", b"ls -l"), (b"sftp> ", b"lcd " + rig.folder.encode()), (b"sftp> ", b"get now"),
                                      (b"sftp> ", b"get /dice"), (b"sftp> ", b"get none"), (b"sftp> ", b"put bulk"), (b"sftp> ", b"quit")])
    rig.check(done.status == 0 and b"-r--r--r--" in done.out and b"seconds since 1970" in rig.read(rig.path("now"))
              and rig.read(rig.path("dice")).strip() in b"1 2 3 4 5 6".split(), "virtual_sftp_server", done, log)
    rig.check(b'"/none" not found' in done.out and b"ermission denied" in done.out, "virtual_sftp_server: what is not there, and writing", done, log)
    rig.end(process)

    port, process, log = bench.server("drop_box", folder_for(bench, "box"))
    for name, content in {"letter": "hello", "program.exe": "MZ...", "none": ""}.items():
        rig.write(name, content)
    done = sftp(bench, port, f"put {rig.path('letter')}\nput {rig.bulk_file} sub-bulk\nput {rig.path('none')}\n")
    rig.check(done.status == 0, "drop_box: uploads", done, log)
    for text in ("received /letter, 5 bytes", f"received /sub-bulk, {len(rig.bulk)} bytes", "received /none, 0 bytes"):
        bench.says(log, text, f"drop_box: {text}")
    done = sftp(bench, port, f"put {rig.path('program.exe')}\n")
    rig.check(done.status == 1 and b"received /program.exe" not in rig.read(log), "drop_box: an upload that is not wanted", done, log)
    rig.check(sftp(bench, port, "get letter\n").status == 1, "drop_box: gives nothing back", "", log)
    rig.end(process)

    os.makedirs(rig.path("served/in"), exist_ok=True)
    rig.write("served/in/file", "contents\n")
    os.symlink("/etc/passwd", rig.path("served/out"))
    port, process, log = bench.server("file_server", bench.host_key, rig.path("served"))
    out = rig.path("out")
    done = sftp(bench, port, f"get /in/file {rig.path('file')}\nput {rig.bulk_file} /in/bulk\n-get /out {out}\n-get ../../etc/passwd {out}\n")
    rig.check(done.status == 0 and rig.read(rig.path("file")) == b"contents\n" and rig.read(rig.path("served/in/bulk")) == rig.bulk
              and not os.path.exists(rig.path("out")), "file_server: sftp", done, log)
    bench.says(log, "in/bulk", "file_server: the log tells of files")
    done = rig.run([*bench.openssh("scp", port, "-O"), "127.0.0.1:/in/file", rig.path("by-scp")])
    rig.check(done.status == 0 and rig.read(rig.path("by-scp")) == b"contents\n", "file_server: the old scp", done, log)
    bench.check(ssh(bench, port, "echo in"), 1, "files only", "file_server: no commands", log)
    rig.end(process)
    port, process, log = bench.server("file_server", bench.host_key, rig.path("served"), "read-only")
    done = sftp(bench, port, f"get /in/file {rig.path('file')}\nput {rig.bulk_file} /in/more\n")
    rig.check(done.status == 1 and not os.path.exists(rig.path("served/in/more")), "file_server: read-only", done, log)
    rig.end(process)


def check_git(bench):
    rig, folder = bench.rig, folder_for(bench, "repositories")
    rig.write("home/repositories/accounts", f"alice rw {rig.public('ed25519')}\nbob r {rig.public('ecdsa-256')}\n")
    git = program("git")
    rig.must([git, "init", "-q", "--bare", "-b", "main", folder + "/it.git"])
    port, process, log = bench.server("git_server", folder)

    def run(*words, key=None):
        command = " ".join(bench.openssh("ssh", port, key=key, user="git"))
        identity = {k: v for who in ("AUTHOR", "COMMITTER") for k, v in ((f"GIT_{who}_NAME", "alice"), (f"GIT_{who}_EMAIL", "alice@example.org"))}
        return rig.run([git, "-c", "safe.directory=*", "-c", "init.defaultBranch=main", *words],
                       env={**identity, "GIT_SSH_COMMAND": command, "GIT_SSH_VARIANT": "ssh", "HOME": bench.home})
    url, work = f"ssh://git@127.0.0.1:{port}/it.git", rig.path("work-tree")
    bench.check(run("clone", "-q", url, work), 0, "", "git_server: clone", log)
    rig.write("work-tree/bulk", rig.bulk)
    run("-C", work, "add", "bulk"), run("-C", work, "commit", "-qm", "bulk")
    bench.check(run("-C", work, "push", "-q", "origin", "HEAD:main"), 0, "", "git_server: push of 8 MiB", log)
    bench.check(run("clone", "-q", url, rig.path("bobs"), key=rig.key("ecdsa-256")), 0, "", "git_server: a reader clones", log)
    rig.check(rig.read(rig.path("bobs/bulk")) == rig.bulk, "git_server: and gets what was pushed")
    bench.check(run("-C", work, "push", "origin", "HEAD:more", key=rig.key("ecdsa-256")), 128, "bob may not write to it.git",
                "git_server: a reader cannot push", log)
    bench.check(run("clone", url, rig.path("strangers"), key=rig.key("ed25519", "stranger")), 128, "Permission denied", "git_server: a stranger", log)
    bench.check(ssh(bench, port, user="git"), 128, "Hello alice. Only git works here.", "git_server: no shell", log)
    bench.check(run("clone", url.replace("it.git", "../it.git"), rig.path("above")), 128, "Only git works here", "git_server: no way out", log)
    rig.end(process)


def check_chat(bench):
    rig, folder = bench.rig, folder_for(bench, "room")
    rig.write("home/room/names", "")
    port, process, log = bench.server("chat", folder)
    listener = subprocess.Popen([*bench.openssh("ssh", port, "-T", user="bob", key=rig.key("ecdsa-256")), "127.0.0.1"], stdin=subprocess.PIPE,
                                stdout=open(rig.path("heard"), "wb"))
    bench.says(log, "* bob comes", "chat: a member without a terminal")
    done = on_terminal(bench, port, (b"alice> ", b"good morningx\x7f"), (b"<alice> good morning", b"\x04"), user="alice")
    rig.check(done.status == 0, "chat: a member on a terminal", done, log)
    bench.says(rig.path("heard"), "* alice comes\n<alice> good morning\n* alice goes\n", "chat: the others hear it")
    done = on_terminal(bench, port, user="alice", key=rig.key("ecdsa-256"))
    rig.check(done.status == 255, "chat: a name that belongs to another key", done, log)
    bench.check(ssh(bench, port, user="Not-A-Name"), 255, "Permission denied", "chat: a name that is no name", log)
    process.send_signal(2)
    rig.check(process.wait(10) == 0, "chat: SIGINT ends it", "", log)
    listener.wait(10)
    bench.says(rig.path("heard"), "* the room closes", "chat: members are told")
    port, process, log = bench.server("chat", folder)
    done = on_terminal(bench, port, user="alice", key=rig.key("ecdsa-256"))
    rig.check(done.status == 255, "chat: names outlive the program", done, log)


def check_sessions(bench):
    port, process, log = bench.server("show_session", bench.host_key)
    rig = bench.rig
    done = ssh(bench, port, "a command", options=["-oSetEnv=COLOUR=red"])
    rig.check(done.status == 0 and all(t in done.out for t in (b"user: " + USER.encode(), b"client: SSH-2.0-OpenSSH", b"command: a command\n",
                                                               b"variable: COLOUR=red\n")), "show_session", done, log)
    done = on_terminal(bench, port, (b"rows", b"\x04"))
    rig.check(done.status == 0 and b"terminal: " in done.out, "show_session: a terminal", done, log)
    try:
        done = rig.run([python_with("asyncssh"), "-W", "ignore", "-c", TERMINAL_CLIENT, str(port), USER, bench.key])
        texts = (b"vt100, 80 columns, 24 rows", b"window: 132 columns, 50 rows", b"signal: USR1")
        rig.check(done.status == 0 and all(t in done.out for t in texts), "show_session: events", done, log)
    except Skipped as why:
        rig.note(f"show_session: no events: {why}")
    rig.end(process)


def one_time_code(secret, moment):
    mac = hmac.new(secret, struct.pack(">Q", int(moment) // 30), hashlib.sha1).digest()
    return f"{(struct.unpack('>I', mac[mac[19] & 15:][:4])[0] & 0x7fffffff) % 1000000:06d}".encode()


def check_two_factors(bench):
    rig, folder = bench.rig, folder_for(bench, "factors")
    secret = os.urandom(20)
    rig.write("home/factors/secret", secret)
    port, process, log = bench.server("two_factor_server", folder)
    code = one_time_code(secret, time.time())
    done = on_terminal(bench, port, (b"Code: ", code), words=["echo", "in"])
    bench.check(done, 0, "in\n", "two_factor_server", log)
    done = on_terminal(bench, port, (b"Code: ", code), (b"Code: ", b"000"), (b"Code: ", b""), words=["echo", "in"])
    rig.check(done.status == 255 and b"in\n" not in done.out, "two_factor_server: a code twice, a wrong code, no code", done, log)
    done = on_terminal(bench, port, (b"Code: ", one_time_code(secret, time.time() + 30)), words=["echo", "in"], key=rig.key("ecdsa-256"))
    rig.check(done.status == 255 and b"Code" not in done.out, "two_factor_server: no key, no question", done, log)
    rig.end(process)
    rig.write("home/factors/secret", b"short")
    done = bench.run("two_factor_server", rig.port(), folder)
    bench.check(done, 1, "has no 20 bytes", "two_factor_server: no secret")


def check_forwarding(bench):
    rig, (inner, _) = bench.rig, bench.sshd()
    keys = rig.write("home/gate_keys", rig.public("ed25519") + "\n")
    port, process, log = bench.server("forward_server", bench.host_key, keys)
    address = f"127.0.0.1:{inner}"
    done = rig.run(bench.openssh("ssh", port, "-oLogLevel=INFO", "-W", address) + ["127.0.0.1"])
    rig.check(b"not through this gate" in done.err, "forward_server: its policy", done, log)
    done = rig.run(bench.openssh("ssh", port, "-R", "0:" + address) + ["-oExitOnForwardFailure=yes", "-N", "127.0.0.1"])
    rig.check(done.status == 255, "forward_server: a port that the user may not have", done, log)
    ops = rig.path("ops.log")
    argv = bench.openssh("ssh", port, "-oLogLevel=INFO", "-R", "0:" + address, user="ops")
    ssh = rig.start([*argv, "-N", "127.0.0.1"], ops, env={**os.environ, **bench.env})
    bench.says(ops, "Allocated port", "forward_server: a port for ops")
    rig.end(ssh)
    done = rig.run(bench.openssh("ssh", port) + ["127.0.0.1", "true"])
    rig.check(done.status != 0, "forward_server: no sessions", done, log)
    rig.end(process)


def main():
    rig = Rig(dict(word.split("=", 1) for word in sys.argv[1:]))

    def test():
        bench = Bench(rig)
        check_programs(bench)
        check_from_file(bench)
        check_files(bench)
        try:
            check_git(bench)
        except Skipped as why:
            rig.note(f"git_server: {why}")
        check_chat(bench)
        check_sessions(bench)
        check_two_factors(bench)
        check_forwarding(bench)
    return rig.verdict(test)


if __name__ == "__main__":
    sys.exit(main())
