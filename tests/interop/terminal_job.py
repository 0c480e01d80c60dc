"""A program on a terminal of its own, below a small shell with job control: it can be stopped and continued, and what it does to
the terminal is seen."""
import fcntl
import json
import os
import pty
import select
import signal
import termios
import time

from rig import Failed


def echoes(terminal):
    return bool(termios.tcgetattr(terminal)[3] & termios.ECHO)


def is_raw(terminal):
    return not termios.tcgetattr(terminal)[3] & termios.ICANON


def act_as_shell(argv, env, commands, reports):
    """The leader of the session: gives the terminal to the program, takes it when that stops, and reports how it ends. The modes
    are left as the program leaves them, as plain shells do."""
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        os.tcsetpgrp(0, os.getpid())
        for number in (signal.SIGTTOU, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL) # what was started in the background may have inherited that they are ignored
        try:
            os.execvpe(argv[0], argv, env)
        finally:
            os._exit(127)
    reports.write(json.dumps({"child": child}) + "\n")
    while True:
        _, status = os.waitpid(child, os.WUNTRACED)
        stopped = os.WIFSTOPPED(status)
        reports.write(json.dumps({"stopped": os.WSTOPSIG(status) if stopped else None, "echo": echoes(0), "raw": is_raw(0),
                                  "status": None if stopped else os.waitstatus_to_exitcode(status)}) + "\n")
        if not stopped:
            return
        os.tcsetpgrp(0, os.getpgrp())
        if commands.readline() != "fg\n":
            return
        os.tcsetpgrp(0, child)
        os.killpg(child, signal.SIGCONT)


class Job:
    """As long as the `with` lasts."""

    def __init__(self, argv, env=None):
        self.master, self.slave = pty.openpty()
        self.shown, self.seen = b"", 0
        commands, self.to_shell = os.pipe()
        self.from_shell, reports = os.pipe()
        self.shell = os.fork()
        if self.shell == 0:
            try:
                os.setsid()
                fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)
                for fd in (0, 1, 2):
                    os.dup2(self.slave, fd)
                for fd in (self.master, self.to_shell, self.from_shell):
                    os.close(fd)
                for fd in (commands, reports):
                    os.set_inheritable(fd, False)
                act_as_shell(argv, {**os.environ, **(env or {})}, os.fdopen(commands, "r", 1), os.fdopen(reports, "w", 1))
            finally:
                os._exit(0)
        os.close(commands)
        os.close(reports)
        self.told = b""
        self.child = self.report()["child"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for victim in (self.child, self.shell):
            try:
                os.kill(victim, signal.SIGKILL)
            except ProcessLookupError:
                pass
        os.waitpid(self.shell, 0)
        for fd in (self.master, self.slave, self.to_shell, self.from_shell):
            os.close(fd)

    def take(self, seconds):
        """Waits for more of what is shown. Returns: whether there was some."""
        if not select.select([self.master], [], [], max(0, seconds))[0]:
            return False
        self.shown += os.read(self.master, 65536)
        return True

    def expect(self, text, seconds=30):
        deadline = time.monotonic() + seconds
        while text not in self.shown[self.seen:]:
            if not self.take(deadline - time.monotonic()):
                raise Failed(f"{text!r} was not shown, but {self.shown[self.seen:][-300:]!r}")
        self.seen = self.shown.index(text, self.seen) + len(text)

    def type(self, data):
        os.write(self.master, data)

    def signal(self, number):
        os.kill(self.child, number)

    def report(self, seconds=30):
        """What the shell sees of the program next: that it stopped, or how it ended, and the terminal at that moment."""
        deadline = time.monotonic() + seconds
        while b"\n" not in self.told:
            ready = select.select([self.from_shell, self.master], [], [], max(0, deadline - time.monotonic()))[0]
            if not ready:
                raise Failed(f"the program neither stopped nor ended; shown: {self.shown[-300:]!r}")
            if self.master in ready:
                self.take(0) # or the program would wait until its output is read
            if self.from_shell in ready:
                self.told += os.read(self.from_shell, 4096)
        line, _, self.told = self.told.partition(b"\n")
        return json.loads(line)

    def go_on(self):
        os.write(self.to_shell, b"fg\n")

    def echoes(self):
        return echoes(self.slave)

    def is_raw(self):
        return is_raw(self.slave)
