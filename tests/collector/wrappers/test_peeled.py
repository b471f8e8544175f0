"""Words that nobody here knows come off if all lines begin with words alike, and a log stands behind them."""

import json

import pytest

from culpa.collector.formats import Line
from culpa.collector.wrappers import unwrapper_of

#: What a program of two kinds prints: records in a format that is known, and lines that go on with one.
_FLASK = (
    "[2026-05-01 10:00:00,123] ERROR in app: Exception on /orders [GET]",
    "Traceback (most recent call last):",
    '  File "/srv/shop.py", line 7, in orders',
    "    raise KeyError(name)",
    "KeyError: 'name'",
)
_PINO = (
    '{"level":30,"time":1777629600123,"pid":7,"hostname":"a","msg":"listening"}',
    '{"level":50,"time":1777629601123,"pid":7,"hostname":"a","msg":"request errored"}',
)


def _unwrapped(lines: list[str]) -> tuple[tuple[str, ...], list[Line]]:
    known = unwrapper_of([line.encode() for line in lines])
    found = [one for at, line in enumerate(lines, 1) for one in known.add(Line(line.encode(), at, at))]
    return known.names, [*found, *known.flush()]


@pytest.mark.parametrize("inner", [_FLASK, _PINO], ids=["flask", "pino"])
@pytest.mark.parametrize(
    ("prefix", "time", "service"),
    [
        # Cloud Foundry: `cf logs`.
        ("2026-05-01T10:00:00.12+0000 [APP/PROC/WEB/0] OUT ", "2026-05-01T10:00:00.12+0000", "WEB"),
        # Grafana's logcli.
        (
            '2026-05-01T10:00:00Z {app="shop", pod="shop-0"} ',
            "2026-05-01T10:00:00Z",
            "shop",
        ),
        # Fly: `fly logs`.
        ("2026-05-01T10:00:00Z app[6e82d1c] fra [info]", "2026-05-01T10:00:00Z", "app"),
        # k9s, turborepo, concurrently.
        ("shop-7d4b9c6f5-x2x4p:api ", "", "api"),
        ("api:dev: ", "", "dev"),
        ("[api] ", "", "api"),
        # Nobody's.
        ("(host7) 10:00:00 api: ", "10:00:00", "api"),
    ],
)
def test_words_that_all_lines_begin_with_come_off(prefix: str, time: str, service: str, inner: tuple[str, ...]) -> None:
    names, lines = _unwrapped([prefix + line for line in inner])
    assert list(inner) == [line.content.decode() for line in lines]
    assert ("prefix",) == names
    assert {(time, service)} == {(line.wrapping.time, line.wrapping.service) for line in lines}


def test_writers_are_told_apart_by_what_stands_before_their_lines() -> None:
    lines = [f"[{name}] {line}" for line in _PINO for name in ("api", "worker")]
    _, found = _unwrapped(lines)
    assert {"api", "worker"} == {line.wrapping.stream for line in found}


@pytest.mark.parametrize(
    "lines",
    [
        # A program's own prefix stands before its records, not before what goes on with one.
        [f"2026-05-01 10:00:00 [main] x.{line}" if at == 0 else line for at, line in enumerate(_FLASK)],
        # No log behind it.
        ["[api] hello", "[api] world"],
        # What is known as it is.
        list(_FLASK),
        list(_PINO),
        ['10.0.0.1 - - [01/May/2026:10:00:00 +0000] "GET / HTTP/1.1" 500 1 "-" "-"'] * 3,
    ],
    ids=["own prefix", "no log", "flask", "pino", "access"],
)
def test_a_log_as_it_is_stays_as_it_is(lines: list[str]) -> None:
    names, found = _unwrapped(lines)
    assert "prefix" not in names
    assert lines == [line.content.decode() for line in found]


@pytest.mark.parametrize(
    "record",
    [
        # Fluent Bit with its Kubernetes filter; Docker's fluentd driver; Filebeat; Vector; what Kibana exports.
        {
            "@timestamp": "2026-05-01T10:00:00.1Z",
            "stream": "stdout",
            "kubernetes": {"container_name": "shop"},
            "log": "",
        },
        {
            "container_id": "ab12",
            "container_name": "/shop-1",
            "source": "stdout",
            "log": "",
            "time": "2026-05-01T10:00:00.1Z",
        },
        {
            "@timestamp": "2026-05-01T10:00:00.1Z",
            "agent": {"type": "filebeat"},
            "kubernetes": {"container": {"name": "shop"}, "pod": {"name": "shop-7d4b9c6f5-x2x4p"}},
            "message": "",
        },
        {
            "kubernetes": {"container_name": "shop", "pod_name": "shop-7d4b9c6f5-x2x4p"},
            "source_type": "kubernetes_logs",
            "timestamp": "2026-05-01T10:00:00.1Z",
            "message": "",
        },
        {
            "_index": "logs",
            "_source": {
                "@timestamp": "2026-05-01T10:00:00.1Z",
                "agent": {"type": "filebeat"},
                "container": {"labels": {"com_docker_compose_service": "shop"}},
                "message": "",
            },
        },
    ],
    ids=["fluent bit", "fluentd driver", "filebeat", "vector", "kibana"],
)
@pytest.mark.parametrize("inner", [_FLASK, _PINO], ids=["flask", "pino"])
def test_a_shippers_record_holds_a_line(record: dict[str, object], inner: tuple[str, ...]) -> None:
    holder = record.get("_source", record)
    assert isinstance(holder, dict)
    key = "log" if "log" in holder else "message"
    lines: list[str] = []
    for line in inner:
        holder[key] = line
        lines.append(json.dumps(record))
    names, found = _unwrapped(lines)
    assert ("shipper",) == names
    assert list(inner) == [line.content.decode() for line in found]
    assert {("2026-05-01T10:00:00.1Z", "shop")} == {(line.wrapping.time, line.wrapping.service) for line in found}


def test_an_apps_own_object_is_no_shippers_record() -> None:
    line = '{"timestamp":"2026-05-01T10:00:00Z","container_name":"shop","level":"error","message":"KeyError: 1"}'
    names, _ = _unwrapped([line])
    assert "shipper" not in names
