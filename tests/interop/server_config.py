#!/usr/bin/env python3
"""sshd_config: ours against sshd's own reading of it, and log-ins as Match says.

    server_config.py sshoald=PROGRAM other-account=LIBRARY ...
"""
import os
import random
import sys

from our_server import OurServer
from rig import USER, Rig, program
from server_habits import Ssh

CONFIGURATIONS = 300

YES = ["yes", "no", "YES", "No"]
# Keywords that may stand below Match, and values for them.
EVERYWHERE = {
    "AcceptEnv": ["LANG LC_*", "A", "-B C"], "AllowAgentForwarding": YES, "AllowGroups": ["staff", "a b", "!x"],
    "AllowStreamLocalForwarding": ["yes", "all", "local", "remote", "no"], "AllowTcpForwarding": ["yes", "all", "local", "remote", "no"],
    "AllowUsers": ["root", "a b", "bob@10.0.0.0/8", "al*@*.org,!x"], "AuthenticationMethods": ["any", "publickey", "publickey,password password"],
    "AuthorizedKeysFile": ["/a/%u", "none", ".ssh/a .ssh/b", "\"/with blank\""], "Banner": ["none", "/etc/issue"],
    "ChrootDirectory": ["none", "/jail/%u", "%h"], "ClientAliveCountMax": ["0", "7"], "ClientAliveInterval": ["0", "15", "2m", "1h30m"],
    "DenyGroups": ["x", "y z"], "DenyUsers": ["x", "*@192.0.2.1"], "DisableForwarding": YES, "ExposeAuthInfo": YES,
    "ForceCommand": ["none", "/bin/x \"a  b\" # c", "internal-sftp"], "GatewayPorts": ["yes", "no", "clientspecified"],
    "HostbasedAuthentication": YES, "IgnoreRhosts": ["yes", "shosts-only"], "IPQoS": ["af21", "af21 cs1", "none", "0x20 ef"],
    "KbdInteractiveAuthentication": YES, "ChallengeResponseAuthentication": YES, "LogLevel": ["DEBUG", "debug1", "QUIET", "INFO", "verbose"],
    "MaxAuthTries": ["1", "0", "10"], "MaxSessions": ["0", "3"], "PasswordAuthentication": YES, "PermitListen": ["any", "none", "80 a:22", "*:*"],
    "PermitOpen": ["any", "none", "a:1 b:*"], "PermitRootLogin": ["yes", "no", "prohibit-password", "without-password", "forced-commands-only"],
    "PermitTTY": YES, "PermitTunnel": ["yes", "no", "ethernet", "point-to-point"], "PermitUserRC": YES, "PubkeyAuthentication": YES,
    "PubkeyAuthOptions": ["none", "touch-required", "verify-required touch-required"], "RekeyLimit": ["1G", "default none", "500M 1h", "16 10"],
    "RequiredRSASize": ["1024", "2048"], "SetEnv": ["A=1", "A=2 B=3", "C=\"a b\""], "StreamLocalBindMask": ["0177", "022", "0"],
    "StreamLocalBindUnlink": YES, "X11DisplayOffset": ["0", "20"], "X11Forwarding": YES, "X11UseLocalhost": YES,
    "UnusedConnectionTimeout": ["none", "0"],
}
# Those of the whole server.
GLOBAL = {
    "AddressFamily": ["any", "inet", "inet6"], "Compression": ["yes", "delayed", "no"], "FingerprintHash": ["md5", "SHA256"],
    "HostKey": ["/etc/ssh/ssh_host_ed25519_key", "/etc/ssh/ssh_host_rsa_key"], "IgnoreUserKnownHosts": YES,
    "ListenAddress": ["127.0.0.1", "127.0.0.1:2222", "0.0.0.0", "[127.0.0.2]:5"], "LoginGraceTime": ["0", "30", "2m"],
    "MaxStartups": ["10", "3:50:60", "10:30:100"], "ModuliFile": ["/m"], "PerSourceMaxStartups": ["5"],
    "PerSourceNetBlockSize": ["24:64", "32:0"], "PidFile": ["none", "/run/x.pid"], "Port": ["22", "2222", "0022"], "PrintLastLog": YES,
    "PrintMotd": YES, "StrictModes": YES, "Subsystem": ["sftp internal-sftp -u 022", "other /bin/cat", "third /bin/a b c"],
    "SyslogFacility": ["AUTH", "LOCAL3", "daemon"], "TCPKeepAlive": YES, "UsePAM": ["no"], "VersionAddendum": ["none", "a b"],
    "PermitUserEnvironment": ["no"], "XAuthLocation": ["/x"], "GSSAPICleanupCredentials": YES, "KerberosOrLocalPasswd": YES,
}
# OpenSSH 9.2 refuses a second one, or two lines of methods one of which is "any", and passes over "none".
ONCE = {"Subsystem", "AuthenticationMethods", "IPQoS"}
SHOWN = {k.lower() for k in {**EVERYWHERE, **GLOBAL}} - {"challengeresponseauthentication"}
CONDITIONS = ["all", "user root", "user !root,*", "User=bob", "group root", "group wheel,staff", "host pc.example.org", "host *.ORG",
              "address 192.0.2.0/24", "address !192.0.2.7,192.0.*", "localaddress 198.51.100.1", "localport 22", "localport 2222",
              "user root address 10.0.0.0/8", "user root,bob localport=22", "rdomain x", "address 2001:db8::/32"]
LOGINS = [None, "user=root", "user=root,host=pc.example.org,addr=192.0.2.7", "user=bob,addr=10.1.2.3,host=10.1.2.3,laddr=198.51.100.1,lport=22",
          "user=root,addr=10.0.0.9,host=x,laddr=127.0.0.1,lport=2222", "addr=2001:db8::1,user=root,host=six.org,rdomain=x"]
WRONG = ["PermitTTY true", "Port 0", "MaxStartups 10:30:5", "LoginGraceTime none", "AllowUsers a@10.0.0.1/8", "Future x", "AcceptEnv A=b",
         "Match address 10.0.0.1/8", "Match user", "Match all user x", "ForceCommand", "AuthorizedKeysFile \"\"", "Subsystem x", "PermitOpen x",
         "AuthenticationMethods wrong", "RekeyLimit 5", "ListenAddress a:b", "Banner \"a"]


def setting(dice, keywords):
    keyword = dice.choice(list(keywords))
    between = dice.choice([" ", " ", "\t", "=", " = "])
    written = dice.choice([keyword, keyword.lower(), keyword.upper()])
    return f"{written}{between}{dice.choice(keywords[keyword])}" + dice.choice(["", "", "\t", " "])


def made(rig, seed):
    dice = random.Random(seed)
    lines, used = [], set()
    login = dice.choice(LOGINS)
    # OpenSSH 9.2 wants the port to be known if there is a condition about it.
    conditions = [c for c in CONDITIONS if "localport" not in c or (login and "lport" in login)]

    def add(keywords, n, indent=""):
        for _ in range(dice.randrange(n)):
            line = setting(dice, keywords)
            keyword = line.replace("=", " ").split()[0].lower()
            once = keyword in {k.lower() for k in ONCE}
            if not (once and keyword in used):
                lines.append(indent + line)
            used.add(keyword)

    add({**EVERYWHERE, **GLOBAL}, 14)
    if dice.random() < 0.3:
        inner = [setting(dice, EVERYWHERE), f"Match {dice.choice(conditions)}", setting(dice, EVERYWHERE)]
        lines.append("Include " + rig.write(f"included-{seed}", "\n".join(inner) + "\n"))
        add(EVERYWHERE, 3)
    for _ in range(dice.randrange(4)):
        lines.append(f"Match {dice.choice(conditions)}")
        add(EVERYWHERE, 6, dice.choice(["", "  ", "\t"]))
        if dice.random() < 0.15:
            inner = [setting(dice, EVERYWHERE), f"Match {dice.choice(conditions)}", setting(dice, EVERYWHERE)]
            lines.append("Include " + rig.write(f"inner-{seed}", "\n".join(inner) + "\n"))
    if dice.random() < 0.06:
        lines.insert(dice.randrange(len(lines) + 1), dice.choice(WRONG))
    return login, dice.choice(["\n", "\n", "\r\n"]).join(lines) + "\n"


def shown_by(done, unset):
    keep = [line for line in done.out.decode().splitlines() if line.split(" ")[0] in SHOWN]
    return [line for line in keep if not (unset and line.split(" ")[0] == "pidfile")]


def check_description(rig):
    """-T says of generated files what sshd -T says."""
    sshd = program("sshd")
    os.makedirs("/run/sshd", exist_ok=True)
    same = refused = 0
    for seed in range(CONFIGURATIONS):
        login, text = made(rig, seed)
        words = ["-T", "-f", rig.write(f"config-{seed}", text), *(["-C", login] if login else [])]
        theirs, ours = rig.run([sshd, *words]), rig.run([rig.places["sshoald"], *words])
        if theirs.status != 0:
            refused += 1
            rig.check(ours.status != 0, f"configuration {seed}: refused as sshd refuses it", f"{text}\n{theirs}\n{ours}")
            continue
        unset = "pidfile" not in text.lower()  # ours has a name of its own
        expected, shown = shown_by(theirs, unset), shown_by(ours, unset)
        if expected == shown:
            same += 1
            continue
        rig.check(False, f"configuration {seed}: as sshd shows it",
                  f"{sorted(set(expected) ^ set(shown)) or 'another order'}\n{login}\n{text}\n{ours.err.decode()}")
    rig.check(same > CONFIGURATIONS * 0.8, f"-T says what sshd -T says for {same} configurations, and {refused} are refused by both")
    good = rig.run([rig.places["sshoald"], "-t", "-f", rig.write("good", f"HostKey {rig.key('ed25519', 'host')}\n")])
    rig.check(good.status == 0 and not good.out and not good.err, "-t of a good file says nothing", good)
    bad = rig.run([rig.places["sshoald"], "-t", "-f", rig.write("bad", "PermitTTY yes\nPermitTTY true\n")])
    rig.check(bad.status == 255 and b"bad line 2: PermitTTY" in bad.err, "-t says where the mistake is", bad)


def check_log_ins(rig):
    """What is decided for each log-in."""
    def attempt(rules, what, expected, command="echo in", flags=(), **options):
        server = OurServer(rig)
        before, match, below = rules.partition("Match ")
        rig.write(server.config, before + rig.read(server.config).decode() + match + below)
        with server:
            done = Ssh(rig, server, **options).run(*flags, command)
            rig.check(expected(done), what, done, server.log)

    def let_in(done):
        return done.out == b"in\n"

    def cut_short(done):
        return done.status == 255 and b"late" not in done.out

    def refused(done):
        return done.status == 255 and b"Permission denied" in done.err

    here = f"Match user {USER} address 127.0.0.0/8\n"
    attempt(here + "PubkeyAuthentication no\n", "Match takes a method away", refused)
    attempt("PubkeyAuthentication no\n" + here + "PubkeyAuthentication yes\n", "Match gives a method", let_in)
    attempt("Match user nobody\nPubkeyAuthentication no\n", "Match about somebody else", let_in)
    attempt("Match localport 1\nPubkeyAuthentication no\n", "Match about another port", let_in)
    attempt("Match address 127.0.0.1 localaddress 127.0.0.1\nForceCommand echo forced\n", "ForceCommand by Match", lambda d: d.out == b"forced\n")
    attempt(here + "SetEnv MINE=by-match\n", "SetEnv by Match", lambda d: d.out == b"by-match\n", "echo $MINE")
    attempt(here + "AcceptEnv TZ_OURS\n", "AcceptEnv by Match", lambda d: d.out == b"x\n", "echo $TZ_OURS", SetEnv="TZ_OURS=x")
    attempt("AcceptEnv TZ_OURS\n" + here + "AcceptEnv OTHER\n", "AcceptEnv by Match replaces that of the server", lambda d: d.out == b"none\n",
            "echo ${TZ_OURS:-none}", SetEnv="TZ_OURS=x")
    attempt(here + "PermitTTY no\n", "PermitTTY by Match", lambda d: b"PTY allocation request failed" in d.err, "tty", ["-tt"],
            LogLevel="info")
    attempt(here + "MaxSessions 0\n", "MaxSessions by Match", lambda d: d.status == 255 and b"open failed" in d.err, LogLevel="info")
    attempt(here + "Banner " + rig.write("banner", "hello from Match\n"), "Banner by Match", lambda d: b"hello from Match" in d.err,
            LogLevel="info")
    attempt(here + f"DenyUsers {USER}@127.0.0.0/8\n", "DenyUsers with a network", refused)
    attempt(f"AllowUsers {USER}@!127.0.0.1,*\n", "AllowUsers with a negated address", refused)
    attempt(f"AllowUsers nobody\n{here}AllowUsers {USER}\n", "AllowUsers by Match", let_in)
    attempt("AuthorizedKeysFile none\n", "no authorized_keys file", refused)
    attempt("AuthenticationMethods publickey,password\n", "AuthenticationMethods: a key alone is not enough",
            lambda d: refused(d) and b"publickey\" with partial success" in d.err and b"can continue: password\r" in d.err, flags=["-v"],
            LogLevel="debug1")
    attempt("AuthenticationMethods password publickey\n", "AuthenticationMethods: a key alone is enough", let_in)
    attempt(here + "Subsystem greet /bin/echo hello\n", "Subsystem by Match", lambda d: d.out == b"hello\n", "greet", ["-s"])
    attempt(here + "ChannelTimeout session=1s\n", "ChannelTimeout closes a session without data", lambda d: cut_short(d) and d.out == b"in\n",
            "echo in; sleep 30; echo late")
    attempt("ChannelTimeout session:command=1s\n", "ChannelTimeout of commands", lambda d: cut_short(d), "sleep 30; echo late")
    attempt("ChannelTimeout session=9m session:comm*=1s\n", "ChannelTimeout: the name of a command is nearer", lambda d: cut_short(d), "sleep 30")
    attempt("ChannelTimeout session:shell=1s session:subsystem:*=1s\n", "ChannelTimeout of shells and subsystems", lambda d: d.out == b"late\n",
            "sleep 1.5; echo late")
    attempt("ChannelTimeout session=3s\n", "ChannelTimeout spares a session with data", lambda d: d.out == b".....late\n",
            "for i in 1 2 3 4 5; do printf .; sleep 0.7; done; echo late") # a busy machine adds to each pause
    attempt("ChannelTimeout x*=1s direct-*=1s\n", "ChannelTimeout of other types", lambda d: d.out == b"late\n", "sleep 1.5; echo late")
    attempt("ChannelTimeout global=1s\n", "ChannelTimeout global", lambda d: cut_short(d), "sleep 30; echo late")
    attempt(here + "UnusedConnectionTimeout 1\n", "UnusedConnectionTimeout ends a connection without channels",
            lambda d: d.status == 255 and b"no channel was open" in d.err, "", ["-N"], LogLevel="info")
    attempt("UnusedConnectionTimeout 1\n", "UnusedConnectionTimeout spares a session", lambda d: d.out == b"late\n", "sleep 1.5; echo late")
    rig.write("home/.ssh/rc", 'test "$(pwd)" = "$HOME" && echo rc in the home\n')
    attempt("PermitUserRC yes\n", "~/.ssh/rc runs before the command", lambda d: d.out == b"rc in the home\nin\n")
    attempt(here + "PermitUserRC no\n", "PermitUserRC by Match", let_in)
    attempt("Subsystem greet /bin/echo hello\n", "~/.ssh/rc is not for subsystems", lambda d: d.out == b"hello\n", "greet", ["-s"])
    attempt("ForceCommand echo forced\n", "~/.ssh/rc is not for ForceCommand", lambda d: d.out == b"forced\n")
    os.remove(rig.path("home/.ssh/rc"))
    attempt("Match invalid-user\nBanner /etc/issue\n", "Match invalid-user", let_in)
    attempt("VersionAddendum of the tests\n", "VersionAddendum", lambda d: b"remote software version sshoal of the tests" in d.err, "true", ["-v"],
            LogLevel="debug1")


def main():
    rig = Rig(dict(p.split("=", 1) for p in sys.argv[1:]))

    def test():
        check_log_ins(rig)
        check_description(rig)

    return rig.verdict(test)


if __name__ == "__main__":
    sys.exit(main())
