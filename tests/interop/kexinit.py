"""Which algorithms a peer offers: its KEXINIT (RFC 4253 section 7.1), the first packet of either side, which is sent in clear."""
import socket
import struct

FIELDS = ("kex", "host_key", "cipher", "cipher_in", "mac", "mac_in", "compression", "compression_in", "language", "language_in")


def _exactly(stream, count):
    data = b""
    while len(data) < count:
        more = stream.recv(count - len(data))
        if not more:
            raise OSError(f"the peer closed the connection in the middle of its KEXINIT: {data!r}")
        data += more
    return data


def read_offers(stream):
    stream.settimeout(20)
    stream.sendall(b"SSH-2.0-question_1\r\n")
    line = b""
    while not (line.startswith(b"SSH-") and line.endswith(b"\n")):
        if line.endswith(b"\n"):
            line = b""
        line += _exactly(stream, 1)
    length, padding = struct.unpack(">IB", _exactly(stream, 5))
    payload = _exactly(stream, length - 1)[:length - 1 - padding]
    if payload[:1] != b"\x14":
        raise OSError(f"message {payload[0]} where KEXINIT belongs")
    offers, at = {"identification": line.decode().strip()}, 17
    for field in FIELDS:
        size, = struct.unpack_from(">I", payload, at)
        names = payload[at + 4:at + 4 + size].decode()
        offers[field] = [name for name in names.split(",") if name]
        at += 4 + size
    return offers


def offers_of_server(port):
    with socket.create_connection(("127.0.0.1", port), timeout=20) as stream:
        return read_offers(stream)


def offers_of_client(run_client):
    """run_client(port) is called in a thread of its own; that it fails is expected."""
    import threading
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        door.settimeout(20)
        worker = threading.Thread(target=run_client, args=(door.getsockname()[1],))
        worker.start()
        try:
            stream, _ = door.accept()
            with stream:
                return read_offers(stream)
        finally:
            door.close()
            worker.join()


def plans(ours, offers, host_keys):
    """Log-ins that together use every algorithm that both sides have: [{kex, host_key, cipher, mac}], mac None with AEAD ciphers."""
    both = {field: [name for name in ours[field] if name in offers[field]] for field in ("kex", "cipher", "mac")}
    both["host_key"] = [name for name in ours["host_key"] if name in offers["host_key"] and name in host_keys]
    packets = [(c, None) for c in both["cipher"] if "gcm" in c or "poly1305" in c]
    counter = [c for c in both["cipher"] if (c, None) not in packets]
    for i in range(max(len(counter), len(both["mac"])) if counter and both["mac"] else 0):
        packets.append((counter[i % len(counter)], both["mac"][i % len(both["mac"])]))
    count = max(len(packets), len(both["kex"]), len(both["host_key"]))
    if not packets or not both["kex"] or not both["host_key"]:
        return []
    return [{"kex": both["kex"][i % len(both["kex"])], "host_key": both["host_key"][i % len(both["host_key"])],
             "cipher": packets[i % len(packets)][0], "mac": packets[i % len(packets)][1]} for i in range(count)]
