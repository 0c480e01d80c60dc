#!/usr/bin/env python3
"""Installs a build into a folder, moves that folder, and builds program.cpp with it as other projects do.

    outside.py BUILD SOURCE HOW       HOW: pkg-config, cmake, meson, old-standard

`meson` has the sources as a subproject, of which it compiles no more than the program's own file: dependency('sshoal') is what is
tried there, the library's own build is tried elsewhere. Status 77 where a tool is missing.
"""
import os
import shutil
import subprocess
import sys
import tempfile

build, source, how = sys.argv[1:4]
here = os.path.dirname(os.path.abspath(__file__))
compiler = os.environ.get("CXX", "c++")


def call(*command, **more):
    print("+", " ".join(command), flush=True)
    return subprocess.run(command, check=True, **more)


def need(tool):
    if shutil.which(tool) is None:
        print(tool + " is missing")
        sys.exit(77)


def prefix_in(folder):
    for at, folders, _ in os.walk(folder):
        if "include" in folders:
            return at
    raise SystemExit("nothing was installed")


def installed(folder):
    """Returns the prefix of an installed tree that is not where it was configured to be."""
    first = os.path.join(folder, "first")
    call("meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", first)
    moved = os.path.join(folder, "moved")
    shutil.move(prefix_in(first), moved)
    return moved


def library_folder(prefix):
    for at, _, files in os.walk(prefix):
        if any(name.startswith("libsshoal.") for name in files):
            return at
    raise SystemExit("no library was installed")


def environment(prefix):
    folder = library_folder(prefix)
    return dict(os.environ, PKG_CONFIG_PATH=os.path.join(folder, "pkgconfig"), LD_LIBRARY_PATH=folder, CMAKE_PREFIX_PATH=prefix)


def by_pkg_config(folder):
    need("pkg-config")
    env = environment(installed(folder))
    flags = call("pkg-config", "--cflags", "--libs", "sshoal", env=env, capture_output=True, text=True).stdout.split()
    if any("botan" in flag for flag in flags) and not os.path.exists(os.path.join(env["LD_LIBRARY_PATH"], "libsshoal.a")):
        raise SystemExit("a program has to link with Botan: " + " ".join(flags))
    program = os.path.join(folder, "program")
    call(compiler, "-std=c++20", "-Wall", "-Wextra", "-Werror", os.path.join(here, "program.cpp"), "-o", program, *flags, env=env)
    call(program, env=env)


def by_cmake(folder):
    need("cmake")
    env = environment(installed(folder))
    out = os.path.join(folder, "out")
    call("cmake", "-S", here, "-B", out, "-DCMAKE_CXX_COMPILER=" + compiler, env=env)
    call("cmake", "--build", out, env=env)
    call(os.path.join(out, "program"), env=env)


def by_meson(folder):
    project = os.path.join(folder, "project")
    os.makedirs(os.path.join(project, "subprojects"))
    shutil.copy(os.path.join(here, "meson.project"), os.path.join(project, "meson.build"))
    shutil.copy(os.path.join(here, "program.cpp"), project)
    wrap = "[wrap-file]\ndirectory = sshoal\n[provide]\ndependency_names = sshoal\n"
    with open(os.path.join(project, "subprojects", "sshoal.wrap"), "w", encoding="utf-8") as f:
        f.write(wrap)
    os.symlink(source, os.path.join(project, "subprojects", "sshoal"))
    env = dict(os.environ, PKG_CONFIG_PATH="", PKG_CONFIG_LIBDIR=os.environ.get("PKG_CONFIG_LIBDIR", ""))
    if not env["PKG_CONFIG_LIBDIR"]:
        del env["PKG_CONFIG_LIBDIR"]
    out = os.path.join(folder, "out")
    call("meson", "setup", out, project, "--wrap-mode=nodownload", "-Dsshoal:tests=false", "-Dsshoal:examples=false",
         "--force-fallback-for=sshoal", env=env)
    call("ninja", "-C", out, "program.p/program.cpp.o")


def by_old_standard(folder):
    """A compiler that is told an older standard says what to do, on one line."""
    path = os.path.join(folder, "old.cpp")
    with open(path, "w", encoding="utf-8") as f:
        f.write("#include <sshoal/api.hpp>\n")
    done = subprocess.run([compiler, "-std=c++17", "-fsyntax-only", "-I" + os.path.join(source, "include"), path],
                          capture_output=True, text=True)
    print(done.stderr)
    if done.returncode == 0 or "-std=c++20" not in done.stderr:
        raise SystemExit("no word about C++20")


with tempfile.TemporaryDirectory() as scratch:
    {"pkg-config": by_pkg_config, "cmake": by_cmake, "meson": by_meson, "old-standard": by_old_standard}[how](scratch)
