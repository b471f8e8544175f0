"""Decide who may come in: by token, by Host and Origin, by the type of what is sent."""

import time
from typing import Literal

from starlette.requests import HTTPConnection

from culpa.collector.admission.keyring import Token, readers, senders
from culpa.collector.admission.origins import foreign
from culpa.collector.admission.refusal import Refused
from culpa.collector.admission.tokens import TokenMissing, TokenWrong, check_token
from culpa.collector.settings import Settings

#: Who writes shows the ingest_token, who asks shows the read_token.
Door = Literal["ingest", "read"]

JSON = "application/json"


def admit(request: HTTPConnection, settings: Settings, door: Door, media_types: tuple[str, ...] = (JSON,)) -> str:
    """Return the content type, one of `media_types`, if who asks may come in; '' where none is named.

    Errors: Refused, 401 or 403 for a token that is missing or wrong, 403 for a page of another site or a foreign
    Host, 400 for no Host, 415 for another content type.
    """
    enter(request, settings, door)
    return essence(request, media_types) if media_types else ""


def essence(request: HTTPConnection, media_types: tuple[str, ...]) -> str:
    """Return the content type, one of `media_types`. Errors: Refused, 415."""
    given = request.headers.getlist("content-type")
    content_type = given[0] if given else ""
    # A page of any site may post plain text to the loopback of whoever visits it, but none of our types.
    found = content_type.partition(";")[0].strip().lower()
    if found not in media_types or len(given) > 1:
        wanted = " or ".join(media_types)
        raise Refused(415, f"Content-Type {content_type[:100]!r} is not taken here; send {wanted}")
    return found


def enter(request: HTTPConnection, settings: Settings, door: Door, authorization: str | None = None) -> Token:
    """Return what holds for who asks, if he may come in, whatever is sent. Errors: Refused, as `admit`.

    `authorization`: what stands for that header where a sender shows its token elsewhere.
    """
    keyring = readers(settings) if door == "read" else senders(settings)
    # Without a token any web page that the user's browser shows could ask.
    if keyring.is_open and (refusal := foreign(request.headers, settings)):
        raise Refused(*refusal)
    name = f"{door}_token"
    try:
        return check_token(authorization or request.headers.get("authorization"), keyring)
    except TokenMissing:
        message = f"this collector wants a token: send `Authorization: Bearer …` (its {name})"
        raise Refused(401, message, {"WWW-Authenticate": "Bearer"}) from None
    except TokenWrong:
        raise Refused(403, f"this is not the {name} of this collector") from None


def bounded(token: Token, size: int) -> None:
    """Do nothing while who shows a token keeps to its rate. Errors: Refused, 429 with the time to come back."""
    wait_s = token.wait_s(size, time.monotonic())
    if wait_s:
        message = f"{token.name or 'this token'} may send {token.bytes_per_s} bytes a second; send again later"
        raise Refused(429, message, {"Retry-After": str(max(1, round(wait_s)))})
