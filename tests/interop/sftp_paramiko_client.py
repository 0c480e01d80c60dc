#!/usr/bin/env python3
"""Paramiko's SFTP client with our server: sftp_paramiko_client.py PORT USER KEY FOLDER; see sftp_script.py."""
import hashlib
import os
import stat

import paramiko

from sftp_script import KEY, PORT, USER, contents, here, say

OWNER = (3, 4) if os.getuid() == 0 else (os.getuid(), os.getgid())


def refused(what, kind, call):
    try:
        call()
    except kind:
        return say(True, what)
    return say(False, what)


def check_transfers(s):
    for name in ("empty", "one", "bulk"):
        s.put(here(name), name, confirm=True)
        s.get(name, here("back"))
        say(contents(here("back")) == contents(here(name)), f"{name}: put and get are the same")


def check_parts(s):
    bulk = contents(here("bulk"))
    with s.open("bulk") as f:
        say(f.check("sha256", 0, 0, 0) == hashlib.sha256(bulk).digest(), "check() of the whole file")
        blocks = hashlib.md5(bulk[512:1536]).digest() + hashlib.md5(bulk[1536:2560]).digest()
        say(f.check("md5", 512, 2048, 1024) == blocks, "check() in blocks")
        say(b"".join(f.readv([(5, 70000), (1000000, 3)])) == bulk[5:70005] + bulk[1000000:1000003], "readv")
        f.seek(-10, f.SEEK_END)
        say(f.read() == bulk[-10:], "seek from the end")


def check_modes(s):
    with s.open("small", "w") as f:
        f.write("one\ntwo\n")
    with s.open("small", "a") as f:
        f.write("three\n")
    with s.open("small", "r+") as f:
        f.seek(4)
        f.write("TWO")
    with s.open("small") as f:
        say(f.readlines() == ["one\n", "TWO\n", "three\n"], "modes and lines")
    refused("an exclusive open of what is there", IOError, lambda: s.open("small", "x"))


def check_attributes(s):
    s.truncate("small", 5)
    s.chmod("small", 0o600)
    s.chown("small", *OWNER)
    s.utime("small", (1000, 2000))
    a = s.stat("small")
    say((stat.S_IMODE(a.st_mode), a.st_size, (a.st_uid, a.st_gid)) == (0o600, 5, OWNER), "chmod, truncate, chown")
    say((a.st_atime, a.st_mtime) == (1000, 2000), "utime")


def check_names(s):
    s.symlink("small", "link")
    say(s.readlink("link") == "small" and stat.S_ISLNK(s.lstat("link").st_mode), "symlink and readlink")
    say(s.normalize("./link") == "/p/small", "normalize")
    s.rename("small", "renamed")
    refused("rename over a file is refused", IOError, lambda: s.rename("renamed", "bulk"))
    s.posix_rename("renamed", "bulk")
    say(s.stat("bulk").st_size == 5, "posix_rename")
    refused("a folder that is not there", FileNotFoundError, lambda: s.listdir("none"))
    refused("a file is no folder", IOError, lambda: s.listdir("bulk"))
    refused("a folder that is not empty stays", IOError, lambda: s.rmdir("/p"))


def check_listing(s):
    wanted = {f"entry-{i}" for i in range(500)}
    say(set(s.listdir("/many")) - {".", ".."} == wanted, "listdir of 500 entries")
    say({a.filename for a in s.listdir_iter("/many", read_aheads=20)} - {".", ".."} == wanted, "listdir_iter with requests ahead")


def main():
    transport = paramiko.Transport(("127.0.0.1", int(PORT)))
    transport.connect(username=USER, pkey=paramiko.Ed25519Key.from_private_key_file(KEY))
    s = paramiko.SFTPClient.from_transport(transport)
    s.mkdir("p")
    s.chdir("p")
    for check in (check_transfers, check_parts, check_modes, check_attributes, check_names, check_listing):
        check(s)
    for name in set(s.listdir()) - {".", ".."}:
        s.remove(name)
    s.chdir("/")
    s.rmdir("p")
    say("p" not in s.listdir(), "all is gone")
    transport.close()


if __name__ == "__main__":
    main()
