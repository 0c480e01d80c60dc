#!/usr/bin/env python3
"""Checks the rules of the source tree that a compiler does not: which room may include which, sizes, house rules for coroutines.

    check.py [FOLDER]              checks the tree (default: the one this script is in); status 1 where a rule is broken
    check.py --list-headers        prints the public headers, one a line, relative to include/
    check.py --self-test           checks the checks

A line with the comment `style: allow(RULE) why` is exempt from RULE; the names are those in brackets in the messages.
"""
import os
import re
import statistics
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import batch_rules  # noqa: E402
import coroutine_rules  # noqa: E402

# Rooms and the rooms they may include besides their own and base. A room that may use another sees what that one's headers show.
ROOMS = {
    "base": set(),
    "os": set(),
    "wire": set(),
    "crypto": {"wire"},
    "observe": {"os"},
    "keys": {"wire", "crypto", "os"},
    "trust": {"keys"},
    "config": {"trust"},
    "transport": {"wire", "keys", "crypto"},
    "auth": {"wire", "keys"},
    "mux": {"wire"},
    "admission": {"observe"},
    "engine": {"transport", "auth", "mux", "observe"},
    "parking": set(),
    "net": {"parking", "engine"},
    "agent": {"net", "trust"},
    "connection": {"net"},
    "client": {"connection", "agent", "config"},
    "server": {"connection", "agent", "admission", "config"},
    "sftp": {"parking", "wire", "os"},
    "scp": {"parking", "wire"},
    "forward": {"net"},
}
# Single headers that a room may include of a room that it may not include otherwise.
SINGLE_HEADERS = {
    "sftp": {"net/stream_io.hpp"},
    "scp": {"net/stream_io.hpp"},
}


def with_what_they_use(rooms):
    """Whoever may include a room may include what that room may include."""
    def all_below(room):
        return set().union({room}, *(all_below(below) for below in rooms[room]))
    return {room: all_below(room) - {room} for room in rooms}


ROOMS = with_what_they_use(ROOMS)
WITHOUT_ASIO = {"base", "os", "wire", "crypto", "observe", "keys", "trust", "transport", "auth", "mux", "admission", "engine"}
PROTOCOL_PARTS = {"agent", "sftp", "scp", "forward"}  # their protocol/ folders do no I/O either
WITH_BOTAN = {"crypto"}
PUBLIC_ASIO = re.compile(
    r"boost/asio/(awaitable|any_io_executor|any_completion_executor|any_completion_handler|async_result|buffer|deferred"
    r"|associated_\w+)\.hpp$")

SOFT_LINES, HARD_LINES, MEDIAN_LINES, TUTORIAL_LINES = 400, 800, 180, 90
SOFT_COLUMNS, HARD_COLUMNS = 130, 160
CODE = (".cpp", ".hpp", ".h", ".in")
TEXT = CODE + (".py", ".sh", ".md", ".txt", ".build", ".yml", ".wrap", ".clang-format", ".supp")
UNFINISHED = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3, "HA" + "CK")) + r")\b")
HERE_ONLY = re.compile(r"(?<![\w./$}~*-])/(wo" + r"rk|ho" + r"me/[a-z]|ro" + r"ot|t" + r"mp)(/|\b)")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


class Tree:
    def __init__(self, top):
        self.top = top
        self.files = {}  # path relative to top -> list of lines
        self.errors = []
        self.warnings = []
        skipped = {".git", "__pycache__", "packagecache", "corpus", "vectors"}
        for folder, folders, names in os.walk(top):
            here = os.path.relpath(folder, top)
            folders[:] = sorted(
                f for f in folders
                if f not in skipped and not (here == "." and f.startswith("build")) and here != "subprojects")
            for name in sorted(names):
                if name.endswith(TEXT) or os.path.join(here, name) == ".ci/run":
                    path = os.path.normpath(os.path.join(here, name))
                    with open(os.path.join(top, path), encoding="utf-8", errors="replace") as f:
                        self.files[path] = f.read().split("\n")

    def code(self, *folders):
        return {p: l for p, l in self.files.items() if p.endswith(CODE[:3]) and p.split(os.sep)[0] in folders}

    def fail(self, path, line, rule, text):
        lines = self.files.get(path, [])
        if line and line <= len(lines) and f"style: allow({rule})" in lines[line - 1]:
            return
        self.errors.append(f"{path}:{line}: {text} [{rule}]")

    def warn(self, text):
        self.warnings.append(text)

    def includes(self, path):
        for number, text in enumerate(self.files.get(path, []), 1):
            found = INCLUDE.match(text)
            if found:
                yield number, found[1], found[2]


def target_of(path, name):
    """The project file that an include names, or None for a header of the system or of another library."""
    if name.startswith("sshoal/"):
        return os.path.join("include", name)
    if "/" in name and name.split("/")[0] in ROOMS:
        return os.path.join("lib", name)
    return None


def room_of(path):
    parts = path.split(os.sep)
    return parts[1] if parts[0] == "lib" and len(parts) > 2 else None


def without_asio(path):
    room = room_of(path)
    return room in WITHOUT_ASIO or (room in PROTOCOL_PARTS and path.split(os.sep)[2] == "protocol")


def check_rooms(tree):
    for path in tree.code("lib"):
        room = room_of(path)
        if room is None:
            continue
        if room not in ROOMS:
            tree.fail(path, 1, "room", f"the room {room} is not in the table of rooms")
            continue
        for line, quote, name in tree.includes(path):
            first = name.split("/")[0]
            if name.startswith("botan/") and room not in WITH_BOTAN:
                tree.fail(path, line, "botan", f"{room} may not include Botan")
            target = target_of(path, name)
            if target is None:
                if quote == '"':
                    tree.fail(path, line, "include-form", f'"{name}" is neither "room/file.hpp" nor "sshoal/file.hpp"')
                continue
            if first != "sshoal" and first != room and first != "base" and first not in ROOMS[room] \
                    and name not in SINGLE_HEADERS.get(room, ()):
                tree.fail(path, line, "room", f"{room} may not include {first}")
            if target not in tree.files:
                tree.fail(path, line, "include-form", f"there is no {target}")


def check_asio(tree):
    """No way from a file of a room without Asio to an Asio header, through however many of our headers."""
    reach = {}

    def asio_through(path):
        if path in reach:
            return reach[path]
        reach[path] = None
        for _, _, name in tree.includes(path):
            if name.startswith("boost/asio"):
                reach[path] = name
                break
            target = target_of(path, name)
            way = asio_through(target) if target else None
            if way:
                reach[path] = f"{name} -> {way}"
                break
        return reach[path]

    for path in tree.code("lib"):
        if without_asio(path) and asio_through(path):
            tree.fail(path, 1, "asio", f"no Asio in this room, but {asio_through(path)}")


def check_public(tree):
    for path, lines in tree.code("include").items():
        for line, quote, name in tree.includes(path):
            if name.startswith("sshoal/"):
                if os.path.join("include", name) not in tree.files:
                    tree.fail(path, line, "include-form", f"there is no include/{name}")
            elif quote == '"' or name.split("/")[0] in ROOMS:
                tree.fail(path, line, "public", f"public headers include only public headers and libraries, not {name}")
            elif name.startswith("boost/asio") and not PUBLIC_ASIO.match(name):
                tree.fail(path, line, "public-asio", f"{name} is too heavy, or too specific, for a public header")
            elif name.startswith("botan/"):
                tree.fail(path, line, "botan", "public headers do not show Botan")
        if not re.match(r"// \S+\.hpp - \S", lines[0]):
            tree.fail(path, 1, "header-comment", "the first line says the file's name and what it is for: // name.hpp - ...")
    for path in tree.code("examples"):
        for line, quote, name in tree.includes(path):
            if name.startswith("botan/"):
                tree.fail(path, line, "botan", "examples do not use Botan")
            elif name.split("/")[0] in ROOMS and not os.path.exists(os.path.join(tree.top, os.path.dirname(path), name)):
                tree.fail(path, line, "public", f"examples use only public headers, not {name}")


def check_sizes(tree):
    lengths = []
    for path, lines in tree.code("lib", "include", "tests", "examples").items():
        length = len(lines) - (1 if lines[-1] == "" else 0)
        if path.split(os.sep)[0] in ("lib", "include"):
            lengths.append(length)
        if length > HARD_LINES:
            tree.fail(path, 1, "size", f"{length} lines; no file has more than {HARD_LINES}")
        elif length > SOFT_LINES:
            tree.warn(f"{path}: {length} lines, more than {SOFT_LINES}: is it one topic?")
        if re.match(r"examples/[^/]+\.cpp$", path) and length > TUTORIAL_LINES:
            tree.fail(path, 1, "size", f"{length} lines; a tutorial program has at most {TUTORIAL_LINES}")
    if lengths:
        median = statistics.median(lengths)
        print(f"{len(lengths)} files in lib and include, {sum(lengths)} lines, median {median:g}, longest {max(lengths)}")
        if median > MEDIAN_LINES:
            tree.warn(f"median length {median:g} is above {MEDIAN_LINES}")


def check_lines(tree):
    long_lines = 0
    for path, lines in tree.files.items():
        parts = path.split(os.sep)
        in_tests = parts[0] == "tests"
        is_code = path.endswith(CODE[:3])
        if parts[0] == "lib" and path.endswith(".hpp") and not lines[0].startswith("//"):
            tree.fail(path, 1, "header-comment", "a header begins with a comment that says what it is for")
        if path.endswith(".hpp") and "#pragma once" not in lines:
            tree.fail(path, 1, "pragma-once", "no #pragma once")
        for number, text in enumerate(lines, 1):
            if UNFINISHED.search(text):
                tree.fail(path, number, "unfinished", "a note about unfinished work")
            if HERE_ONLY.search(text) and (not in_tests or HERE_ONLY.search(text)[1] == "wo" + "rk"):
                tree.fail(path, number, "path", "a path that belongs to one machine")
            if is_code and len(text) > HARD_COLUMNS:
                tree.fail(path, number, "columns", f"{len(text)} columns, more than {HARD_COLUMNS}")
            elif is_code and len(text) > SOFT_COLUMNS:
                long_lines += 1
            if is_code and ("\t" in text or text != text.rstrip()):
                tree.fail(path, number, "whitespace", "a tab, or blanks at the end of the line")
    if long_lines:
        tree.warn(f"{long_lines} lines of code have more than {SOFT_COLUMNS} columns")


def check_batches(tree):
    rooms = {}
    for path, lines in tree.code("lib").items():
        if path.endswith(".cpp") and room_of(path):
            rooms.setdefault(room_of(path), {})[path] = lines
    for files in rooms.values():
        for path, line, text in batch_rules.check(files):
            tree.fail(path, line, "batch", text)


def check_coroutines(tree):
    for path, lines in tree.code("lib", "include", "tests", "examples").items():
        if any("co_await" in line for line in lines):
            for line, rule, text in coroutine_rules.check("\n".join(lines)):
                tree.fail(path, line, rule, text)


def main(arguments):
    if "--self-test" in arguments:
        return coroutine_rules.self_test()
    top = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
    folders = [a for a in arguments if not a.startswith("--")]
    if folders:
        top = os.path.abspath(folders[0])
    tree = Tree(top)
    if "--list-headers" in arguments:
        for path in tree.code("include"):
            print(os.path.relpath(path, "include"))
        return 0
    for check in (check_rooms, check_asio, check_public, check_sizes, check_lines, check_batches, check_coroutines):
        check(tree)
    for text in tree.warnings:
        print("warning:", text)
    for text in tree.errors:
        print("error:", text)
    print(f"{len(tree.errors)} broken rules, {len(tree.warnings)} warnings in {len(tree.files)} files")
    return 1 if tree.errors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
