#!/usr/bin/env python3
"""The clients of examples/ with OpenSSH's sshd: example_clients.py PROGRAM=PATH... other-account=LIBRARY login-server=PROGRAM"""
import http.server
import os
import re
import socket
import ssl
import sys
import threading

from example_bench import HOST, Bench
from our_server import PASSWORD
from rig import USER, Rig, program, until


def start_web_server(rig, certificate=None):
    """Returns: its port. It serves the rig's folder."""
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=rig.folder)

        def log_message(self, *_):
            pass
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


def fetch(port, path):
    """Returns: what a web server at this port of this machine answers."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as s:
        s.sendall(f"GET /{path} HTTP/1.0\r\n\r\n".encode())
        s.shutdown(socket.SHUT_WR)
        answer = b""
        try:
            while more := s.recv(65536):
                answer += more
        except ConnectionResetError:
            pass
        return answer


def check_commands(bench):
    rig, (port, log) = bench.rig, bench.sshd()
    host = f"{HOST}:{port}"
    done = bench.run("run_command", USER, "127.0.0.1", port, "echo out; echo err >&2; exit 7")
    rig.check((done.status, done.out, done.err) == (7, b"out\n", b"err\n"), "run_command: output, stderr and status", done, log)
    done = bench.run("run_command", USER, "127.0.0.1", rig.port(), "true")
    bench.check(done, 255, "Connection refused", "run_command: a port where nobody listens")
    done = bench.run("stream_command", host, f"cat {rig.bulk_file}; echo bad >&2; exit 3")
    rig.check((done.status, done.out) == (3, rig.bulk) and b"bad\n" in done.err, "stream_command", done, log)
    done = bench.run("side_by_side", host, 1, "echo one", "sleep 30", "echo three >&2; exit 3")
    rig.check(all(t in done.out for t in (b"exit status 0\none\n", b"timed out", b"exit status 3\nthree\n", b"round trip")), "side_by_side", done)
    other, _ = bench.sshd()
    done = bench.run("fleet", "echo a; echo b >&2; exit 2", host, f"{HOST}:{other}", f"{HOST}:{rig.port()}")
    found = [done.out.count(f"{HOST}:{p}: {t}\n".encode()) for p in (port, other) for t in ("a", "b", "exit status 2")]
    rig.check(found == [1] * 6 and b"Connection refused" in done.out, "fleet", done, log)
    jobs = [f"{h} echo job {i}; exit {i}" for i in range(3) for h in (host, f"{HOST}:{other}", f"{HOST}:{rig.port()}")]
    done = bench.run("dispatch", stdin="".join(j + "\n" for j in jobs).encode())
    rig.check(done.out.count(b"\njob 1\n") == 2 and done.out.count(b"-- exit status 2\n") == 2 and done.out.count(b"Connection refused") == 3,
              "dispatch", done, log)
    done = bench.run("redirect", host, "tr a-z A-Z; echo warn >&2; exit 4", rig.write("in", "hello\n" * 100_000), rig.path("out"))
    rig.check((done.status, rig.read(rig.path("out"))) == (4, b"HELLO\n" * 100_000) and b"warn\n" in done.err, "redirect", done, log)
    done = bench.run("redirect", host, "head -c 5", rig.bulk_file, rig.path("out"))
    rig.check((done.status, rig.read(rig.path("out"))) == (0, rig.bulk[:5]), "redirect: a command that does not want all of its input", done)
    done = bench.run("redirect", host, "cat", rig.path("none"), rig.path("out"))
    bench.check(done, 1, "cannot read", "redirect: a file that is not there")
    done = bench.run("scan_hosts", f"127.0.0.1:{port}")
    bench.check(done, 0, rig.must([program("ssh-keygen"), "-lf", bench.host_key]).out.split()[1], "scan_hosts: the host key", log)
    rig.check(b"log-in  publickey" in done.out, "scan_hosts: methods", done)


def listening_port(rig, out):
    return int(re.search(rb"localhost:(\d+)", rig.read(out))[1])


def check_ways(bench):
    rig, (port, log) = bench.rig, bench.sshd()
    host, (inner, _) = f"{HOST}:{port}", bench.sshd()
    done = bench.run("jump_host", host, f"{HOST}:{inner}", "echo $SSH_CONNECTION")
    rig.check(done.status == 0 and done.out.endswith(f" {inner}\n".encode()), "jump_host", done, log)
    done = bench.run("proxy_command", f"{HOST}:{inner}", " ".join(bench.openssh("ssh", port, "-W", f"127.0.0.1:{inner}")) + " 127.0.0.1",
                     "echo $SSH_CONNECTION; exit 5")
    rig.check(done.status == 5 and done.out.endswith(f" {inner}\n".encode()), "proxy_command", done, log)
    done = bench.run("proxy_command", HOST, "no-such-program", "true")
    bench.check(done, 255, "no-such-program", "proxy_command: a program that is not there")
    rig.write("page", "a page\n")
    web = start_web_server(rig)
    done = bench.run("http_over_ssh", host, f"127.0.0.1:{web}", "/page")
    rig.check((done.status, done.out) == (0, b"a page\n"), "http_over_ssh", done, log)
    local = rig.port()
    process, out = bench.start("forward", host, f"127.0.0.1:{local}", f"127.0.0.1:{web}", port=local)
    rig.check(all(fetch(local, "page").endswith(b"\r\n\r\na page\n") for _ in range(20)), "forward", "", out)
    rig.check(fetch(local, "bulk").endswith(rig.bulk), "forward: 8 MiB", "", out)
    rig.end(process)
    nowhere = rig.port()
    process, out = bench.start("forward", host, f"127.0.0.1:{local}", f"127.0.0.1:{nowhere}", port=local)
    bench.says(out, "Connection refused", "forward: nobody listens behind the gate")
    session = int(rig.must(["/bin/sh", "-c", f"pgrep -f 'sshd-{port}.conf' | head -n 1"]).out)
    for line in rig.must(["ps", "--ppid", str(session), "-o", "pid="]).out.split():
        os.kill(int(line), 9)
    rig.check(process.wait(10) == 1, "forward: ends with its connection", "", out)
    process, out = bench.start("reverse_forward", host, 0, f"127.0.0.1:{web}")
    bench.says(out, " is 127.0.0.1:", "reverse_forward: the server listens")
    there = listening_port(rig, out)
    rig.check(all(fetch(there, "page").endswith(b"\r\n\r\na page\n") for _ in range(20)), "reverse_forward", "", out)
    rig.end(process)
    process, out = bench.start("reverse_forward", host, 0, f"127.0.0.1:{nowhere}")
    bench.says(out, " is 127.0.0.1:", "reverse_forward: the server listens")
    fetch(listening_port(rig, out), "page")
    bench.says(out, "Connection refused", "reverse_forward: nobody listens here")
    rig.end(process)
    local = rig.port()
    process, out = bench.start("socks_proxy", host, f"127.0.0.1:{local}", port=local)
    done = rig.run([program("curl"), "-sS", "--socks5-hostname", f"127.0.0.1:{local}", f"http://localhost:{web}/page"])
    rig.check(done.out == b"a page\n", "socks_proxy", done, out)
    rig.check(bench.interrupt(process) == 0 and b"1 streams" in rig.read(out), "socks_proxy: what it has carried", "", out)
    strict, _ = bench.sshd(AllowTcpForwarding="no")
    done = bench.run("reverse_forward", f"{HOST}:{strict}", 0, "127.0.0.1:1")
    bench.check(done, 1, "tcpip-forward", "reverse_forward: a server that forbids it")


def check_https(bench):
    rig, (port, log) = bench.rig, bench.sshd()
    if "https_over_ssh" not in rig.places:
        rig.note("https_over_ssh is not built: no OpenSSL")
        return
    both = rig.path("localhost.pem")
    rig.must([program("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-addext",
              "subjectAltName=DNS:localhost", "-days", "2", "-keyout", rig.path("tls.key"), "-out", rig.path("tls.crt")])
    rig.write("localhost.pem", rig.read(rig.path("tls.key")) + rig.read(rig.path("tls.crt")))
    rig.write("page", "a page\n")
    web = start_web_server(rig, both)
    done = bench.run("https_over_ssh", f"{HOST}:{port}", f"localhost:{web}", "/page", rig.path("tls.crt"))
    rig.check((done.status, done.out) == (0, b"a page\n"), "https_over_ssh", done, log)
    done = bench.run("https_over_ssh", f"{HOST}:{port}", f"localhost:{web}", "/none", rig.path("tls.crt"))
    bench.check(done, 1, "404", "https_over_ssh: no such page")
    done = bench.run("https_over_ssh", f"{HOST}:{port}", f"localhost:{web}", "/page")
    bench.check(done, 1, "certificate verify failed", "https_over_ssh: an authority that is not known")
    done = bench.run("https_over_ssh", f"{HOST}:{port}", f"127.0.0.1:{web}", "/page", rig.path("tls.crt"))
    bench.check(done, 1, "certificate verify failed", "https_over_ssh: another name")


def check_files(bench):
    rig, (port, log) = bench.rig, bench.sshd()
    host = f"{HOST}:{port}"
    for name, content in {"a/1.txt": "one", "a/b/2.txt": "two", "a/3.tmp": "no", "a/install.sh": "#!/bin/sh\n", "big": rig.bulk}.items():
        rig.write("tree/" + name, content)
    done = bench.run("mirror_directory", host, rig.path("tree"), rig.path("mirror"))
    rig.check(done.status == 0 and b"4 files" in done.out and rig.read(rig.path("mirror/big")) == rig.bulk
              and not os.path.exists(rig.path("mirror/a/3.tmp")), "mirror_directory", done, log)
    done = bench.run("upload_with_progress", host, rig.bulk_file, rig.path("uploaded"))
    rig.check(b"100%" in done.out and rig.read(rig.path("uploaded")) == rig.bulk, "upload_with_progress", done, log)
    rig.write("resumed", rig.bulk[:1_000_000])
    done = bench.run("resume_download", host, rig.bulk_file, rig.path("resumed"))
    rig.check(f"{len(rig.bulk) - 1_000_000} bytes".encode() in done.out and rig.read(rig.path("resumed")) == rig.bulk, "resume_download", done, log)
    for words in (("put", host, rig.path("tree"), rig.path("copy")), ("get", host, rig.path("tr*"), rig.path("got"))):
        os.makedirs(words[3], exist_ok=True)
        done = bench.run("scp_copy", *words)
        rig.check(done.status == 0 and rig.read(os.path.join(words[3], "tree/big")) == rig.bulk, f"scp_copy {words[0]}", done, log)
    done = bench.run("scp_copy", "get", host, rig.path("none*"), rig.path("got"))
    bench.check(done, 1, "none*", "scp_copy: no file matches")
    done = bench.run("remote_usage", host, rig.path("tree"))
    sizes = [line.split()[-1] for line in done.out.splitlines()]
    rig.check(done.status == 0 and sizes == [b"big", b"a", b"free"] and b"8.0 MiB  big" in done.out, "remote_usage", done, log)
    done = bench.run("remote_usage", host, rig.path("none"))
    bench.check(done, 1, "no such file", "remote_usage: no such folder")


def check_deploy(bench):
    rig, (port, log) = bench.rig, bench.sshd()
    asking = "test -t 0 || exit 9\nprintf 'password: '; read -r word\necho\necho \"got $word\"; ls -R\nexit 3\n"
    rig.write("product/install.sh", "#!/bin/sh\n" + asking, 0o644)
    rig.write("product/etc/it's here", "x")
    folder = rig.path("deployed", "it's a folder")
    done = bench.run("deploy", rig.path("product"), f"{HOST}:{port}", folder, env={"DEPLOY_PASSWORD": "open sesame"})
    rig.check(done.status == 3 and b"2 of 2 files" in done.out and b"got open sesame" in done.out and b"it's here" in done.out
              and b"install.sh: exit status 3" in done.out, "deploy", done, log)
    rig.write("product/install.sh", "#!/bin/sh\necho no question\n", 0o644)
    done = bench.run("deploy", rig.path("product"), f"{HOST}:{port}", folder, env={"DEPLOY_PASSWORD": "open sesame"})
    bench.check(done, 0, "no question\r\ninstall.sh: exit status 0", "deploy: a script that asks nothing", log)


def check_watching(bench):
    rig, (port, log) = bench.rig, bench.sshd()
    (other, other_log), state = bench.sshd(), rig.write("state", "first\n")
    host, count = f"{HOST}:{port}", 25
    process, out = bench.start("monitor", f"cat {state}", *[host] * count, *[f"{HOST}:{other}"] * count)
    both = lambda text: all(rig.read(out).count(f"{HOST}:{p}: {text}\n".encode()) == count for p in (port, other))
    rig.check(until(lambda: both("first"), 30), "monitor: 50 connections", "", out)
    for line in rig.must(["pgrep", "-f", f"sshd-{port}.conf"]).out.split():
        for child in rig.run(["ps", "--ppid", line.decode(), "-o", "pid="]).out.split():
            os.kill(int(child), 9)
    rig.check(until(lambda: rig.read(out).count(b"connection lost") >= count, 30), "monitor: lost connections are told", "", out)
    rig.check(until(lambda: rig.read(out).count(f"{host}: first\n".encode()) == 2 * count, 30), "monitor: and made anew", "", out)
    rig.write("state", "second\n")
    rig.check(until(lambda: both("second"), 30), "monitor: changes are told", "", out)
    rig.check(bench.interrupt(process) == 0, "monitor: SIGINT ends it", "", out)
    with open(bench.known_hosts, "a", encoding="utf-8") as f:
        f.write(f"[localhost]:{port} {rig.public('ed25519', 'stranger')}\n")
    done = bench.run("monitor", "true", f"{USER}@localhost:{port}")
    bench.check(done, 1, "host key", "monitor: a host with another key is given up")
    followed = rig.write("followed", "old\n")
    process, out = bench.start("tails", followed, host, f"{HOST}:{other}")
    bench.says(out, f"{host}: old", "tails: the end of the file")
    bench.says(out, f"{HOST}:{other}: old", "tails: of both hosts")
    with open(followed, "a", encoding="utf-8") as f:
        f.write("new\n")
    bench.says(out, f"{host}: new", "tails: new lines")
    rig.check(bench.interrupt(process) == 0, "tails: SIGINT ends it", "", out)


def check_logging_in(bench):
    rig = bench.rig
    hashed = rig.must([program("openssl"), "passwd", "-6", PASSWORD]).out.decode().strip()
    os.environ["INTEROP_HASH"] = hashed
    port, log = bench.sshd(AuthorizedKeysFile=".ssh/authorized_keys")
    keys, answers = rig.path("home/.ssh/authorized_keys"), [(b"assword: ", PASSWORD.encode())]
    rig.write("home/.ssh/authorized_keys", "# nobody")
    done = bench.on_terminal("install_key", f"{HOST}:{port}", bench.public_key, answers=answers)
    bench.check(done, 0, "added SHA256:", "install_key: adds the key", log)
    rig.check(rig.read(keys) == b"# nobody\n" + rig.public("ed25519").encode() + b"\n", "install_key: what was there stays", rig.read(keys))
    bench.check(bench.run("run_command", USER, "127.0.0.1", port, "echo in"), 0, "in\n", "install_key: the key logs in", log)
    done = bench.on_terminal("install_key", f"{HOST}:{port}", bench.public_key, answers=answers)
    bench.check(done, 0, "there already", "install_key: a second time", log)
    os.remove(keys)
    done = bench.on_terminal("install_key", f"{HOST}:{port}", bench.public_key, answers=answers)
    rig.check(done.status == 0 and os.stat(keys).st_mode & 0o777 == 0o600, "install_key: a new file", done, log)
    done = bench.on_terminal("install_key", f"{HOST}:{port}", bench.public_key, answers=[(b"assword: ", b"wrong")] * 3)
    bench.check(done, 1, "authentication failed", "install_key: a wrong password", log)
    del os.environ["INTEROP_HASH"]

    login, _, log = bench.server("login-server", bench.host_key, rig.authorized_keys())
    answers = [(b"assword: ", PASSWORD.encode()), (b"New password: ", b"close"), (b"Once more: ", b"other"), (b"New password: ", b"close sesame"),
               (b"Once more: ", b"close sesame")]
    done = bench.on_terminal("change_password", f"expired@127.0.0.1:{login}", answers=answers)
    rig.check(done.status == 0 and all(t in done.out for t in (b"too old", b"two passwords", b"logged in as expired")), "change_password", done, log)
    done = bench.on_terminal("prompting_login", f"dialogue@127.0.0.1:{login}", "echo inside", answers=[(b"assword: ", PASSWORD.encode())] * 3)
    bench.check(done, 0, "inside\n", "prompting_login: a dialogue", log)


def check_keys(bench):
    rig = bench.rig
    done = bench.run("key_tool", "new", rig.path("made"), "a passphrase")
    shown = rig.must([program("ssh-keygen"), "-lf", rig.path("made.pub")]).out.split()
    bench.check(done, 0, shown[1], "key_tool: a new key")
    opened = rig.run([program("ssh-keygen"), "-y", "-P", "a passphrase", "-f", rig.path("made")])
    rig.check(opened.status == 0 and opened.out.split()[1] == rig.read(rig.path("made.pub")).split()[1], "key_tool: ssh-keygen opens it", opened)
    bench.check(bench.run("key_tool", "new", rig.path("made")), 1, "made", "key_tool: a file that exists stays")
    bench.check(bench.run("key_tool", "show", rig.key("rsa") + ".pub", rig.key("ecdsa-256") + ".pub"), 0, "ssh-rsa 3072 SHA256:", "key_tool: show")
    bench.check(bench.run("key_tool", "agent"), 1, "agent", "key_tool: no agent")
    socket_path = rig.path("agent.socket")
    agent = rig.start([program("ssh-agent"), "-D", "-a", socket_path], rig.path("agent.log"))
    until(lambda: os.path.exists(socket_path))
    with_agent = {"SSH_AUTH_SOCK": socket_path}
    bench.check(bench.run("key_tool", "agent", env=with_agent), 0, "no keys", "key_tool: an agent without keys")
    rig.must([program("ssh-add"), "-q", rig.key("ecdsa-384")], env=with_agent)
    bench.check(bench.run("key_tool", "agent", env=with_agent), 0, "ecdsa-sha2-nistp384 384 SHA256:", "key_tool: the agent's keys")
    rig.end(agent)


def main():
    rig = Rig(dict(word.split("=", 1) for word in sys.argv[1:]))

    def test():
        program("openssl"), program("ssh-agent")  # else the test is skipped before it begins
        bench = Bench(rig)
        check_commands(bench)
        check_ways(bench)
        check_https(bench)
        check_files(bench)
        check_deploy(bench)
        check_watching(bench)
        check_logging_in(bench)
        check_keys(bench)
    return rig.verdict(test)


if __name__ == "__main__":
    sys.exit(main())
