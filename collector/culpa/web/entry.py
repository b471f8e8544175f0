"""Decide who may see the page and who may change something: token or session, Host, Origin, the sender's site."""

import hashlib
import secrets
import time
from collections import OrderedDict
from typing import Final
from urllib.parse import parse_qs, urlsplit

from starlette.requests import HTTPConnection, Request

from culpa.web.house import House

COOKIE: Final = "culpa_session"
#: A working day; who comes back tomorrow shows the token once more.
SESSION_S: Final = 12 * 3600
#: More people do not look at one collector at a time; the eldest session makes way.
_MOST_SESSIONS: Final = 1000
_MAX_FORM_BYTES: Final = 32 * 1024


class Sessions:
    """Who has signed in. Kept in memory, as digests: a restart signs everybody out."""

    def __init__(self) -> None:
        """Have none."""
        self._until: OrderedDict[str, float] = OrderedDict()

    def begin(self) -> str:
        """Return the value of a new session's cookie, which is not the token."""
        value = secrets.token_urlsafe(32)
        self._until[_digest(value)] = time.monotonic() + SESSION_S
        while len(self._until) > _MOST_SESSIONS:
            self._until.popitem(last=False)
        return value

    def is_open(self, value: str) -> bool:
        """Say whether a cookie's value is that of a session."""
        return self._until.get(_digest(value), 0.0) > time.monotonic()

    def end(self, value: str) -> None:
        """Forget a session."""
        self._until.pop(_digest(value), None)


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()


def refusal(connection: HTTPConnection, house: House, sessions: Sessions) -> tuple[int, str] | None:
    """Return status and message for who may not see the page; None for who may."""
    if house.wants_token and sessions.is_open(connection.cookies.get(COOKIE, "")):
        return None
    return house.refusal(connection)


def foreign_sender(request: Request, house: House) -> str:
    """Return why a request must change nothing, '' if it may: it comes from a page of ours, or shows the token."""
    scheme, _, shown = request.headers.get("authorization", "").partition(" ")
    if house.wants_token and scheme.lower() == "bearer" and house.is_token(shown.strip()):
        return ""
    site, origin = request.headers.get("sec-fetch-site", ""), request.headers.get("origin", "")
    if origin and not _is_own(origin, request.headers.get("host", "")):
        return f"a page of {origin[:100]} may change nothing here"
    if site and site != "same-origin":
        return "a page of another site may change nothing here"
    if not site and not origin:
        return "only a page of this site changes something here; programs use POST /v1/labels and /v1/problem-states"
    return ""


def _is_own(origin: str, host: str) -> bool:
    # What a proxy in front speaks is not known here: the name and port must be ours, whatever the scheme.
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower() != ""


class BadForm(ValueError):
    """What was posted is no form of ours."""


async def read_form(request: Request) -> dict[str, str]:
    """Return the fields of a small form, the first of each name. Errors: BadForm."""
    essence = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if essence != "application/x-www-form-urlencoded":
        raise BadForm("send a form (application/x-www-form-urlencoded)")
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > _MAX_FORM_BYTES:
            raise BadForm(f"a form may have {_MAX_FORM_BYTES} bytes")
        parts.append(part)
    try:
        fields = parse_qs(b"".join(parts).decode(), keep_blank_values=True, max_num_fields=50)
    except ValueError as error:
        raise BadForm(f"this form cannot be read: {error}") from error
    return {name: values[0] for name, values in fields.items()}
