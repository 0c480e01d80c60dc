#!/usr/bin/env python3
"""Our end of the old copy protocol against scp(1): scp.py ROLE NAME=PATH...

ROLE is our part: `server`, where `scp -O` and `pscp -scp` are the clients, or `client`, where sshd runs scp. NAME=PATH: scp-peer.
Status: 0 all checks passed, 1 some failed, 77 OpenSSH is not installed.
"""
import os
import stat
import subprocess
import sys

from rig import USER, Rig, Skipped, digest, program

ODD = ["a b", "it's", "$(touch pwned)", "a;b", "back\\slash", "`x`", "uml\u00e4ut", "-dash", "q\"q"]


def make_tree(rig):
    """A folder with everything that can be copied. Returns its path."""
    top = rig.path("tree")
    os.makedirs(os.path.join(top, "sub", "deeper"))
    os.makedirs(os.path.join(top, "empty"))
    for i in range(20):
        rig.write(f"tree/sub/{i}", rig.bulk[i:i * 3000])
    rig.write("tree/sub/deeper/nothing", b"")
    rig.write("tree/program", b"#!/bin/sh\n", 0o751)
    rig.write("tree/bulk", rig.bulk)
    for name in ODD:
        rig.write(f"tree/{name}", name)
    for folder, _, names in os.walk(top, topdown=False):
        for i, name in enumerate(sorted(names)):
            os.utime(os.path.join(folder, name), (1_000_000_000 + i, 1_100_000_000 + i))
        os.utime(folder, (1_200_000_000, 1_250_000_000))
    os.chmod(os.path.join(top, "empty"), 0o555)
    os.chmod(os.path.join(top, "sub"), 0o2750)
    os.utime(os.path.join(top, "sub"), (1_200_000_000, 1_250_000_000))
    return top


def facts(top, exactly):
    """What a tree holds, with modes and times where they are to be kept."""
    found = {}
    for folder, folders, names in os.walk(top):
        for name in [".", *folders, *names]:
            path = os.path.join(folder, name)
            s = os.lstat(path)
            content = "folder" if stat.S_ISDIR(s.st_mode) else digest(open(path, "rb").read())
            key = os.path.normpath(os.path.relpath(path, top))
            found[key] = (content, stat.S_IMODE(s.st_mode), int(s.st_mtime)) if exactly else (content,)
    return found


class Copies:
    """The same checks for every pair: `copy(options, sources, target)`; a path with ":" in front is at the server."""

    def __init__(self, rig, who, copy, log):
        self.rig, self.who, self.copy, self.log = rig, who, copy, log
        self.count = 0

    def place(self):
        self.count += 1
        folder = self.rig.path(f"to-{self.who.split()[0]}-{self.count}")
        os.makedirs(folder)
        return folder

    def check(self, good, what, detail=""):
        self.rig.check(good, f"{self.who}: {what}", detail, self.log)

    def all(self, top, odd_names=True, wildcards=True):
        for there, here, way in (("", ":", "to the server"), (":", "", "from the server")):
            self.single_files(top, there, here, way)
            self.trees(top, there, here, way)
            if odd_names:
                self.odd_names(top, there, here, way)
            self.failures(top, there, here, way)
        if wildcards:
            to = self.place()
            done = self.copy([], [f":{top}/sub/1*"], to)
            self.check(done.status == 0 and sorted(os.listdir(to)) == sorted(["1", *map(str, range(10, 20))]), "a wildcard", done)

    def single_files(self, top, there, here, way):
        for name in ("bulk", "sub/deeper/nothing", "sub/7"):
            to = os.path.join(self.place(), "new name")
            done = self.copy([], [f"{there}{top}/{name}"], f"{here}{to}")
            same = os.path.exists(to) and digest(open(to, "rb").read()) == digest(open(f"{top}/{name}", "rb").read())
            self.check(done.status == 0 and same, f"{name} {way}", done)
        to = self.place()
        target = self.rig.write(os.path.join(to, "program"), b"something that is longer than the new content")
        done = self.copy(["-p"], [f"{there}{top}/program"], f"{here}{to}")
        s = os.stat(target)
        self.check((done.status, self.rig.read(target), stat.S_IMODE(s.st_mode), int(s.st_mtime)) ==
                   (0, b"#!/bin/sh\n", 0o751, int(os.stat(f"{top}/program").st_mtime)), f"a file over another, with times, {way}", done)

    def trees(self, top, there, here, way):
        for options in (["-r"], ["-r", "-p"]):
            exactly = "-p" in options
            to = self.place()
            done = self.copy(options, [f"{there}{top}"], f"{here}{to}")
            got = facts(os.path.join(to, "tree"), exactly)
            wanted = facts(top, exactly)
            different = [k for k in wanted.keys() | got.keys() if wanted.get(k) != got.get(k)]
            detail = [(k, wanted.get(k), got.get(k)) for k in different]
            self.check(done.status == 0 and not different, f"a tree with {' '.join(options)} {way}", f"{detail} {done}")
        to = os.path.join(self.place(), "new")
        done = self.copy(["-r"], [f"{there}{top}/sub"], f"{here}{to}")
        self.check(done.status == 0 and facts(to, False) == facts(f"{top}/sub", False), f"a tree under a new name {way}", done)

    def odd_names(self, top, there, here, way):
        to = self.place()
        for name in ODD:
            done = self.copy([], [f"{there}{top}/{name}"], f"{here}{to}")
            got = os.path.join(to, name)
            self.check(done.status == 0 and os.path.exists(got) and self.rig.read(got) == name.encode(), f"the name {name!r} {way}", done)
        self.check(sorted(os.listdir(to)) == sorted(ODD), f"odd names {way}: nothing else was made", os.listdir(to))

    def failures(self, top, there, here, way):
        to = self.place()
        done = self.copy([], [f"{there}{top}/missing"], f"{here}{to}")
        self.check(done.status not in (0, "none: time is up") and b"No such file" in done.out + done.err, f"a missing file {way}", done)
        done = self.copy([], [f"{there}{top}/program"], f"{here}{to}/no/such/place")
        self.check(done.status not in (0, "none: time is up") and b"No such file" in done.out + done.err, f"a missing target {way}", done)
        done = self.copy([], [f"{there}{top}/sub"], f"{here}{to}")
        self.check(done.status not in (0, "none: time is up") and not os.listdir(to), f"a folder without -r {way}", done)


def our_server(rig, top):
    scp = program("scp")
    port = rig.port()
    log = rig.path("scp-peer.log")
    rig.start([rig.places["scp-peer"], "serve", str(port), rig.key("ed25519", "host"), rig.authorized_keys()], log, port)
    host_key = rig.public("ed25519", "host")
    known = rig.write("known_hosts", f"[127.0.0.1]:{port} {host_key}\n")
    options = {"UserKnownHostsFile": known, "GlobalKnownHostsFile": "/dev/null", "StrictHostKeyChecking": "yes", "IdentitiesOnly": "yes",
               "IdentityAgent": "none", "BatchMode": "yes"}
    base = [scp, "-O", "-q", "-F", "none", "-P", str(port), "-i", rig.key("ed25519")]
    for name, value in options.items():
        base += ["-o", f"{name}={value}"]

    def quoted(path):
        # This scp leaves the path to the shell, which the user has to know.
        return path if "*" in path else "".join(c if c.isalnum() or c in "/._-" or ord(c) > 127 else "\\" + c for c in path)

    def place(path):
        return f"{USER}@127.0.0.1:{quoted(path[1:])}" if path.startswith(":") else path

    def copy(flags, sources, target):
        return rig.run([*base, *flags, "--", *map(place, sources), place(target)])
    Copies(rig, "scp -O with our server", copy, log).all(top)
    several = rig.path("several")
    os.makedirs(several)
    done = copy([], [f"{top}/program", f"{top}/sub/3"], f":{several}")
    rig.check(done.status == 0 and sorted(os.listdir(several)) == ["3", "program"], "scp -O with our server: two files", done, log)
    done = copy([], [f"{top}/program", f"{top}/sub/3"], f":{several}/3")
    rig.check(done.status != 0, "scp -O with our server: two files to one", done, log)
    through_pscp(rig, top, port, host_key, log)


def through_pscp(rig, top, port, host_key, log):
    try:
        pscp, generator = program("pscp"), program("puttygen")
    except Skipped as why:
        rig.note(why)
        return
    key = rig.key("ed25519")
    rig.must([generator, key, "-O", "private", "-o", key + ".ppk"])
    fingerprint = rig.must([program("ssh-keygen"), "-lf", rig.key("ed25519", "host") + ".pub"]).out.split()[1].decode()
    base = [pscp, "-scp", "-unsafe", "-q", "-batch", "-hostkey", fingerprint, "-P", str(port), "-i", key + ".ppk"]
    env = rig.other_account()

    def copy(flags, sources, target):
        places = [f"{USER}@127.0.0.1:{p[1:]}" if p.startswith(":") else p for p in [*sources, target]]
        return rig.run([*base, *flags, *places], env=env)
    for there, here, way in (("", ":", "to"), (":", "", "from")):
        to = rig.path(f"pscp-{way}")
        os.makedirs(to)
        done = copy(["-r"], [f"{there}{top}/sub"], f"{here}{to}")
        same = os.path.exists(f"{to}/sub") and facts(f"{to}/sub", False) == facts(f"{top}/sub", False)
        rig.check(done.status == 0 and same, f"pscp: a tree {way} our server", done, log)
        done = copy([], [f"{there}{top}/bulk"], f"{here}{to}/bulk")
        same = os.path.exists(f"{to}/bulk") and digest(rig.read(f"{to}/bulk")) == digest(rig.bulk)
        rig.check(done.status == 0 and same, f"pscp: a big file {way} our server", done, log)


def our_client(rig, top):
    sshd, port = program("sshd"), rig.port()
    program("scp")  # what it runs
    if os.geteuid() == 0 and not os.path.isdir("/run/sshd"):
        raise Skipped("/run/sshd does not exist")
    lines = [f"Port {port}", "ListenAddress 127.0.0.1", "PidFile none", "StrictModes no", "PermitRootLogin yes", "UsePAM no",
             f"AuthorizedKeysFile {rig.authorized_keys()}", f"HostKey {rig.key('ed25519', 'host')}"]
    config = rig.write("sshd.conf", "\n".join(lines) + "\n")
    log = rig.path("sshd.log")
    rig.start([sshd, "-D", "-e", "-f", config], log, port, env=rig.other_account())

    def copy(flags, sources, target):
        places = [p[1:] if p.startswith(":") else p for p in [*sources, target]]
        way = "send" if target.startswith(":") else "receive"
        if way == "receive":
            places[0] = places[0].replace("\\", "\\\\")
        return rig.run([rig.places["scp-peer"], way, str(port), USER, rig.key("ed25519"), *flags, *places])
    Copies(rig, "our client with sshd and scp", copy, log).all(top)


def main():
    role, *places = sys.argv[1:]
    rig = Rig(dict(p.split("=", 1) for p in places))

    def test():
        try:
            (our_server if role == "server" else our_client)(rig, make_tree(rig))
        finally:
            subprocess.run(["chmod", "-R", "u+rwX", rig.folder], check=False)

    return rig.verdict(test)


if __name__ == "__main__":
    sys.exit(main())
