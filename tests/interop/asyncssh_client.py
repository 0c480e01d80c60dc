#!/usr/bin/env python3
"""A client on asyncssh."""
import asyncio
import os
import sys

import asyncssh
import helper_options

O = helper_options.parse()


class Client(asyncssh.SSHClient):
    def validate_host_public_key(self, host, addr, port, key):
        return key.export_public_key().split()[1].decode() == O.host_key

    def password_auth_requested(self):
        return O.password if "password" in O.method and "keyboard" not in O.method else None

    def password_change_requested(self, prompt, lang):
        return O.password, O.new_password or "close sesame"

    def kbdint_auth_requested(self):
        return "" if O.method == "keyboard-interactive" else None

    def kbdint_challenge_received(self, name, instructions, lang, prompts):
        return [O.password] * len(prompts)


async def feed(process):
    loop = asyncio.get_running_loop()
    try:
        while data := await loop.run_in_executor(None, os.read, 0, 65536):
            process.stdin.write(data)
            await process.stdin.drain()
        process.stdin.write_eof()
    except (OSError, asyncssh.Error):
        pass  # the command needs no more


async def copy(reader, fd, process):
    first = True
    while data := await reader.read(65536):
        while data:
            data = data[os.write(fd, data):]
        if first and O.signal and fd == 1:
            process.send_signal(O.signal)
        first = False


async def main():
    options = {"known_hosts": ([], [], []), "username": O.user, "client_factory": Client, "agent_path": None, "config": None}
    options["client_keys"] = [O.key] if "publickey" in O.method else None
    options["preferred_auth"] = ["publickey", "password", "keyboard-interactive"]
    # Everything it has: what it offers by itself leaves out what is of use to nobody but this test.
    options.update(kex_algs="*", encryption_algs="*", mac_algs="*", server_host_key_algs="ssh-ed25519,ecdsa-*,rsa-sha2-*")
    if O.rekey:
        options["rekey_bytes"] = O.rekey
    async with asyncssh.connect("127.0.0.1", O.port, **options) as connection:
        terminal = {"term_type": "vt100", "term_size": (91, 33)} if O.terminal else {}
        process = await connection.create_process(O.command, encoding=None, **terminal)
        asyncio.ensure_future(feed(process))
        await asyncio.gather(copy(process.stdout, 1, process), copy(process.stderr, 2, process))
        await process.wait_closed()
        if process.exit_signal:
            with open(O.report, "w", encoding="ascii") as f:
                f.write(process.exit_signal[0])
        status = process.exit_status
    return status if status is not None and status >= 0 else 255


if __name__ == "__main__":
    try:
        ended = asyncio.run(asyncio.wait_for(main(), 100))
    except (OSError, asyncssh.Error, asyncio.TimeoutError) as e:
        print(f"{type(e).__name__}: {e}", file=sys.stderr)
        ended = 255
    sys.stdout.flush()
    os._exit(ended)  # not waiting for the thread that reads the input
