"""Wrappers that are JSON objects, a line each: Docker's json-file, the journal, exports of two clouds."""

from collections.abc import Callable
from functools import partial

import msgspec

from culpa.collector.formats import Wrapping
from culpa.collector.wrappers._members import Object, first, mapping, text
from culpa.collector.wrappers._names import own_pid, service_of, service_of_pod, service_of_tag, service_of_unit
from culpa.collector.wrappers._pieces import PieceLayer
from culpa.collector.wrappers._shippers import shipped
from culpa.collector.wrappers._wrapping import Taken, Wrapper

#: What Docker itself writes; who ships its lines adds members, and takes the line end off.
_DOCKER = {"log", "stream", "time", "attrs"}
_CLOUDWATCH = {
    "timestamp", "message", "ingestionTime", "eventId", "id", "logStreamName", "logGroupName",
    "@timestamp", "@message", "@logStream", "@log", "@ptr",
}  # fmt: skip


def _docker(members: Object) -> Taken | None:
    words, stream = members.get("log"), members.get("stream")
    if not isinstance(words, str) or not isinstance(stream, str) or not {"time"} <= members.keys() <= _DOCKER:
        return None
    name = first(mapping(members.get("attrs")), "com.docker.compose.service", "tag", "name")
    # Docker cuts lines of more than 16 KiB; the last piece has the line end.
    return Taken(
        _bytes(words.removesuffix("\n")),
        Wrapping(text(members.get("time")), service_of_tag(name), stream),
        not words.endswith("\n"),
    )


def _journal(members: Object) -> Taken | None:
    words = members.get("MESSAGE")
    if "__REALTIME_TIMESTAMP" not in members:
        return None
    if isinstance(words, list):  # of bytes, where it is no text
        bytes_of = [byte for byte in words if isinstance(byte, int) and 0 <= byte < 256]  # pyright: ignore[reportUnknownVariableType]
        return Taken(bytes(bytes_of), journal_wrapping(members))
    return Taken(_bytes(text(words)), journal_wrapping(members))


def journal_wrapping(members: Object) -> Wrapping:
    """Return what a record of the journal tells besides its words. Source: systemd.journal-fields(7)."""
    container = first(members, "CONTAINER_NAME")
    unit = first(members, "_SYSTEMD_UNIT", "_SYSTEMD_USER_UNIT", "UNIT")
    name = service_of(container) if container else service_of_unit(unit)
    if not name or unit in {"docker.service", "init.scope"}:
        name = name if container else first(members, "SYSLOG_IDENTIFIER", "_COMM")
    pid = first(members, "_PID", "SYSLOG_PID")
    micros = first(members, "_SOURCE_REALTIME_TIMESTAMP", "__REALTIME_TIMESTAMP")
    stream = "/".join((unit, container, pid))
    program = first(members, "SYSLOG_IDENTIFIER", "_COMM")
    return Wrapping(micros, name, stream, first(members, "_HOSTNAME"), own_pid(program, pid))


def _pm2(members: Object) -> Taken | None:
    """Read what `pm2 logs --json` prints, and `log_type: json` writes into files."""
    words, name = members.get("message"), members.get("app_name")
    if not isinstance(words, str) or not isinstance(name, str) or "process_id" not in members:
        return None
    stream = "/".join((name, text(members.get("process_id")), text(members.get("type"))))
    return Taken(_bytes(words.rstrip("\n")), Wrapping(text(members.get("timestamp")), service_of(name), stream))


def _cloudwatch(members: Object) -> Taken | None:
    words, time = first(members, "message", "@message"), first(members, "timestamp", "@timestamp")
    if not words or not time or not members.keys() <= _CLOUDWATCH:
        return None
    stream = first(members, "logStreamName", "@logStream")
    return Taken(
        _bytes(words.rstrip("\n")), Wrapping(time, service_of(stream.split("/", 1)[0]) if "/" in stream else "", stream)
    )


def _google(members: Object) -> Taken | None:
    if (
        "insertId" not in members
        and "logName" not in members
        and not ("textPayload" in members and "timestamp" in members)
    ):
        return None
    if "httpRequest" in members:
        return None  # the entry itself is the line: see the format gcp_requests
    words, inner = members.get("textPayload"), members.get("jsonPayload")
    if not isinstance(words, str) and not isinstance(inner, dict):
        return None
    content = (
        _bytes(words.rstrip("\n"))
        if isinstance(words, str)
        else msgspec.json.encode({**_of_entry(members), **mapping(inner)})  # pyright: ignore[reportUnknownArgumentType]  # JSON has text keys
    )
    labels = mapping(mapping(members.get("resource")).get("labels"))
    pod = first(labels, "pod_name")
    name = first(labels, "service_name", "container_name", "module_id", "function_name") or service_of_pod(pod)
    stream = "/".join((pod, name, first(labels, "revision_name"), text(members.get("logName"))))
    return Taken(content, Wrapping(text(members.get("timestamp")), name, stream))


def _of_entry(members: Object) -> dict[str, object]:
    """Return what an entry of Google Cloud took out of the object that a program printed, or tells in its stead."""
    told = {
        "severity": members.get("severity"),
        "timestamp": members.get("timestamp"),
        "trace_id": text(members.get("trace")).rpartition("/")[2],
        "span_id": members.get("spanId"),
    }
    return {key: value for key, value in told.items() if isinstance(value, str) and value}


def _grafana(members: Object) -> Taken | None:
    words, labels = (
        members.get("line"),
        mapping(members.get("labels") or members.get("fields") or members.get("stream")),
    )
    time = first(members, "timestamp", "date")
    # A logger's own `line` is the number of one in a source file.
    if not isinstance(words, str) or not time or words.isdecimal() or not labels:
        return None
    name = service_of(first(labels, "service_name", "app", "container", "compose_service", "job"))
    stream = "/".join(filter(None, (first(labels, "pod", "instance", "filename", "container_name"), name)))
    return Taken(_bytes(words.rstrip("\n")), Wrapping(time, name, stream))


def _splunk(members: Object) -> Taken | None:
    row = mapping(members.get("result")) or members
    words = row.get("_raw")
    if not isinstance(words, str):
        return None
    host, source = first(row, "host"), first(row, "source")
    return Taken(_bytes(words.rstrip("\n")), Wrapping(first(row, "_time"), "", f"{host}/{source}", host))


def _bytes(words: str) -> bytes:
    return words.encode("utf-8", "replace")


def _taken(read: Callable[[Object], Taken | None], marks: tuple[bytes, ...], line: bytes) -> Taken | None:
    if not line.startswith(b"{") or not any(mark in line for mark in marks):
        return None
    try:
        members: object = msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    return read(mapping(members))


def _wrapper(name: str, read: Callable[[Object], Taken | None], marks: tuple[bytes, ...], sample: str) -> Wrapper:
    take = partial(_taken, read, marks)
    return Wrapper(name, lambda line: take(line) is not None, lambda: PieceLayer(take), (sample, "INFO: ok"))


_SAMPLES = {
    "docker": r'{"log":"INFO: ok\n","stream":"stderr","time":"2026-05-01T10:00:00.123456789Z"}',
    "journal": (
        '{"__REALTIME_TIMESTAMP":"1777629600000000","_SYSTEMD_UNIT":"shop.service","_PID":"42","MESSAGE":"INFO: ok"}'
    ),
    "pm2": '{"message":"INFO: ok\\n","timestamp":"2026-05-01T10:00:00","type":"out","process_id":0,"app_name":"shop"}',
    "cloudwatch": '{"timestamp":1777629600123,"message":"INFO: ok","ingestionTime":1777629600999}',
    "grafana": '{"line":"INFO: ok","timestamp":"1777629600123456789","labels":{"app":"shop","pod":"shop-0"}}',
    "splunk": ('{"preview":false,"result":{"_raw":"INFO: ok","_time":"2026-05-01T10:00:00.123+00:00","host":"host1"}}'),
    "shipper": (
        '{"@timestamp":"2026-05-01T10:00:00.123Z","log":"INFO: ok","stream":"stdout",'
        '"kubernetes":{"pod_name":"web-6cd8944c67-nfb69","container_name":"web"}}'
    ),
    "google": (
        '{"insertId":"x1","textPayload":"INFO: ok","timestamp":"2026-05-01T10:00:00.1Z",'
        '"resource":{"labels":{"pod_name":"web-6cd8944c67-nfb69"}}}'
    ),
}

OBJECTS = (
    _wrapper("docker json-file", _docker, (b'"log"',), _SAMPLES["docker"]),
    _wrapper("shipper", shipped, (b'"log"', b'"message"'), _SAMPLES["shipper"]),
    _wrapper("journalctl -o json", _journal, (b'"__REALTIME_TIMESTAMP"',), _SAMPLES["journal"]),
    _wrapper("pm2 --json", _pm2, (b'"app_name"',), _SAMPLES["pm2"]),
    _wrapper("CloudWatch", _cloudwatch, (b'essage"',), _SAMPLES["cloudwatch"]),
    _wrapper("Grafana", _grafana, (b'"line"',), _SAMPLES["grafana"]),
    _wrapper("Splunk", _splunk, (b'"_raw"',), _SAMPLES["splunk"]),
    _wrapper("Google Cloud", _google, (b'Payload"',), _SAMPLES["google"]),
)
