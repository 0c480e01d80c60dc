"""What every test against a real peer needs: a folder that goes away, keys, ports, processes, checks that all are made and counted."""
import hashlib
import os
import pty
import pwd
import random
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

USER = pwd.getpwuid(os.getuid()).pw_name
KEY_KINDS = {"ed25519": [], "ecdsa-256": [], "ecdsa-384": [], "ecdsa-521": [], "rsa": ["-b", "3072"]}
BULK = 8 * 1024 * 1024 + 4321  # not a multiple of anything


class Skipped(Exception):
    """The peer is not there."""


class Failed(Exception):
    """The test cannot go on."""


class Result:
    """How a program ended."""

    def __init__(self, status, out, err, signal=None):
        self.status, self.out, self.err, self.signal = status, out, err, signal

    def __str__(self):
        def shown(data):
            return repr(data[-300:]) + (f" ({len(data)} bytes)" if len(data) > 300 else "")
        return f"status {self.status}, signal {self.signal}, stdout {shown(self.out)}, stderr {shown(self.err)}"


def program(*names):
    for name in names:
        found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin:/sbin:/bin")
        if found:
            return found
    raise Skipped(f"{names[0]} is not installed")


def python_with(module):
    """The interpreter that has the module: the system's own, where another comes first on the path."""
    for interpreter in (sys.executable, "/usr/bin/python3"):
        probe = subprocess.run([interpreter, "-W", "ignore", "-c", f"import {module}"], capture_output=True, timeout=60)
        if probe.returncode == 0:
            return interpreter
    raise Skipped(f"no Python with the module {module}")


class Rig:
    def __init__(self, places):
        self.places = places  # name of one of our programs -> its path
        self.folder = tempfile.mkdtemp(prefix="sshoal-peer.")
        os.chmod(self.folder, 0o700)
        self.processes, self.failures, self.checks = [], [], 0
        self.chooser = random.Random(os.getpid())
        self.bulk = random.Random(1).randbytes(BULK)
        self.bulk_file = self.write("bulk", self.bulk)
        self.keys = {}
        self.elsewhere = []  # further folders that go away

    def close(self):
        for process in self.processes:
            self.end(process)
        for folder in [*self.elsewhere, self.folder]:
            shutil.rmtree(folder, ignore_errors=True)

    # Files

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def write(self, name, content, mode=0o600):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with open(path, "wb") as f:
            f.write(content if isinstance(content, bytes) else content.encode())
        os.chmod(path, mode)
        return path

    def read(self, path):
        with open(path, "rb") as f:
            return f.read()

    def key(self, kind, whose="user"):
        """A new private key; beside it is its public half, NAME.pub."""
        path = self.path(f"{whose}-{kind}")
        if path not in self.keys:
            name, _, bits = kind.partition("-")
            options = ["-b", bits] if bits else KEY_KINDS[kind]
            # Old PEM for RSA and ECDSA is what every peer can read.
            form = [] if name == "ed25519" else ["-m", "PEM"]
            self.must([program("ssh-keygen"), "-q", "-t", name, *options, *form, "-N", "", "-C", kind, "-f", path])
            self.keys[path] = True
        return path

    def public(self, kind, whose="user"):
        return self.read(self.key(kind, whose) + ".pub").decode().strip()

    def authorized_keys(self, kinds=tuple(KEY_KINDS)):
        return self.write("authorized_keys", "".join(self.public(k) + "\n" for k in kinds))

    def other_account(self):
        """The environment of a server for whom the user's home is in this folder: see other_account.cpp."""
        home = self.path("home")
        os.makedirs(home, mode=0o700, exist_ok=True)
        return {**os.environ, "LD_PRELOAD": self.places["other-account"], "INTEROP_HOME": home, "HOME": home}

    # Processes

    def port(self):
        """Free now, and below the range from which the kernel takes ports for outgoing connections."""
        while True:
            port = self.chooser.randrange(20000, 32000)
            with socket.socket() as probe:
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError:
                    continue
            return port

    def start(self, argv, log, port=None, env=None, seconds=15):
        """Starts a server; its output goes to the file `log`. Returns when it takes connections."""
        with open(log, "ab") as out:
            process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env, cwd=self.folder)
        self.processes.append(process)
        deadline = time.monotonic() + seconds
        while port is not None:
            if process.poll() is not None:
                raise Failed(f"{argv[0]} ended with status {process.returncode}: {self.tail(log)}")
            try:
                socket.create_connection(("127.0.0.1", port), timeout=5).close()
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise Failed(f"{argv[0]} does not listen on port {port} after {seconds} s: {self.tail(log)}") from None
                time.sleep(0.01)
        return process

    def end(self, process):
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if process in self.processes:
            self.processes.remove(process)

    def run_on_terminal(self, argv, answers=(), env=None, seconds=30):
        """With a terminal of its own for everything. Each answer is typed when the text before it has been shown."""
        child, terminal = pty.fork()
        if child == 0:
            try:
                os.execvpe(argv[0], argv, {**os.environ, **(env or {})})
            finally:
                os._exit(127)
        shown, seen, left, deadline = b"", 0, list(answers), time.monotonic() + seconds
        try:
            while time.monotonic() < deadline and select.select([terminal], [], [], max(0, deadline - time.monotonic()))[0]:
                more = os.read(terminal, 65536)
                if not more:
                    break
                shown += more
                if left and left[0][0] in shown[seen:]:
                    seen = len(shown)
                    os.write(terminal, left.pop(0)[1] + b"\r")
            else:
                os.kill(child, signal.SIGKILL)
        except OSError:
            pass  # nobody has the terminal open any more
        # Closing the terminal first would hang up on a program that has let go of it and is about to end.
        ended, status = os.waitpid(child, os.WNOHANG)
        while not ended:
            if time.monotonic() > deadline:
                os.kill(child, signal.SIGKILL)
            time.sleep(0.005)
            ended, status = os.waitpid(child, os.WNOHANG)
        os.close(terminal)
        return Result(os.waitstatus_to_exitcode(status), shown.replace(b"\r\n", b"\n"), b"")

    def run(self, argv, stdin=b"", env=None, seconds=60):
        environment = None if env is None else {**os.environ, **env}
        process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
                                   cwd=self.folder, start_new_session=True)
        try:
            out, err = process.communicate(stdin, timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            return Result("none: time is up", out, err + f"\nended after {seconds} s".encode())
        return Result(process.returncode, out, err)

    def must(self, argv, **how):
        done = self.run(argv, **how)
        if done.status != 0:
            raise Failed(f"{' '.join(argv)}: {done}")
        return done

    def tail(self, log, lines=12):
        if not os.path.exists(log):
            return ""
        return "\n    " + "\n    ".join(self.read(log).decode(errors="replace").splitlines()[-lines:])

    # Verdicts

    def check(self, good, what, detail="", log=None):
        self.checks += 1
        if good:
            print(f"ok      {what}", flush=True)
            return
        self.failures.append(what)
        print(f"FAILED  {what}: {detail}{self.tail(log) if log else ''}", flush=True)

    def note(self, text):
        print(f"note    {text}", flush=True)

    def verdict(self, test):
        """Runs the test and puts everything away. Returns the status that Meson knows: 0 passed, 1 failed, 77 skipped."""
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # contained.py's, when the time is up: the folder goes away all the same
        began = time.monotonic()
        try:
            test()
        except Skipped as why:
            print(f"SKIPPED: {why}")
            return 77
        except Failed as why:
            self.check(False, "the test can go on", why)
        finally:
            self.close()
        print(f"{self.checks - len(self.failures)} of {self.checks} checks passed in {time.monotonic() - began:.1f} s")
        for failure in self.failures:
            print(f"failed: {failure}")
        return 1 if self.failures else 0


def digest(data):
    return hashlib.sha256(data).hexdigest()


def until(condition, seconds=10):
    """Waits for a condition. Returns its last value."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value or time.monotonic() > deadline:
            return value
        time.sleep(0.01)
