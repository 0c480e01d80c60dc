#!/usr/bin/env python3
"""Our programs against another implementation: peers.py PEER ROLE NAME=PATH...

ROLE is our part: `server`, where PEER is the client, or `client`, where it is the server. NAME=PATH are our programs: sshoal, sshoald,
login-server, other-account, many-channels, and the clients libssh-client and libssh2-client. Status: 0 all checks passed, 1 some failed, 77 the peer is
not installed. Run by Meson below contained.py, which ends what is left.
"""
import signal
import sys
import time

import our_client
import our_server
from peer_clients import CLIENTS
from peer_openssh import OpensshClient, OpensshServer
from peer_servers import SERVERS
from rig import Failed, Rig, Skipped


def main():
    peer, role, *places = sys.argv[1:]
    rig = Rig(dict(p.split("=", 1) for p in places))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # contained.py's, when the time is up: the folder goes away all the same
    began = time.monotonic()
    try:
        if role == "server":
            our_server.check_all(rig, {**CLIENTS, "openssh": OpensshClient}[peer](rig))
        else:
            our_client.check_all(rig, {**SERVERS, "openssh": OpensshServer}[peer](rig))
    except Skipped as why:
        print(f"SKIPPED: {why}")
        return 77
    except Failed as why:
        rig.check(False, "the test can go on", why)
    finally:
        rig.close()
    print(f"{rig.checks - len(rig.failures)} of {rig.checks} checks passed in {time.monotonic() - began:.1f} s")
    for failure in rig.failures:
        print(f"failed: {failure}")
    return 1 if rig.failures else 0


if __name__ == "__main__":
    sys.exit(main())
