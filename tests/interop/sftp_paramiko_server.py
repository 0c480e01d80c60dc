#!/usr/bin/env python3
"""Paramiko's SFTP server on the machine's own files: sftp_paramiko_server.py PORT HOST_KEY AUTHORIZED_KEYS FOLDER

Relative paths begin in FOLDER. What paramiko leaves to its user is made of os.* one to one."""
import base64
import errno
import os
import socket
import sys
import threading

import paramiko
from paramiko import SFTP_OK, SFTPAttributes, SFTPHandle, SFTPServer

PORT, HOST_KEY, AUTHORIZED_KEYS, FOLDER = sys.argv[1:]
with open(AUTHORIZED_KEYS, encoding="ascii") as f:
    ALLOWED = {base64.b64decode(line.split()[1]) for line in f}


class Server(paramiko.ServerInterface):
    def get_allowed_auths(self, username):
        return "publickey"

    def check_auth_publickey(self, username, key):
        return paramiko.AUTH_SUCCESSFUL if key.asbytes() in ALLOWED else paramiko.AUTH_FAILED

    def check_channel_request(self, kind, chanid):
        return paramiko.OPEN_SUCCEEDED if kind == "session" else paramiko.OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED


def code_of(call, *arguments):
    try:
        call(*arguments)
    except OSError as e:
        return SFTPServer.convert_errno(e.errno)
    return SFTP_OK


class Handle(SFTPHandle):
    def stat(self):
        return SFTPAttributes.from_stat(os.fstat(self.readfile.fileno()))

    def chattr(self, attr):
        return code_of(SFTPServer.set_file_attr, self.filename, attr)


class Files(paramiko.SFTPServerInterface):
    def list_folder(self, path):
        try:
            return [SFTPAttributes.from_stat(os.lstat(os.path.join(path, name)), name) for name in os.listdir(path)]
        except OSError as e:
            return SFTPServer.convert_errno(e.errno)

    def stat(self, path):
        return self.described(os.stat, path)

    def lstat(self, path):
        return self.described(os.lstat, path)

    def described(self, question, path):
        try:
            return SFTPAttributes.from_stat(question(path))
        except OSError as e:
            return SFTPServer.convert_errno(e.errno)

    def open(self, path, flags, attr):
        try:
            fd = os.open(path, flags, 0o666 if attr.st_mode is None else attr.st_mode)
        except OSError as e:
            return SFTPServer.convert_errno(e.errno)
        modes = {os.O_RDONLY: "rb", os.O_WRONLY: "ab" if flags & os.O_APPEND else "wb", os.O_RDWR: "r+b"}
        handle = Handle(flags)
        handle.filename = path
        handle.readfile = handle.writefile = os.fdopen(fd, modes[flags & os.O_ACCMODE])
        return handle

    def remove(self, path):
        return code_of(os.remove, path)

    def rename(self, oldpath, newpath):
        if os.path.lexists(newpath):
            return SFTPServer.convert_errno(errno.EEXIST)
        return code_of(os.rename, oldpath, newpath)

    def posix_rename(self, oldpath, newpath):
        return code_of(os.rename, oldpath, newpath)

    def mkdir(self, path, attr):
        return code_of(os.mkdir, path)

    def rmdir(self, path):
        return code_of(os.rmdir, path)

    def chattr(self, path, attr):
        return code_of(SFTPServer.set_file_attr, path, attr)

    def symlink(self, target_path, path):
        return code_of(os.symlink, target_path, path)

    def readlink(self, path):
        try:
            return os.readlink(path)
        except OSError as e:
            return SFTPServer.convert_errno(e.errno)

    def canonicalize(self, path):
        return os.path.realpath(path)


def serve(stream):
    transport = paramiko.Transport(stream)
    options = transport.get_security_options()
    options.kex = [name for name in options.kex if "group-exchange" not in name]  # which needs moduli
    transport.add_server_key(paramiko.Ed25519Key.from_private_key_file(HOST_KEY))
    transport.set_subsystem_handler("sftp", SFTPServer, Files)
    try:
        transport.start_server(server=Server())
    except (paramiko.SSHException, EOFError, OSError):
        stream.close()


def main():
    os.chdir(FOLDER)
    door = socket.create_server(("127.0.0.1", int(PORT)), backlog=20)
    while True:
        stream, _ = door.accept()
        threading.Thread(target=serve, args=(stream,), daemon=True).start()


if __name__ == "__main__":
    main()
