"""The options of paramiko_client.py and asyncssh_client.py; those of the programs around libssh and libssh2 are the same."""
import argparse


def parse():
    p = argparse.ArgumentParser()
    p.add_argument("--port", type=int, required=True)
    p.add_argument("--user", required=True)
    p.add_argument("--host-key", required=True, help="in Base64")
    p.add_argument("--report", required=True, help="file for the name of the signal that ended the command")
    p.add_argument("--command", required=True)
    p.add_argument("--method", default="publickey", choices=["publickey", "password", "keyboard-interactive", "publickey and password"])
    p.add_argument("--key")
    p.add_argument("--password")
    p.add_argument("--new-password")
    p.add_argument("--terminal")
    p.add_argument("--signal", help="sent once something has been printed")
    p.add_argument("--rekey", type=int, help="new keys after so many bytes")
    return p.parse_args()
