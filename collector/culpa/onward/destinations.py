"""The backends that a user named in a file, and what each is to get."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from culpa.given import BadGiven, Given, Secret, read_toml

Form = Literal["off", "redacted", "raw"]
_FORMS: Final[Mapping[str, Form]] = {"off": "off", "redacted": "redacted", "raw": "raw"}
#: A name stands in file names, rows and labels.
_NAME_CHARS: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_")
_QUEUE_BYTES: Final = 256 * 1024**2
#: While a store is away nothing makes way: before that, a disk that fills up has the collector refuse what comes.
_STORE_QUEUE_BYTES: Final = 64 * 1024**3


class BadDestinations(ValueError):
    """The file of destinations cannot be used. The message names file and destination, and what to write."""


@dataclass(frozen=True)
class Destination:
    """One OTLP endpoint over HTTP. `telemetry` says whether and how received bodies are handed on to it."""

    name: str
    url: Secret
    headers: Secret | None
    tls: ssl.SSLContext | None
    timeout_s: float
    verdicts: bool
    spans: bool
    telemetry: Form
    queue_bytes: int
    delivery: EntryPoint | None = None  # of what is no OTLP endpoint
    is_store: bool = False  # that is to hold all that is acknowledged


def read_destinations(path: str) -> tuple[Destination, ...]:
    """Return what a file names; nobody is asked yet. Of '' nothing. Errors: BadDestinations."""
    if not path:
        return ()
    try:
        given = read_toml(path, "name a file of destinations")
    except BadGiven as error:
        raise BadDestinations(str(error)) from error
    try:
        return tuple(_destination(name, table) for name, table in _tables(given).items())
    except (BadGiven, OSError) as error:
        raise BadDestinations(f"{path}: {error}") from error


def _tables(given: Mapping[str, Any]) -> Mapping[str, Any]:
    tables = given.get("destinations")
    if list(given) != ["destinations"] or not isinstance(tables, dict) or not tables:
        raise BadGiven('write one table for each destination, [destinations.NAME], with url = "https://…"')
    return tables  # pyright: ignore[reportUnknownVariableType] - each is looked at where it is read


def _destination(name: str, table: object) -> Destination:
    if not isinstance(table, dict) or not name or not set(name) <= _NAME_CHARS or len(name) > 40:
        raise BadGiven(
            f"destination {name[:60]!r}: a name has small letters, digits, - and _; write [destinations.NAME]"
        )
    given = Given("destination", name, table)  # pyright: ignore[reportUnknownArgumentType] - looked at where it is read
    url = given.secret("url", may_be_written=True, is_needed=True)
    assert url is not None  # noqa: S101 - it is needed
    parts = urlsplit(url.read())
    delivery = _delivery(parts.scheme)
    if not delivery and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise given.wrong("its url begins with neither http:// nor https://")
    if not delivery and (parts.username or parts.password):
        raise given.wrong("its url holds a password; write headers_file or headers_env")
    headers = given.secret("headers")
    if headers:
        read_headers(headers)
    form = given.text("telemetry", "redacted" if delivery else "off")
    telemetry = _FORMS.get(form)
    if telemetry is None:
        raise given.wrong(f"telemetry is one of {', '.join(_FORMS)}")
    found = Destination(
        name,
        url,
        headers,
        _tls(given) if parts.scheme == "https" else None,
        given.number("timeout_s", 10, 0.1, 300),
        given.switch("verdicts", not delivery),
        given.switch("spans"),
        telemetry,
        int(given.number("queue_bytes", _QUEUE_BYTES, 1024**2, 2**50)),
        delivery,
    )
    given.check_known()
    if delivery and (found.verdicts or found.spans or headers):
        raise given.wrong(f"to {parts.scheme}:// goes telemetry alone, without headers, verdicts or spans")
    return found


def of_store(address: str) -> tuple[Destination, ...]:
    """Return the destination of a collector that stores in another system; of '' none."""
    if not address:
        return ()
    delivery = _delivery(urlsplit(address).scheme)
    url = Secret("the store", text=address)
    return (Destination("store", url, None, None, 0, False, False, "redacted", _STORE_QUEUE_BYTES, delivery, True),)


def _delivery(scheme: str) -> EntryPoint | None:
    """Return what writes to addresses of a scheme that is no OTLP endpoint's; None where nothing does."""
    return next(iter(entry_points(group="culpa.deliveries", name=scheme)), None)


def _tls(given: Given) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=given.text("ca_file") or None)
    if certificate := given.text("cert_file"):
        context.load_cert_chain(certificate, given.text("key_file") or None)
    return context


def read_headers(secret: Secret) -> dict[str, str]:
    """Return the headers that stand there, one a line: `Name: value`. Errors: BadGiven."""
    found: dict[str, str] = {}
    for number, line in enumerate(secret.read().splitlines(), 1):
        name, colon, value = line.partition(":")
        if not line.strip():
            continue
        if not colon or not name.strip() or not line.isascii() or not line.isprintable():
            # Never the line itself: it is a secret.
            raise BadGiven(f"{secret.whose}: line {number} of its headers is none; write Name: value")
        found[name.strip()] = value.strip()
    return found
