#!/usr/bin/env python3
"""The agent lent to the other end, with OpenSSH there: agent_forwarding.py ROLE sshoal=PROGRAM sshoald=PROGRAM other-account=LIBRARY

ROLE is our part: `sshoald`, whose client is ssh(1), or `sshoal`, whose server is sshd(8). The agent is ssh-agent(1).
Status: 0 all checks passed, 1 some failed, 77 OpenSSH is not installed.
"""
import os
import sys

from forwarding import Sshd, Sshoald
from rig import USER, Failed, Rig, program, until

LOOK = 'ssh-add -l; stat -c "%a %U" "$SSH_AUTH_SOCK" "$(dirname "$SSH_AUTH_SOCK")"; echo "$SSH_AUTH_SOCK"'


def start_agent(rig):
    path = rig.path("agent")
    rig.start([program("ssh-agent"), "-D", "-a", path], rig.path("agent.log"))
    if not until(lambda: os.path.exists(path)):
        raise Failed("ssh-agent does not get ready")
    rig.must([program("ssh-add"), "-q", rig.key("ed25519")], env={"SSH_AUTH_SOCK": path})
    return path


def run(rig, server, *options, command=LOOK, agent):
    return rig.run(server.client(f"-oIdentityAgent={agent}", *options).argv("127.0.0.1", command), env={"SSH_AUTH_SOCK": agent})


def check(rig, server, agent, our_server):
    fingerprint = rig.must([program("ssh-keygen"), "-lf", rig.key("ed25519") + ".pub"]).out.split()[1]
    done = run(rig, server, "-A", agent=agent)
    lines = done.out.decode().split("\n")
    rig.check(fingerprint in done.out, "-A: ssh-add -l at the server lists the key", done, server.log)
    modes = lines[1:3] if our_server else lines[2:3]  # sshd trusts in the folder
    rig.check(modes == [f"600 {USER}", f"700 {USER}"][-len(modes):], "-A: only the user reaches the socket", done, server.log)
    rig.check(lines[3] not in ("", agent) and until(lambda: not os.path.exists(os.path.dirname(lines[3]))),
              "-A: the socket goes with the connection", done, server.log)
    hop = f"ssh -F none -p {server.port} -oStrictHostKeyChecking=no -oUserKnownHostsFile=/dev/null -oBatchMode=yes {USER}@127.0.0.1 id -un"
    done = run(rig, server, "-A", command=hop, agent=agent)
    rig.check(done.out.decode().strip() == USER, "-A: the next log-in signs with the agent", done, server.log)
    for options in (["-a"], [], ["-A", "-a"], ["-oForwardAgent=no"]):
        done = run(rig, server, *options, agent=agent)
        rig.check(fingerprint not in done.out and done.out.endswith(b"\n\n"), f"{options}: no agent", done, server.log)
    for value in () if our_server else (agent, "$MY_AGENT"):  # ssh 9.2 looks for SSH_AUTH_SOCK first, and for a file of that name
        done = rig.run(server.client(f"-oForwardAgent={value}").argv("127.0.0.1", LOOK), env={"MY_AGENT": agent})
        rig.check(fingerprint in done.out, f"ForwardAgent={value}", done, server.log)
    if not our_server:
        done = run(rig, server, "-A", "-oForwardAgent=$NOT_SET", command="echo inside", agent=rig.path("nobody"))
        rig.check((done.status, done.out) == (0, b"inside\n"), "-A without an agent goes on without one", done, server.log)
    many = 'for i in 1 2 3 4 5 6 7 8; do ssh-add -l & done; wait'
    done = run(rig, server, "-A", command=many, agent=agent)
    rig.check(done.out.count(fingerprint) == 8, "-A: several programs at once", done, server.log)


def main():
    rig = Rig(dict(a.split("=", 1) for a in sys.argv[2:]))
    ours = sys.argv[1] == "sshoald"
    program("ssh" if ours else "sshd"), program("ssh-agent")

    def work():
        agent = start_agent(rig)
        make = Sshoald if ours else Sshd
        check(rig, make(rig), agent, ours)
        for settings in ({"AllowAgentForwarding": "no"}, {"DisableForwarding": "yes"}):
            strict = make(rig, **settings)
            done = run(rig, strict, "-A", agent=agent)
            rig.check(done.out.endswith(b"\n\n"), f"a server with {settings} lends none", done, strict.log)
    return rig.verdict(work)


if __name__ == "__main__":
    sys.exit(main())
