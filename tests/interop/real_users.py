#!/usr/bin/env python3
"""Programs that people use every day, through tunnels with our part at one end or at both.

    real_users.py sshoal=PROGRAM sshoald=PROGRAM other-account=LIBRARY

psql, redis-cli, git and curl go through ports of -L, and curl through a SOCKS port that resolves names at the other end.
Status: 0 all checks passed, 1 some failed, 77 OpenSSH is not installed.
"""
import glob
import os
import shutil
import sys
import tempfile

from example_clients import start_web_server
from forwarding import OpensshClient, Sshd, Sshoal, Sshoald, curl
from rig import Rig, Skipped, digest, program


def web(rig):
    port = start_web_server(rig)
    rig.write("page", rig.bulk)

    def use(through):
        done = rig.run([program("curl"), "-sS", "--max-time", "20", f"http://127.0.0.1:{through}/page"])
        return digest(done.out) == digest(rig.bulk), done.err
    return port, use


def database(rig):
    """The server does not run as root."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    if not found:
        raise Skipped("postgres is not installed")
    psql, bin_folder = program("psql"), os.path.dirname(found[-1])
    folder = tempfile.mkdtemp(prefix="sshoal-pg.")
    rig.elsewhere.append(folder)
    as_user = []
    if os.getuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        as_user = [program("setpriv"), "--reuid=postgres", "--regid=postgres", "--clear-groups", "env", f"HOME={folder}"]
    rig.must([*as_user, f"{bin_folder}/initdb", "-D", f"{folder}/data", "-A", "trust", "-U", "tester", "--no-sync", "--no-locale", "-E", "UTF8"])
    port = rig.port()
    rig.start([*as_user, f"{bin_folder}/postgres", "-D", f"{folder}/data", "-p", str(port), "-c", "listen_addresses=127.0.0.1",
               "-c", "unix_socket_directories=", "-c", "fsync=off"], rig.path("postgres.log"), port)

    def use(through):
        done = rig.run([psql, "-X", "-At", "-h", "127.0.0.1", "-p", str(through), "-U", "tester", "-d", "postgres", "-c",
                        "select sum(n), length(repeat('x', 1000000)) from generate_series(1, 1000) n; select repeat('y', 1000000)"])
        return done.out == b"500500|1000000\n" + b"y" * 1_000_000 + b"\n", done.err
    return port, use


def cache(rig):
    client, port = program("redis-cli"), rig.port()
    rig.start([program("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
              rig.path("redis.log"), port)

    def use(through):
        lines = "".join(f"SET key{i} value{i}\n" for i in range(500)) + "GET key499\n"
        done = rig.run([client, "-h", "127.0.0.1", "-p", str(through)], stdin=lines.encode())
        return done.out == b"OK\n" * 500 + b"value499\n", done.err
    return port, use


def repository(rig):
    git, port, base = program("git"), rig.port(), rig.path("repositories")
    quiet = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null", "GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@example.org",
             "GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@example.org"}
    first = rig.write("first/file", rig.bulk)
    folder = os.path.dirname(first)
    for words in (["init", "-q"], ["add", "file"], ["commit", "-q", "-m", "one"]):
        rig.must([git, "-C", folder, *words], env=quiet)
    rig.must([git, "clone", "-q", "--bare", folder, f"{base}/all.git"], env=quiet)
    rig.start([git, "daemon", "--reuseaddr", "--export-all", "--enable=receive-pack", f"--base-path={base}", "--listen=127.0.0.1",
               f"--port={port}"], rig.path("git.log"), port, env={**os.environ, **quiet, "HOME": base})

    def use(through):
        copy = rig.path(f"copy-{through}")
        url = f"git://127.0.0.1:{through}/all.git"
        done = rig.run([git, "clone", "-q", url, copy], env=quiet)
        if done.status == 0:
            rig.write(f"copy-{through}/more", str(through))
            for words in (["add", "more"], ["commit", "-q", "-m", "more"]):
                rig.must([git, "-C", copy, *words], env=quiet)
            done = rig.run([git, "-C", copy, "push", "-q", url, f"HEAD:refs/heads/from-{through}"], env=quiet)
        return done.status == 0 and rig.read(f"{copy}/file") == rig.bulk, done.err
    return port, use


def work(rig):
    services = {}
    for name, start in (("curl", web), ("psql", database), ("redis-cli", cache), ("git", repository)):
        try:
            services[name] = start(rig)
        except Skipped as why:
            rig.note(f"left out: {name}: {why}")
    ours, theirs = Sshoald(rig), Sshd(rig)
    for what, client, server in (("ssh and sshoald", OpensshClient, ours), ("sshoal and sshd", Sshoal, theirs), ("sshoal and sshoald", Sshoal, ours)):
        here = {name: rig.port() for name in [*services, "socks"]}
        options = [word for name, (port, _) in services.items() for word in ("-L", f"127.0.0.1:{here[name]}:127.0.0.1:{port}")]
        with client(server, *options, "-D", f"127.0.0.1:{here['socks']}") as tunnel:
            for name, (port, use) in services.items():
                good, err = use(here[name])
                rig.check(good, f"{what}: {name}", err, tunnel.log)
            done = curl(rig, "--socks5-hostname", here["socks"], f"http://localhost:{services['curl'][0]}/page")
            rig.check(digest(done.out) == digest(rig.bulk), f"{what}: curl by SOCKS, the name resolved at the other end", done.err, tunnel.log)


def main():
    rig = Rig(dict(p.split("=", 1) for p in sys.argv[1:]))
    program("ssh"), program("sshd"), program("curl")
    return rig.verdict(lambda: work(rig))


if __name__ == "__main__":
    sys.exit(main())
