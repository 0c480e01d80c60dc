#!/usr/bin/env python3
"""sshoal-sftp and sshoal-scp with SFTP servers that are odd: what arrives, what is said, and the exit status.

    sftp_odd_peer.py SSHOAL-SFTP SSHOAL-SCP     runs all of them
    sftp_odd_peer.py serve KIND                 is such a server, on stdin and stdout
"""
import os
import shutil
import struct
import subprocess
import sys
import tempfile

INIT, VERSION, OPEN, CLOSE, READ, WRITE, LSTAT, FSTAT, SETSTAT, FSETSTAT, OPENDIR, READDIR = range(1, 13)
MKDIR, REALPATH, STAT, STATUS, HANDLE, DATA, NAME, ATTRS = 14, 16, 17, 101, 102, 103, 104, 105
OK, EOF, MISSING, DENIED, FAILURE, UNSUPPORTED = 0, 1, 2, 3, 4, 8
DIRECTORY, REGULAR = 0o40000, 0o100000


def text(value):
    return struct.pack(">I", len(value)) + value


class Reader:
    def __init__(self, body):
        self.body, self.at = body, 0

    def number(self, size=4):
        self.at += size
        return int.from_bytes(self.body[self.at - size:self.at], "big")

    def text(self):
        length = self.number()
        self.at += length
        return self.body[self.at - length:self.at]


class Server:
    """A tree in memory below /d: a, sub/b. `kind` says what is odd about it."""

    def __init__(self, kind):
        self.kind = kind
        self.files = {b"/d/a": b"0123456789" * 5, b"/d/sub/b": b"below"}
        self.folders = {b"/", b"/d", b"/d/sub"}
        self.handles = {}
        self.count = 0

    def reply(self, what, number, body):
        sys.stdout.buffer.write(struct.pack(">IBI", 5 + len(body), what, number) + body)
        sys.stdout.buffer.flush()

    def status(self, number, code):
        self.reply(STATUS, number, struct.pack(">I", code) + text(b"so") + text(b"en"))

    def attributes(self, path, listed=False):
        folder = path in self.folders
        size = 4096 if folder else len(self.files[path])
        if self.kind == "size":
            size = 20
        mode = (DIRECTORY | 0o755) if folder else (REGULAR | 0o644)
        if self.kind == "untyped" or (self.kind == "untyped-names" and listed):
            mode &= 0o777
        if self.kind == "sizeless":
            return struct.pack(">II", 4, mode)
        return struct.pack(">IQI", 5, size, mode)

    def look(self, number, path):
        if self.kind == "no-looks":
            return self.status(number, DENIED)
        if path not in self.files and path not in self.folders:
            return self.status(number, MISSING)
        return self.reply(ATTRS, number, self.attributes(path))

    def opened(self, number, path, entries=None):
        self.count += 1
        handle = b"h%d" % self.count
        self.handles[handle] = [path, entries]
        self.reply(HANDLE, number, text(handle))

    def entries(self, path):
        head = path.rstrip(b"/") + b"/"
        found = [p for p in list(self.folders) + list(self.files) if p.startswith(head) and p != head and b"/" not in p[len(head):]]
        return [(p[len(head):], p) for p in found]

    def answer(self, what, number, r):
        first = r.text()
        if what in (OPEN, OPENDIR, LSTAT, STAT, MKDIR, REALPATH, SETSTAT) and not first.startswith(b"/"):
            first = b"/d/" + first
        first = os.path.normpath(first) if first.startswith(b"/") else first
        if what in (SETSTAT, FSETSTAT):
            return self.status(number, DENIED if self.kind == "no-attributes" else OK)
        if what == REALPATH:
            return self.reply(NAME, number, struct.pack(">I", 1) + text(first) + text(first) + struct.pack(">I", 0))
        if what in (STAT, LSTAT):
            return self.look(number, first)
        if what == FSTAT:
            return self.look(number, self.handles[first][0])
        if what == MKDIR:
            self.folders.add(first)
            return self.status(number, OK)
        if what == OPENDIR:
            if first not in self.folders:
                return self.status(number, FAILURE)
            return self.opened(number, first, self.entries(first))
        if what == READDIR:
            entries, self.handles[first][1] = self.handles[first][1], []
            if not entries and self.kind != "empty-name":
                return self.status(number, EOF)
            body = b"".join(text(n) + text(b"") + self.attributes(p, True) for n, p in entries)
            return self.reply(NAME, number, struct.pack(">I", len(entries)) + body)
        if what == OPEN:
            if r.number() & 8:
                self.files.setdefault(first, b"")
            if first not in self.files:
                return self.status(number, MISSING)
            return self.opened(number, first)
        if what == READ:
            if self.kind == "dies":
                sys.exit(0)
            offset, length = r.number(8), r.number()
            data = self.files[self.handles[first][0]][offset:offset + length]
            return self.reply(DATA, number, text(data)) if data else self.status(number, EOF)
        if what == WRITE:
            offset, data, path = r.number(8), r.text(), self.handles[first][0]
            if self.kind == "append-only" and offset != len(self.files[path]):
                return self.status(number, FAILURE)
            self.files[path] = self.files[path][:offset].ljust(offset, b"\0") + data
            return self.status(number, OK)
        return self.status(number, OK if what == CLOSE else UNSUPPORTED)

    def run(self):
        while True:
            head = sys.stdin.buffer.read(4)
            if len(head) < 4:
                return
            packet = sys.stdin.buffer.read(struct.unpack(">I", head)[0])
            if packet[0] == INIT:
                sys.stdout.buffer.write(struct.pack(">IBI", 5, VERSION, 3))
                sys.stdout.buffer.flush()
            else:
                self.answer(packet[0], struct.unpack(">I", packet[1:5])[0], Reader(packet[5:]))


class Bench:
    def __init__(self, sftp, scp):
        self.sftp, self.scp = sftp, scp
        self.folder = tempfile.mkdtemp()
        self.failures = 0

    def path(self, name):
        return os.path.join(self.folder, name)

    def read(self, name):
        if not os.path.exists(self.path(name)):
            return None
        with open(self.path(name), "rb") as f:
            return f.read()

    def write(self, name, data):
        with open(self.path(name), "wb") as f:
            f.write(data)

    def check(self, good, what, seen=""):
        if not good:
            self.failures += 1
            print(f"FAILED: {what}: {seen}")

    def run(self, words, commands=None):
        for name in os.listdir(self.folder):
            if name.startswith("out"):
                shutil.rmtree(self.path(name)) if os.path.isdir(self.path(name)) else os.remove(self.path(name))
        done = subprocess.run(words, cwd=self.folder, input=commands, capture_output=True, timeout=60, check=False)
        return done.returncode, done.stderr.decode(errors="replace")

    def batch(self, kind, commands):
        server = f"{sys.executable} {os.path.abspath(__file__)} serve {kind}"
        return self.run([self.sftp, "-b", "-", "-D", server], commands.encode())

    def copy(self, kind, *words):
        server = f"{sys.executable} {os.path.abspath(__file__)} serve {kind}"
        return self.run([self.scp, "-D", server, *words])


def all_of(b):
    whole = b"0123456789" * 5
    status, said = b.batch("size", "get /d/a out\n")
    b.check(status == 0 and b.read("out") == whole, "get of a file that is longer than its size", (status, said))
    status, said = b.batch("size", "get -r /d out\n")
    b.check(status == 0 and b.read("out/a") == whole, "get -r of such a file", (status, said))
    status, said = b.copy("size", "x:/d/a", "out")
    b.check(status == 0 and b.read("out") == whole, "scp of such a file", (status, said))
    for kind in ("untyped", "untyped-names", "no-looks", "empty-name"):
        status, said = b.batch(kind, "get -r /d out\n")
        b.check(status == 0 and b.read("out/a") == whole and b.read("out/sub/b") == b"below", f"{kind}: get -r", (status, said))
        status, said = b.copy(kind, "-r", "x:/d", "out")
        b.check(status == 0 and b.read("out/sub/b") == b"below", f"{kind}: scp -r", (status, said))
        status, said = b.batch(kind, "cd /d/sub\nget b out\n")
        b.check(status == 0 and b.read("out") == b"below", f"{kind}: cd, and get by a relative name", (status, said))
    b.write("local", b"new")
    status, said = b.batch("no-attributes", "put -p local /d/new\nget /d/new out\n")
    b.check(status == 0 and b.read("out") == b"new", "put -p where attributes are refused", (status, said))
    b.check("remote fsetstat: Permission denied" in said, "what was refused is said", said)
    status, said = b.copy("no-attributes", "local", "x:/d/new")
    b.check(status == 0 and not said, "scp without -p asks for nothing", (status, said))
    b.write("local", b"z" * 100)
    status, said = b.batch("sizeless", "reget /d/a local\n")
    b.check(status == 1 and "Unable to resume" in said and b.read("local") == b"z" * 100, "reget without a size", (status, said))
    b.write("big", os.urandom(1 << 20))
    status, said = b.batch("append-only", "put big /d/big\nget /d/big out\n")
    b.check(status == 0 and b.read("out") == b.read("big"), "put to a server that appends", (status, said))
    status, said = b.batch("dies", "get /d/a out\n")
    b.check(status == 255 and "Connection closed" in said, "a server that goes", (status, said))
    status, said = b.batch("plain", "get /d/none out\n")
    b.check(status == 1, "a transfer that failed", (status, said))


def main():
    if sys.argv[1] == "serve":
        Server(sys.argv[2]).run()
        return 0
    bench = Bench(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]))
    try:
        all_of(bench)
    finally:
        shutil.rmtree(bench.folder)
    return 1 if bench.failures else 0


if __name__ == "__main__":
    sys.exit(main())
