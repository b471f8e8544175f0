"""A payments company, seen from outside: an HTTP service that nobody instruments.

The last digits of the card decide what it does:

    …0500 answers 500    …0429 too many requests    …0401 does not know the shop's key    …0402 declines
    …0408 takes its time …0200 answers with a page of HTML   …0503 fails the first time, then works
    any other card pays

Run: `python payments.py PORT`. It also answers `GET /health`.
"""

import itertools
import json
import socket
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

#: Longer than any caller waits (seconds).
SLOW_S = 2.0
#: The first byte of a TLS connection.
_TLS_HANDSHAKE = b"\x16"

_receipts = itertools.count(1)
_first_tries: set[str] = set()

_REFUSALS = {
    "0500": (500, "our bank is in flames"),
    "0429": (429, "too many charges, slow down"),
    "0401": (401, "unknown API key"),
    "0402": (402, "card declined"),
}


class Handler(BaseHTTPRequestHandler):
    """Answer `POST /charges`."""

    protocol_version = "HTTP/1.1"

    def handle_one_request(self) -> None:
        """Serve one request; who speaks TLS is told at once that nobody here does."""
        if self.connection.recv(1, socket.MSG_PEEK) == _TLS_HANDSHAKE:
            self.close_connection = True
            self.wfile.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
            return
        super().handle_one_request()

    def do_GET(self) -> None:
        """Say that the service is there."""
        self._answer(200, {"status": "open"})

    def do_POST(self) -> None:
        """Charge a card, or do what its last digits ask for."""
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        card = str(json.loads(body)["card"])
        kind = card[-4:]
        if kind in _REFUSALS:
            status, message = _REFUSALS[kind]
            self._answer(status, {"error": message})
        elif kind == "0503" and card not in _first_tries:
            _first_tries.add(card)
            self._answer(503, {"error": "one moment"})
        elif kind == "0200":
            self._send(200, "text/html", b"<html><body>Welcome to the bank</body></html>")
        else:
            time.sleep(SLOW_S if kind == "0408" else 0.01)
            self._answer(200, {"receipt": f"R{next(_receipts):06d}"})

    def _answer(self, status: int, content: dict[str, str]) -> None:
        self._send(status, "application/json", json.dumps(content).encode())

    def _send(self, status: int, content_type: str, body: bytes) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except ConnectionError:
            self.close_connection = True  # the caller did not wait


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
