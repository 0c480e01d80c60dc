#!/usr/bin/env python3
"""AsyncSSH's SFTP server: sftp_asyncssh_server.py PORT HOST_KEY AUTHORIZED_KEYS FOLDER, where relative paths begin."""
import asyncio
import os
import sys

import asyncssh

PORT, HOST_KEY, AUTHORIZED_KEYS, FOLDER = sys.argv[1:]


async def main():
    os.chdir(FOLDER)
    server = await asyncssh.listen("127.0.0.1", int(PORT), server_host_keys=[HOST_KEY], authorized_client_keys=AUTHORIZED_KEYS,
                                   sftp_factory=True)
    await server.wait_closed()


asyncio.run(main())
