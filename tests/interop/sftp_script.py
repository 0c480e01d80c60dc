"""What the scripts share that drive another implementation's SFTP client: SCRIPT PORT USER KEY FOLDER

FOLDER has the files empty, one and bulk. A line for each check, "ok ..." or "FAILED ..."."""
import os
import sys

PORT, USER, KEY, FOLDER = sys.argv[1:]


def say(good, what):
    print("ok" if good else "FAILED", what, flush=True)


def here(name):
    return os.path.join(FOLDER, name)


def contents(path):
    with open(path, "rb") as f:
        return f.read()
