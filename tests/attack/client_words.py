#!/usr/bin/env python3
"""Our client against words that would run something: client_words.py SSHOAL [OTHER_ACCOUNT]

Nothing is connected to: each attempt either is refused, or gets as far as a ProxyCommand that ends at once. OTHER_ACCOUNT is the library of
tests/interop/other_account.cpp, without which the user's own configuration would be read, and is left out.
"""
import os
import subprocess
import sys
import tempfile

HARMFUL = ["$(touch {})", "`touch {}`", "a;touch {}", "a|touch {}", "a&touch {}", "a\ntouch {}\n", "a>{}", "{{touch,{}}}", "a'b", 'a"b', "a\x1b[31m"]
HARMLESS_HOSTS = ["example.org", "::1", "fe80::1%eth0", "10.0.0.1", "my_host-1", "b\u00fccher.example"]
HARMLESS_USERS = ["alice", "DOMAIN\\\\alice", "machine$", "alice@example.org", "a b", "alice.b+c"]


def environment(home):
    env = {"HOME": home, "PATH": os.environ["PATH"], "SHELL": "/bin/sh"}
    if len(sys.argv) > 2:
        env.update(LD_PRELOAD=os.path.abspath(sys.argv[2]), INTEROP_HOME=home, ASAN_OPTIONS="verify_asan_link_order=0:detect_leaks=0")
    return env


def attempt(program, home, host, *options):
    argv = [program, "-o", "BatchMode=yes", *options, "--", host, "true"]
    done = subprocess.run(argv, env=environment(home), stdin=subprocess.DEVNULL, cwd=home,
                          capture_output=True, timeout=30, check=False)
    return done.returncode, done.stderr.decode(errors="replace")


def check_words(program, home):
    """T108 a host or user with words for a shell is refused before any command is made of it"""
    mark = os.path.join(home, "mark")
    for pattern in HARMFUL:
        bad = pattern.format("mark") # in the folder where the client runs: a slash would end the host of a URI
        for host, user in ((bad, "alice"), ("example.org", bad), (bad + "@example.org", None), ("ssh://" + bad, None)):
            options = ["-F", "none", "-o", "ProxyCommand=/bin/echo %h %r %n"] + (["-l", user] if user else [])
            status, said = attempt(program, home, host, *options)
            assert status == 255 and "contains invalid characters" in said, (host, user, status, said)
            assert not os.path.exists(mark), (host, user)
    for host, user in [(h, "alice") for h in HARMLESS_HOSTS] + [("example.org", u) for u in HARMLESS_USERS]:
        _, said = attempt(program, home, host, "-F", "none", "-o", "ProxyCommand=/bin/echo", "-l", user)
        assert "invalid characters" not in said, (host, user, said)


def check_configuration(program, home):
    """T108 a configuration that others may have written is refused, also where it is included"""
    folder = os.path.join(home, ".ssh")
    os.mkdir(folder, 0o700)
    main, more = os.path.join(folder, "config"), os.path.join(folder, "more")
    for path, text in ((main, "Include more\n"), (more, "ProxyCommand /bin/echo\n")):
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
    for path in (main, more):
        for mode, refused in ((0o600, False), (0o644, False), (0o620, True), (0o602, True)):
            os.chmod(path, mode)
            _, said = attempt(program, home, "example.org")
            assert ("Bad owner or permissions on " + path in said) == refused, (path, oct(mode), said)
        os.chmod(path, 0o600)
    os.chmod(main, 0o666)
    _, said = attempt(program, home, "example.org", "-F", main)
    assert "Bad owner" not in said, said


def main():
    for check in (check_words, check_configuration)[:len(sys.argv) - 1]:
        with tempfile.TemporaryDirectory() as home:
            check(os.path.abspath(sys.argv[1]), home) # they run in a folder of their own
        print("passed:", check.__doc__)


if __name__ == "__main__":
    main()
