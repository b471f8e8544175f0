"""`POST /v1/changes`: a person or a pipeline tells what was changed, and is answered when that is durable."""

from datetime import UTC, datetime, timedelta
from typing import cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from culpa.collector.admission import refusing
from culpa.collector.receivers._parts import Parts
from culpa.collector.receivers._telling import BadBody, plain_text, store_sent
from culpa.collector.redact import redact_attribute, redact_text
from culpa.collector.tables import MAX_NS

KINDS = ("deploy", "config", "flag", "infra")

MAX_ATTRIBUTES = 64
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIELDS = ("service", "kind", "description", "time", "attributes")


def routes(parts: Parts) -> list[BaseRoute]:
    """Return the route."""

    @refusing
    async def change(request: Request) -> Response:
        row = await store_sent(request, parts, "changes", change_row, "a change", '{"description": "…"}')
        return JSONResponse({name: row[name] for name in ("service_name", "kind", "description", "time")})

    return [Route("/v1/changes", change, methods=["POST"])]


def change_row(body: object, now_ns: int) -> dict[str, object]:
    """Return the row of `changes` for what was sent, redacted.

    Shape: `body` is {service?, kind?, description, time?, attributes?}; time is ISO 8601 (UTC where it names no
    zone) or ns since 1970, by default `now_ns`. Errors: BadBody.
    """
    if not isinstance(body, dict):
        raise BadBody('expected JSON: {"service": "checkout", "kind": "deploy", "description": "…"}')
    fields = cast(dict[str, object], body)
    strange = sorted(set(fields) - set(_FIELDS))
    if strange:
        raise BadBody(f"unknown field {strange[0]!r}; known are {', '.join(_FIELDS)}")
    description = plain_text("description", fields.get("description"))
    if not description:
        raise BadBody("description is empty; say what was changed")
    kind = plain_text("kind", fields.get("kind")) or "deploy"
    if kind not in KINDS:
        raise BadBody(f"kind {kind!r} is unknown; it is one of {', '.join(KINDS)}")
    attributes = _attributes({} if fields.get("attributes") is None else fields["attributes"])
    return {
        "time": _time_ns(fields.get("time"), now_ns),
        "service_name": redact_text(plain_text("service", fields.get("service"))),
        "kind": kind,
        "description": redact_text(description),
        "attr_keys": list(attributes),
        "attr_vals": [redact_attribute(key, value) for key, value in attributes.items()],
    }


def _attributes(value: object) -> dict[str, str]:
    if not isinstance(value, dict) or len(cast(dict[object, object], value)) > MAX_ATTRIBUTES:
        raise BadBody(f"attributes must be an object with at most {MAX_ATTRIBUTES} entries")
    given = cast(dict[str, object], value)
    out: dict[str, str] = {}
    for key in given:
        plain = given[key]
        if isinstance(plain, bool):
            plain = str(plain).lower()
        elif isinstance(plain, int | float):
            plain = str(plain)
        out[plain_text("key", key)] = plain_text(f"attribute {key}", plain)
    return out


def _time_ns(value: object, now_ns: int) -> int:
    if value is None or value == "":
        return now_ns
    try:
        # A number that JSON has written as 7.0 is whole too.
        if isinstance(value, int | float) and not isinstance(value, bool) and value == int(value):
            time_ns = int(value)
        else:
            moment = datetime.fromisoformat(cast(str, value))
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            time_ns = (moment - _EPOCH) // timedelta(microseconds=1) * 1000
    except (TypeError, ValueError, OverflowError) as error:
        raise BadBody(f"time {value!r} is none; write 2026-11-22T10:00:00Z, or nanoseconds since 1970") from error
    if not 0 < time_ns <= MAX_NS:
        raise BadBody(f"time {value!r} is outside of 1970 to 2100")
    return time_ns
