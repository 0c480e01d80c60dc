#!/usr/bin/env python3
"""sshoal-sftp-server and sshoald's internal-sftp as processes: options, identity, ChrootDirectory.

    sftp_service.py SFTP-SERVER SSHOALD

Speaks SFTP by itself, since what is asked here no client asks. Checks that need root say so where there is none.
"""
import os
import pwd
import shutil
import struct
import subprocess
import sys
import tempfile

SERVER, SSHOALD = [os.path.abspath(a) for a in sys.argv[1:3]]
OK, EOF, NO_SUCH_FILE, PERMISSION_DENIED, FAILURE = 0, 1, 2, 3, 4


class Skipped(Exception):
    pass


def text(s):
    data = s.encode() if isinstance(s, str) else s
    return struct.pack(">I", len(data)) + data


class Session:
    """A server on two pipes."""

    def __init__(self, *command, **options):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
        self.id = 0
        self.send(1, struct.pack(">I", 3))
        self.extensions = None
        kind, body = self.receive()
        assert kind == 2 and body[:4] == struct.pack(">I", 3), (kind, body)
        self.extensions = body[4:]

    def send(self, kind, body):
        self.process.stdin.write(struct.pack(">IB", len(body) + 1, kind) + body)
        self.process.stdin.flush()

    def receive(self):
        head = self.process.stdout.read(4)
        if len(head) < 4:
            raise EOFError(self.process.stderr.read().decode(errors="replace"))
        packet = self.process.stdout.read(struct.unpack(">I", head)[0])
        return packet[0], packet[1:]

    def ask(self, kind, body):
        self.id += 1
        self.send(kind, struct.pack(">I", self.id) + body)
        answer, rest = self.receive()
        assert struct.unpack(">I", rest[:4])[0] == self.id
        return answer, rest[4:]

    def status(self, kind, body):
        answer, rest = self.ask(kind, body)
        return struct.unpack(">I", rest[:4])[0] if answer == 101 else OK

    def real_path(self, path):
        answer, rest = self.ask(16, text(path))
        return rest[8:8 + struct.unpack(">I", rest[4:8])[0]].decode() if answer == 104 else None

    def create(self, path):
        return self.status(3, text(path) + struct.pack(">II", 0x1A, 0))

    def read_open(self, path):
        return self.status(3, text(path) + struct.pack(">II", 1, 0))

    def end(self):
        self.process.stdin.close()
        left = self.process.stdout.read()
        log = self.process.stderr.read().decode(errors="replace")
        return self.process.wait(timeout=20), left, log


def run(*command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def check_options(folder):
    """sshoal-sftp-server: start, umask, allowed and denied requests, read-only, exit status"""
    os.mkdir(os.path.join(folder, "begin"))
    s = Session(SERVER, "-el", "debug3", "-d", os.path.join(folder, "begin"), "-u", "027")
    assert s.real_path(".") == os.path.join(folder, "begin")
    assert s.create("file") == OK
    assert os.stat(os.path.join(folder, "begin/file")).st_mode & 0o777 == 0o640
    status, left, log = s.end()
    assert status == 0 and left == b"" and "file" in log, (status, left, log)
    s = Session(SERVER, "-R", cwd=folder)
    assert s.real_path(".") == folder
    assert s.create("new") == PERMISSION_DENIED and s.read_open("begin/file") == OK
    assert s.end()[0] == 0
    s = Session(SERVER, "-P", "remove,mkdir", cwd=folder)
    assert s.status(13, text("begin/file")) == PERMISSION_DENIED
    assert s.status(14, text("new") + struct.pack(">I", 0)) == PERMISSION_DENIED
    assert s.create("new") == OK
    assert s.end()[0] == 0
    s = Session(SERVER, "-p", "realpath,stat", cwd=folder)
    assert s.real_path(".") == folder and s.read_open("new") == PERMISSION_DENIED
    assert s.end()[0] == 0
    user = pwd.getpwuid(os.getuid())
    s = Session(SERVER, "-d", "%d", cwd=folder)
    assert s.real_path(".") == os.path.realpath(user.pw_dir)
    assert s.end()[0] == 0
    s = Session(SERVER, "-d", "/no/such/%u", cwd=folder)
    assert s.real_path(".") == folder
    assert s.end()[0] == 0
    status, out, _ = run(SERVER, "-Q", "requests")
    assert status == 0 and "posix-rename" in out.split() and "open" in out.split()


def check_usage(folder):
    """T98: options that are unknown or cannot be applied are refused, by the program and in the configuration of internal-sftp"""
    wrong = (["-x"], ["word"], ["-l", "loud"], ["-u", "9"], ["-u", "1000"], ["-p", "opne"], ["-P", ""], ["-Q", "nothing"],
             ["-f", "nowhere"], ["-d", "%z"], ["-p", "open", "-p", "read"], ["-l"])
    for words in wrong:
        if words == ["word"]:
            continue  # scp(1) adds some with -D
        status, _, err = run(SERVER, *words)
        assert status == 1 and "usage" in err, (words, status, err)
    key = os.path.join(folder, "key")
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
    config = os.path.join(folder, "config")

    def tried(*lines):
        with open(config, "w", encoding="utf-8") as f:
            f.write("\n".join((f"HostKey {key}",) + lines) + "\n")
        return run(SSHOALD, "-T", "-f", config)

    many = "-R -l debug3 -f local3 -u 077 -d /srv -P remove,rename,mkdir,rmdir -p open,close,read,stat,lstat,realpath -e"
    status, out, err = tried(f"Subsystem sftp internal-sftp {many}")
    assert status == 0 and f"subsystem sftp internal-sftp {many}" in out, (status, out, err)
    status, out, err = tried(f"ForceCommand internal-sftp {many}")
    assert status == 0 and f"forcecommand internal-sftp {many}" in out, (status, out, err)
    for words in wrong:
        for line in ("Subsystem sftp internal-sftp ", "ForceCommand internal-sftp "):
            quoted = " ".join(f'"{w}"' for w in words)
            status, _, err = tried(line + quoted)
            assert status == 255 and "internal-sftp" in err, (line, words, status, err)
    for folder_line in ("relative/path", "%z", "/srv/%"):
        assert tried(f"ChrootDirectory {folder_line}")[0] == 255
    assert tried("ChrootDirectory /srv/%u")[0] == 0


def check_arguments(folder):
    """T98: all of more than nine arguments of internal-sftp are applied"""
    os.mkdir(os.path.join(folder, "d"))
    s = Session(SSHOALD, "internal-sftp", "-e", "-l", "debug3", "-f", "local3", "-u", "077", "-P", "remove,rename", "-d",
                os.path.join(folder, "d"), cwd=folder)
    assert s.real_path(".") == os.path.join(folder, "d")
    assert s.create("f") == OK and os.stat(os.path.join(folder, "d/f")).st_mode & 0o777 == 0o600
    assert s.status(13, text("f")) == PERMISSION_DENIED
    status, _, log = s.end()
    assert status == 0 and log, (status, log)


def status_of(process):
    with open(f"/proc/{process.pid}/status", encoding="utf-8") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


def check_chroot(folder):
    """T99: below ChrootDirectory there is nothing of root's: identity, groups, descriptors, no way out"""
    if os.getuid() != 0:
        raise Skipped("only root can do this")
    nobody = pwd.getpwnam("nobody")
    base = tempfile.mkdtemp(prefix="sshoal-chroot-", dir="/run")
    try:
        os.chmod(base, 0o755)
        os.mkdir(os.path.join(base, "up"))
        os.chown(os.path.join(base, "up"), nobody.pw_uid, nobody.pw_gid)
        os.symlink("/etc/passwd", os.path.join(base, "link"))
        # LeakSanitizer looks at processes in ways that this one is protected from.
        without_leaks = {**os.environ, "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}
        s = Session(SSHOALD, "internal-sftp", "-e", "-C", base, "-U", "nobody", env=without_leaks)
        state = status_of(s.process)
        assert set(state["Uid"].split()) == {str(nobody.pw_uid)} and set(state["Gid"].split()) == {str(nobody.pw_gid)}, state
        assert set(state["Groups"].split()) <= {str(nobody.pw_gid)}, state["Groups"]
        assert state["CapEff"].strip("0") == "" and state["CapPrm"].strip("0") == "", state
        assert os.readlink(f"/proc/{s.process.pid}/root") == base
        assert s.real_path("..") == "/" and s.real_path(".") == "/"
        for path in ("/etc/passwd", "/link", "/../../etc/passwd", "/proc/self/root/etc/passwd", base + "/up"):
            assert s.read_open(path) == NO_SUCH_FILE, path
        assert s.create("/stolen") == PERMISSION_DENIED and s.create("up/file") == OK
        assert os.stat(os.path.join(base, "up/file")).st_uid == nobody.pw_uid
        status, _, log = s.end()
        assert status == 0, (status, log)
        for bad, folder_mode, owner in (("writable", 0o775, 0), ("everybody's", 0o757, 0), ("the user's", 0o755, nobody.pw_uid)):
            os.chmod(base, folder_mode)
            os.chown(base, owner, 0)
            for below in (base, os.path.join(base, "inner")):
                os.makedirs(below, mode=0o755, exist_ok=True)
                try:
                    Session(SSHOALD, "internal-sftp", "-e", "-C", below, "-U", "nobody")
                    raise AssertionError(bad)
                except EOFError as e:
                    assert "bad ownership" in str(e), (bad, e)
        os.chown(base, 0, 0)
        os.chmod(base, 0o755)
        for wrong in ("relative", base + "/nothing", base + "/up/file"):
            try:
                Session(SSHOALD, "internal-sftp", "-e", "-C", wrong, "-U", "nobody")
                raise AssertionError(wrong)
            except EOFError:
                pass
        try:
            Session(SSHOALD, "internal-sftp", "-e", "-C", base, "-U", "nobody-has-this-name")
            raise AssertionError("an account that does not exist")
        except EOFError:
            pass
    finally:
        shutil.rmtree(base)


def main():
    failed = 0
    for name, check in list(globals().items()):
        if not name.startswith("check_"):
            continue
        folder = os.path.realpath(tempfile.mkdtemp(prefix="sshoal-sftp-"))
        try:
            check(folder)
            print(f"ok      {check.__doc__}")
        except Skipped as why:
            print(f"SKIPPED {check.__doc__}: {why}")
        except Exception as e:  # noqa: BLE001 - the others are still worth a try
            failed += 1
            print(f"FAILED  {check.__doc__}: {type(e).__name__}: {e} (line {e.__traceback__.tb_next.tb_lineno})")
        finally:
            shutil.rmtree(folder)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
