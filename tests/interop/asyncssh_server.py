#!/usr/bin/env python3
"""A server on asyncssh: asyncssh_server.py PORT AUTHORIZED_KEYS PASSWORD REKEY_BYTES HOST_KEY..."""
import asyncio
import signal
import sys

import asyncssh

PORT, AUTHORIZED_KEYS, PASSWORD, REKEY_BYTES, *HOST_KEYS = sys.argv[1:]


class Server(asyncssh.SSHServer):
    def begin_auth(self, username):
        return True

    def password_auth_supported(self):
        return True

    def validate_password(self, username, password):
        return password == PASSWORD

    def kbdint_auth_supported(self):
        return True

    def get_kbdint_challenge(self, username, lang, submethods):
        return "Login", "Who are you?", "", [("Password: ", False)]

    def validate_kbdint_response(self, username, responses):
        return responses == [PASSWORD]


async def copy(source, to):
    try:
        while data := await source.read(65536):
            to.write(data)
            await to.drain()
        if isinstance(to, asyncio.StreamWriter): # the other way, the end is told with the exit status
            to.close()
    except (OSError, asyncssh.Error):
        pass  # nobody wants it


async def run(process):
    terminal = process.get_terminal_type()
    if terminal: # the terminal itself would be this program's to make: `script` has one
        argv = ["script", "-qec", process.command, "/dev/null"]
    else:
        argv = ["sh", "-c", process.command]
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(*argv, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True)
    feeding = asyncio.ensure_future(copy(process.stdin, child.stdin))
    await asyncio.gather(copy(child.stdout, process.stdout), copy(child.stderr, process.stderr))
    status = await child.wait()
    feeding.cancel()
    if status < 0:
        process.exit_with_signal(signal.Signals(-status).name[3:])
    else:
        process.exit(status)


async def main():
    options = {"server_factory": Server, "server_host_keys": HOST_KEYS, "authorized_client_keys": AUTHORIZED_KEYS, "encoding": None,
               "process_factory": run, "kex_algs": "*", "encryption_algs": "*", "mac_algs": "*"}
    if int(REKEY_BYTES):
        options["rekey_bytes"] = int(REKEY_BYTES)
    server = await asyncssh.listen("127.0.0.1", int(PORT), **options)
    await server.wait_closed()


if __name__ == "__main__":
    asyncio.run(main())
