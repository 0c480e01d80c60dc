"""Programs of others that speak SFTP, each against our server: sftp, psftp, lftp, rclone, sshfs. See sftp_clients.py."""
import os
import subprocess
import time

from rig import USER, Skipped, program

SIZES = ("empty", "one", "bulk")
MANY = {f"entry-{i}" for i in range(500)}


def make_tree(rig):
    for i in range(60):
        rig.write(f"tree/{i % 7}/file-{i}", f"text {i}" * i)
    return rig.path("tree")


def check_sizes(rig, folder):
    for name in SIZES:
        path = os.path.join(folder, name)
        rig.check(os.path.exists(path) and rig.read(path) == rig.read(rig.path(name)), f"{name}: what came back is what was sent")


def check_tree(rig, back):
    same = subprocess.run(["diff", "-r", rig.path("tree"), back], capture_output=True, check=False)
    rig.check(same.returncode == 0, "a tree goes there and back", same.stdout)


def check_many(rig, listed):
    rig.check({os.path.basename(word) for word in listed} >= MANY, "500 entries", len(listed))


def openssh(rig, server):
    commands = f"""version
mkdir d
put -p {rig.path("empty")} d/
put -p {rig.path("one")} d/
put -p {rig.bulk_file} d/
get d/* {rig.path("back")}/
reget d/bulk {rig.path("back")}/bulk
ls -la d
rename d/bulk d/moved
ln d/moved hard
ln -s d/moved soft
ls -l soft
chmod 640 hard
chown {os.getuid()} hard
chgrp {os.getgid()} hard
ls -ln hard
df d
copy hard copied
get copied {rig.path("copied")}
-get none {rig.path("none")}
-rmdir d
ls -1 many
put -r {make_tree(rig)}
get -r tree {rig.path("tree-back")}
rm hard
rm copied
rm d/*
rmdir d
pwd
"""
    os.mkdir(rig.path("back"))
    sftp = program("sftp")
    done = rig.run([sftp, "-b", rig.write("batch", commands), "-P", str(server.port), *server.options, f"{USER}@127.0.0.1"])
    text = done.out.decode() + done.err.decode()
    rig.check(done.status == 0, "a batch of every command ends well", done, server.log)
    check_sizes(rig, rig.path("back"))
    check_tree(rig, rig.path("tree-back"))
    check_many(rig, text.split())
    rig.check(rig.read(rig.path("copied")) == rig.bulk, "copy on the server")
    for what, words in (("version", "SFTP protocol version 3"), ("a file that is not there", '"/none" not found'),
                        ("ln -s", "soft"), ("chmod", "-rw-r-----"), ("pwd", "Remote working directory: /"),
                        ("a folder that is not empty", 'remote rmdir "/d": Failure')):
        rig.check(words in text, what, text)
    rig.check(server.logged("close"), "the server logs what was closed")
    scp = rig.run([program("scp"), "-s", "-q", "-P", str(server.port), *server.options, rig.bulk_file,
                   f"{USER}@127.0.0.1:by-scp"])
    # LeakSanitizer cannot look at a process that is protected from its own user, and makes that its exit status.
    rig.check(scp.status == 0 or b"LeakSanitizer has encountered a fatal error" in scp.err, "scp over SFTP", scp)
    pipes = rig.write("pipes", f"put {rig.bulk_file} x\nget x {rig.path('by-pipes')}\n")
    done = rig.run([sftp, "-q", "-b", pipes, "-D", server.path])
    rig.check(done.status == 0 and rig.read(rig.path("by-pipes")) == rig.bulk, "the server on a pair of pipes (sftp -D)", done)


def putty(rig, server):
    psftp, puttygen = program("psftp"), program("puttygen")
    ppk = rig.path("user.ppk")
    rig.must([puttygen, server.key, "-O", "private", "-o", ppk])
    host = rig.must([program("ssh-keygen"), "-l", "-f", rig.key("ed25519", "host") + ".pub"]).out.decode().split()[1]
    os.mkdir(rig.path("back"))
    lines = ["mkdir d", "cd d"]
    lines += [f"put {rig.path(name)} {name}" for name in SIZES]
    lines += [f"get {name} {rig.path('back')}/{name}" for name in SIZES]
    lines += ["mv bulk moved", "chmod 600 moved", "ls", f"put -r {make_tree(rig)} tree", f"get -r tree {rig.path('tree-back')}",
              "ls /many", "del moved empty one", "cd /", "pwd", "rmdir d/nothing"]
    done = rig.run([psftp, "-batch", "-be", "-P", str(server.port), "-i", ppk, "-hostkey", host, "-b",
                    rig.write("psftp.batch", "\n".join(lines) + "\n"), f"{USER}@127.0.0.1"], env={"HOME": rig.folder})
    text = done.out.decode()
    rig.check("Remote directory is /\n" in text, "the batch runs to its end", done, server.log)
    check_sizes(rig, rig.path("back"))
    check_tree(rig, rig.path("tree-back"))
    check_many(rig, text.split())
    rig.check("moved" in text and "-rw-------" in text, "mv and chmod", text)
    rig.check("no such file" in text, "a folder that is not there", text)


def lftp(rig, server):
    os.mkdir(rig.path("back"))
    ssh = " ".join(["ssh", "-p", str(server.port), *server.options])
    commands = f"""set sftp:connect-program "{ssh} -a -x"
set net:timeout 20
set net:max-retries 1
set xfer:clobber on
open sftp://{USER}:x@127.0.0.1:{server.port}
mkdir -p d/e
mput -O d {" ".join(rig.path(name) for name in SIZES)}
mget -O {rig.path("back")} d/empty d/one d/bulk
mv d/bulk d/e/moved
chmod 600 d/e/moved
ln -s e/moved d/link
ls d d/e
cat d/link | wc -c
mirror -R {make_tree(rig)} tree
mirror --parallel=4 tree {rig.path("tree-back")}
cls -1 many/
rm -r d tree
cls -1 /
"""
    done = rig.run([program("lftp"), "-f", rig.write("lftp.script", commands)], env={"HOME": rig.folder}, seconds=100)
    text = done.out.decode()
    rig.check(done.status == 0, "a script ends well", done, server.log)
    check_sizes(rig, rig.path("back"))
    check_tree(rig, rig.path("tree-back"))
    check_many(rig, text.split())
    rig.check("-rw-------" in text and "moved" in text, "mv and chmod", text)
    rig.check("lrwxrwxrwx" in text and f"{len(rig.bulk)}\n" in text, "ln -s", text)


def rclone(rig, server):
    remote = f":sftp,host=127.0.0.1,port={server.port},user={USER},key_file={server.key},known_hosts_file={server.known_hosts}," \
             "shell_type=none:"
    command = [program("rclone"), "--config", rig.write("rclone.conf", ""), "--retries", "1"]
    tree = make_tree(rig)
    for name in SIZES:
        rig.write(f"tree/{name}", rig.read(rig.path(name)))

    def step(what, *words):
        done = rig.run([*command, *words], seconds=100)
        rig.check(done.status == 0, what, done, server.log)
        return done

    step("sync to the server", "sync", tree, remote + "tree")
    step("sync from the server", "sync", remote + "tree", rig.path("tree-back"))
    check_tree(rig, rig.path("tree-back"))
    step("check finds no difference", "check", "--download", tree, remote + "tree")
    step("moveto", "moveto", remote + "tree/bulk", remote + "tree/moved")
    rig.check(b"moved" in step("lsf", "lsf", remote + "tree").out, "what was moved")
    check_many(rig, step("lsf of many", "lsf", remote + "many").out.decode().split())
    step("touch sets times", "touch", "--timestamp", "2001-02-03T04:05:06", remote + "tree/one")
    rig.check(b"2001-02-03 04:05:06" in step("lsl", "lsl", remote + "tree/one", "--use-server-modtime=false").out, "times")
    step("purge", "purge", remote + "tree")
    rig.check(b"Total" in step("about", "about", remote).out, "statvfs")


def mounted(rig, server, point):
    mount = program("sshfs")
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        raise Skipped("/dev/fuse cannot be used")
    os.mkdir(point)
    options = [o for o in server.options if o not in ("-F", "none")]
    done = rig.run([mount, "-p", str(server.port), "-F", "/dev/null", *options, f"{USER}@127.0.0.1:/", point])
    if done.status != 0 and b"fuse" in done.err:
        raise Skipped(f"FUSE does not work here: {done.err.decode()}")
    rig.check(done.status == 0, "mounted", done, server.log)


def use_mounted(rig, point):
    def there(*parts):
        return os.path.join(point, *parts)
    os.mkdir(there("d"))
    for name in SIZES:
        with open(there("d", name), "wb") as f:
            f.write(rig.read(rig.path(name)))
    check_sizes(rig, there("d"))
    os.rename(there("d", "bulk"), there("d", "moved"))
    os.symlink("d/moved", there("link"))
    rig.check(os.path.getsize(there("link")) == len(rig.bulk), "rename and symlink")
    rig.check(os.readlink(there("link")) == "d/moved", "readlink")
    with open(there("d", "moved"), "r+b") as f:
        f.seek(1000)
        f.write(b"changed")
        f.truncate(5000)
    with open(there("link"), "rb") as f:
        rig.check(f.read() == rig.bulk[:1000] + b"changed" + rig.bulk[1007:5000], "written in the middle and cut")
    check_many(rig, os.listdir(there("many")))
    os.chmod(there("d", "one"), 0o640)
    os.utime(there("d", "one"), (1000, 2000))
    a = os.stat(there("d", "one"))
    rig.check((a.st_mode & 0o777, a.st_mtime) == (0o640, 2000), "chmod and utime", a)
    rig.check(os.statvfs(point).f_blocks > 0, "statvfs")
    done = rig.run(["rm", "-rf", there("d"), there("link")])
    rig.check(done.status == 0 and os.listdir(point) == ["many"], "all is removed", done)


def sshfs(rig, server):
    point = rig.path("mounted")
    mounted(rig, server, point)
    try:
        use_mounted(rig, point)
    finally:
        rig.run([program("fusermount3", "fusermount"), "-u", point])
        time.sleep(0.1)


PEERS = {"openssh": openssh, "putty": putty, "lftp": lftp, "rclone": rclone, "sshfs": sshfs}
