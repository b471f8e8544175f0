"""`python serve.py FOLDER PORT`: a folder of chDB behind ClickHouse's HTTP interface, for user `reader` with a password.

Runs under the Python of `.ci/clickhouse`. What needs no engine is answered as the server does: who may come in.
"""

import base64
import email
import sys
import tempfile
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from chdb.session import Session

PASSWORD = "s3cret-pass/word"


class Answer(BaseHTTPRequestHandler):
    """One question, or one INSERT."""

    session: Session

    def do_GET(self) -> None:
        """Answer `/ping`, or a question in the address."""
        self._answer(b"")

    def do_POST(self) -> None:
        """Answer a question in the body, or in the address before it."""
        self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def _answer(self, body: bytes) -> None:
        asked = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        user, _, password = (
            base64.b64decode(self.headers.get("Authorization", "Basic Og==")[6:]).decode().partition(":")
        )
        if (user, password) != ("reader", PASSWORD):
            self._send(
                403,
                f"Code: 516. DB::Exception: {user}: Authentication failed: password is incorrect. (AUTHENTICATION_FAILED)",
            )
            return
        if "multipart/form-data" in self.headers.get("Content-Type", ""):
            asked, body = asked | _form(self.headers["Content-Type"], body), b""
        sql = asked.get("query") or body.decode()
        if "forbidden" in sql:
            self._send(403, "Code: 497. DB::Exception: reader: Not enough privileges. (ACCESS_DENIED)")
            return
        bound = {key.removeprefix("param_"): value for key, value in asked.items() if key.startswith("param_")}
        try:
            if sql.lstrip().lower().startswith("insert") and "query" not in asked:
                # Its rows stand behind it.
                answer = self.session.query(sql)
            elif sql.lstrip().lower().startswith("insert"):
                answer = self._insert(sql, body)
            else:
                answer = self.session.query(*_parts(sql), params=bound)
            self._send(200, answer.bytes() if answer else b"")
        except Exception as error:
            self._send(404, str(error))

    def _insert(self, sql: str, body: bytes) -> Any:
        statement, form = _parts(sql)
        with tempfile.NamedTemporaryFile() as rows:
            rows.write(body)
            rows.flush()
            return self.session.query(f"{statement} select * from file('{rows.name}', {form})")

    def _send(self, status: int, body: str | bytes) -> None:
        said = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


def _form(kind: str, body: bytes) -> dict[str, str]:
    message = email.message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    parts = [part for part in message.walk() if not part.is_multipart()]
    return {
        str(part.get_param("name", header="content-disposition")): bytes(part.get_payload(decode=True)).decode()
        for part in parts
    }


def _parts(sql: str) -> tuple[str, str]:
    """Return a statement, and the form in which its answer is wanted."""
    before, found, form = sql.strip().rpartition("FORMAT ")
    return (before, form.strip()) if found and form.strip().isalpha() else (sql, "TabSeparated")


if __name__ == "__main__":
    Answer.session = Session(sys.argv[1])
    HTTPServer(("127.0.0.1", int(sys.argv[2])), Answer).serve_forever()
