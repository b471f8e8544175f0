"""What a collector is told when a request fails with these words: an exception on its span, or lines of logs."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from culpa.collector.exceptions import Sighting
from culpa.collector.formats import Record, Row, Source, by_name
from culpa.collector.redact import redact_text

#: The first request; each comes ten minutes after the one before, so that no log line is another's.
_START_NS = 1_795_300_000_000_000_000
_APART_NS = 600_000_000_000
_MS = 1_000_000
_PID = 4711


@dataclass(frozen=True, slots=True)
class Told:
    """One wording; see `wordings_first.tsv` for its columns."""

    number: int
    is_held: bool
    kind: str
    place: str
    type: str
    text: str
    causes: tuple[str, ...]
    source: str

    @property
    def is_line(self) -> bool:
        """Say whether it is a line of a log rather than an exception."""
        return self.kind in ("web", "log")

    @property
    def trace_id(self) -> str:
        """Return the trace of its request."""
        return f"{self.number:032x}"

    @property
    def span_id(self) -> str:
        """Return the span of its request."""
        return f"{self.number:016x}"

    @property
    def start_ns(self) -> int:
        """Return when its request came."""
        return _START_NS + self.number * _APART_NS


def entry_span(told: Told) -> dict[str, Any]:
    """Return the row of the request's span: 500, after 40 ms."""
    return {
        "kind": 2,
        "trace_id": told.trace_id,
        "span_id": told.span_id,
        "service_name": "shop",
        "span_name": "GET /orders/{id}",
        "resource_id": 7,
        "start_time": told.start_ns,
        "duration_ns": 40 * _MS,
        "status_code": 2,
        "http_request_method": "GET",
        "http_route": "/orders/{id}",
        "http_response_status_code": 500,
    }


def exception_of(told: Told) -> Sighting:
    """Return the exception as an SDK of its language records it on the span."""
    language, _, place = told.place.partition(" ")
    attributes = {
        "exception.type": told.type,
        "exception.message": redact_text(told.text),
        "exception.stacktrace": redact_text(_STACKS[language](told, place)),
    }
    sent = {key: text for key, text in attributes.items() if text}
    return Sighting(told.trace_id, told.span_id, told.start_ns + 30 * _MS, "shop", 7, "span", sent)


def _python(told: Told, place: str) -> str:
    file, _, function = place.partition(" ")
    root = "/usr/lib/python3.12/" if file in _STANDARD_LIBRARY else "/srv/shop/venv/lib/python3.12/site-packages/"
    inner = f'  File "{root}{file}", line 3, in {function}\n    return run()\n' if file else ""
    loads = f'os.environ["{told.text.strip(chr(39))}"]' if file == "os.py" else "load(order)"
    return (
        f'Traceback (most recent call last):\n  File "/srv/shop/orders.py", line 7, in view\n    {loads}\n{inner}'
        f"{told.type}: {told.text}\n"
    )


_STANDARD_LIBRARY = frozenset(
    {"http/client.py", "urllib/request.py", "smtplib.py", "os.py", "shutil.py", "pathlib.py", "subprocess.py"}
)


def _java(told: Told, place: str) -> str:
    head = f"{told.type}: {told.text}" if told.text else told.type
    file = place.rsplit(".", 2)[-2].partition("$")[0]
    return f"{head}\n\tat {place}({file}.java:10)\n\tat com.shop.Orders.load(Orders.java:12)\n"


def _net(told: Told, place: str) -> str:
    return f"{told.type}: {told.text}\n   at {place}()\n   at Shop.Orders.Load() in /src/Orders.cs:line 12\n"


def _node(told: Told, place: str) -> str:
    name = "Error" if told.type.isupper() else told.type
    inner = f"    at run (/srv/shop/node_modules/{place}:10:5)\n" if place else ""
    return f"{name}: {told.text}\n{inner}    at async load (/srv/shop/app.js:7:3)\n"


def _ruby(told: Told, place: str) -> str:
    file, _, function = place.partition(" ")
    return (
        f"/usr/local/bundle/gems/{file}:56:in `{function}': {told.text} ({told.type})\n"
        "\tfrom /srv/shop/app/models/order.rb:3:in `load'\n"
    )


def _php(told: Told, place: str) -> str:
    raised = f"/srv/shop/vendor/{place}" if place else "/srv/shop/src/Orders.php"
    return (
        f"{told.type}: {told.text} in {raised}:12\nStack trace:\n#0 /srv/shop/src/Orders.php(7): load()\n#1 {{main}}\n"
    )


def _elixir(told: Told, place: str) -> str:
    library, _, file = place.partition(" ")
    return (
        f"** ({told.type}) {told.text}\n    ({library} 1.0.0) {file}:340: run/4\n"
        "    (shop 0.1.0) lib/shop/orders.ex:12: Shop.Orders.load/1\n"
    )


def _nothing(_told: Told, _place: str) -> str:
    """Go and Rust record no stack."""
    return ""


_STACKS: dict[str, Callable[[Told, str], str]] = {
    "py": _python,
    "java": _java,
    "net": _net,
    "node": _node,
    "rb": _ruby,
    "php": _php,
    "ex": _elixir,
    "go": _nothing,
    "rs": _nothing,
}


def lines_of(told: Told) -> list[Row]:
    """Return the rows of a web server's access line, of the error line that is about it, and of what others say at that time.

    A line of another's log that its reader does not keep is none.
    """
    if told.kind == "log":
        line = by_name(told.place).read(*_record(told.place, _stamped(told)))
        return [*_closed_by_app(told), *([line] if line is not None else [])]
    server, _, module = told.place.partition(" ")
    return _SERVERS[server](told, module)


def _nginx(told: Told, _module: str) -> list[Row]:
    return [_read("nginx_access", _nginx_access(told)), _read("nginx_error", _nginx_error(told, told.text))]


def _nginx_access(told: Told) -> str:
    passed_on = ', upstream: "' in told.text or told.kind == "log"
    status = _status(told, "502" if passed_on else "500")
    address = (
        told.text.partition(', upstream: "')[2].partition('"')[0] if told.kind == "web" else "http://10.0.0.5:8000/"
    )
    answered = "stderr" in told.text
    line = {
        "ts": f"{(told.start_ns + 40 * _MS) / 1e9:.3f}",
        "trace_id": told.trace_id,
        "span_id": told.span_id,
        "parent_span_id": "",
        "flags": "01",
        "request_id": told.trace_id,
        "pid": 9,
        "connection": told.number,
        "connection_requests": 1,
        "remote_addr": "10.0.0.1",
        "method": "GET",
        "host": "shop",
        "server_name": "shop",
        "request_uri": "/orders/7",
        "uri": "/orders/7",
        "protocol": "HTTP/1.1",
        "status": int(status),
        "bytes": 150,
        "request_time": 0.04,
        "completion": "OK",
        "upstream_addr": _place(address) if passed_on else "",
        "upstream_status": status if passed_on else "",
        "upstream_connect_time": "0.001" if answered or told.kind == "log" else "-" if passed_on else "",
        "upstream_header_time": "0.030" if answered else "-" if passed_on else "",
        "upstream_response_time": "0.030" if passed_on else "",
    }
    return json.dumps(line)


def _status(told: Told, otherwise: str) -> str:
    if "stderr" in told.text:
        return "500"
    if "WORKER TIMEOUT" in told.text or "max_children" in told.text or "execution timed out" in told.text:
        return "504"
    return "502" if "resolve" in told.text else otherwise


def _place(url: str) -> str:
    """Return what nginx calls an upstream in its access log."""
    rest = url.partition("://")[2]
    return rest.rpartition(":")[0] if rest.startswith("unix:") else rest.partition("/")[0]


def _nginx_error(told: Told, words: str) -> str:
    return f"{_time(told):%Y/%m/%d %H:%M:%S} [error] 9#9: *{told.number} {words}"


def _closed_by_app(told: Told) -> list[Row]:
    """Return the lines of a web server that lost the app or waited in vain: why, another log tells."""
    words = "upstream prematurely closed connection while reading response header from upstream"
    if _status(told, "502") == "504":
        words = "upstream timed out (110: Connection timed out) while reading response header from upstream"
    words += (
        ', client: 10.0.0.1, server: _, request: "GET /orders/7 HTTP/1.1", upstream: "http://10.0.0.5:8000/orders/7"'
    )
    return [_read("nginx_access", _nginx_access(told)), _read("nginx_error", _nginx_error(told, words))]


def _stamped(told: Told) -> str:
    """Return the line as its program writes it, in the middle of the request."""
    at, words = _time(told), told.text.replace("{pid}", str(_PID))
    if told.place == "kernel":
        return f"{at:%Y-%m-%dT%H:%M:%S},{at:%f}+00:00 {words}"
    if told.place == "php_fpm_log":
        return f"[{at:%d-%b-%Y %H:%M:%S}] {words}"
    return f"[{at:%Y-%m-%d %H:%M:%S} +0000] [{_PID - 1}] {words}"


def _apache(told: Told, module: str) -> list[Row]:
    at = _time(told)
    unique = f"U{told.number:026d}"
    handler = {"core": "", "cgid": "cgi-script", "wsgi": "wsgi-script", "fcgid": "fcgid-script"}.get(
        module, "proxy-server"
    )
    access = {
        "ts_us": told.start_ns // 1000,
        "end_us": (told.start_ns + 40 * _MS) // 1000,
        "trace_id": told.trace_id,
        "span_id": told.span_id,
        "parent_span_id": told.span_id,
        "flags": "01",
        "unique_id": unique,
        "log_id": "-",
        "pid": 9,
        "tid": "77",
        "remote": "10.0.0.1",
        "method": "GET",
        "uri": "/orders/7",
        "query": "",
        "status_first": 503,
        "status": 503 if handler == "proxy-server" else 500,
        "bytes": 299,
        "dur_us": 40_000,
        "conn": "X",
        "keepalive": 0,
        "handler": handler,
        "vhost": "shop",
    }
    errno, end, words = told.text.partition(": ") if told.text.startswith("(") else ("", "", told.text)
    error = (
        f"[{at:%Y-%m-%d %H:%M:%S.%f}] [{module}:error] [pid:9] [tid:77] [L:{unique}] [C:c] [trace:{told.trace_id}] "
        f"[uid:{unique}] {f'[err:{errno}] ' if end else ''}[client:10.0.0.1:51234] {words}"
    )
    return [_read("apache_access", json.dumps(access)), _read("apache_error", error)]


def _caddy(told: Told, _module: str) -> list[Row]:
    request = {
        "remote_ip": "10.0.0.1",
        "remote_port": str(20_000 + told.number),
        "client_ip": "10.0.0.1",
        "proto": "HTTP/1.1",
        "method": "GET",
        "host": "shop",
        "uri": "/orders/7",
        "headers": {},
    }
    at = told.start_ns / 1e9
    error = {
        "level": "error",
        "ts": at + 0.03,
        "logger": "http.log.error.log0",
        "msg": told.text,
        "request": request,
        "duration": 0.03,
        "status": 502,
    }
    access = {
        "level": "error",
        "ts": at + 0.04,
        "logger": "http.log.access.log0",
        "msg": "handled request",
        "request": request,
        "duration": 0.04,
        "size": 0,
        "status": 502,
        "resp_headers": {"Server": ["Caddy"]},
        "traceID": told.trace_id,
        "spanID": told.span_id,
    }
    return [_read("caddy_access", json.dumps(access)), _read("caddy_access", json.dumps(error))]


_SERVERS: dict[str, Callable[[Told, str], list[Row]]] = {
    "nginx_error": _nginx,
    "apache_error": _apache,
    "caddy_access": _caddy,
}


def _time(told: Told) -> datetime:
    return datetime.fromtimestamp((told.start_ns + 30 * _MS) / 1e9, UTC)


def _read(name: str, line: str) -> Row:
    """Read a line as the collector does; it has to be one of its format's that is kept."""
    row = by_name(name).read(*_record(name, line))
    assert row is not None, line
    return row


def _record(name: str, line: str) -> tuple[Record, Source]:
    return Record(line, 0, len(line), 1), Source(f"{name}.log")
