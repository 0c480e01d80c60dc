#!/usr/bin/env python3
"""How other programs and OpenSSH's users call our clients: client_habits.py NAME=PATH...

NAME=PATH are our programs: sshoal, sftp, scp, sshoald, sftp-server, login-server, other-account. Flags and options that ask for
nothing, git with a port, -G, and configuration with what does not apply. Status: 0 all checks passed, 1 some failed. Run by Meson
below contained.py.
"""
import os
import sys

from our_server import OurServer
from rig import Rig, Skipped, program

# Options of programs that wish what is not there, and go on without it.
ANSIBLE = ["-C", "-o", "ControlMaster=auto", "-o", "ControlPersist=60s", "-o", "KbdInteractiveAuthentication=no",
           "-o", "PreferredAuthentications=gssapi-with-mic,gssapi-keyex,hostbased,publickey", "-o", "PasswordAuthentication=no",
           "-o", "ConnectTimeout=10"]
TRAMP = ["-e", "none", "-o", "ControlMaster=auto", "-o", "ControlPersist=no"]
# Lines for other hosts that no host of ours must suffer from.
FOREIGN = """\
IgnoreUnknown KeywordOfALater*
Host other *.elsewhere
    ForwardAgent yes
    ProxyJump jump
    ControlMaster auto
    RevokedHostKeys /no/such/file
    Ciphers no-such-cipher
    KeywordOfALaterVersion with values
Match host other exec "touch {ran}"
    IdentityFile /no/such/key
Host unix/* vsock/*
    ProxyUseFdpass yes
"""


def check_flags(rig, server, argv):
    socket = rig.path("control")
    for words in (["-e", "none"], ["-e", "~"], ["-S", "none"], ["-S", socket], ["-J", "none"], ["-y"], ["-K"], ["-k"], ["-g"], ["-M"],
                  ["-x", "-a"], [*ANSIBLE, "-o", f"ControlPath={socket}"], [*TRAMP, "-o", f"ControlPath={socket}"], ["-T", "-e", "none"],
                  ["-o", "AddKeysToAgent=yes"], ["-o", "UpdateHostKeys=yes"],
                  ["-oIPQoS=lowdelay throughput"], ["-oForwardX11 no"], ["-o", "ForwardAgent no"]):
        done = rig.run([*argv, *words, "127.0.0.1", "echo inside"])
        rig.check((done.status, done.out, done.err) == (0, b"inside\n", b""), f"sshoal {' '.join(words)}", done, server.log)
    for words in (["-L", "1:a"], ["-D", "0"], ["-O", "check"]):
        done = rig.run([*argv, *words, "127.0.0.1", "echo inside"])
        rig.check(done.status == 255 and not done.out and f"{words[0]}: ".encode() in done.err and done.err.count(b"\n") == 1,
                  f"sshoal {words[0]} is refused with one line that names it", done)
    rig.check(not os.path.exists(socket), "no control socket was made")


def check_places(rig, server, argv, port):
    done = rig.run([*argv, f"ssh://127.0.0.1:{port}/", "echo inside"])
    rig.check(done.out == b"inside\n", "ssh://host:port/", done, server.log)
    done = rig.run([*argv, f"ssh://127.0.0.1:{port}/path", "echo inside"])
    rig.check(done.status == 255 and not done.out and b"path" in done.err, "ssh://host:port/path is an error", done)


def check_environment(rig, server, argv):
    show = "echo $LC_A-$LC_B-$LC_C"
    for words, expected in ((["-o", "SetEnv=LC_A=1 LC_A=11 LC_B=2"], b"1-2-\n"),
                            (["-o", "SetEnv=LC_A=1", "-o", "SetEnv=LC_A=2 LC_B=3"], b"1--\n"),
                            (["-o", "SendEnv=LC_*", "-o", "SendEnv=-LC_*"], b"--\n"), (["-o", "SendEnv=LC_C"], b"--c\n")):
        done = rig.run([*argv, *words, "127.0.0.1", show], env={"LC_C": "c"})
        rig.check(done.out == expected, f"variables: {' '.join(words)}", done, server.log)


def check_configuration(rig, server, settings):
    ran = rig.path("ran")
    inner = rig.write("inner.conf", "Host *\n    SetEnv LC_A=leaked\n    KeywordOfALaterVersion x\n")
    text = FOREIGN.format(ran=ran) + f"Host other\n    Include {inner}\nMatch host here\n    HostName 127.0.0.1\n{settings}"
    config = rig.write("config", text)
    done = rig.run([rig.places["sshoal"], "-F", config, "here", "echo inside-$LC_A"])
    rig.check((done.status, done.out, done.err) == (0, b"inside-\n", b""), "what is for other hosts has no effect, and no word is said",
              done, server.log)
    rig.check(not os.path.exists(ran), "the command of a Match whose host does not fit is not run")
    done = rig.run([rig.places["sftp"], "-F", config, "-b", rig.write("batch", "pwd\n"), "here"])
    rig.check(done.status == 0 and b"Remote working directory" in done.out, "sshoal-sftp: the same", done, server.log)
    done = rig.run([rig.places["scp"], "-F", config, f"here:{rig.write('file', 'content')}", rig.path("copy")])
    rig.check(done.status == 0 and rig.read(rig.path("copy")) == b"content", "sshoal-scp: the same", done, server.log)
    wishes = "    ControlMaster auto\n    ControlPath ~/.ssh/%C\n    AddKeysToAgent yes\n    PKCS11Provider /no/such\n"
    own = rig.write("own", text + wishes)
    done = rig.run([rig.places["sshoal"], "-F", own, "here", "echo inside"])
    rig.check(done.out == b"inside\n" and done.err.count(b"\n") == 1 and b"PKCS11Provider: not implemented" in done.err,
              "of what is wished for this host, a warning names what may be missed", done)
    lending = rig.write("lending", text + wishes.replace("PKCS11Provider /no/such", "ForwardAgent yes\n    ForwardX11 yes"))
    for name, words in (("sftp", ["-b", rig.path("batch"), "here"]), ("scp", [f"here:{rig.path('file')}", rig.path("copy")])):
        sharing = ["-o", "ControlMaster=auto", "-o", "ControlPath=none", "-o", "ControlPersist=1m"]
        done = rig.run([rig.places[name], "-F", lending, *sharing, *words])
        rig.check(done.status == 0 and b"not implemented" not in done.err, f"sshoal-{name}: files do not miss it", done)
        done = rig.run([rig.places[name], "-F", own, *sharing, *words])
        rig.check(done.status == 0 and done.err.count(b"not implemented") == 1, f"sshoal-{name}: a token may be missed", done)
        jumping = rig.write("jumping", text + "    ProxyJump gate.invalid\n")
        done = rig.run([rig.places[name], "-F", jumping, *words])
        rig.check(done.status == 255 and b"gate.invalid" in done.err, f"sshoal-{name}: ProxyJump of a file is the way", done)
        done = rig.run([rig.places[name], "-F", jumping, "-J", "none", *words])
        rig.check(done.status == 0, f"sshoal-{name} -J none: the file's ProxyJump does not count", done)
    done = rig.run(["bash", "-c", f"exec '{rig.places['sshoal']}' -F <(cat '{config}') here 'echo inside'"])
    rig.check(done.out == b"inside\n", "a configuration that comes through a pipe", done)


def check_description(rig, argv, port):
    question = ["-G", "-F", "none", "-p", "2222", "-o", "ControlMaster=auto", "alice@0.0.0.1"]
    done = rig.run([rig.places["sshoal"], *question])
    lines = done.out.decode().splitlines()
    rig.check(done.status == 0 and lines[:4] == ["host 0.0.0.1", "user alice", "hostname 0.0.0.1", "port 2222"] and not done.err, "-G",
              done)
    try:
        stock = rig.run([program("ssh"), *question])
        theirs = [line.split(" ")[0] for line in stock.out.decode().splitlines()]
        ours = [line.split(" ")[0] for line in lines]
        rig.check(set(ours) <= set(theirs) and ours == sorted(ours, key=theirs.index), "-G has the keywords and order of ssh's",
                  (ours, theirs))
    except Skipped:
        rig.note("no ssh to compare -G with")
    for words in (["-o", "NoSuchKeyword=1"], ["-o", "Port=x"]):
        done = rig.run([rig.places["sshoal"], "-G", "-F", "none", *words, "h"])
        rig.check(done.status == 255 and not done.out, f"-G with {words[1]} is an error", done)
    try:
        git = program("git")
    except Skipped:
        rig.note("no git to ask for a port")
        return
    folder = rig.path("repository")
    rig.must([git, "init", "-q", folder])
    rig.must([git, "-C", folder, "-c", "user.name=n", "-c", "user.email=e", "commit", "-q", "--allow-empty", "-m", "first"])
    done = rig.run([git, "-c", "core.sshCommand=" + " ".join(argv), "ls-remote", f"ssh://127.0.0.1:{port}{folder}"])
    rig.check(done.status == 0 and b"HEAD" in done.out, "git with a port", done)


def main():
    rig = Rig(dict(p.split("=", 1) for p in sys.argv[1:]))

    def test():
        with OurServer(rig, AcceptEnv="LC_*", Subsystem="sftp internal-sftp") as server:
            known = rig.write("known", f"[127.0.0.1]:{server.port} {server.public_host_key}\n")
            common = {"UserKnownHostsFile": known, "GlobalKnownHostsFile": "/dev/null", "IdentityFile": rig.key("ed25519"),
                      "IdentityAgent": "none", "BatchMode": "yes"}
            options = [word for k, v in common.items() for word in ("-o", f"{k}={v}")]
            bare = [rig.places["sshoal"], "-F", "none", *options]
            argv = [*bare, "-p", str(server.port)]
            check_flags(rig, server, argv)
            check_places(rig, server, bare, server.port)
            check_environment(rig, server, argv)
            check_configuration(rig, server, "".join(f"    {k} {v}\n" for k, v in {**common, "Port": server.port}.items()))
            check_description(rig, bare, server.port)

    return rig.verdict(test)


if __name__ == "__main__":
    sys.exit(main())
