#!/usr/bin/env python3
"""How long our server takes to refuse: login_time.py SSHOALD OTHER_ACCOUNT, see tests/interop/other_account.cpp

Needs root, whose passwords are the only ones a server can verify, and paramiko; status 77 without them.
"""
import ctypes
import os
import pwd
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import warnings

warnings.filterwarnings("ignore")
try:
    import paramiko
    crypt = ctypes.CDLL("libcrypt.so.1")
    crypt.crypt.restype = crypt.crypt_gensalt.restype = ctypes.c_char_p
except (ImportError, OSError, AttributeError) as missing:
    print("SKIPPED:", missing)
    sys.exit(77)

AT_ONCE, EACH = 8, 3


def transport(port):
    t = paramiko.Transport(socket.create_connection(("127.0.0.1", port)))
    t.start_client(timeout=30)
    return t


def guess(port, user, times):
    t = transport(port)
    for _ in range(EACH):
        begun = time.monotonic()
        try:
            t.auth_password(user, "wrong")
        except paramiko.AuthenticationException:
            times.append(time.monotonic() - begun)
    t.close()


def typical(port, user):
    """With so many guesses at once that hashing takes longer than the delay that hides it."""
    times = []
    threads = [threading.Thread(target=guess, args=(port, user, times)) for _ in range(AT_ONCE)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(times) == AT_ONCE * EACH, (user, len(times))
    return statistics.median(times)


def check_time(port):
    """T53 a wrong password takes as long for users that do not exist or have none, also while many are guessed at once"""
    me = pwd.getpwuid(os.getuid()).pw_name
    # Other work on the machine comes and goes between the three; a server that gives users away does so every time.
    for _ in range(5):
        real, unknown, without = (typical(port, u) for u in (me, "no-such-user", "daemon"))
        print(f"{real * 1000:.0f} ms, {unknown * 1000:.0f} ms, {without * 1000:.0f} ms")
        assert real > 0.06, "the hash is too fast to measure"
        if 0.7 < unknown / real < 1.4 and 0.7 < without / real < 1.4:
            break
    else:
        raise AssertionError("one kind of user is refused sooner than the others")
    t = transport(port)
    t.auth_password(me, "open sesame")
    t.close()


def main():
    if os.getuid() != 0:
        print("SKIPPED: not root")
        sys.exit(77)
    hashed = crypt.crypt(b"open sesame", crypt.crypt_gensalt(b"$y$", 6, None, 0) or b"")
    if not hashed or not hashed.startswith(b"$y$"):
        print("SKIPPED: no yescrypt")
        sys.exit(77)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as home:
        key = os.path.join(home, "key")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        env = {**os.environ, "LD_PRELOAD": sys.argv[2], "INTEROP_HOME": home, "INTEROP_HASH": hashed.decode(),
               "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}
        settings = {"ListenAddress": f"127.0.0.1:{port}", "HostKey": key, "PidFile": "none", "PermitRootLogin": "yes", "MaxStartups": "100"}
        argv = [sys.argv[1], "-D", "-e", "-f", "none"] + [f"-o{k}={v}" for k, v in settings.items()]
        with subprocess.Popen(argv, env=env, stderr=subprocess.DEVNULL) as server:
            try:
                for _ in range(100):
                    with socket.socket() as s:
                        if s.connect_ex(("127.0.0.1", port)) == 0:
                            break
                    time.sleep(0.05)
                check_time(port)
            finally:
                server.terminate()
    print("passed:", check_time.__doc__)


if __name__ == "__main__":
    main()
