#!/usr/bin/env python3
"""What tests/run.sh asks about a build folder and its results.

    summary.py targets BUILD "SUITE ... | -SUITE ..."    what to build for the tests of these suites; status 1 if there are none
    summary.py executables BUILD PREFIX UNWANTED          the executables whose path begins with PREFIX and not with UNWANTED; status 1
                                                          if there are none
    summary.py progress LOG                               copies what ninja says to the log, and shows every ten seconds how far it is
    summary.py tests STAGE BUILD TALLY                    adds the results of the last `meson test` to the tally
    summary.py total TALLY                                prints the tally; its last line is the verdict
"""
import json
import os
import re
import sys
import time


def introspected(build, what):
    with open(os.path.join(build, "meson-info", f"intro-{what}.json"), encoding="utf-8") as f:
        return json.load(f)


def targets(build, suites):
    wanted = {s for s in suites.split() if not s.startswith("-")}
    unwanted = {s[1:] for s in suites.split() if s.startswith("-")}
    files = {t["id"]: t["filename"] for t in introspected(build, "targets")}
    found, needed = False, set()
    for test in introspected(build, "tests"):
        names = {s.rpartition(":")[2] for s in test["suite"]} | set(test["suite"])
        if names & unwanted or (wanted and not names & wanted):
            continue
        found = True
        for target in test["depends"]:
            needed.update(os.path.relpath(f, build) for f in files.get(target, []))
    print(" ".join(sorted(needed)) or "all")
    return 0 if found else 1


def executables(build, prefix, unwanted):
    found = [os.path.relpath(f, build) for t in introspected(build, "targets") if t["type"] == "executable" for f in t["filename"]]
    found = sorted(f for f in found if f.startswith(prefix) and not f.startswith(unwanted))
    print("\n".join(found))
    return 0 if found else 1


def progress(log):
    shown = time.monotonic()
    with open(log, "w", encoding="utf-8") as f:
        for text in sys.stdin:
            f.write(text)
            if time.monotonic() - shown >= 10 and re.match(r"\d+ of \d+ after ", text):
                print("    " + text.rstrip()[:120], flush=True)
                shown = time.monotonic()
    return 0


def tests(stage, build, tally):
    results = {"OK": "passed", "EXPECTEDFAIL": "passed", "SKIP": "skipped"}
    log = os.path.join(build, "meson-logs", "testlog.json")
    lines = []
    if os.path.exists(log):
        with open(log, encoding="utf-8", errors="replace") as f:
            for text in f:
                entry = json.loads(text)
                lines.append((results.get(entry["result"], "failed"), f"{stage}: {entry['name']}"))
                # Cases inside a passing program that could not run say so.
                for said in (entry.get("stdout") or "").splitlines():
                    if "SKIPPED" in said and entry["result"] == "OK":
                        lines.append(("note", f"{stage}: {entry['name']}: {said.strip()}"))
    else:
        lines.append(("failed", f"{stage}: meson test left no log"))
    with open(tally, "a", encoding="utf-8") as f:
        for result, name in lines:
            f.write(f"{result}\t{name}\n")
    return 0


def total(tally):
    with open(tally, encoding="utf-8") as f:
        entries = [line.rstrip("\n").partition("\t")[::2] for line in f if line.strip()]
    count = {word: sum(1 for result, _ in entries if result == word) for word in ("passed", "failed", "skipped")}
    for word in ("note", "skipped", "failed"):
        for result, name in entries:
            if result == word:
                print(f"{word}: {name}")
    verdict = f"{count['passed']} passed, {count['failed']} failed"
    if count["skipped"]:
        verdict += f", {count['skipped']} skipped"
    print(verdict)
    return 1 if count["failed"] or not count["passed"] else 0


if __name__ == "__main__":
    commands = {f.__name__: f for f in (targets, executables, progress, tests, total)}
    sys.exit(commands[sys.argv[1]](*sys.argv[2:]))
