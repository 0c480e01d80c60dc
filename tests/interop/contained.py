#!/usr/bin/env python3
"""Runs a command and leaves nothing of it behind: contained.py SECONDS COMMAND [ARGUMENT...]

Daemons that the command starts become children of this process instead of init's, and are ended when the command has
ended or its time is up. The status is the command's, or 124 when the time is up.
"""
import ctypes
import os
import signal
import subprocess
import sys
import time

PR_SET_CHILD_SUBREAPER = 36


def descendants():
    parents = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as stat:
                parents[int(entry)] = int(stat.read().rpartition(")")[2].split()[1])
        except (OSError, IndexError, ValueError):
            continue  # it ended meanwhile
    found, grown = {os.getpid()}, True
    while grown:
        more = {child for child, parent in parents.items() if parent in found} - found
        found |= more
        grown = bool(more)
    return found - {os.getpid()}


def wait_for(child, seconds):
    """Daemons that end meanwhile are reaped: scripts wait until a process is gone. Returns: the status; None when the time is up."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        ended, status = os.waitpid(-1, os.WNOHANG)
        if ended == child:
            return os.waitstatus_to_exitcode(status)
        if ended == 0:
            time.sleep(0.02)
    return None


def reap():
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def end_all():
    for number, patience in ((signal.SIGTERM, 2.0), (signal.SIGKILL, 10.0)):
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            reap()
            left = descendants()
            if not left:
                return
            for process in left:
                try:
                    os.kill(process, number)
                except OSError:
                    pass
            time.sleep(0.05)


def main():
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(143))
    status = 124
    try:
        child = subprocess.Popen(sys.argv[2:], start_new_session=True)
        child.returncode = wait_for(child.pid, float(sys.argv[1]))
        if child.returncode is not None:
            status = child.returncode
        else:
            print(f"contained.py: ended after {sys.argv[1]} s", flush=True)
    finally:
        end_all()
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main())
