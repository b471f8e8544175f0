"""Decide who may come in: by token, by Host and Origin, by the type of what is sent."""

from typing import Literal

from starlette.requests import HTTPConnection

from culpa.collector.admission.origins import foreign
from culpa.collector.admission.refusal import Refused
from culpa.collector.admission.tokens import check_token
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
    if not media_types:
        return ""
    given = request.headers.getlist("content-type")
    content_type = given[0] if given else ""
    # A page of any site may post plain text to the loopback of whoever visits it, but none of our types.
    essence = content_type.partition(";")[0].strip().lower()
    if essence not in media_types or len(given) > 1:
        wanted = " or ".join(media_types)
        raise Refused(415, f"Content-Type {content_type[:100]!r} is not taken here; send {wanted}")
    return essence


def enter(request: HTTPConnection, settings: Settings, door: Door) -> None:
    """Do nothing if who asks may come in, whatever is sent. Errors: Refused, as `admit`."""
    token = settings.read_token if door == "read" else settings.ingest_token
    if not token:
        # Without a token any web page that the user's browser shows could ask.
        if refusal := foreign(request.headers, settings):
            raise Refused(*refusal)
        return
    admission = check_token(request.headers.get("authorization"), token)
    name = f"{door}_token"
    if admission == "missing":
        message = f"this collector wants a token: send `Authorization: Bearer …` (its {name})"
        raise Refused(401, message, {"WWW-Authenticate": "Bearer"})
    if admission == "wrong":
        raise Refused(403, f"this is not the {name} of this collector")
