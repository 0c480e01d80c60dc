#!/usr/bin/env python3
"""sshoal-sftp and sshoal-scp as somebody at a terminal sees them: sftp_terminal.py SFTP SCP SFTP-SERVER

Typed commands, completion of names (where libedit is there), the progress meter, Ctrl-C, and options that do not make sense.
"""
import os
import subprocess
import sys

from rig import Rig

PROMPT = b"sftp> "

# Has its own idea of what Ctrl-C means, and goes on.
CHILD = """\
import os, signal, sys
signal.signal(signal.SIGINT, lambda *_: os.write(1, b"caught it\\n"))
os.write(1, b"child is ready\\n")
while sys.stdin.readline() != "enough\\n":
    pass
os.write(1, b"child has read it\\n")
"""

# Answers SSH_FXP_INIT and SSH_FXP_REALPATH, and nothing else.
STALLING_SERVER = """\
import os, struct, sys
def answer(payload):
    os.write(1, struct.pack(">I", len(payload)) + payload)
while len(head := sys.stdin.buffer.read(4)) == 4:
    packet = sys.stdin.buffer.read(struct.unpack(">I", head)[0])
    if packet[0] == 1:
        answer(struct.pack(">BI", 2, 3))
    elif packet[0] == 16:
        answer(b"h" + packet[1:5] + struct.pack(">II", 1, 5) + b"/home" + bytes(8))
    else:
        os.write(2, b"no answer to this\\n")
"""


def typed(*commands):
    return [(PROMPT, c.encode()) for c in commands]


def check_commands(rig, sftp, server):
    done = rig.run_on_terminal([sftp, "-D", server], typed(
        f"cd {rig.path('there')}", f"lcd {rig.path('here')}", "ls -1", "get one", "progress", "get one two", "!echo from the shell",
        "lpwd", "nonsense", "mkdir new", "rmdir new", "lls", "bye"))
    text = done.out.decode()
    rig.check(done.status == 0, "typed commands, and bye", done)
    rig.check("one\na-long-name\n" in text or "a-long-name\n" in text, "ls", text)
    rig.check("100%" in text and "Progress meter disabled" in text, "the progress meter", text)
    rig.check("from the shell\n" in text and f"Local working directory: {rig.path('here')}" in text, "! and lpwd", text)
    rig.check("Invalid command." in text, "a command that does not exist", text)
    rig.check(rig.read(rig.path("here", "two")) == b"1", "get under another name")


def check_completion(rig, sftp, server):
    linked = subprocess.run(["ldd", sftp], capture_output=True, text=True, check=False).stdout
    if "libedit" not in linked:
        rig.note("no completion: built without libedit")
        return
    commands = typed(f"lcd {rig.path('here')}", f"cd {rig.path('th')}\t", "get a-lo\t", "lmkd\tmade", "quit")
    done = rig.run_on_terminal([sftp, "-D", server], commands, env={"TERM": "vt100"})
    rig.check(os.path.exists(rig.path("here", "a-long-name")), "names at the server are completed", done)
    rig.check(os.path.isdir(rig.path("here", "made")), "commands are completed", done)


def check_interrupt(rig, sftp, server):
    slow = [(PROMPT, f"get {rig.bulk_file} {rig.path('half')}".encode()), (b"%", b"\x03"), *typed("pwd", "quit")]
    done = rig.run_on_terminal([sftp, "-l", "800", "-D", server], slow)
    rig.check(b"Interrupt" in done.out and b"Remote working directory" in done.out and done.status == 0,
              "Ctrl-C ends a transfer and nothing else", done)
    rig.check(os.path.getsize(rig.path("half")) < len(rig.bulk), "what was interrupted is not complete")


def check_interrupt_of_child(rig, sftp, server):
    command = f"!exec {sys.executable} {rig.write('child.py', CHILD)}"
    steps = [(PROMPT, command.encode()), (b"child is ready", b"\x03"), (b"caught it", b"enough"), *typed("pwd", "quit")]
    done = rig.run_on_terminal([sftp, "-D", server], steps, env={"SHELL": "/bin/sh"})
    rig.check(b"child has read it\n" in done.out and b"Interrupt" not in done.out, "Ctrl-C during !command is the command's", done)
    rig.check(b"Remote working directory" in done.out and done.status == 0, "the prompt after it, and quit", done)


def check_interrupt_at_start(rig, sftp):
    server = f"#!/bin/sh\nexec {sys.executable} {rig.write('stalling.py', STALLING_SERVER)}\n"
    stalling = rig.write("stalling", server, mode=0o700)
    done = rig.run_on_terminal([sftp, "-S", stalling, "host:file"], [(b"no answer to this", b"\x03")])
    rig.check(b"Interrupt" in done.out and done.status == 1, "Ctrl-C when a server stalls before the first prompt", done)


def check_odd_home(rig, sftp, server):
    home = os.path.dirname(rig.write("odd [ab]*?\\c/one", "1"))
    os.mkdir(os.path.join(home, "sub"))
    there = rig.write("there-by-program", f"#!/bin/sh\ncd '{home}' && exec {server}\n", mode=0o700)
    done = rig.run([sftp, "-S", there, "host:on[e]", rig.path("from-odd")])
    rig.check(done.status == 0 and rig.read(rig.path("from-odd")) == b"1", "a file in a home whose name looks like a pattern", done)
    done = rig.run([sftp, "-S", there, "host:sub"], b"pwd\n")
    rig.check(done.status == 0 and f"directory: {home}/sub\n".encode() in done.out, "a directory in such a home", done)


def check_refusals(rig, sftp, scp):
    wrong = {sftp: (["-Z", "host"], ["-1", "host"], ["-P", "0", "host"], ["-B", "x", "host"], ["-X", "what=1", "host"],
                    ["-l", "0", "host"], ["-R", "-1", "host"], ["-J", "a:b", "host"], [], ["a", "b", "c"],
                    ["-b", "x", "-b", "y", "host"], ["-o"]),
             scp: (["-Z", "a", "b"], ["-R", "a:x", "b:y"], ["-1", "a", "b"], ["only"], ["-P", "x", "a", "b"],
                   ["-O", "-D", "x", "a:", "b"], ["-l", "x", "a", "b"])}
    for path, calls in wrong.items():
        for words in calls:
            done = rig.run([path, *words])
            rig.check(done.status == 1 and b"usage:" in done.err, f"refused: {os.path.basename(path)} {' '.join(words)}", done)
    done = rig.run([sftp, "-b", rig.path("nothing"), "-D", "true"])
    rig.check(done.status != 0, "a batch file that is not there", done)


def check_scp_meter(rig, scp, server):
    done = rig.run_on_terminal([scp, "-D", server, f"host:{rig.bulk_file}", rig.path("by-scp")])
    rig.check(done.status == 0 and b"100%" in done.out and rig.read(rig.path("by-scp")) == rig.bulk, "scp's progress meter", done)
    done = rig.run_on_terminal([scp, "-q", "-D", server, f"host:{rig.bulk_file}", rig.path("by-scp")])
    rig.check(done.status == 0 and done.out == b"", "scp -q is quiet", done)


def main():
    sftp, scp, server = (os.path.abspath(a) for a in sys.argv[1:])
    rig = Rig({})

    def test():
        rig.write("there/one", "1")
        rig.write("there/a-long-name", "long")
        os.mkdir(rig.path("here"))
        check_commands(rig, sftp, server)
        check_completion(rig, sftp, server)
        check_interrupt(rig, sftp, server)
        check_interrupt_of_child(rig, sftp, server)
        check_interrupt_at_start(rig, sftp)
        check_odd_home(rig, sftp, server)
        check_refusals(rig, sftp, scp)
        check_scp_meter(rig, scp, server)

    return rig.verdict(test)


if __name__ == "__main__":
    sys.exit(main())
