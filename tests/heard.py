"""What a server of a test reads from a socket before it answers: who closes on unread bytes resets the connection."""

import socket


def whole_request(client: socket.socket) -> bytes:
    """Return a request with its whole body, which many send apart; what came where the other side left before."""
    got = b""
    while b"\r\n\r\n" not in got:
        part = client.recv(65536)
        if not part:
            return got
        got += part
    head, _, body = got.partition(b"\r\n\r\n")
    length = next((int(x.split(b":")[1]) for x in head.split(b"\r\n") if x.lower().startswith(b"content-length")), 0)
    while len(body) < length:
        part = client.recv(65536)
        if not part:
            break
        body += part
    return head + b"\r\n\r\n" + body
