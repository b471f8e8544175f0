"""An outside company: an HTTP service that nobody instruments, whose paths say how it fails.

Run: `python outside.py PORT`.
"""

import json
import socket
import ssl
import struct
import sys
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

#: Longer than any caller waits (seconds).
SLOW_S = 3.0
#: The first byte of a TLS connection.
_TLS_HANDSHAKE = b"\x16"
_tries: Counter[str] = Counter()


class Handler(BaseHTTPRequestHandler):
    """Answer GET: `/status/503`, `/slow`, `/mute`, `/reset`, `/html`, `/empty`, `/loop`, `/flaky/<key>`, `/garbage`, anything else 200."""

    protocol_version = "HTTP/1.1"

    def handle_one_request(self) -> None:
        """Serve one request; who speaks TLS is told in clear text that nobody here does."""
        if (
            not isinstance(self.connection, ssl.SSLSocket)
            and self.connection.recv(1, socket.MSG_PEEK) == _TLS_HANDSHAKE
        ):
            self.close_connection = True
            self.wfile.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
            return
        super().handle_one_request()

    def do_GET(self) -> None:
        """Do what the path asks for."""
        _, kind, *rest = urlsplit(self.path).path.split("/")
        if kind == "status":
            self._answer(int(rest[0]), {"error": "no"})
        elif kind == "slow":
            time.sleep(SLOW_S)
            self._answer(200, {"rate": 2})
        elif kind == "mute":
            time.sleep(3 * SLOW_S)
            self._answer(200, {})
        elif kind == "reset":
            # Linger 0: the peer gets a reset instead of an orderly end.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()
        elif kind == "garbage":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-\x00Broken: yes\r\n\r\n")
            self.close_connection = True
        elif kind == "html":
            self._send(200, b"<html><body>maintenance</body></html>", "text/html")
        elif kind == "empty":
            self._send(200, b"", "application/json")
        elif kind == "half":
            self._say(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{"rate": ')
        elif kind == "chunk":
            self._say(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"rat\r\nzz\r\n')
        elif kind == "gzip":
            self._send(200, b'{"rate": 2}', "application/json", **{"Content-Encoding": "gzip"})
        elif kind == "json":
            self._send(200, b'{"rate": ', "application/json")
        elif kind == "bytes":
            self._send(200, b'{"rate": "\xff\xfe"}', "application/json; charset=utf-8")
        elif kind == "nonsense":
            self._say(b"220 mail.example ESMTP\r\n")
        elif kind == "double":
            self._say(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok")
        elif kind == "both":
            self._say(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")
        elif kind == "drip":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{")
            time.sleep(SLOW_S)
            self.close_connection = True
        elif kind == "loop":
            self._send(302, b"", "text/html", Location="/loop")
        elif kind == "flaky":
            _tries[rest[0]] += 1
            self._answer(200 if _tries[rest[0]] % 2 == 0 else 503, {"rate": 2})
        else:
            self._answer(200, {"rate": 2})

    def _say(self, what: bytes) -> None:
        self.wfile.write(what)
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def _answer(self, status: int, body: dict[str, object]) -> None:
        self._send(status, json.dumps(body).encode(), "application/json")

    def _send(self, status: int, body: bytes, kind: str, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    """A server whose broken connections are nobody's news."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients that leave are part of the play."""


if __name__ == "__main__":
    server = Server(("127.0.0.1", int(sys.argv[1])), Handler)
    if len(sys.argv) > 2:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2])
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.serve_forever()
