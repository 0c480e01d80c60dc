"""Our server, sshoald, and what every client of another implementation has to get from it."""
import kexinit
from rig import BULK, KEY_KINDS, USER, digest, until

# What sshoald has, and does not offer unless told to.
ONLY_WHEN_ASKED = {"MACs": "+hmac-sha1,hmac-sha1-etm@openssh.com"}
PASSWORD = "open sesame"
KEY_OF_SIGNATURE = {"ssh-ed25519": "ed25519", "ecdsa-sha2-nistp256": "ecdsa-256", "ecdsa-sha2-nistp384": "ecdsa-384",
                    "ecdsa-sha2-nistp521": "ecdsa-521", "rsa-sha2-512": "rsa", "rsa-sha2-256": "rsa"}


def our_algorithms(rig):
    """Everything that our programs have, by the fields of a KEXINIT."""
    def listed(query):
        return rig.must([rig.places["sshoal"], "-Q", query]).out.decode().split()
    return {"kex": listed("kex"), "cipher": listed("cipher"), "mac": listed("mac"), "host_key": listed("sig")}


def word(plan):
    return ", ".join(v for v in plan.values() if v)


class OurServer:
    """sshoald on a port of its own, as long as the `with` lasts."""

    def __init__(self, rig, host_key="ed25519", **settings):
        self.rig, self.port = rig, rig.port()
        self.log = rig.path(f"sshoald-{self.port}.log")
        self.public_host_key = rig.public(host_key, "host")
        lines = {"ListenAddress": f"127.0.0.1:{self.port}", "HostKey": rig.key(host_key, "host"), "PidFile": "none",
                 "AuthorizedKeysFile": rig.authorized_keys(), "StrictModes": "no", "PermitRootLogin": "yes", "LogLevel": "DEBUG1",
                 "MaxAuthTries": "20", **settings}
        self.config = rig.write(f"sshoald-{self.port}.conf", "".join(f"{k} {v}\n" for k, v in lines.items()))

    def __enter__(self):
        argv = [self.rig.places["sshoald"], "-D", "-e", "-f", self.config]
        self.process = self.rig.start(argv, self.log, self.port, env=self.rig.other_account())
        return self

    def __exit__(self, *_):
        self.rig.end(self.process)

    def said(self, text):
        return self.rig.read(self.log).count(text.encode())


class LoginServer(OurServer):
    """The program of login_server.cpp, whose users show more than a key."""

    def __init__(self, rig):
        super().__init__(rig)
        self.argv = [rig.places["login-server"], str(self.port), rig.key("ed25519", "host"), rig.authorized_keys()]

    def __enter__(self):
        self.process = self.rig.start(self.argv, self.log, self.port, env=self.rig.other_account())
        return self


def check_keys(rig, peer, server):
    for kind in peer.key_kinds:
        done = peer.run(server, "true", key=rig.key(kind))
        rig.check(done.status == 0, f"log in with a key: {kind}", done, server.log)
    done = peer.run(server, "echo in", key=rig.key("ed25519", "stranger"))
    rig.check(b"in\n" not in done.out and server.said("rejected publickey"), "a key that is not in authorized_keys is refused", done,
              server.log)
    for signature in peer.rsa_signatures:
        with OurServer(rig, PubkeyAcceptedAlgorithms=signature) as strict:
            done = peer.run(strict, "true", key=rig.key("rsa"))
            rig.check(done.status == 0, f"log in with RSA where only {signature} is accepted", done, strict.log)


def check_other_methods(rig, peer):
    with LoginServer(rig) as server:
        for user, method in peer.login_users:
            done = peer.run(server, "echo in", user=user, method=method, password=PASSWORD, key=rig.key("ed25519"))
            rig.check((done.status, done.out) == (0, b"in\n"), f"log in with {method}: user {user}", done, server.log)
        user, method = peer.login_users[0]
        done = peer.run(server, "echo in", user=user, method=method, password="wrong", key=rig.key("ed25519"))
        rig.check(not done.out and server.said(f"rejected {method} "), f"a wrong password is refused: {method}", done, server.log)


def check_commands(rig, peer, server):
    for _ in range(4): # the end of the output and the exit status must not overtake each other
        done = peer.run(server, "echo out; echo err >&2; exit 42")
        rig.check((done.status, done.out) == (42, b"out\n") and b"err\n" in done.err, "stdout, stderr and the exit status arrive", done,
                  server.log)
    done = peer.run(server, "head -c 70000 /dev/zero >&2; exit 3")
    rig.check(done.status == 3 and done.err.count(b"\0") == 70000, "70,000 bytes of stderr arrive", done, server.log)
    done = peer.run(server, "cat; exit 5", stdin=b"line\n")
    rig.check((done.status, done.out) == (5, b"line\n"), "the end of the input arrives", done, server.log)
    if peer.exit_signal is not None:
        done = peer.run(server, "kill -TERM $$")
        rig.check(peer.exit_signal(done), "the signal that ended a program is told", done, server.log)
    if peer.sends_signals:
        done = peer.run(server, "trap 'echo caught; exit 9' USR1; echo ready; while :; do sleep 0.05; done", signal="USR1")
        rig.check((done.status, done.out) == (9, b"ready\ncaught\n"), "a signal of the client reaches the program", done, server.log)
    if peer.has_terminals:
        done = peer.run(server, "test -t 0 && test -t 1 && echo terminal $TERM; stty size", terminal=True)
        rig.check(done.status == 0 and b"terminal" in done.out, "a terminal is made", done, server.log)


def check_bulk(rig, peer, server, what):
    done = peer.run(server, f"cat {rig.bulk_file}", seconds=90)
    rig.check(done.status == 0 and digest(done.out) == digest(rig.bulk), f"{BULK} bytes to the peer{what}", done, server.log)
    done = peer.run(server, "sha256sum", stdin=rig.bulk, seconds=90)
    rig.check(done.status == 0 and done.out.split()[:1] == [digest(rig.bulk).encode()], f"{BULK} bytes from the peer{what}", done, server.log)


def check_both_ways(rig, peer, server, what, least, **how):
    """With a command that gives back what it gets; new keys have to come meanwhile."""
    before = server.said("new keys are in use")
    done = peer.run(server, "cat" + peer.linger, stdin=rig.bulk, seconds=90, **how)
    rig.check(done.status == 0 and digest(done.out) == digest(rig.bulk), f"{BULK} bytes there and back, {what}", done, server.log)
    rig.check(until(lambda: server.said("new keys are in use") - before >= least), f"at least {least} key exchanges, {what}",
              f"only {server.said('new keys are in use') - before}", server.log)


def check_rekeying(rig, peer, server):
    if not peer.rekeys_by_us and not peer.rekeys:
        rig.note(f"no key exchanges after the first: {peer.no_rekeying}")
        return
    with OurServer(rig, RekeyLimit="1M") as busy:
        check_both_ways(rig, peer, busy, "new keys when we say so", peer.rekeys_by_us)
        check_bulk(rig, peer, busy, ", new keys when we say so")
    if peer.rekeys:
        check_both_ways(rig, peer, server, "new keys when the peer says so", 5, rekey=1 << 20)
    if peer.rekeys:
        with OurServer(rig, RekeyLimit="300K") as busy:
            check_both_ways(rig, peer, busy, "new keys when either says so", 10, rekey=300 << 10)


def check_algorithms(rig, peer):
    offers = kexinit.offers_of_client(peer.dial)
    all_plans = kexinit.plans(our_algorithms(rig), offers, KEY_OF_SIGNATURE)
    rig.note(f"{offers['identification']} shares {len(all_plans)} rounds of algorithms with us")
    rig.check(all_plans, "the peer shares algorithms with us", offers)
    for plan in all_plans:
        settings = {"KexAlgorithms": plan["kex"], "HostKeyAlgorithms": plan["host_key"], "Ciphers": plan["cipher"], "Compression": "no"}
        if plan["mac"]:
            settings["MACs"] = plan["mac"]
        with OurServer(rig, host_key=KEY_OF_SIGNATURE[plan["host_key"]], **settings) as server:
            done = peer.run(server, "true")
            agreed = f"{plan['kex']}, {plan['host_key']}, {plan['cipher']}" + (f" with {plan['mac']}" if plan["mac"] else "") + "\n"
            rig.check(done.status == 0 and server.said(agreed) == 1, word(plan), done, server.log)


def check_all(rig, peer):
    with OurServer(rig, **ONLY_WHEN_ASKED) as server:
        check_keys(rig, peer, server)
        check_commands(rig, peer, server)
        check_bulk(rig, peer, server, "")
        check_rekeying(rig, peer, server)
        user = USER
        rig.check(server.said(f"Accepted publickey for {user} ") > 0, "the server's log names the user", "", server.log)
    if peer.login_users:
        check_other_methods(rig, peer)
    check_algorithms(rig, peer)
    peer.more()
