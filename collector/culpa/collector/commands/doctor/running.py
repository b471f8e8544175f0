"""How a running collector is, asked as anybody may ask it."""

import json
import time
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from ipaddress import ip_address
from urllib.parse import urlsplit

from culpa.collector.commands.doctor.certificate import check_certificate
from culpa.collector.commands.doctor.finding import Finding, note, well, wrong
from culpa.collector.commands.doctor.measured import check_measures
from culpa.store import Answered, StoreError, fetch

#: Times in filters are told by the clock of whoever asks; a second is what the header can tell.
_CLOCK_S = 3.0
_CLOCK_WRONG_S = 60.0


def answers(url: str) -> bool:
    """Say whether a collector answers there."""
    try:
        return _is_alive(fetch(url, "/healthz"))
    except StoreError:
        return False


def check_running(url: str, read_token: str, ingest_token: str) -> list[Finding]:
    """Ask a collector, with the tokens that are there ('' for none)."""
    certificate = check_certificate(url)
    try:
        alive = fetch(url, "/healthz")
        if not _is_alive(alive):
            return [
                wrong("health", f"what answers at {url} is no culpa collector", "name the address of the collector")
            ]
        measured = fetch(url, "/metrics", token=read_token)
        found = [
            *certificate,
            well("health", f"a collector answers at {url}"),
            *_ready(fetch(url, "/readyz")),
            _clock(alive),
        ]
        found += [_reading(measured, url), _sending(fetch(url, "/v1/traces", token=ingest_token, body=b""), url)]
        if measured.status == 200:
            found += [_version(fetch(url, "/openapi.json", token=read_token))]
            found += check_measures(measured.body.decode("utf-8", "replace"), time.time())
    except StoreError as error:
        return [*certificate, wrong("health", str(error), "start it (culpa collect), or name its address")]
    return found


def _is_alive(answer: Answered) -> bool:
    return answer.status == 200 and _fields(answer).get("status") == "alive"


def _fields(answer: Answered) -> dict[str, object]:
    try:
        return dict(json.loads(answer.body))
    except (ValueError, TypeError):
        return {}


def _ready(answer: Answered) -> list[Finding]:
    if answer.status == 200:
        return [well("ready", "it takes telemetry and answers")]
    parts = {name: str(says) for name, says in _fields(answer).items() if name != "status"}
    todo = "see its log; docs/operating.md says what each part does"
    return [wrong(name, says, todo) for name, says in parts.items()] or [wrong("ready", f"HTTP {answer.status}", todo)]


def _clock(answer: Answered) -> Finding:
    try:
        apart_s = parsedate_to_datetime(answer.headers["date"]).timestamp() + 0.5 - time.time()
    except (KeyError, TypeError, ValueError):
        return note("clock", "it does not say what time it is")
    says = f"its clock is {abs(apart_s):.0f} s {'ahead of' if apart_s > 0 else 'behind'} the one here"
    if abs(apart_s) < _CLOCK_S:
        return well("clock", "it shows the same time as the one here")
    todo = "have both set by NTP: lines of logs are joined to requests by time"
    return wrong("clock", says, todo) if abs(apart_s) > _CLOCK_WRONG_S else note("clock", says, todo)


def _reading(answer: Answered, url: str) -> Finding:
    if answer.status == 200:
        return well("reading", "it lets this user read")
    return wrong("reading", f"{url} refuses (HTTP {answer.status}): {_message(answer)}", "set CULPA_READ_TOKEN")


def _sending(answer: Answered, url: str) -> Finding:
    if answer.status == 200:
        host = urlsplit(url).hostname or ""
        return well(
            "sending", "it takes what this user sends" + ("" if _is_loopback(host) else ", of whoever has the token")
        )
    if answer.status in (401, 403):
        says = f"{url} refuses (HTTP {answer.status}): {_message(answer)}"
        return note("sending", says, "senders need its ingest token; to have it tried here set CULPA_INGEST_TOKEN")
    return wrong("sending", f"HTTP {answer.status}: {_message(answer)}", "see its log")


def _version(answer: Answered) -> Finding:
    about = _fields(answer).get("info")
    theirs = str(about.get("version", "unknown")) if isinstance(about, dict) else "unknown"  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] - of JSON
    ours = version("culpa")
    if theirs == ours:
        return well("version", f"{theirs}, as here")
    return note("version", f"it is {theirs}, the command here is {ours}", "bring both to the later one")


def _message(answer: Answered) -> str:
    return str(_fields(answer).get("message", "no message"))[:300]


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
