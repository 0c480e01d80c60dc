#!/usr/bin/env python3
"""Our programs against another implementation: peers.py PEER ROLE NAME=PATH...

ROLE is our part: `server`, where PEER is the client, or `client`, where it is the server. NAME=PATH are our programs: sshoal, sshoald,
login-server, other-account, many-channels, and the clients libssh-client and libssh2-client. Status: 0 all checks passed, 1 some failed, 77 the peer is
not installed. Run by Meson below contained.py, which ends what is left.
"""
import sys

import our_client
import our_server
from peer_clients import CLIENTS
from peer_openssh import OpensshClient, OpensshServer
from peer_servers import SERVERS
from rig import Rig


def main():
    peer, role, *places = sys.argv[1:]
    rig = Rig(dict(p.split("=", 1) for p in places))

    def test():
        if role == "server":
            our_server.check_all(rig, {**CLIENTS, "openssh": OpensshClient}[peer](rig))
        else:
            our_client.check_all(rig, {**SERVERS, "openssh": OpensshServer}[peer](rig))

    return rig.verdict(test)


if __name__ == "__main__":
    sys.exit(main())
