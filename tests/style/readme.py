#!/usr/bin/env python3
"""Checks that the programs shown in README.md are those of examples/, which are compiled and run.

    readme.py            status 1 where a program differs
    readme.py --write    puts the programs into README.md

A program stands behind a line "<!-- examples/NAME.cpp -->", in a block of C++.
"""
import os
import re
import sys

TOP = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
SHOWN = re.compile(r"(<!-- (examples/\S+\.cpp) -->\n```cpp\n)(.*?)(```\n)", re.S)


def read(path):
    with open(os.path.join(TOP, path), encoding="utf-8") as f:
        return f.read()


def main(arguments):
    text = read("README.md")
    wanted = SHOWN.sub(lambda m: m[1] + read(m[2]) + m[4], text)
    programs = len(SHOWN.findall(text))
    if arguments == ["--write"]:
        with open(os.path.join(TOP, "README.md"), "w", encoding="utf-8") as f:
            f.write(wanted)
        return 0
    if not programs or wanted != text:
        print("README.md does not show the programs of examples/ as they are: run tests/style/readme.py --write")
        return 1
    print(f"{programs} programs in README.md are those of examples/")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
