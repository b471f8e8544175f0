"""Traces as other tools write them give the rows and the verdict that the same trace gives as OTLP."""

import json
from pathlib import Path

import duckdb
import pytest

_SAMPLES = Path(__file__).parent / "traces"
_TRACE, _ROOT, _CALL = "0f243f3be92942b7bc653ac46e835ec2", "d17d78016ca49fda", "267d9b784c490117"
_MS = 1_000_000

#: What each file tells of the request and of its call: span, parent, kind, status, begin and duration in ms, service.
_REQUEST = (_ROOT, "", 2, 2, 1_700_000_000_000, 100, "shop", 500, "/orders")
_QUERY = (_CALL, _ROOT, 3, 2, 1_700_000_000_010, 80, "shop", 0, "")

_SPANS = (
    "select span_id, parent_span_id, kind, status_code, epoch_ns(start_time) // 1000000, duration_ns // 1000000, "
    "service_name, http_response_status_code, url_path from spans where trace_id = ? order by start_time"
)


def _rows(segment: Path, query: str, *bound: object) -> list[tuple[object, ...]]:
    with duckdb.connect(str(segment), read_only=True) as store:
        return store.execute(query, bound or None).fetchall()


def _whole() -> list[Path]:
    return sorted(path for path in _SAMPLES.iterdir() if not path.name.startswith("sentry"))


#: Version 1 of Zipkin knows no events, Node's sample has another stack, and the error of Elastic and Azure stands on the query alone.
_WITHOUT_STACK = (
    *("zipkin-v1.json", "node-console.txt", "elastic-intake.ndjson", "elastic-documents.json"),
    *("app-insights-rows.json", "app-insights-answer.json", "app-insights-envelopes.jsonl"),
)


@pytest.mark.parametrize("path", _whole(), ids=lambda path: path.name)
def test_a_trace_is_the_same_in_every_form(ingest, path: Path) -> None:
    """Ids, parents, kinds, statuses, times, services; the verdict with its component, and the place in a stack.

    Of frames too, which a tracker keeps apart.
    """
    done = ingest(path)
    assert 0 == done.status, done.stderr
    assert [_REQUEST, _QUERY] == _rows(done.segment, _SPANS, _TRACE)
    assert [("postgresql", "shop", "select * from orders", "db", 5432)] == _rows(
        done.segment,
        "select db_system_name, db_namespace, db_query_text, server_address, server_port from spans where kind = 3",
    )
    assert [(_TRACE, 500, "config.schema_drift", "shop", "orders")] == _rows(
        done.segment, "select trace_id, status, cause, component, object from verdicts where confidence >= 0.8"
    )
    if path.name not in _WITHOUT_STACK:
        assert [("/srv/app/orders.py:12 listed",)] == _rows(done.segment, "select location from verdicts")


def test_an_event_of_a_tracker_of_errors_is_a_failed_request(ingest) -> None:
    """Sentry tells one exception and its request, no calls: the exception's words are the evidence."""
    done = ingest(_SAMPLES / "sentry.json")
    assert [
        (_TRACE, 500, "GET", "/orders", "/orders", "config.schema_drift", "shop", "/srv/app/orders.py:12 listed")
    ] == (_rows(done.segment, "select trace_id, status, method, path, route, cause, component, location from verdicts"))


@pytest.mark.parametrize("kind", ["parquet", "duckdb"])
def test_tables_of_the_clickhouse_exporter_are_read(ingest, tmp_path: Path, kind: str) -> None:
    """As `select … into outfile` writes them, and as a DuckDB file holds them."""
    path = tmp_path / f"otel_traces.{kind}"
    with duckdb.connect(str(path) if kind == "duckdb" else ":memory:") as made:
        made.execute(
            "create table otel_traces as select * replace ("
            '"Timestamp"::timestamp_ns as "Timestamp", "Duration"::ubigint as "Duration", '
            '"Events.Timestamp"::timestamp_ns[] as "Events.Timestamp") '
            f"from read_json('{_SAMPLES / 'clickhouse.jsonl'}', map_inference_threshold = 0, columns = {_COLUMNS})"
        )
        if kind == "parquet":
            made.execute(f"copy otel_traces to '{path}' (format parquet)")
    done = ingest(path)
    assert 0 == done.status, done.stderr
    assert [_REQUEST, _QUERY] == _rows(done.segment, _SPANS, _TRACE)
    assert [("config.schema_drift", "shop")] == _rows(done.segment, "select cause, component from verdicts")


_TEXT = ("TraceId", "SpanId", "ParentSpanId", "SpanName", "SpanKind", "ServiceName", "StatusCode", "StatusMessage")
_COLUMNS = dict.fromkeys(("Timestamp", *_TEXT, "Duration"), "varchar") | {
    "ResourceAttributes": "map(varchar, varchar)",
    "SpanAttributes": "map(varchar, varchar)",
    "Events.Timestamp": "varchar[]",
    "Events.Name": "varchar[]",
    "Events.Attributes": "map(varchar, varchar)[]",
}


def test_a_file_is_read_once_however_often_it_is_named(ingest) -> None:
    assert 0 == ingest(_SAMPLES / "jaeger.json").status
    again = ingest(_SAMPLES / "jaeger.json")
    assert (0, 2) == (again.status, again.count("spans"))
    assert "known already" in again.stderr


def test_lines_among_printed_spans_are_read_too(ingest, tmp_path: Path) -> None:
    """A program's own log stands between the spans that it prints."""
    path = tmp_path / "out.log"
    line = "2023-11-14 22:13:20,050 ERROR shop.orders: cannot list orders\n"
    path.write_text(line + (_SAMPLES / "python-console.txt").read_text() + line.replace("50 E", "60 E"))
    done = ingest(path)
    assert (2, 2) == (done.count("spans"), done.count("logs where body like '%cannot list%'"))


@pytest.mark.parametrize(
    "name", ["jaeger.json", "zipkin-v2.json", "tempo-v2.json", "sentry.json", "elastic-documents.json"]
)
def test_a_document_that_ends_early_is_refused_with_the_reason(ingest, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes((_SAMPLES / name).read_bytes()[:-200])
    done = ingest(path)
    assert (1, 0) == (done.status, done.count("spans"))
    assert "ends early" in done.stderr


@pytest.mark.parametrize("name", ["elastic-intake.ndjson", "clickhouse.jsonl"])
def test_a_broken_line_costs_no_other(ingest, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    first, *rest = (_SAMPLES / name).read_text().splitlines()
    path.write_text("\n".join([first, '{"span": {"id": "26', *rest]) + "\n")
    done = ingest(path)
    assert (0, 2) == (done.status, done.count("spans"))
    assert f"{name}:2: skipped" in done.stderr


@pytest.mark.parametrize(
    "body",
    [
        {"data": [], "total": 0, "limit": 0, "errors": [{"code": 404, "msg": "trace not found"}]},
        {"trace": {"resourceSpans": []}},
        {"batches": [{"resource": {}, "scopeSpans": []}]},
        {"resourceSpans": []},
        {"resourceSpans": [{"resource": {}, "scopeSpans": [{"spans": []}]}]},
    ],
)  # fmt: skip
def test_a_file_that_tells_nothing_is_an_error_and_says_so(ingest, tmp_path: Path, body: object) -> None:
    path = tmp_path / "trace.json"
    path.write_text(json.dumps(body))
    done = ingest(path)
    assert 1 == done.status
    assert f"{path}" in done.stderr and ("no span" in done.stderr or "trace not found" in done.stderr)


def test_short_ids_are_padded_and_shared_ones_parted(ingest, tmp_path: Path) -> None:
    """Zipkin's client and server share a span id; Jaeger and Zipkin leave leading zeros out."""
    spans = [
        ("a1", None, "web", "SERVER", 0, 90, {}),
        ("b2", "a1", "web", "CLIENT", 10, 70, {"http.status_code": "500"}),
        ("b2", "a1", "shop", "SERVER", 20, 50, {"http.status_code": "500", "error": "500"}),
        ("c3", "b2", "shop", "CLIENT", 30, 20, {"error": "true"}),
    ]
    path = tmp_path / "zipkin.json"
    path.write_text(json.dumps([
        {
            "traceId": "1f", "id": span, "parentId": parent, "name": "get", "kind": kind, "tags": tags, "shared": True,
            "timestamp": (1_700_000_000_000 + begin) * 1000, "duration": length * 1000, "localEndpoint": {"serviceName": service},
        }
        for span, parent, service, kind, begin, length, tags in spans
    ]))  # fmt: skip
    done = ingest(path)
    found = _rows(done.segment, "select trace_id, span_id, parent_span_id from spans order by start_time")
    assert {"000000000000000000000000000000" + "1f"} == {trace for trace, *_ in found}
    (root, top), (client, above), (server, caller), (_, called) = [row[1:] for row in found]
    assert ("00000000000000a1", "", "00000000000000b2", root) == (root, top, client, above)
    assert (client, server) == (caller, called)
    assert server != client


_STRANGE = [
    '{"data": [{"traceID": "1", "spans": [{"traceID": [], "spanID": {}, "operationName": 7, "tags": {"key": 1}, "logs": 3}]}]}',
    '[{"traceId": "1", "id": "1", "localEndpoint": [], "tags": [], "annotations": [{"timestamp": {}, "value": []}]}]',
    '{"event_id": "00000000000000000000000000000000", "exception": {"values": [7, {"stacktrace": []}]}, "timestamp": "never"}',
    '{"TraceId": 1, "Timestamp": -5, "SpanName": [], "Events": 3, "Links.TraceId": "a", "SpanAttributes": [[1]]}',
    '{"metadata": {"service": 1}}\n{"error": {"id": "0000000000000000", "exception": {"cause": "x", "stacktrace": {}}}}\n',
    '{\n    "context": {\n        "trace_id": "0x00000000000000000000000000000001"\n    },\n    "events": 5\n}\n',
    "{\n  traceId: '00000000000000000000000000000001',\n  events: [ [Object] ], kind: 'x', attributes: [Object\n}\n",
    "ResourceSpans #0\nSpan #0\n    Trace ID       : x\n     -> a: Int(b)\nEvents:\n     -> Name: n\nSpanLink #0\n",
]


@pytest.mark.parametrize("text", _STRANGE)
def test_values_of_the_wrong_kind_cost_no_other_file(ingest, tmp_path: Path, text: str) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.json").write_text(text)
    (tmp_path / "in" / "b.json").write_bytes((_SAMPLES / "jaeger.json").read_bytes())
    done = ingest(tmp_path / "in")
    assert (0, 2) == (done.status, done.count(f"spans where trace_id = '{_TRACE}'"))


def test_secrets_in_other_forms_are_masked(ingest, tmp_path: Path) -> None:
    """What is read goes through the same redaction as OTLP."""
    secret = "AKIAIOSFODNN7EXAMPLE"
    for name in ("jaeger.json", "python-console.txt", "collector-debug.txt", "elastic-intake.ndjson", "sentry.json"):
        text = (_SAMPLES / name).read_text().replace("does not exist", f"password={secret}")
        (tmp_path / name).write_text(text)
        assert 0 == ingest(tmp_path / name, db=tmp_path / f"{name}.duckdb").status
        for relation in ("spans", "exceptions", "logs", "verdicts"):
            assert secret not in str(_rows(tmp_path / f"{name}.duckdb", f"select * from {relation}"))


def test_a_strangers_table_reaches_no_other_file(ingest, tmp_path: Path) -> None:
    """Views and macros of a DuckDB file are not run, and the one file is all that is read."""
    (tmp_path / "private.txt").write_text("only the owner knows this")
    path = tmp_path / "strange.duckdb"
    with duckdb.connect(str(path)) as made:
        made.execute(
            'create view otel_traces as select now() as "Timestamp", \'1\' as "TraceId", \'1\' as "SpanId", '
            f'content as "SpanName", 1 as "Duration" from read_text(\'{tmp_path / "private.txt"}\')'
        )
        made.execute("create macro duckdb_tables() as table select 'main' as schema_name, 'otel_traces' as table_name")
    done = ingest(path)
    assert 1 == done.status
    assert "without rows" in done.stderr
    assert 0 == done.count("spans")


@pytest.mark.parametrize("head", [b"PAR1", b"\0" * 8 + b"DUCK"])
def test_a_damaged_table_is_refused_with_the_reason(ingest, tmp_path: Path, head: bytes) -> None:
    (tmp_path / "table").write_bytes(head + b"\1" * 4096)
    done = ingest(tmp_path / "table")
    assert 1 == done.status
    assert "cannot be read" in done.stderr


#: As a Collector of version 0.161 prints it: two prints one after the other, a text of two lines, a scope without a name.
_PRINTED_RECORDS = """\
2026-11-29T12:52:11.374Z\tinfo\tservice@v0.161.0/service.go:261\tEverything is ready. Begin running and processing data.
Traces\t{"resource spans": 1, "spans": 1}
ResourceSpans #0
Resource SchemaURL:
Resource attributes:
     -> service.name: Str(shop)
ScopeSpans #0
ScopeSpans SchemaURL:
InstrumentationScope
Span #0
    Trace ID       : 0f243f3be92942b7bc653ac46e835ec2
    Parent ID      :
    ID             : d17d78016ca49fda
    Name           : GET /orders
    Kind           : Server
    Start time     : 2026-11-29 12:52:11.112633219 +0000 UTC
    End time       : 2026-11-29 12:52:11.123269173 +0000 UTC
    Status code    : Error
    Status message : closed pool
    DroppedAttributesCount: 0
    DroppedEventsCount: 0
    DroppedLinksCount: 0
Attributes:
     -> error.type: Str(500)

Logs\t{"resource logs": 1, "log records": 2}
ResourceLog #0
Resource SchemaURL: https://opentelemetry.io/schemas/1.43.0
Resource attributes:
     -> service.name: Str(shop)
ScopeLogs #0
ScopeLogs SchemaURL:
InstrumentationScope slog
LogRecord #0
ObservedTimestamp: 2026-11-29 12:52:11.374172782 +0000 UTC
Timestamp: 2026-11-29 12:52:11.374084901 +0000 UTC
SeverityText: ERROR
SeverityNumber: Error(17)
Body: Str(request failed)
Attributes:
     -> exception.type: Str(acme.Broken)
     -> exception.message: Str(no street
is known)
Trace ID: 0f243f3be92942b7bc653ac46e835ec2
Span ID: d17d78016ca49fda
Flags: 1
LogRecord #1
ObservedTimestamp: 2026-11-29 12:52:12.374172782 +0000 UTC
Timestamp: 1970-01-01 00:00:00 +0000 UTC
SeverityText:
SeverityNumber: Warn(13)
Body: Str(Attributes:
are a word)
Trace ID:
Span ID:
Flags: 0

2026-11-29T12:52:13.373Z\twarn\tinternal/retry_sender.go:136\tExporting failed. Will retry the request after interval.
"""


def test_the_debug_exporter_s_log_records_are_read_beside_its_spans(ingest, tmp_path: Path) -> None:
    """Each with its severity, time and trace; the exporter's own lines stay lines."""
    (tmp_path / "otelcol.log").write_text(_PRINTED_RECORDS)
    done = ingest(tmp_path / "otelcol.log")
    assert 0 == done.status, done.stderr
    assert [("closed pool", "500")] == _rows(done.segment, "select status_message, error_type from spans")
    assert [
        ("ERROR", 17, "request failed", _TRACE, _ROOT, "2026-11-29 12:52:11"),
        ("Warn", 13, "Attributes:\nare a word", "", "", "2026-11-29 12:52:12"),
    ] == _rows(
        done.segment,
        "select severity_text, severity_number, body, trace_id, span_id, strftime(time, '%Y-%m-%d %H:%M:%S')"
        " from logs where service_name = 'shop' order by time",
    )
    assert [("acme.Broken", "no street\nis known")] == _rows(
        done.segment, "select type, message from exceptions where source = 'log'"
    )
