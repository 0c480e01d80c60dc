#!/usr/bin/env python3
"""Other implementations' SFTP clients with our server, which serves files in memory: sftp_clients.py PEER SERVER

PEER is openssh, paramiko, asyncssh, putty, lftp, rclone or sshfs; SERVER is interop-sftp-server. Status: 0 all checks passed, 1 some
failed, 77 the peer is not installed. Run by Meson below contained.py, which ends what is left.
"""
import os
import signal
import subprocess
import sys
import time

from rig import Failed, Rig, Skipped, USER, program, python_with, until


class Server:
    """Our server on a port, with a user's key."""

    def __init__(self, rig, path):
        self.rig, self.port, self.log = rig, rig.port(), rig.path("server.log")
        host_key = rig.key("ed25519", "host")
        self.key = rig.key("ed25519")
        rig.start([path, str(self.port), host_key, rig.authorized_keys(("ed25519",))], self.log, self.port,
                  env={**os.environ, "SSHOAL_SFTP_LOG": "1"})
        host = rig.public("ed25519", "host")
        self.known_hosts = rig.write("known_hosts", f"[127.0.0.1]:{self.port} {host}\n")
        self.options = ["-F", "none", "-o", "BatchMode=yes", "-o", f"IdentityFile={self.key}", "-o", "IdentitiesOnly=yes",
                        "-o", f"UserKnownHostsFile={self.known_hosts}"]

    def logged(self, text):
        return until(lambda: text in self.rig.read(self.log).decode(errors="replace"))


def check_bulk(rig, name, path):
    good = os.path.exists(path) and rig.read(path) == rig.bulk
    rig.check(good, f"{name}: {len(rig.bulk)} bytes there and back are the same")


def openssh(rig, server):
    sftp = program("sftp")
    batch = rig.write("batch", f"""version
mkdir d
put -p {rig.bulk_file} d/bulk
get d/bulk {rig.path("back")}
reget d/bulk {rig.path("back")}
ls -la d
rename d/bulk d/moved
ln d/moved hard
ln -s d/moved soft
chmod 640 hard
chown 5 soft
chgrp 6 soft
df d
copy hard copied
get copied {rig.path("copied")}
-get none {rig.path("none")}
rm hard
rm soft
rm copied
-rmdir d
rm d/moved
rmdir d
pwd
""")
    done = rig.run([sftp, "-b", batch, "-P", str(server.port), *server.options, f"{USER}@127.0.0.1"])
    text = done.out.decode() + done.err.decode()
    rig.check(done.status == 0, "a batch of every command ends well", done, server.log)
    check_bulk(rig, "put and get", rig.path("back"))
    check_bulk(rig, "copy on the server", rig.path("copied"))
    rig.check("SFTP protocol version 3" in text, "version", text)
    rig.check('"/none" not found' in text, "a file that is not there", text)
    rig.check("remote rmdir \"/d\": Failure" in text or "rmdir" in text and "not empty" in text.lower(), "a folder that is not empty", text)
    rig.check("Remote working directory: /" in text, "pwd", text)
    rig.check(server.logged("close"), "the server logs what was closed")
    tree = rig.path("tree")
    for i in range(60):
        rig.write(f"tree/{i % 7}/file-{i}", f"text {i}" * i)
    rig.must([sftp, "-q", "-b", rig.write("up", f"put -r {tree}\nget -r tree {rig.path('tree-back')}\n"), "-P", str(server.port),
              *server.options, f"{USER}@127.0.0.1"])
    same = subprocess.run(["diff", "-r", tree, rig.path("tree-back")], capture_output=True, check=False)
    rig.check(same.returncode == 0, "a tree goes there and back", same.stdout)
    scp = rig.run([program("scp"), "-s", "-q", "-P", str(server.port), *server.options, rig.bulk_file, f"{USER}@127.0.0.1:by-scp"])
    rig.check(scp.status == 0, "scp over SFTP", scp)
    piped = subprocess.run([sftp, "-q", "-b", rig.write("piped", f"put {rig.bulk_file} x\nget x {rig.path('piped-back')}\n"), "-D",
                            rig.server_path], capture_output=True, timeout=60, check=False, cwd=rig.folder)
    rig.check(piped.returncode == 0, "the server on a pair of pipes (sftp -D)", piped.stderr)
    check_bulk(rig, "sftp -D", rig.path("piped-back"))


PARAMIKO = r"""
import hashlib, io, os, stat, sys, paramiko
port, user, key, bulk = int(sys.argv[1]), sys.argv[2], sys.argv[3], open(sys.argv[4], "rb").read()
t = paramiko.Transport(("127.0.0.1", port))
t.connect(username=user, pkey=paramiko.Ed25519Key.from_private_key_file(key))
s = paramiko.SFTPClient.from_transport(t)
def say(good, what): print("ok" if good else "FAILED", what, flush=True)
s.mkdir("p"); s.chdir("p")
s.putfo(io.BytesIO(bulk), "bulk", confirm=True)
back = io.BytesIO(); s.getfo("bulk", back)
say(back.getvalue() == bulk, "putfo and getfo are the same")
with s.open("bulk") as f:
    say(f.check("sha256", 0, 0, 0) == hashlib.sha256(bulk).digest(), "check() of the whole file")
    say(f.check("md5", 512, 2048, 1024) == hashlib.md5(bulk[512:1536]).digest() + hashlib.md5(bulk[1536:2560]).digest(), "check() in blocks")
    say(b"".join(f.readv([(5, 70000), (1000000, 3)])) == bulk[5:70005] + bulk[1000000:1000003], "readv")
    f.seek(-10, f.SEEK_END); say(f.read() == bulk[-10:], "seek from the end")
with s.open("small", "w") as f: f.write("one\ntwo\n")
with s.open("small", "a") as f: f.write("three\n")
with s.open("small", "r+") as f: f.seek(4); f.write("TWO")
with s.open("small") as f: say(f.readlines() == ["one\n", "TWO\n", "three\n"], "modes and lines")
s.chmod("small", 0o600); s.utime("small", (1000, 2000)); s.chown("small", 3, 4); s.truncate("small", 5)
a = s.stat("small")
say((stat.S_IMODE(a.st_mode), a.st_atime, a.st_mtime, a.st_uid, a.st_gid, a.st_size) == (0o600, 1000, 2000, 3, 4, 5), "attributes")
s.symlink("small", "link"); say(s.readlink("link") == "small" and stat.S_ISLNK(s.lstat("link").st_mode), "symlink")
say(s.normalize("./link") == "/p/small", "normalize")
s.rename("small", "renamed")
try: s.rename("renamed", "bulk"); say(False, "rename over a file")
except IOError: say(True, "rename over a file is refused")
s.posix_rename("renamed", "bulk"); say(s.stat("bulk").st_size == 5, "posix_rename")
for e, kind in (("none", FileNotFoundError), ("bulk", IOError)):
    try: s.listdir(e); say(False, e)
    except kind: say(True, f"listdir({e!r}) fails")
for i in range(300): s.open(f"many-{i}", "w").close()
say(sorted(s.listdir()) == sorted([".", "..", "bulk", "link"] + [f"many-{i}" for i in range(300)]) or len(s.listdir()) >= 302, "listdir")
say(len(list(s.listdir_iter(read_aheads=20))) >= 302, "listdir_iter with requests ahead")
for n in s.listdir():
    if n not in (".", ".."): s.remove(n)
s.chdir("/"); s.rmdir("p")
say("p" not in s.listdir(), "all is gone")
t.close()
"""

ASYNCSSH = r"""
import asyncio, os, sys, asyncssh
port, user, key, bulk_file, folder = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4], sys.argv[5]
def say(good, what): print("ok" if good else "FAILED", what, flush=True)
async def main():
    async with asyncssh.connect("127.0.0.1", port, username=user, client_keys=[key], known_hosts=None) as c:
        async with c.start_sftp_client() as s:
            await s.makedirs("a/b")
            await s.put(bulk_file, "a/b/bulk", preserve=True, max_requests=64)
            await s.get("a/b/bulk", folder + "/asyncssh-back", max_requests=64)
            say(open(folder + "/asyncssh-back", "rb").read() == open(bulk_file, "rb").read(), "put and get are the same")
            say(int((await s.stat("a/b/bulk")).mtime) == int(os.stat(bulk_file).st_mtime), "times are kept")
            await s.copy("a/b/bulk", "a/copy")
            say(await s.getsize("a/copy") == os.stat(bulk_file).st_size, "copy")
            async with s.open("text", "w") as f: await f.write("some text")
            async with s.open("text", "a") as f: await f.write(", and more")
            async with s.open("text", "r+") as f:
                await f.seek(5); await f.write("TEXT"); await f.truncate(12)
                say((await f.stat()).size == 12, "fstat")
                try: await f.fsync()
                except asyncssh.SFTPOpUnsupported: say(False, "fsync")
            async with s.open("text") as f: say(await f.read() == "some TEXT, a", "reads what was written")
            await s.symlink("text", "link"); await s.link("text", "hard")
            say(await s.readlink("link") == "text" and await s.islink("link") and await s.isfile("link"), "links")
            await s.posix_rename("hard", "link"); say(await s.isfile("link") and not await s.islink("link"), "posix_rename")
            await s.chmod("text", 0o604); say((await s.stat("text")).permissions & 0o777 == 0o604, "chmod")
            v = await s.statvfs("/"); say(v.bsize > 0 and v.bfree <= v.blocks, "statvfs")
            say(await s.realpath("a/../a/b/.") == "/a/b", "realpath")
            say(sorted(await s.glob("a/*")) == ["a/b", "a/copy"], "glob")
            try: await s.stat("none"); say(False, "a file that is not there")
            except asyncssh.SFTPNoSuchFile: say(True, "a file that is not there")
            await asyncio.gather(*[s.stat("text") for i in range(500)])
            say(True, "500 requests at once")
            files = [await s.open(f"f{i}", "wb") for i in range(50)]
            await asyncio.gather(*[f.write(bytes([i]) * 100000) for i, f in enumerate(files)])
            await asyncio.gather(*[f.close() for f in files])
            say(all([(await s.stat(f"f{i}")).size == 100000 for i in range(50)]), "50 files written side by side")
            await s.rmtree("a"); say(not await s.exists("a"), "rmtree")
asyncio.run(main())
"""


def python_peer(rig, server, module, script):
    interpreter = python_with(module)
    done = rig.run([interpreter, "-W", "ignore", rig.write(f"{module}-client.py", script), str(server.port), USER, server.key,
                    rig.bulk_file, rig.folder], seconds=100)
    lines = done.out.decode().splitlines()
    for line in lines:
        rig.check(line.startswith("ok"), line.partition(" ")[2])
    rig.check(done.status == 0 and len(lines) > 10, f"{module}'s script runs to its end", done, server.log)


def paramiko(rig, server):
    python_peer(rig, server, "paramiko", PARAMIKO)


def asyncssh(rig, server):
    python_peer(rig, server, "asyncssh", ASYNCSSH)


def putty(rig, server):
    psftp, puttygen = program("psftp"), program("puttygen")
    ppk = rig.path("user.ppk")
    rig.must([puttygen, server.key, "-O", "private", "-o", ppk])
    host = rig.must([program("ssh-keygen"), "-l", "-f", rig.key("ed25519", "host") + ".pub"]).out.decode().split()[1]
    batch = rig.write("psftp.batch", f"mkdir d\nput {rig.bulk_file} d/bulk\nget d/bulk {rig.path('back')}\nls d\nmv d/bulk d/moved\n"
                      "chmod 600 d/moved\ndel d/moved\nrmdir d\npwd\n")
    done = rig.run([psftp, "-batch", "-be", "-P", str(server.port), "-i", ppk, "-hostkey", host, "-b", batch, f"{USER}@127.0.0.1"],
                   env={"HOME": rig.folder})
    rig.check(done.status == 0, "a batch ends well", done, server.log)
    check_bulk(rig, "put and get", rig.path("back"))
    rig.check(b"bulk" in done.out and b"Remote directory is /" in done.out, "ls and pwd", done)


def wrapped_ssh(server):
    return " ".join(["ssh", "-p", str(server.port), *server.options])


def lftp(rig, server):
    commands = f"""set sftp:connect-program "{wrapped_ssh(server)} -a -x"
set net:timeout 20
set net:max-retries 1
set xfer:clobber on
open sftp://{USER}:x@127.0.0.1:{server.port}
mkdir -p d/e
put {rig.bulk_file} -o d/bulk
get d/bulk -o {rig.path("back")}
mv d/bulk d/e/moved
ls d/e
chmod 600 d/e/moved
mirror -R {rig.path("tree")} tree
mirror --parallel=4 tree {rig.path("tree-back")}
rm -r d tree
cls -1 /
"""
    for i in range(20):
        rig.write(f"tree/{i % 3}/file-{i}", "x" * i)
    done = rig.run([program("lftp"), "-f", rig.write("lftp.script", commands)], env={"HOME": rig.folder}, seconds=100)
    rig.check(done.status == 0, "a script ends well", done, server.log)
    check_bulk(rig, "put and get", rig.path("back"))
    same = subprocess.run(["diff", "-r", rig.path("tree"), rig.path("tree-back")], capture_output=True, check=False)
    rig.check(same.returncode == 0, "mirror there and back", same.stdout)
    rig.check(b"moved" in done.out, "ls", done)


def rclone(rig, server):
    remote = f":sftp,host=127.0.0.1,port={server.port},user={USER},key_file={server.key},known_hosts_file={server.known_hosts}," \
             "shell_type=none:"
    config = ["--config", rig.write("rclone.conf", ""), "--retries", "1"]
    for i in range(40):
        rig.write(f"tree/{i % 3}/file-{i}", "x" * i)
    rig.write("tree/bulk", rig.bulk)
    command = [program("rclone"), *config]
    done = rig.run([*command, "sync", rig.path("tree"), remote + "tree"], seconds=100)
    rig.check(done.status == 0, "sync to the server", done, server.log)
    done = rig.run([*command, "sync", remote + "tree", rig.path("tree-back")], seconds=100)
    rig.check(done.status == 0, "sync from the server", done, server.log)
    same = subprocess.run(["diff", "-r", rig.path("tree"), rig.path("tree-back")], capture_output=True, check=False)
    rig.check(same.returncode == 0, "a tree goes there and back", same.stdout)
    done = rig.run([*command, "check", "--download", rig.path("tree"), remote + "tree"], seconds=100)
    rig.check(done.status == 0, "check finds no difference", done)
    done = rig.run([*command, "moveto", remote + "tree/bulk", remote + "tree/moved"])
    rig.check(done.status == 0, "moveto", done)
    done = rig.run([*command, "purge", remote + "tree"])
    rig.check(done.status == 0, "purge", done)
    done = rig.run([*command, "about", remote])
    rig.check(done.status == 0 and b"Total" in done.out, "about", done)


def sshfs(rig, server):
    mount, point = program("sshfs"), rig.path("mounted")
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        raise Skipped("/dev/fuse cannot be used")
    os.mkdir(point)
    options = [o for o in server.options if o not in ("-F", "none")]
    done = rig.run([mount, "-p", str(server.port), "-F", "/dev/null", *options, f"{USER}@127.0.0.1:/", point])
    if done.status != 0 and b"fuse" in done.err:
        raise Skipped(f"FUSE does not work here: {done.err.decode()}")
    rig.check(done.status == 0, "mounted", done, server.log)
    try:
        there = os.path.join(point, "bulk")
        with open(there, "wb") as f:
            f.write(rig.bulk)
        check_bulk(rig, "written and read", there)
        os.mkdir(os.path.join(point, "d"))
        os.rename(there, os.path.join(point, "d", "moved"))
        os.symlink("d/moved", os.path.join(point, "link"))
        rig.check(os.path.getsize(os.path.join(point, "link")) == len(rig.bulk), "rename and symlink")
        with open(os.path.join(point, "d", "moved"), "r+b") as f:
            f.seek(1000)
            f.write(b"changed")
            f.truncate(5000)
        with open(os.path.join(point, "link"), "rb") as f:
            rig.check(f.read() == rig.bulk[:1000] + b"changed" + rig.bulk[1007:5000], "written in the middle and cut")
        for i in range(200):
            with open(os.path.join(point, f"file-{i}"), "w", encoding="ascii") as f:
                f.write(str(i))
        rig.check(len(os.listdir(point)) == 202, "a folder of many files", os.listdir(point))
        os.chmod(os.path.join(point, "file-1"), 0o640)
        rig.check(os.stat(os.path.join(point, "file-1")).st_mode & 0o777 == 0o640, "chmod")
        rig.check(os.statvfs(point).f_blocks > 0, "statvfs")
        done = rig.run(["rm", "-rf", *[os.path.join(point, n) for n in os.listdir(point)]])
        rig.check(done.status == 0 and not os.listdir(point), "all is removed", done)
    finally:
        rig.run(["fusermount3", "-u", point])
        time.sleep(0.1)


def main():
    peer, path = sys.argv[1:]
    rig = Rig({})
    rig.server_path = path
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        peers = {f.__name__: f for f in (openssh, paramiko, asyncssh, putty, lftp, rclone, sshfs)}
        peers[peer](rig, Server(rig, path))
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
