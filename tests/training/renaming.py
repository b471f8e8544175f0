"""Rename the services, hosts, addresses, ports and routes of a recording at random, and shift all its times.

Works on the raw files, before anything of ours reads them, so that what is learnt by heart anywhere shows.
"""

import json
import random
import re
import string
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from training.corpus import Recording

#: Ports that say by themselves what listens there; everybody knows them, and so may rules.
_WELL_KNOWN = {80, 443, 3306, 5432, 6379}

#: Attributes that hold the name of a service.
_SERVICE_KEYS = {"service.name", "peer.service"}

_PATH_KEYS = {"http.route", "url.path", "http.target", "url.full", "http.url", "url.query"}
_HOST_KEYS = {"server.address", "net.peer.name", "net.host.name", "host.name", "http.host"}

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ADDRESS = re.compile(r"(?<![\d.])(\d{1,3}(?:\.\d{1,3}){3})(?![\d.])")
_PORT = re.compile(r"(?<![\d.:])(?:\d{1,3}(?:\.\d{1,3}){3}|localhost|[a-z][\w.-]*\.(?:invalid|test)):(\d{4,5})\b")
_WORDED_PORT = re.compile(r"\bport[= :\"]+(\d{4,5})\b")
_ATTRIBUTE_PORT = re.compile(r"\"[a-z.]*port\",\"value\":\{\"\w+\":\"?(\d{4,5})\"?\}")
_LOGGED_PORT = re.compile(r"\"server_port\":\"(\d{4,5})\"")
_GROUP = re.compile(r"\"proxy_host\":\"([a-zA-Z_][\w-]*)\"")
_REQUESTED = re.compile(r"\"(?:GET|POST|PUT|DELETE|HEAD|PATCH) (/[^ ?\"]*)|\"(?:request_uri|uri|url)\":\"(/[^?\"]*)")


class Renaming:
    """One consistent renaming of a recording; the same seed gives the same."""

    def __init__(self, recording: Recording, seed: int) -> None:
        """Learn what there is to rename."""
        self._random = random.Random(f"{seed} {recording.name}")
        self._texts = {path: path.read_bytes().decode("utf-8", "surrogateescape") for path in recording.files()}
        self.shift = timedelta(weeks=-self._random.randrange(3, 150))
        self.services: dict[str, str] = {}
        self.addresses: dict[str, str] = {}
        self.hosts: dict[str, str] = {}
        self.ports: dict[str, str] = {}
        self._segments: dict[str, str] = {}
        self.paths: dict[str, str] = {}
        for text in self._texts.values():
            self._learn_text(text)
        for key, value in self._attributes():
            self._learn_attribute(key, value)
        for request in recording.requests:
            self._learn_path(request["path"])
        self._replace = self._replacer()

    def write(self, folder: Path) -> list[Path]:
        """Write the renamed files, of the same names, and return them."""
        written: list[Path] = []
        for path, text in self._texts.items():
            renamed = self._export(text) if path.name == "otlp.jsonl" else self.text(text)
            place = folder / path.name
            place.write_bytes(renamed.encode("utf-8", "surrogateescape"))
            written.append(place)
        return written

    def component(self, name: str) -> str:
        """Return the new name of a component."""
        return self.services.get(name) or self.text(name)

    def text(self, text: str) -> str:
        """Return free text with all names and times in it renewed."""
        return self._times(self._replace(text))

    def _learn_text(self, text: str) -> None:
        for found in _ADDRESS.finditer(text):
            if found[1] not in self.addresses:
                self.addresses[found[1]] = "10." + ".".join(str(self._random.randrange(1, 255)) for _ in range(3))
        for pattern in (_PORT, _WORDED_PORT, _ATTRIBUTE_PORT, _LOGGED_PORT):
            for found in pattern.finditer(text):
                self._learn_port(found[1])
        for found in _GROUP.finditer(text):
            self.hosts.setdefault(found[1], self._word())
        for found in _REQUESTED.finditer(text):
            self._learn_path(found[1] or found[2])

    def _learn_port(self, port: str) -> None:
        if int(port) in _WELL_KNOWN or port in self.ports:
            return
        new = str(self._random.randrange(20_000, 60_000))
        # A number that stands for something else too must not come to stand for both.
        if new not in self.ports.values() and not any(new in text for text in self._texts.values()):
            self.ports[port] = new
        else:
            self._learn_port(port)

    def _learn_attribute(self, key: str, value: str) -> None:
        if key in _SERVICE_KEYS and not value.startswith("unknown_service"):
            self.services.setdefault(value, self._word())
        elif key in _PATH_KEYS:
            self._learn_path(re.sub(r"^[a-z]+://[^/]*", "", value).partition("?")[0])
        elif key in _HOST_KEYS and re.fullmatch(r"[a-z][\w.-]*\.[\w.-]*", value) and not value.endswith(".sock"):
            self.hosts.setdefault(value, f"{self._word()}.{self._word()}.example")

    def _learn_path(self, path: str) -> None:
        if not path.startswith("/"):
            return
        segments = path.split("/")
        # A proxy may take leading segments away before it passes the request on.
        for start in range(1, len(segments)):
            tail = "/" + "/".join(segments[start:])
            if re.search("[A-Za-z]", tail) and "." not in tail.partition(".")[2]:
                self.paths[tail] = "/" + "/".join(self._segment(one) for one in segments[start:])

    def _segment(self, segment: str) -> str:
        stem, dot, ending = segment.partition(".")
        if not re.fullmatch(r"[A-Za-z][\w-]*", stem) or stem == "index":
            return segment
        return self._segments.setdefault(stem, self._word()) + dot + ending

    def _word(self) -> str:
        return "".join(self._random.choices(string.ascii_lowercase, k=9))

    def _attributes(self) -> Iterator[tuple[str, str]]:
        for path, text in self._texts.items():
            if path.name == "otlp.jsonl":
                for line in text.splitlines():
                    yield from _walk(json.loads(line))

    def _replacer(self) -> Callable[[str], str]:
        """Return a function that replaces every known name, the longest first, in one pass."""
        table: dict[str, str] = {}
        parts: list[str] = []
        for names, before, after in (
            (self.paths, r"(?:(?<![\w.>/-])|(?<=:\d{4})|(?<=:\d{5}))", r"(?![\w-]|\.\w)"),
            # A host's name is told from a file's or module's by its dots, that of a server group by what stands around.
            (_dotted(self.hosts), r"(?<![\w.-])", r"(?![\w-]|\.\w)"),
            (self.hosts, r"(?:(?<=://)|(?<=\")|(?<=')|(?<=[ @]))", r"(?=[/\":,'\s)]|$)"),
            (self.addresses, r"(?<![\d.])", r"(?![\d.])"),
            (self.ports, r"(?<![\w.-])", r"(?![\w.-])"),
        ):
            for name in sorted(names, key=len, reverse=True):
                table[name] = names[name]
                parts.append(f"{before}{re.escape(name)}{after}")
        pattern = re.compile("|".join(parts)) if parts else None
        return (lambda text: pattern.sub(lambda found: table[found[0]], text)) if pattern else (lambda text: text)

    def _export(self, text: str) -> str:
        """Rename a file of OTLP exports: attributes by their keys, all other texts as free text."""
        return "".join(
            json.dumps(self._renewed(json.loads(line)), ensure_ascii=False, separators=(",", ":")) + "\n"
            for line in text.splitlines()
        )

    def _renewed(self, node: Any, key: str = "") -> Any:
        if isinstance(node, dict):
            name = node.get("key", "")
            return {
                inner: self._renewed(value, name if inner == "value" else key or inner) for inner, value in node.items()
            }
        if isinstance(node, list):
            return [self._renewed(one, key) for one in node]
        if not isinstance(node, str) or key in {"traceId", "spanId", "parentSpanId", "key"}:
            return node
        if key.endswith("imeUnixNano"):
            return str(int(node) + self.shift // timedelta(microseconds=1) * 1000) if int(node) else node
        if key in _SERVICE_KEYS:
            return self.services.get(node, node)
        return self.text(node)

    def _times(self, text: str) -> str:
        seconds = int(self.shift.total_seconds())
        text = re.sub(
            r"(?<![\w.-])(1[78]\d{8})(?=(?:\d{3}|\d{6}|\d{9})?(?:\.\d+)?(?![\w-]))",
            lambda m: str(int(m[1]) + seconds),
            text,
        )
        text = re.sub(r"(?<=sid=)([0-9a-f]{8})(?=\.)", lambda m: f"{int(m[1], 16) + seconds:08x}", text)
        text = re.sub(
            r"(?<!\d)(20\d\d)([-/])(\d\d)\2(\d\d)(?!\d)",
            lambda m: self._day(m[1], m[3], m[4], f"%Y{m[2]}%m{m[2]}%d"),
            text,
        )
        months = "|".join(_MONTHS)
        text = re.sub(
            rf"(?<!\d)(\d\d)([-/])({months})\2(20\d\d)(?!\d)",
            lambda m: self._day(m[4], _month(m[3]), m[1], f"%d{m[2]}%b{m[2]}%Y"),
            text,
        )
        return re.sub(
            rf"\b({months}) +(\d\d?) (\d\d:\d\d:\d\d(?:\.\d+)?) (20\d\d)\b",
            lambda m: self._day(m[4], _month(m[1]), m[2], f"%b %d {m[3]} %Y"),
            text,
        )

    def _day(self, year: str, month: str, day: str, form: str) -> str:
        try:
            return (datetime(int(year), int(month), int(day), tzinfo=UTC) + self.shift).strftime(form)
        except ValueError:
            return f"{year}-{month}-{day}"


def _dotted(names: dict[str, str]) -> dict[str, str]:
    return {name: new for name, new in names.items() if "." in name}


def _month(name: str) -> str:
    return str(_MONTHS.index(name) + 1)


def _walk(node: Any) -> Iterable[tuple[str, str]]:
    """Yield the attributes of text below a node of an export."""
    if isinstance(node, dict):
        value = node.get("value")
        if "key" in node and isinstance(value, dict) and "stringValue" in value:
            yield node["key"], value["stringValue"]
        for inner in node.values():
            yield from _walk(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _walk(inner)
