#!/usr/bin/env python3
"""Our SFTP client with other implementations' servers: sftp_servers.py PEER CLIENT SFTP SCP

PEER is openssh, proftpd, paramiko or asyncssh; CLIENT is interop-sftp-client, SFTP and SCP are sshoal-sftp and sshoal-scp.
Status: 0 all checks passed, 1 some failed, 77 the peer is not installed. Run by Meson below contained.py, which ends what is left.
"""
import os
import pwd
import subprocess
import sys

from rig import USER, Rig, Skipped, program, python_with

HERE = os.path.dirname(os.path.abspath(__file__))


class Place:
    """Where a server is to be, and whose key it takes. Its clients begin in the folder `home`."""

    def __init__(self, rig):
        self.rig, self.port, self.log, self.user = rig, rig.port(), rig.path("server.log"), USER
        self.home = rig.path("home")
        os.mkdir(self.home)
        self.host_key, self.key = rig.key("ed25519", "host"), rig.key("ed25519")
        self.authorized_keys = rig.authorized_keys(("ed25519",))

    def start(self, argv, env=None):
        self.rig.start(argv, self.log, self.port, env)


def openssh(rig, place):
    server = "/usr/lib/openssh/sftp-server"
    if not os.path.exists(server):
        raise Skipped(f"{server} is not installed")
    if USER == "root" and not os.path.isdir("/run/sshd"):
        os.mkdir("/run/sshd", 0o755)
    lines = [f"Port {place.port}", "ListenAddress 127.0.0.1", "PidFile none", "StrictModes no", "PermitRootLogin yes",
             "UsePAM no", f"AuthorizedKeysFile {place.authorized_keys}", f"HostKey {place.host_key}",
             f"Subsystem sftp {server} -d {place.home}"]
    place.start([program("sshd"), "-D", "-e", "-f", rig.write("sshd.conf", "\n".join(lines) + "\n")])


def proftpd(rig, place):
    server = program("proftpd")
    modules = "/usr/lib/proftpd"
    if not os.path.exists(f"{modules}/mod_sftp.so"):
        raise Skipped("proftpd-mod-crypto is not installed")
    account = pwd.getpwuid(os.getuid())
    place.user = "somebody"
    rig.write("passwd", f"somebody:*:{account.pw_uid}:{account.pw_gid}::{place.home}:/bin/sh\n")
    rfc4716 = rig.must([program("ssh-keygen"), "-e", "-f", place.key + ".pub"]).out
    group = next(iter(subprocess.check_output(["id", "-gn"], text=True).split()))
    lines = [f"ModulePath {modules}", "LoadModule mod_sftp.c", "ServerType standalone", f"Port {place.port}",
             "DefaultAddress 127.0.0.1", "SocketBindTight on", "UseIPv6 off", f"User {account.pw_name}", f"Group {group}", f"PidFile {rig.path('pid')}",
             f"ScoreboardFile {rig.path('scoreboard')}", "DelayTable none", "WtmpLog off", "TransferLog none",
             "UseReverseDNS off", f"SystemLog {rig.path('system.log')}", "AuthOrder mod_auth_file.c",
             f"AuthUserFile {rig.path('passwd')}", "AuthPAM off", "RequireValidShell off", "RootLogin on", "AllowOverwrite on",
             "AllowStoreRestart on", "AllowRetrieveRestart on", "SFTPEngine on", f"SFTPLog {place.log}", f"SFTPHostKey {place.host_key}", "SFTPAuthMethods publickey",
             f"SFTPAuthorizedUserKeys file:{rig.write('user.rfc4716', rfc4716)}"]
    place.start([server, "-n", "-q", "-c", rig.write("proftpd.conf", "\n".join(lines) + "\n")])


def python_server(module):
    def start(rig, place):
        script = os.path.join(HERE, f"sftp_{module}_server.py")
        place.start([python_with(module), "-W", "ignore", script, str(place.port), place.host_key, place.authorized_keys,
                     place.home])
    return start


# What these servers do wrong, by the check that shows it.
PECULIAR = {
    "proftpd": {"read_link": "answers with a path from where the session begins",
                "a link and what it names": "LSTAT follows links"},
}


def check_library(rig, place, client, peculiar):
    """Everything that the public headers offer, by sftp_client_peer.cpp."""
    done = rig.run([client, str(place.port), place.user, place.key, place.host_key + ".pub", rig.folder], seconds=100)
    lines = done.out.decode().splitlines()
    for line in lines:
        what = line.partition(" ")[2]
        name = what.partition(":")[0]
        if name in peculiar and line.startswith("FAILED"):
            rig.note(f"{name}: {peculiar[name]}")
        else:
            rig.check(line.startswith("ok"), what, "", place.log)
    rig.check(done.status == 0 and lines[-1:] == ["ok to the end"], "the client comes to its end", done, place.log)
    check_tree(rig, "tree", rig.path("back", "tree"))
    check_tree(rig, "many", rig.path("back", "many"))


def check_program(rig, place, sftp):
    commands = f"""version
mkdir dir
put {rig.bulk_file} dir/
rename dir/bulk dir/moved
get dir/moved {rig.path("by-program")}
symlink moved dir/link
ls -l dir
ls -1 dir/m*
chmod 600 dir/moved
put -rp {rig.path("tree")} dir/tree
get -rp dir/tree {rig.path("tree-by-program")}
-rmdir dir
-get none
rm dir/link
pwd
"""
    known = rig.write("known_hosts", f"[127.0.0.1]:{place.port} {rig.public('ed25519', 'host')}\n")
    done = rig.run([sftp, "-b", rig.write("batch", commands), "-F", "none", "-P", str(place.port), "-i", place.key,
                    "-o", f"UserKnownHostsFile={known}", "-o", "IdentityAgent=none", f"{place.user}@127.0.0.1"])
    text = done.out.decode()
    rig.check(done.status == 0, "a batch of sshoal-sftp ends well", done, place.log)
    rig.check(rig.read(rig.path("by-program")) == rig.bulk, "put, rename and get")
    rig.check("dir/moved\n" in text and "link" in text and "SFTP protocol version 3" in text, "ls and version", text)
    rig.check(f"Remote working directory: {place.home}" in text or "Remote working directory: /\n" in text, "pwd", text)
    check_tree(rig, "tree", rig.path("tree-by-program"))


def check_options(rig, place, sftp, scp):
    """What the command lines say of the way to the server."""
    known = rig.write("known_hosts", f"[127.0.0.1]:{place.port} {rig.public('ed25519', 'host')}\n")
    config = rig.write("ssh_config", f"UserKnownHostsFile {known}\nIdentityFile {place.key}\nIdentityAgent none\nHost far\n"
                       f"HostName 127.0.0.1\nPort {place.port}\n")
    get = rig.write("get", f"get {rig.bulk_file} {rig.path('got')}\n")
    host = f"{place.user}@far"
    ways = (["-4"], ["-A"], ["-C"], ["-c", "aes256-ctr"], ["-q"], ["-v"], ["-o", "ServerAliveInterval=5"], ["-i", place.key],
            ["-l", "400000"], ["-X", "nrequests=4"], ["-X", "buffer=1024", "-X", "nrequests=500"], ["-P", str(place.port)],
            ["-S", program("ssh")], ["-J", f"{place.user}@127.0.0.1:{place.port}"])
    of_sftp = (["-R", "3"], ["-B", "5000"], ["-s", "/usr/lib/openssh/sftp-server"], ["-p"], ["-f"])
    of_scp = (["-O"], ["-O", "-l", "400000"], ["-p"], ["-T"], ["-3"], ["-B"])
    calls = [(sftp, [*words, "-b", get], [host]) for words in (*ways, *of_sftp)]
    calls += [(scp, words, [f"{host}:{rig.bulk_file}", rig.path("got")]) for words in (*ways, *of_scp)]
    for path, words, rest in calls:
        done = rig.run([path, "-F", config, *words, *rest])
        good = done.status == 0 and os.path.exists(rig.path("got")) and rig.read(rig.path("got")) == rig.bulk
        rig.check(good, f"{os.path.basename(path)} {words[0]} {' '.join(words[1:]) if words[0] != '-i' else ''}", done, place.log)
        if good:
            os.remove(rig.path("got"))


def check_tree(rig, name, back):
    same = subprocess.run(["diff", "-r", rig.path(name), back], capture_output=True, check=False)
    rig.check(same.returncode == 0, f"{name}: what came back is what was sent", same.stdout + same.stderr)


PEERS = {"openssh": openssh, "proftpd": proftpd, "paramiko": python_server("paramiko"), "asyncssh": python_server("asyncssh")}


def main():
    peer = sys.argv[1]
    client, sftp, scp = (os.path.abspath(a) for a in sys.argv[2:])
    rig = Rig({})

    def test():
        rig.write("empty", "")
        rig.write("one", "1")
        rig.write("medium", rig.bulk[:40000])
        for i in range(60):
            rig.write(f"tree/{i % 7}/file-{i}", f"text {i}" * i)
        for i in range(500):
            rig.write(f"many/entry-{i}", str(i))
        place = Place(rig)
        PEERS[peer](rig, place)
        check_library(rig, place, client, PECULIAR.get(peer, {}))
        check_program(rig, place, sftp)
        if peer == "openssh":
            check_options(rig, place, sftp, scp)

    return rig.verdict(test)


if __name__ == "__main__":
    sys.exit(main())
