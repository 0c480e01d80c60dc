#!/usr/bin/env python3
"""A client on paramiko."""
import os
import socket
import sys
import threading

import helper_options
import paramiko


def load_key(path):
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key_file(path)
        except paramiko.SSHException:
            continue
    raise SystemExit(f"cannot read {path}")


def log_in(transport, o):
    if o.method == "password":
        transport.auth_password(o.user, o.password, fallback=False)
    elif o.method == "keyboard-interactive":
        transport.auth_interactive(o.user, lambda title, instructions, prompts: [o.password] * len(prompts))
    else:
        left = transport.auth_publickey(o.user, load_key(o.key))
        if o.method == "publickey and password" and left == ["password"]:
            transport.auth_password(o.user, o.password, fallback=False)


def feed(channel):
    try:
        while data := os.read(0, 65536):
            channel.sendall(data)
        channel.shutdown_write()
    except OSError:
        pass  # the command needs no more


def copy(read, fd):
    while data := read(65536):
        while data:
            data = data[os.write(fd, data):]


def main():
    o = helper_options.parse()
    if o.rekey:
        paramiko.packet.Packetizer.REKEY_BYTES = o.rekey
    transport = paramiko.Transport(socket.create_connection(("127.0.0.1", o.port), timeout=30))
    # The methods of a lower rank are of use to nobody but this test.
    transport.start_client(timeout=30)
    if transport.get_remote_server_key().get_base64() != o.host_key:
        raise SystemExit("this is not the host key")
    log_in(transport, o)
    channel = transport.open_session(timeout=30)
    if o.terminal:
        channel.get_pty("vt100", 91, 33)
    channel.exec_command(o.command)
    workers = [threading.Thread(target=feed, args=(channel,), daemon=True)]
    workers += [threading.Thread(target=copy, args=a) for a in ((channel.recv, 1), (channel.recv_stderr, 2))]
    for worker in workers:
        worker.start()
    for worker in workers[1:]:
        worker.join()
    status = channel.recv_exit_status()
    transport.close()
    return status if status >= 0 else 255


if __name__ == "__main__":
    try:
        ended = main()
    except (paramiko.SSHException, OSError) as e:
        print(f"{type(e).__name__}: {e}", file=sys.stderr)
        ended = 255
    sys.stdout.flush()
    os._exit(ended)  # not waiting for the thread that reads the input
