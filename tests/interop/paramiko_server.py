#!/usr/bin/env python3
"""A server on paramiko: paramiko_server.py PORT AUTHORIZED_KEYS PASSWORD REKEY_BYTES HOST_KEY..."""
import base64
import fcntl
import os
import pty
import socket
import struct
import subprocess
import sys
import termios
import threading

import paramiko
from paramiko_client import load_key

PORT, AUTHORIZED_KEYS, PASSWORD, REKEY_BYTES, *HOST_KEYS = sys.argv[1:]
with open(AUTHORIZED_KEYS, encoding="ascii") as f:
    ALLOWED = {base64.b64decode(line.split()[1]) for line in f}


class Transport(paramiko.Transport):
    """Says when a request has been answered: a program must not be over before."""

    def __init__(self, stream):
        super().__init__(stream)
        self.answered = threading.Event()

    def _send_user_message(self, data):
        super()._send_user_message(data)
        if data.asbytes()[0] == paramiko.common.MSG_CHANNEL_SUCCESS:
            self.answered.set()


class Server(paramiko.ServerInterface):
    def __init__(self):
        self.terminal = None

    def get_allowed_auths(self, username):
        return "publickey,password,keyboard-interactive"

    def check_auth_publickey(self, username, key):
        return paramiko.AUTH_SUCCESSFUL if key.asbytes() in ALLOWED else paramiko.AUTH_FAILED

    def check_auth_password(self, username, password):
        return paramiko.AUTH_SUCCESSFUL if password == PASSWORD else paramiko.AUTH_FAILED

    def check_auth_interactive(self, username, submethods):
        return paramiko.InteractiveQuery("Login", "Who are you?", ("Password: ", False))

    def check_auth_interactive_response(self, responses):
        return paramiko.AUTH_SUCCESSFUL if responses == [PASSWORD] else paramiko.AUTH_FAILED

    def check_channel_request(self, kind, chanid):
        return paramiko.OPEN_SUCCEEDED if kind == "session" else paramiko.OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED

    def check_channel_pty_request(self, channel, term, width, height, pixelwidth, pixelheight, modes):
        self.terminal = (term.decode(), width, height)
        return True

    def check_channel_exec_request(self, channel, command):
        channel.get_transport().answered.clear() # there may have been a terminal before
        threading.Thread(target=run, args=(channel, command.decode(), self.terminal), daemon=True).start()
        return True


def copy_out(fd, send):
    try:
        while data := os.read(fd, 65536):
            send(data)
    except OSError:
        pass  # a terminal whose program has gone, or a client that has


def copy_in(channel, fd):
    try:
        while data := channel.recv(65536):
            while data:
                data = data[os.write(fd, data):]
    except OSError:
        pass


def run(channel, command, terminal):
    if terminal:
        near, far = pty.openpty()
        fcntl.ioctl(far, termios.TIOCSWINSZ, struct.pack("HHHH", terminal[2], terminal[1], 0, 0))
        process = subprocess.Popen(["sh", "-c", command], stdin=far, stdout=far, stderr=far, start_new_session=True,
                                   env={**os.environ, "TERM": terminal[0]})
        os.close(far)
        outputs, into = [(near, channel.sendall)], near
    else:
        pipe = subprocess.PIPE
        process = subprocess.Popen(["sh", "-c", command], stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True)
        outputs = [(process.stdout.fileno(), channel.sendall), (process.stderr.fileno(), channel.sendall_stderr)]
        into = os.dup(process.stdin.fileno())
        process.stdin.close()

    def feed():
        copy_in(channel, into)
        if not terminal:
            os.close(into)

    threading.Thread(target=feed, daemon=True).start()
    workers = [threading.Thread(target=copy_out, args=o, daemon=True) for o in outputs]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    try:
        channel.get_transport().answered.wait(30)
        channel.send_exit_status(process.wait() % 256)
        channel.close()
    except OSError:
        pass


def serve(stream, keys, has_moduli):
    transport = Transport(stream)
    if not has_moduli: # it would offer what it then refuses
        options = transport.get_security_options()
        options.kex = [name for name in options.kex if "group-exchange" not in name]
    for key in keys:
        transport.add_server_key(key)
    try:
        transport.start_server(server=Server())
    except (paramiko.SSHException, EOFError, OSError):
        stream.close()


def main():
    if int(REKEY_BYTES):
        paramiko.packet.Packetizer.REKEY_BYTES = int(REKEY_BYTES)
    keys = [load_key(path) for path in HOST_KEYS]
    has_moduli = paramiko.Transport.load_server_moduli()
    door = socket.create_server(("127.0.0.1", int(PORT)), backlog=20)
    while True:
        stream, _ = door.accept()
        threading.Thread(target=serve, args=(stream, keys, has_moduli), daemon=True).start()


if __name__ == "__main__":
    main()
