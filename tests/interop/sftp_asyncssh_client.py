#!/usr/bin/env python3
"""AsyncSSH's SFTP client with our server: sftp_asyncssh_client.py PORT USER KEY FOLDER; see sftp_script.py."""
import asyncio
import os

import asyncssh

from sftp_script import KEY, PORT, USER, contents, here, say


async def refused(what, kind, coming):
    try:
        await coming
    except kind:
        return say(True, what)
    return say(False, what)


async def check_transfers(s):
    await s.makedirs("a/b")
    for name in ("empty", "one", "bulk"):
        await s.put(here(name), f"a/b/{name}", preserve=True, max_requests=64)
        await s.get(f"a/b/{name}", here("back"), max_requests=64)
        say(contents(here("back")) == contents(here(name)), f"{name}: put and get are the same")
    say(int((await s.stat("a/b/bulk")).mtime) == int(os.stat(here("bulk")).st_mtime), "times are kept")
    await s.copy("a/b/bulk", "a/copy")
    say(await s.getsize("a/copy") == os.stat(here("bulk")).st_size, "copy")


async def check_modes(s):
    async with s.open("text", "w") as f:
        await f.write("some text")
    async with s.open("text", "a") as f:
        await f.write(", and more")
    async with s.open("text", "r+") as f:
        await f.seek(5)
        await f.write("TEXT")
        await f.truncate(12)
        say((await f.stat()).size == 12, "fstat")
        await f.fsync()
    async with s.open("text") as f:
        say(await f.read() == "some TEXT, a", "reads what was written")


async def check_names(s):
    await s.symlink("text", "link")
    await s.link("text", "hard")
    say(await s.readlink("link") == "text" and await s.islink("link") and await s.isfile("link"), "links of both kinds")
    await s.posix_rename("hard", "link")
    say(await s.isfile("link") and not await s.islink("link"), "posix_rename")
    await s.rename("link", "renamed")
    await refused("rename over a file is refused", asyncssh.SFTPError, s.rename("renamed", "text"))
    await s.chmod("text", 0o604)
    await s.utime("text", (1000, 2000))
    a = await s.stat("text")
    say((a.permissions & 0o777, a.atime, a.mtime) == (0o604, 1000, 2000), "chmod and utime")
    say(await s.realpath("a/../a/b/.") == "/a/b", "realpath")
    say(sorted(await s.glob("a/*")) == ["a/b", "a/copy"], "glob")
    await refused("a file that is not there", asyncssh.SFTPNoSuchFile, s.stat("none"))
    await refused("a folder that is not empty stays", asyncssh.SFTPError, s.rmdir("a"))
    v = await s.statvfs("/")
    say(v.bsize > 0 and v.bfree <= v.blocks, "statvfs")


async def check_listing(s):
    say(set(await s.listdir("many")) - {".", ".."} == {f"entry-{i}" for i in range(500)}, "500 entries")


async def check_side_by_side(s):
    await asyncio.gather(*[s.stat("text") for _ in range(500)])
    say(True, "500 requests at once")
    files = [await s.open(f"f{i}", "wb") for i in range(50)]
    await asyncio.gather(*[f.write(bytes([i]) * 100000) for i, f in enumerate(files)])
    await asyncio.gather(*[f.close() for f in files])
    say(all([(await s.stat(f"f{i}")).size == 100000 for i in range(50)]), "50 files written side by side")


async def main():
    async with asyncssh.connect("127.0.0.1", int(PORT), username=USER, client_keys=[KEY], known_hosts=None) as connection:
        async with connection.start_sftp_client() as s:
            for check in (check_transfers, check_modes, check_names, check_listing, check_side_by_side):
                await check(s)
            await s.rmtree("a")
            say(not await s.exists("a"), "rmtree")


asyncio.run(main())
