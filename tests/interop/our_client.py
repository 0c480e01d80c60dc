"""Our client, sshoal, and what it has to get from every server of another implementation."""
import kexinit
from our_server import KEY_OF_SIGNATURE, PASSWORD, our_algorithms, word
from rig import BULK, digest

LINGER = "sleep 1"  # for a server that drops what it has not read when the program ends


class OurClient:
    """sshoal with nothing read from the user's own files."""

    def __init__(self, rig, running, user=None, **settings):
        self.rig, self.running = rig, running
        known = rig.write(f"known_hosts-{running.port}", "".join(f"[127.0.0.1]:{running.port} {key}\n" for key in running.host_keys))
        lines = {"UserKnownHostsFile": known, "GlobalKnownHostsFile": "/dev/null", "StrictHostKeyChecking": "yes", "IdentityAgent": "none",
                 "Port": running.port, "User": user or running.user, "LogLevel": "DEBUG1", "ConnectTimeout": 20, **settings}
        self.config = rig.write(f"sshoal-{running.port}.conf", "".join(f"{k} {v}\n" for k, v in lines.items()))

    def argv(self, command, key=None, options=()):
        identity = ["-i", key or self.rig.key("ed25519")] if key != "none" else ["-o", "PubkeyAuthentication=no"]
        return [self.rig.places["sshoal"], "-F", self.config, *identity, *options, "127.0.0.1", command]

    def run(self, command, *, stdin=b"", key=None, options=(), seconds=60):
        return self.rig.run(self.argv(command, key, options), stdin=stdin, seconds=seconds)

    def type_password(self, command, method, typed):
        options = ["-o", f"PreferredAuthentications={method}", "-o", "NumberOfPasswordPrompts=1"]
        return self.rig.run_on_terminal(self.argv(command, "none", options), [(b"assword: ", typed.encode())])


def check_keys(rig, peer, running):
    client = OurClient(rig, running)
    for kind in peer.key_kinds:
        done = client.run("true", key=rig.key(kind))
        rig.check(done.status == 0, f"log in with a key: {kind}", done, running.log)
    for signature in peer.rsa_signatures:
        done = client.run("true", key=rig.key("rsa"), options=["-o", f"PubkeyAcceptedAlgorithms={signature}"])
        rig.check(done.status == 0, f"log in with RSA and {signature}", done, running.log)
    done = client.run("echo inside", key=rig.key("ed25519", "stranger"), options=["-o", "BatchMode=yes"])
    rig.check(done.status == 255 and not done.out, "a key that is not known is refused", done, running.log)


def check_passwords(rig, peer, running):
    client = OurClient(rig, running)
    greet = "echo inside" if running.carries_input else f"echo inside; {LINGER}"
    for method in peer.password_methods:
        done = client.type_password(greet, method, PASSWORD)
        rig.check(done.status == 0 and b"inside\n" in done.out, f"log in with {method}", done, running.log)
        done = client.type_password("echo inside", method, "wrong")
        rig.check(done.status == 255 and b"inside\n" not in done.out, f"a wrong password is refused: {method}", done, running.log)


def check_host_key(rig, running):
    class Impostor:
        port, user, log, host_keys = running.port, running.user, running.log, [rig.public("ed25519", "stranger")]
    done = OurClient(rig, Impostor).run("echo inside", options=["-o", "HostKeyAlgorithms=ssh-ed25519"])
    rig.check(done.status == 255 and not done.out, "a host key that is not the known one is refused", done, running.log)


def check_commands(rig, peer, running):
    client = OurClient(rig, running)
    if not peer.carries_input:
        done = client.run(f"echo out; {LINGER}; exit 42")
        rig.check((done.status, done.out) == (42, b"out\n"), "stdout and the exit status arrive", done, running.log)
        return
    for _ in range(4): # the end of the output and the exit status must not overtake each other
        done = client.run("echo out; echo err >&2; exit 42")
        rig.check((done.status, done.out) == (42, b"out\n") and b"err\n" in done.err, "stdout, stderr and the exit status arrive", done,
                  running.log)
    done = client.run("head -c 70000 /dev/zero >&2; exit 3")
    rig.check(done.status == 3 and done.err.count(b"\0") == 70000, "70,000 bytes of stderr arrive", done, running.log)
    done = client.run("cat; exit 5", stdin=b"line\n")
    rig.check((done.status, done.out) == (5, b"line\n"), "the end of the input arrives", done, running.log)
    if peer.tells_signals:
        done = client.run("kill -TERM $$")
        rig.check(done.status == 255 and b"TERM" in done.err, "the signal that ended a program is told", done, running.log)
    if peer.has_terminals:
        done = rig.run_on_terminal(client.argv("test -t 0 && test -t 1 && echo terminal $TERM", options=["-tt", "-q"]))
        rig.check(done.status == 0 and b"terminal" in done.out, "a terminal is made", done, running.log)


def check_bulk(rig, client, running, what):
    # libssh's server writes a window full before it reads our KEXINIT, so with it a longer transfer is needed to see several exchanges.
    times = 4 if what and not client.running.carries_input else 1
    linger = "" if client.running.carries_input else f"; {LINGER}"
    done = client.run("cat" + f" {rig.bulk_file}" * times + linger, seconds=90)
    rig.check(done.status == 0 and digest(done.out) == digest(rig.bulk * times), f"{BULK * times} bytes from the peer{what}", done, running.log)
    if what:
        rig.check(done.err.count(b"new keys are in use") >= 4, f"at least 4 key exchanges{what}", done.err[-300:], running.log)
    if not client.running.carries_input:
        return
    done = client.run("sha256sum", stdin=rig.bulk, seconds=90)
    rig.check(done.status == 0 and done.out.split()[:1] == [digest(rig.bulk).encode()], f"{BULK} bytes to the peer{what}", done, running.log)


def check_both_ways(rig, client, running, what, least):
    done = client.run("cat", stdin=rig.bulk, seconds=90)
    rig.check(done.status == 0 and digest(done.out) == digest(rig.bulk), f"{BULK} bytes there and back, {what}", done, running.log)
    count = done.err.count(b"new keys are in use")
    rig.check(count >= least, f"at least {least} key exchanges, {what}", f"only {count}", running.log)


def check_rekeying(rig, peer, running):
    if not peer.rekeys_by_us:
        rig.note(f"no key exchanges after the first: {peer.no_rekeying}")
        return
    ours = OurClient(rig, running, RekeyLimit="1M")
    if peer.carries_input:
        check_both_ways(rig, ours, running, "new keys when we say so", peer.rekeys_by_us)
    check_bulk(rig, ours, running, ", new keys when we say so")
    if peer.rekeys:
        with peer.start(rekey=1 << 20) as busy:
            check_both_ways(rig, OurClient(rig, busy), busy, "new keys when the peer says so", 5)
        with peer.start(rekey=300 << 10) as busy:
            check_both_ways(rig, OurClient(rig, busy, RekeyLimit="300K"), busy, "new keys when either says so", 10)


def check_algorithms(rig, peer, running):
    offers = kexinit.offers_of_server(running.port)
    kinds = {name for name, kind in KEY_OF_SIGNATURE.items() if kind in peer.host_key_kinds}
    all_plans = kexinit.plans(our_algorithms(rig), offers, kinds)
    rig.note(f"{offers['identification']} shares {len(all_plans)} rounds of algorithms with us")
    rig.check(all_plans, "the peer shares algorithms with us", offers)
    for plan in all_plans:
        settings = {"KexAlgorithms": plan["kex"], "HostKeyAlgorithms": plan["host_key"], "Ciphers": plan["cipher"]}
        if plan["mac"]:
            settings["MACs"] = plan["mac"]
        done = OurClient(rig, running, **settings).run("true")
        agreed = f"{plan['kex']}, {plan['host_key']}, {plan['cipher']}" + (f" with {plan['mac']}" if plan["mac"] else "") + "\n"
        rig.check(done.status == 0 and agreed.encode() in done.err.replace(b"\r", b""), word(plan), done, running.log)


def check_all(rig, peer):
    with peer.start() as running:
        check_host_key(rig, running)
        check_keys(rig, peer, running)
        check_passwords(rig, peer, running)
        check_commands(rig, peer, running)
        check_bulk(rig, OurClient(rig, running), running, "")
        check_rekeying(rig, peer, running)
        check_algorithms(rig, peer, running)
    peer.more()
