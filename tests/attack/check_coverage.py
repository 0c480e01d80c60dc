#!/usr/bin/env python3
"""Checks that every required number of the attack list appears in the name of a test, and that README.md says where.

    check_coverage.py            status 1 where a number has no test, or the table is not up to date
    check_coverage.py --write    writes the table into README.md
"""
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
REQUIRED = """
3 4 5 6 11 14 15 16 17 19 20 21 22 23 24 26 27 30 31 32 33
39 40 41 42 43 45 47 49 51 52
64 65 66 67 68 69 70 71 75 77 78 79 80 81
84 85 86 87 88 89 90 91 92 93 94 95 96 97 98 99 100
""".split()
CHECK = re.compile(r'\ndef check_\w+\(.*\):\n    """(.+)"""\n')
CASE = re.compile(r'TEST_CASE\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+)')
NUMBER = re.compile(r"\bT(\d+)\b")
BEGIN = "<!-- table: written by check_coverage.py --write -->\n"


def test_cases():
    """(file relative to tests/, name) of every test, in a stable order."""
    for folder, folders, names in sorted(os.walk(TESTS)):
        folders.sort()
        for name in sorted(names):
            if not name.endswith((".cpp", ".py")):
                continue
            path = os.path.join(folder, name)
            with open(path, encoding="utf-8") as f:
                text = f.read()
            if name.endswith(".py"):
                for found in CHECK.finditer(text):
                    yield os.path.relpath(path, TESTS), found[1]
                continue
            for found in CASE.finditer(text):
                yield os.path.relpath(path, TESTS), "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', found[1]))


def table():
    by_number = {}
    for path, name in test_cases():
        for number in NUMBER.findall(name):
            by_number.setdefault(int(number), []).append((path, name))
    lines = [BEGIN, "| number | file | test |\n", "|---|---|---|\n"]
    for number in sorted(by_number):
        for path, name in by_number[number]:
            lines.append(f"| T{number:02} | {path} | {name.replace('|', chr(92) + '|')} |\n")
    missing = [n for n in REQUIRED if int(n) not in by_number]
    return "".join(lines), missing


def main():
    wanted, missing = table()
    readme = os.path.join(HERE, "README.md")
    with open(readme, encoding="utf-8") as f:
        text = f.read()
    head = text.split(BEGIN)[0]
    if "--write" in sys.argv[1:]:
        with open(readme, "w", encoding="utf-8") as f:
            f.write(head + wanted)
        text = head + wanted
    for n in missing:
        print(f"T{int(n):02} has no test")
    stale = text != head + wanted
    if stale:
        # Names change often; a table that lags behind is worth a word, not a failure.
        print("README.md lags behind: run check_coverage.py --write")
    print(f"{len(REQUIRED) - len(missing)} of {len(REQUIRED)} required numbers have tests")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
