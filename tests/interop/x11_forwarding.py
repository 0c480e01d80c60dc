#!/usr/bin/env python3
"""X11 with OpenSSH at the other end: x11_forwarding.py ROLE sshoal=PROGRAM sshoald=PROGRAM other-account=LIBRARY

ROLE is our part: `sshoald`, whose client is ssh(1), or `sshoal`, whose server is sshd(8). The X server and the X clients are made
of a few lines each, since only the first message matters. Status: 0 all checks passed, 1 some failed, 77 OpenSSH or xauth is not installed.
"""
import os
import socket
import struct
import sys
import threading

from forwarding import Sshd, Sshoald
from rig import Rig, program

# An X client: takes the display and the cookie from where every X client takes them, and prints what the X server answers.
X_CLIENT = r"""
import os, socket, struct, subprocess, sys
display = os.environ["DISPLAY"]
name = "unix:" + display.split(":")[1] if display.startswith("localhost:") else display
words = subprocess.run(["xauth", "list", name], stdout=subprocess.PIPE).stdout.split()
cookie = bytes.fromhex(words[2].decode())
if "wrong" in sys.argv:
    cookie = bytes([cookie[0] ^ 1]) + cookie[1:]
proto = words[1]
pad = lambda b: b + bytes(-len(b) % 4)
order = ">" if "big" in sys.argv else "<"
first = (b"B" if order == ">" else b"l") + b"\0" + struct.pack(order + "HHHHH", 11, 0, len(proto), len(cookie), 0) + pad(proto) + pad(cookie)
with socket.create_connection(("localhost", 6000 + int(display.split(":")[1].split(".")[0]))) as s:
    s.sendall(first + b"drawing")
    got = b""
    try:
        while more := s.recv(65536):
            got += more
    except OSError:
        pass
print(display, got.decode())
"""


class XServer:
    """Answers a client that has the cookie with everything that the client sends behind its first message."""

    def __init__(self, rig):
        self.rig, self.callers = rig, 0
        self.cookie = os.urandom(16)
        self.listening, self.number = self.listen()
        self.display = f"localhost:{self.number}.0"
        self.xauthority = rig.path("Xauthority")
        rig.must([program("xauth"), "-f", self.xauthority, "add", f"unix:{self.number}", "MIT-MAGIC-COOKIE-1", self.cookie.hex()])
        threading.Thread(target=self.accept, daemon=True).start()

    @staticmethod
    def listen():
        for number in range(200, 400):
            s = socket.socket()
            try:
                s.bind(("127.0.0.1", 6000 + number))
            except OSError:
                s.close()
                continue
            s.listen(16)
            return s, number
        raise OSError("no display is free")

    def accept(self):
        while True:
            caller, _ = self.listening.accept()
            self.callers += 1
            threading.Thread(target=self.serve, args=(caller,), daemon=True).start()

    def serve(self, caller):
        with caller:
            data = caller.recv(12, socket.MSG_WAITALL)
            if len(data) < 12:
                return
            order = ">" if data[:1] == b"B" else "<"
            name, size = struct.unpack(order + "HH", data[6:10])
            start = 12 + name + -name % 4
            data += caller.recv(start + size + -size % 4 + len(b"drawing") - 12, socket.MSG_WAITALL)
            right = data[12:12 + name] == b"MIT-MAGIC-COOKIE-1" and data[start:start + size] == self.cookie
            caller.sendall(b"welcome " + data[start + size + -size % 4:] if right else b"who are you")

    def env(self):
        return {"DISPLAY": self.display, "XAUTHORITY": self.xauthority}


def run(rig, server, x, *options, command):
    return rig.run(server.client(*options).argv("127.0.0.1", command), env=x.env())


def check(rig, server, x, ours):
    script = rig.write("x_client.py", X_CLIENT, 0o644)
    draw = f"{sys.executable} {script}"
    for words in ("", " big"):
        done = run(rig, server, x, "-Y", command=draw + words)
        rig.check(done.out.startswith(b"localhost:") and done.out.endswith(b" welcome drawing\n"), f"-Y{words}: an X client draws", done,
                  server.log)
    before = x.callers
    done = run(rig, server, x, "-Y", command=draw + " wrong")
    rig.check(done.out.startswith(b"localhost:") and b"welcome" not in done.out, "-Y: a client with a wrong cookie is disconnected", done,
              server.log)
    rig.check(x.callers <= before + 1, "-Y: the X server sees nothing of it")
    done = run(rig, server, x, "-Y", command=f"{draw} & {draw} & {draw}; wait")
    rig.check(done.out.count(b"welcome drawing") == 3, "-Y: several X clients of one session", done, server.log)
    done = run(rig, server, x, "-Y", command='xauth list "unix:${DISPLAY#*:}"')
    rig.check(x.cookie.hex().encode() not in done.out and len(done.out.split()) == 3, "-Y: the server does not see the real cookie", done,
              server.log)
    for options in ([], ["-x"], ["-Y", "-x"]):
        done = run(rig, server, x, *options, command="echo $DISPLAY")
        rig.check(done.out == b"\n", f"{options}: no display", done, server.log)
    done = run(rig, server, x, "-X", "-oForwardX11Trusted=no", command="echo $DISPLAY")
    rig.check(done.out == b"\n" and b"Warning: " in done.err, "-X with an X server that knows no untrusted programs", done, server.log)
    for settings in ({"X11Forwarding": "no"}, {"X11Forwarding": "yes", "DisableForwarding": "yes"},
                     {"X11Forwarding": "yes", "XAuthLocation": "/no/such/xauth"}):
        strict = ours(rig, **settings)
        done = run(rig, strict, x, "-Y", command="echo $DISPLAY")
        rig.check(done.out == b"\n" and b"X11 forwarding request failed" in done.err, f"a server with {settings}: no display", done,
                  strict.log)
    high = ours(rig, X11Forwarding="yes", X11DisplayOffset="77")
    done = run(rig, high, x, "-Y", command="echo $DISPLAY")
    rig.check(done.out.startswith(b"localhost:77."), "X11DisplayOffset", done, high.log)
    wide = ours(rig, X11Forwarding="yes", X11UseLocalhost="no")
    done = run(rig, wide, x, "-Y", command="echo $DISPLAY")
    rig.check(done.out.startswith(socket.gethostname().encode() + b":"), "X11UseLocalhost no", done, wide.log)


def main():
    rig = Rig(dict(a.split("=", 1) for a in sys.argv[2:]))
    make = Sshoald if sys.argv[1] == "sshoald" else Sshd
    program("ssh" if make is Sshoald else "sshd"), program("xauth")
    return rig.verdict(lambda: check(rig, make(rig, X11Forwarding="yes"), XServer(rig), make))


if __name__ == "__main__":
    sys.exit(main())
