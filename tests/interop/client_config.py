#!/usr/bin/env python3
"""ssh_config: ours against ssh's own reading of it, and what the settings do with the distribution's sshd.

    client_config.py sshoal=PROGRAM other-account=LIBRARY ...
"""
import os
import random
import sys

from library_habits import start_sshd
from rig import USER, Rig, Skipped, program, until

CONFIGURATIONS = 300

# Keywords whose value is taken as it is, and values for them. What each end shows of its own (algorithms, the usual files) is left out.
VALUES = {
    "AddressFamily": ["any", "inet", "inet6"], "BatchMode": ["yes", "no", "TRUE", "false"], "BindAddress": ["127.0.0.1"],
    "BindInterface": ["lo"], "CanonicalDomains": ["a.org", "a.org b.org", "none"], "CanonicalizeFallbackLocal": ["yes", "no"],
    "CanonicalizeMaxDots": ["0", "2"], "CanonicalizePermittedCNAMEs": ["none"],
    "Compression": ["yes", "no"], "ConnectTimeout": ["10", "none", "1m30s", "2h"], "ConnectionAttempts": ["1", "7"],
    "EscapeChar": ["~", "none", "^b", "^]", "%", "x"], "ForkAfterAuthentication": ["no"],
    "GlobalKnownHostsFile": ["/a /b", "none", "/x"], "HashKnownHosts": ["yes", "no"],
    "HostKeyAlias": ["alias", "\"an alias\""], "IdentitiesOnly": ["yes", "no"], "IdentityAgent": ["none", "SSH_AUTH_SOCK", "/run/a"],
    "IdentityFile": ["~/.ssh/a", "/b", "%d/c", "\"/with blank\"", "~/.ssh/a"], "KbdInteractiveAuthentication": ["yes", "no"],
    "ChallengeResponseAuthentication": ["yes", "no"], "LogLevel": ["DEBUG", "debug1", "DEBUG3", "quiet", "INFO", "Verbose"],
    "NumberOfPasswordPrompts": ["1", "5"], "PasswordAuthentication": ["yes", "no"], "Port": ["22", "2222", "65535", "0022"],
    "PreferredAuthentications": ["publickey", "password,publickey"], "ProxyCommand": ["nc %h %p", "none", "a  b # c", "exec \"x y\" %%"],
    "ProxyJump": ["none", "gate", "u@gate:22", "a,b@c:2222"], "PubkeyAuthentication": ["yes", "no", "unbound", "host-bound"],
    "RekeyLimit": ["1G", "default none", "500M 1h", "16 10"], "RemoteCommand": ["ls  -l", "none", "a %h"],
    "RequestTTY": ["yes", "no", "force", "auto"], "SendEnv": ["LANG LC_*", "A", "-LC_*", "B -A"], "ServerAliveCountMax": ["1", "9"],
    "ServerAliveInterval": ["0", "15", "2m"], "SessionType": ["none", "default", "subsystem"], "SetEnv": ["A=1", "A=2 B=3", "C=\"a b\""],
    "StdinNull": ["yes", "no"], "StrictHostKeyChecking": ["yes", "no", "ask", "accept-new", "off"],
    "TCPKeepAlive": ["yes", "no"], "User": ["bob", "alice"], "UserKnownHostsFile": ["~/k", "none", "/a ~/b", "/k-%h-%p-%r-%n"],
    "HostName": ["real.example.org", "%h.example.org", "192.0.2.1", "REAL.example.org"], "CheckHostIP": ["yes", "no"],
    "VisualHostKey": ["yes", "no"], "ControlPath": ["~/c-%C", "none"], "ControlPersist": ["no"],
    "AddKeysToAgent": ["yes", "no", "ask", "confirm", "confirm 5m", "1h", "0"],
    "VerifyHostKeyDNS": ["yes", "no", "ask"], "NoHostAuthenticationForLocalhost": ["yes", "no"], "ForwardX11Timeout": ["1h", "90"],
    "IPQoS": ["af21", "af21 cs1", "0x20 ef", "lowdelay throughput", "none"], "HostbasedAuthentication": ["yes", "no"],
    "UpdateHostKeys": ["yes", "no", "ask"], "GatewayPorts": ["yes", "no"], "ExitOnForwardFailure": ["yes", "no"],
    "EnableEscapeCommandline": ["yes", "no"], "RequiredRSASize": ["1024", "4096"], "ClearAllForwardings": ["yes", "no"],
}
# Those that are not done may have another value where no line sets one. Debian's ssh has an interval
# of its own in batch mode.
SHOWN = ({k.lower() for k in VALUES} - {"challengeresponseauthentication", "updatehostkeys", "checkhostip", "serveraliveinterval"}
         | {"host"})
HOSTS = ["work", "a.example.org", "10.1.2.3", "Work", "x"]
CONDITIONS = ["all", "host work", "host *.example.org,!b*", "!host work", "originalhost w*", "originalhost=x", "user bob", "user !bob,*",
              f"localuser {USER}", "localuser nobody-at-all", "final all", "final host work", "canonical", "exec true", "exec \"false\"",
              "exec \"test %h = work\"", "!exec \"test %n = x\"", "host work exec \"true\" user bob"]
PATTERNS = ["*", "work", "w?rk x", "* !work", "!x *", "*.example.org", "10.*", "other", "work other"]


def setting(dice):
    keyword = dice.choice(list(VALUES))
    between = dice.choice([" ", " ", "\t", "=", " = "])
    written = dice.choice([keyword, keyword.lower(), keyword.upper()])
    return f"{written}{between}{dice.choice(VALUES[keyword])}" + dice.choice(["", "", "\t", " "])


def made(rig, seed):
    dice = random.Random(seed)
    lines = []

    def some(n, indent=""):
        for _ in range(dice.randrange(n)):
            lines.append(indent + dice.choice([setting(dice)] * 9 + ["# comment", ""]))

    some(4)
    for _ in range(dice.randrange(1, 6)):
        lines.append(dice.choice([f"Host {dice.choice(PATTERNS)}", f"Match {dice.choice(CONDITIONS)}"]))
        some(6, dice.choice(["", "  ", "\t"]))
        if dice.random() < 0.15:
            inner = [setting(dice) for _ in range(3)] + [f"Host {dice.choice(PATTERNS)}"] + [setting(dice) for _ in range(2)]
            lines.append("Include " + rig.write(f"included-{seed}", "\n".join(inner) + "\n"))
    return dice.choice(HOSTS), dice.choice(["\n", "\n", "\r\n"]).join(lines) + "\n"


def shown_by(done):
    return [line for line in done.out.decode().splitlines() if line.split(" ")[0].lower() in SHOWN]


def check_description(rig):
    """-G says of generated files what ssh -G says."""
    ssh = program("ssh")
    same = refused = 0
    for seed in range(CONFIGURATIONS):
        host, text = made(rig, seed)
        file = rig.write(f"config-{seed}", text)
        words = ["-G", "-F", file, host]
        theirs, ours = rig.run([ssh, *words]), rig.run([rig.places["sshoal"], *words])
        if theirs.status != 0:
            refused += 1
            rig.check(ours.status != 0, f"configuration {seed}: refused as ssh refuses it", f"{text}\n{theirs}\n{ours}")
            continue
        expected, shown = shown_by(theirs), shown_by(ours)
        if "identityfile ~/.ssh/id_rsa" in expected: # the usual files: ssh has kinds of keys that we lack
            expected, shown = ([line for line in some if not line.startswith("identityfile ")] for some in (expected, shown))
        if expected == shown:
            same += 1
            continue
        differing = sorted(set(expected) ^ set(shown))
        rig.check(False, f"configuration {seed}: as ssh shows it", f"{differing}\n{host}\n{text}\n{ours.err.decode()}")
    rig.check(same > CONFIGURATIONS * 0.9, f"-G says what ssh -G says for {same} configurations, and {refused} are refused by both")


def check_key_of_host(rig, file, port):
    """Where the host's key is known from, and what its fingerprint looks like."""
    own = rig.public("ed25519", "host")
    asked = rig.path("asked")

    def attempt(command):
        rig.write("asked", "")
        return rig.run([rig.places["sshoal"], "-F", file, "-o", "UserKnownHostsFile=none", "-o", "StrictHostKeyChecking=yes", "-o", "LogLevel=INFO",
                        "-o", f"KnownHostsCommand={command}", "one", "echo in"])
    teller = rig.write("teller", f"#!/bin/sh\necho \"$@\" >> {asked}\necho \"$1 {own}\"\n", 0o700)
    done = attempt(f"{teller} %H %I %t %f")
    rig.check(done.out == b"in\n", "KnownHostsCommand knows the key", done)
    fingerprint = rig.must([program("ssh-keygen"), "-lf", rig.key("ed25519", "host") + ".pub"]).out.decode().split()[1]
    wanted = f"[127.0.0.1]:{port} ORDER NONE NONE\n[127.0.0.1]:{port} HOSTNAME ssh-ed25519 {fingerprint}\n"
    rig.check(rig.read(asked) == wanted.encode(), "its tokens, before the key exchange and in it", rig.read(asked))
    for command, words in ((f"/bin/echo %H {rig.public('ed25519')}", b"verification failed"), ("/bin/true", b"verification failed"),
                           ("/bin/false", b"exited with status 1"), ("/no/such/program", b"No such file"), ("echo", b"no absolute path")):
        done = attempt(command)
        rig.check(done.status == 255 and not done.out and words in done.err, f"KnownHostsCommand {command.split()[0]} lets no key in", done)
    md5 = rig.must([program("ssh-keygen"), "-E", "md5", "-lf", rig.key("ed25519", "host") + ".pub"]).out.split()[1]
    done = rig.run([rig.places["sshoal"], "-F", file, "-o", "VisualHostKey=yes", "-o", "LogLevel=INFO", "-o", "FingerprintHash=md5", "one", "true"])
    picture = rig.must([program("ssh-keygen"), "-E", "md5", "-lv", "-f", rig.key("ed25519", "host") + ".pub"]).out.split(b"\n", 1)[1]
    rig.check(md5 in done.err and picture in done.err.replace(b"\r", b""), "FingerprintHash", done)


def check_agent(rig, file):
    """AddKeysToAgent: the key of a log-in is in the agent afterwards, or is not."""
    socket_path = rig.path("keeper")
    agent = rig.start([program("ssh-agent"), "-D", "-a", socket_path], rig.path("keeper.log"))
    until(lambda: os.path.exists(socket_path))
    env = {"SSH_AUTH_SOCK": socket_path}

    def held():
        return rig.run([program("ssh-add"), "-l"], env=env).out

    def log_in(how, **more):
        done = rig.run([rig.places["sshoal"], "-F", file, "-o", f"IdentityAgent={socket_path}", "-o", f"AddKeysToAgent={how}", "one", "echo in"],
                       env={**env, **more})
        rig.check(done.out == b"in\n", f"a log-in with AddKeysToAgent={how}", done)
    says_no = {"SSH_ASKPASS": rig.write("no", "#!/bin/sh\necho no\n", 0o700), "SSH_ASKPASS_REQUIRE": "force"}
    says_yes = {"SSH_ASKPASS": rig.write("yes", "#!/bin/sh\necho yes\n", 0o700), "SSH_ASKPASS_REQUIRE": "force"}
    fingerprint = rig.must([program("ssh-keygen"), "-lf", rig.key("ed25519") + ".pub"]).out.split()[1]
    for how, more, kept in (("no", {}, False), ("ask", says_no, False), ("ask", says_yes, True), ("yes", {}, True), ("confirm", {}, True)):
        rig.run([program("ssh-add"), "-D"], env=env)
        log_in(how, **more)
        rig.check((fingerprint in held()) == kept, f"AddKeysToAgent={how}", held())
    rig.run([program("ssh-add"), "-D"], env=env)
    log_in("2")
    rig.check(fingerprint in held() and until(lambda: fingerprint not in held()), "AddKeysToAgent with a time: the agent forgets the key", held())
    rig.end(agent)


def check_way(rig):
    """Jump hosts, each by its own block, and the other ways to a server."""
    ports = [start_sshd(rig, Subsystem="sftp internal-sftp")[0] for _ in range(3)]
    base = (f"Host *\n  User {USER}\n  IdentityFile {rig.key('ed25519')}\n  IdentitiesOnly yes\n  IdentityAgent none\n"
            f"  UserKnownHostsFile {rig.path('known')}\n  GlobalKnownHostsFile none\n  StrictHostKeyChecking accept-new\n  LogLevel QUIET\n")
    file = rig.write("ways", f"Host one\n  HostName 127.0.0.1\n  Port {ports[0]}\nHost two\n  HostName 127.0.0.1\n  Port {ports[1]}\n"
                     f"Host three\n  HostName 127.0.0.1\n  Port {ports[2]}\n  ProxyJump one,two\n"
                     f"Host four\n  HostName 127.0.0.1\n  Port {ports[2]}\n  ProxyJump three\n"
                     f"Host circle\n  ProxyJump circle\nHost bound\n  HostName 127.0.0.1\n  Port {ports[0]}\n  BindAddress 127.0.0.2\n"
                     f"Host through\n  HostName 127.0.0.1\n  Port {ports[0]}\n  BindInterface lo\n"
                     f"Host set\n  HostName 127.0.0.1\n  Port {ports[0]}\n  SetEnv LC_A=1\n  RemoteCommand echo by-config\n"
                     f"Match exec \"test %n = matched\"\n  HostName 127.0.0.1\n  Port {ports[1]}\n" + base)
    seen = "echo $SSH_CONNECTION"

    def connection(host, *flags):
        done = rig.run([rig.places["sshoal"], "-F", file, *flags, host, seen])
        return done, done.out.decode().split()

    for host, flags, port in (("one", [], ports[0]), ("three", [], ports[2]), ("four", [], ports[2]), ("two", ["-J", "one"], ports[1]),
                              ("three", ["-J", "none"], ports[2]), ("matched", [], ports[1]), ("through", [], ports[0])):
        done, words = connection(host, *flags)
        rig.check(done.status == 0 and words[3:] == [str(port)], f"{' '.join([*flags, host])}: the way that the file says", done)
    done, words = connection("bound")
    rig.check(words[:1] == ["127.0.0.2"], "BindAddress", done)
    done = rig.run([rig.places["sshoal"], "-F", file, "-b", "127.0.0.3", "one", seen])
    rig.check(done.out.startswith(b"127.0.0.3 "), "-b", done)
    done = rig.run([rig.places["sshoal"], "-F", file, "set"])
    rig.check(done.out == b"by-config\n", "RemoteCommand", done)
    mark = rig.path("mark")
    local = ["-o", "PermitLocalCommand=yes", "-o", f"LocalCommand=echo %n %p %r %T > {mark}; exit 7"]
    done = rig.run([rig.places["sshoal"], "-F", file, *local, "one", f"cat {mark}"])
    rig.check(done.out == f"one {ports[0]} {USER} NONE\n".encode() and done.status == 0, "LocalCommand runs before the remote command", done)
    os.remove(mark)
    done = rig.run([rig.places["sshoal"], "-F", file, *local[2:], "one", "true"])
    rig.check(done.status == 0 and not os.path.exists(mark), "LocalCommand without PermitLocalCommand does not run", done)
    keys = {what: rig.write(f"hosts-{what}", text) for what, text in
            (("other", rig.public("rsa") + "\n"), ("own", rig.public("ed25519", "host") + "\n"), ("damaged", "ssh-ed25519 AAA\n"))}
    for what, path in (*keys.items(), ("missing", rig.path("nowhere"))):
        done = rig.run([rig.places["sshoal"], "-F", file, "-o", f"RevokedHostKeys={path}", "-o", "LogLevel=INFO", "one", "echo in"])
        rig.check((done.out == b"in\n") == (what == "other") and (b"verification failed" in done.err) == (what != "other"),
                  f"RevokedHostKeys: {what}", done)
    picture = rig.must([program("ssh-keygen"), "-lv", "-f", rig.key("ed25519", "host") + ".pub"]).out.split(b"\n", 1)[1]
    done = rig.run([rig.places["sshoal"], "-F", file, "-o", "VisualHostKey=yes", "-o", "LogLevel=INFO", "one", "true"])
    rig.check(done.status == 0 and picture in done.err.replace(b"\r", b""), "VisualHostKey draws what ssh-keygen draws", done)
    done = rig.run([rig.places["sshoal"], "-F", file, "-o", f"IdentityFile=~{USER}/no-such-key", "-G", "one"])
    rig.check(done.status == 0, "~user in a path", done)
    done = rig.run([rig.places["sshoal"], "-F", file, "circle", seen])
    rig.check(done.status == 255 and b"in a circle" in done.err, "a ProxyJump that leads in a circle", done)
    check_key_of_host(rig, file, ports[0])
    check_agent(rig, file)
    passing = rig.write("passing.py", "import array, socket, sys\n"
                        "server = socket.create_connection((sys.argv[1], int(sys.argv[2])))\n"
                        "socket.socket(fileno=1).sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [server.fileno()]))])\n")
    for command, good in ((f"{sys.executable} {passing} %h %p", True), ("true", False)):
        done = rig.run([rig.places["sshoal"], "-F", file, "-o", "ProxyUseFdpass=yes", "-o", f"ProxyCommand={command}", "-o", "ConnectTimeout=3",
                        "one", seen], stdin=b"")
        words = done.out.decode().split()
        rig.check((words[3:] == [str(ports[0])] if good else done.status == 255 and not done.out), f"ProxyUseFdpass: {command.split()[0]}", done)
    copied = rig.path("copied")
    for name, words in (("scp", ["three:" + rig.write("sent", "content"), copied]), ("sftp", ["-b", rig.write("batch", "pwd\n"), "four"])):
        done = rig.run([rig.places[name], "-F", file, *words])
        rig.check(done.status == 0, f"sshoal-{name} through two hosts", done)
    rig.check(rig.read(copied) == b"content", "what came through two hosts")


def main():
    rig = Rig(dict(p.split("=", 1) for p in sys.argv[1:]))

    def test():
        check_description(rig)
        try:
            check_way(rig)
        except Skipped as e:
            rig.note(f"no sshd: {e}")

    return rig.verdict(test)


if __name__ == "__main__":
    sys.exit(main())
