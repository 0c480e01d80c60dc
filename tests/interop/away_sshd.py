"""An sshd that goes away and comes back, for tests of whatever connects anew."""
import os
import signal
import subprocess

from library_habits import start_sshd
from rig import Failed, program


class AwaySshd:
    def __init__(self, rig, **settings):
        self.rig = rig
        self.port, self.log = start_sshd(rig, **settings)
        self.process = rig.processes[-1]

    def sessions(self):
        """Returns: the processes that serve connections."""
        found, ends = [], [self.process.pid]
        while ends:
            parents = ",".join(map(str, ends))
            listed = subprocess.run(["ps", "--ppid", parents, "-o", "pid="], capture_output=True, timeout=10, check=False)
            ends = [int(word) for word in listed.stdout.split()]
            found += ends
        return found

    def signal(self, number, *processes):
        for process in processes:
            try:
                os.kill(process, number)
            except ProcessLookupError:
                pass

    def drop(self):
        """Ends all connections; new ones are taken."""
        self.signal(signal.SIGKILL, *self.sessions())

    def freeze(self):
        """From now on nobody answers, and nobody is refused."""
        self.signal(signal.SIGSTOP, self.process.pid, *self.sessions())

    def kill(self):
        sessions = self.sessions()
        self.process.kill()
        self.signal(signal.SIGKILL, *sessions)
        self.process.wait()
        self.rig.processes.remove(self.process)

    def come_back(self):
        config = self.rig.path(f"sshd-{self.port}.conf")
        self.process = self.rig.start([program("sshd"), "-D", "-e", "-f", config], self.log, self.port, env=self.rig.other_account())
        if self.process.poll() is not None:
            raise Failed("sshd does not come back")
