"""`POST /v1/problem-states`: a person mutes a problem, calls it resolved, or opens it again."""

import re
from typing import cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from culpa.collector.admission import refusing
from culpa.collector.receivers._parts import Parts
from culpa.collector.receivers._telling import BadBody, plain_text, store_sent
from culpa.collector.redact import redact_text
from culpa.collector.tables import MAX_NS

STATES = ("muted", "resolved", "open")
FINGERPRINT = r"^[0-9]{1,4}:[0-9a-f]{16}$"
_FINGERPRINT = re.compile(FINGERPRINT)
_FIELDS = ("fingerprint", "state", "until", "note")
_EXAMPLE = '{"fingerprint": "1:…", "state": "muted", "until": 0}'


def routes(parts: Parts) -> list[BaseRoute]:
    """Return the route."""

    @refusing
    async def state(request: Request) -> Response:
        return JSONResponse(await store_sent(request, parts, "problem_states", state_row, "a state", _EXAMPLE))

    return [Route("/v1/problem-states", state, methods=["POST"])]


def state_row(body: object, now_ns: int) -> dict[str, object]:
    """Return the row of `problem_states` for what was sent, redacted.

    Shape: `body` is {fingerprint, state, until?, note?}; `until` in nanoseconds since 1970 ends a mute, 0 does not.
    Errors: BadBody.
    """
    if not isinstance(body, dict):
        raise BadBody(f"expected JSON: {_EXAMPLE}")
    fields = cast(dict[str, object], body)
    if strange := sorted(set(fields) - set(_FIELDS)):
        raise BadBody(f"unknown field {strange[0]!r}; known are {', '.join(_FIELDS)}")
    fingerprint, state, until = fields.get("fingerprint"), fields.get("state"), fields.get("until")
    until = 0 if until is None else until
    if isinstance(until, float) and until.is_integer():
        # A number that JSON has written as 7.0 is whole too.
        until = int(until)
    if not isinstance(fingerprint, str) or not _FINGERPRINT.fullmatch(fingerprint):
        raise BadBody("fingerprint is none; `culpa problems --json` shows them, such as 1:0123456789abcdef")
    if state not in STATES:
        raise BadBody(f"state is one of {', '.join(STATES)}")
    if not isinstance(until, int) or isinstance(until, bool) or not 0 <= until <= MAX_NS:
        raise BadBody(f"until is a time in nanoseconds since 1970, at most {MAX_NS}, or 0 for no end")
    note = redact_text(plain_text("note", fields.get("note")))
    return {"time": now_ns, "fingerprint": fingerprint, "state": state, "until": until, "note": note}
