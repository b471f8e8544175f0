"""The table of passages: what a Collector does to telemetry, and which verdicts are right after it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]
Names = Callable[[str], str]
_SERVICES = ("shop", "mill", "granary")


def _same(name: str) -> str:
    return name


def _prod(name: str) -> str:
    return f"prod-{name}" if name in _SERVICES else name


def _store(name: str) -> str:
    return "store" if name in _SERVICES else name


@dataclass(frozen=True)
class Passage:
    """One way through a Collector."""

    name: str
    title: str
    #: Nothing that a verdict rests on is taken away: it must be the one without a Collector. Else `unknown` is right too.
    is_whole: bool = True
    #: What a component that is a service is called behind it.
    names: Names = _same
    #: Addresses are taken away: a name without them is right.
    has_addresses: bool = True
    #: The folder whose spans are all that arrives: of a request without any, `unknown` is right too.
    sampled: str = ""


#: Each has a folder of its name with what the Collector wrote.
FILES = (
    Passage("plain", "`batch`, and the file exporter's JSON"),
    Passage("zstd", "the file exporter with `compression: zstd`"),
    Passage("proto", "the file exporter with `format: proto`"),
    Passage("proto_zstd", "the file exporter with `format: proto` and `compression: zstd`"),
    Passage("rotated", "the file exporter with `rotation`"),
    Passage("debug", "what the debug exporter prints at `verbosity: detailed`"),
    Passage("own_lines", "the Collector's own lines beside the JSON"),
    Passage("errors", "`tail_sampling`: errors only", sampled="errors"),
    Passage("half", "`tail_sampling`: half of the traces", sampled="half"),
    Passage(
        "hasty",
        "`tail_sampling` that decides before the request has ended: parts of traces",
        is_whole=False,
        has_addresses=False,
    ),
    Passage("no_clients", "`filter`: no client spans", is_whole=False, has_addresses=False),
    Passage("old_names", "`transform`: the older semantic conventions"),
    Passage("underscores", "`transform`: no dots in names"),
    Passage("own_names", "`transform`: names that only the company knows", is_whole=False, has_addresses=False),
    Passage("service", "`transform`: another `service.name`", names=_prod),
    Passage("one_service", "`resource`: one `service.name` for all, no host and process", is_whole=False, names=_store),
    Passage(
        "private",
        "`attributes`, `transform`: no SQL, messages, stacks and addresses",
        is_whole=False,
        has_addresses=False,
    ),
    Passage("masked", "`redaction`: addresses and ports are asterisks", is_whole=False, has_addresses=False),
)
#: Each is a collector of culpa's that the Collector sends to.
LIVE = (
    Passage("plain", "`batch`, OTLP by HTTP"),
    Passage("late", "`tail_sampling`: errors only, decided after culpa has judged; OTLP by gRPC", sampled="errors"),
    Passage("single", "every span alone, by ten senders: any order"),
)
#: Each is a trouble of the Collector's own, judged by what reaches the first of `LIVE`.
TROUBLES = (
    Passage("down", "nobody listens where the apps send", is_whole=False, has_addresses=False),
    Passage("refusing", "`memory_limiter` refuses all", is_whole=False, has_addresses=False),
    Passage("full", "the Collector's queue is full", is_whole=False, has_addresses=False),
    Passage("restarted", "the Collector is restarted again and again", is_whole=False, has_addresses=False),
    Passage("culpa down", "culpa is down, and the Collector tries again"),
)

RIGHT, UNKNOWN, WRONG, SURE, ALARM, MISSED = "right", "unknown", "wrong", "sure", "alarm", "missed"
_SURE = 0.8


def outcome(passage: Passage, row: Row, verdict: Row | None, *, is_heard: bool, address: str) -> str:
    """Say how a verdict stands to what was injected.

    `unknown` is an outcome of its own where that is right too: what tells of the failure is taken away, or no span of it
    arrived (`is_heard`). Where none does, an app is rightly called by the address that the web server forwards to.
    """
    if verdict is None:
        return MISSED if row["cause"] else RIGHT
    if not row["cause"]:
        return ALARM
    names = components(passage, row, is_heard=is_heard) | (
        {address} if not (passage.is_whole and is_heard) and is_app(row) else set()
    )
    if verdict["cause"] == "unknown" == row["cause"]:
        return RIGHT
    causes = {row["cause"]}
    if not (passage.is_whole and is_heard) and row["cell"].startswith("an answer that breaks off"):
        # The contract's cause for a body that is cut, where nothing from inside says why.
        causes.add("app.bad_response")
    if not passage.is_whole and row["cell"].startswith("a release that lacks a setting"):
        # Nobody listens, which the web server's log says whatever is taken away.
        causes.add("app.down")
    if not (passage.is_whole and is_heard) and "granary" in row["components"]:
        # A callee of which nothing arrived is an outside service, by what its caller says of it.
        causes |= {"upstream.error_response", "upstream.unreachable", "upstream.timeout", "upstream.rate_limited"}
        names |= {"", "grpc://"} | ({verdict["component"]} if verdict["component"].startswith("grpc://") else set())
    if verdict["cause"] in causes and verdict["component"] in names:
        return RIGHT
    if verdict["cause"] == "unknown":
        return WRONG if passage.is_whole and is_heard else UNKNOWN
    return SURE if verdict["confidence"] >= _SURE else WRONG


def is_app(row: Row) -> bool:
    """Say whether what failed is the app that the web server forwards to."""
    return not set(row["components"]).isdisjoint(("shop", "mill"))


def components(passage: Passage, row: Row, *, is_heard: bool) -> set[str]:
    """Return the names by which the component may be called behind this passage; spans tell addresses, log records few."""
    names = {passage.names(name) for name in row["components"]}
    if passage.names is _store or not (passage.is_whole and is_heard):
        # A machine that no span names is called by the service on it.
        names |= {passage.names(app) for app in _SERVICES for name in names if name.startswith("host:")}
    return names if passage.has_addresses and is_heard else {short for name in names for short in _shortened(name)}


def _shortened(name: str) -> set[str]:
    """Return a name, and what is left of it as parts of the address are not told; '' where none is."""
    scheme, is_address, rest = name.partition("://")
    if not is_address or rest.startswith("unix:"):
        return {name}
    address, _, path = rest.partition("/")
    host, _, port = address.partition(":")
    parts = {f"{a}{b}" for a in (host, "") for b in (f":{port}" if port else "", "")}
    return {
        "",
        *(f"{scheme}://{part}{'/' + path if is_told else ''}" for part in parts for is_told in (bool(path), False)),
    }
