"""Another build of OpenSSH than the distribution's, in the folder $SSHOAL_OPENSSH: newer ones hang up on a peer that sends anything between
its KEXINIT and its NEWKEYS when both have strict key exchange."""
import os
from concurrent.futures import ThreadPoolExecutor

from our_server import OurServer
from peer_clients import Client
from peer_servers import Running, Server
from rig import USER, Skipped, digest, until

CHANNELS = 6
LIMITS = (("64K", None), (None, "64K"), ("100K", "64K")) # ours, theirs


def build_folder():
    folder = os.environ.get("SSHOAL_OPENSSH", "")
    if not folder:
        raise Skipped("SSHOAL_OPENSSH does not name a folder with another build of OpenSSH")
    return os.path.abspath(folder)


def spoken(bytes_text):
    return bytes_text or "no limit"


class OpensshClient(Client):
    rekeys = True
    rekeys_by_us = 8

    def __init__(self, rig):
        super().__init__(rig)
        self.program = os.path.join(build_folder(), "ssh")

    def exit_signal(self, done):
        return done.status == 255

    def argv(self, server, user=USER, key=None, rekey=None):
        known = self.rig.write(f"known_hosts-{server.port}", f"[127.0.0.1]:{server.port} {server.public_host_key}\n")
        options = {"UserKnownHostsFile": known, "GlobalKnownHostsFile": "/dev/null", "StrictHostKeyChecking": "yes", "IdentitiesOnly": "yes",
                   "IdentityAgent": "none", "BatchMode": "yes", "PubkeyAuthentication": "yes"}
        if rekey:
            options["RekeyLimit"] = str(rekey)
        argv = [self.program, "-F", "none", "-p", str(server.port), "-l", user, "-i", key or self.rig.key("ed25519")]
        for name, value in options.items():
            argv += ["-o", f"{name}={value}"]
        return argv

    def run(self, server, command, *, stdin=b"", user=USER, key=None, terminal=False, rekey=None, seconds=60):
        argv = self.argv(server, user, key, rekey) + (["-tt"] if terminal else ["-T"])
        return self.rig.run([*argv, "127.0.0.1", command], stdin=stdin, seconds=seconds)

    def more(self):
        """Several channels at once on one connection, through its control socket."""
        for ours, theirs in LIMITS:
            settings = {"RekeyLimit": ours} if ours else {}
            with OurServer(self.rig, **settings) as server:
                control = self.rig.path(f"control-{server.port}")
                argv = self.argv(server, rekey=theirs) + ["-S", control]
                master = self.rig.start([*argv, "-M", "-N", "127.0.0.1"], self.rig.path("master.log"))
                if not until(lambda: os.path.exists(control)):
                    self.rig.check(False, "a master connection", "", self.rig.path("master.log"))
                    continue
                done = run_side_by_side(self.rig, [*argv, "-T", "127.0.0.1", "cat"])
                count = server.said("new keys are in use")
                what = f"{CHANNELS} channels at once there and back, RekeyLimit ours {spoken(ours)}, theirs {spoken(theirs)}"
                self.rig.check(all(done), what, f"{done.count(False)} of them failed after {count} key exchanges", server.log)
                self.rig.check(count >= 20, f"{what}: at least 20 key exchanges", f"only {count}")
                self.rig.end(master)


def run_side_by_side(rig, argv):
    size = 2 << 20
    with ThreadPoolExecutor(CHANNELS) as pool:
        results = list(pool.map(lambda i: rig.run(argv, stdin=rig.bulk[i:i + size], seconds=90), range(CHANNELS)))
    return [r.status == 0 and digest(r.out) == digest(rig.bulk[i:i + size]) for i, r in enumerate(results)]


class OpensshServer(Server):
    host_key_kinds = ("ed25519", "ecdsa-256", "ecdsa-384", "ecdsa-521", "rsa")
    password_methods = ()  # it takes them from the system
    rekeys = True

    def __init__(self, rig):
        super().__init__(rig)
        self.folder = build_folder()

    def start(self, rekey=None):
        rig, port = self.rig, self.rig.port()
        lines = [f"Port {port}", "ListenAddress 127.0.0.1", "PidFile none", "StrictModes no", "PermitRootLogin yes", "UsePAM no",
                 f"AuthorizedKeysFile {rig.authorized_keys()}", "MACs +hmac-sha1,hmac-sha1-etm@openssh.com", "MaxStartups 100",
                 "PerSourcePenalties no"]
        lines += [f"HostKey {rig.key(kind, 'host')}" for kind in self.host_key_kinds]
        for part in ("sshd-session", "sshd-auth"):
            if os.path.exists(os.path.join(self.folder, part)):
                lines.append(f"{'SshdSessionPath' if part == 'sshd-session' else 'SshdAuthPath'} {os.path.join(self.folder, part)}")
        if rekey:
            lines.append(f"RekeyLimit {rekey}")
        config = rig.write(f"sshd-{port}.conf", "\n".join(lines) + "\n")
        argv = [os.path.join(self.folder, "sshd"), "-D", "-e", "-f", config]
        return Running(rig, argv, port, self.host_keys(), env=rig.other_account())

    def more(self):
        """Several channels at once on one connection."""
        for ours, theirs in LIMITS:
            with self.start(theirs) as running:
                bytes_ours = {"64K": 64 << 10, "100K": 100 << 10, None: 1 << 30}[ours]
                done = self.rig.run([self.rig.places["many-channels"], str(running.port), running.user, self.rig.key("ed25519"),
                                     str(CHANNELS), str(2 << 20), str(bytes_ours)], seconds=100)
                count = int(done.out.split()[0]) if done.out else 0
                what = f"{CHANNELS} channels at once there and back, RekeyLimit ours {spoken(ours)}, theirs {spoken(theirs)}"
                self.rig.check(done.status == 0, what, done, running.log)
                self.rig.check(count >= 20, f"{what}: at least 20 key exchanges", f"only {count}")
