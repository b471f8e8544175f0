"""No secret leaves the process: each sample goes through the SDK to its last step before the network."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from opentelemetry._logs import LogRecord
from opentelemetry.exporter.otlp.proto.common._log_encoder import encode_logs
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Status, StatusCode

from culpa.instrumentation.export.clean import clean_logs, clean_spans
from culpa.instrumentation.redact import redact_attribute, redact_stack, redact_text
from culpa.instrumentation.redact.own import own_mask

_SAMPLES = json.loads((Path(__file__).parents[1] / "secrets.json").read_text())
TEXTS = [tuple(row) for row in _SAMPLES["texts"]]
ATTRIBUTES = [tuple(row) for row in _SAMPLES["attributes"]]


def _exported(fill: Callable[[Any, Any], None]) -> bytes:
    """Return what a span and a log record, filled by the test, are on the wire."""
    spans, logs = InMemorySpanExporter(), InMemoryLogRecordExporter()
    tracers, loggers = TracerProvider(), LoggerProvider()
    clean_spans(spans)
    clean_logs(logs)
    tracers.add_span_processor(SimpleSpanProcessor(spans))
    loggers.add_log_record_processor(SimpleLogRecordProcessor(logs))
    record = LogRecord(timestamp=1, body="harmless", attributes={})
    with tracers.get_tracer("test").start_as_current_span("span") as span:
        fill(span, record)
    loggers.get_logger("test").emit(record)
    sent = encode_spans(spans.get_finished_spans()).SerializeToString()
    return sent + encode_logs(logs.get_finished_logs()).SerializeToString()


@pytest.mark.parametrize(("secret", "text"), TEXTS)
def test_no_secret_of_a_text_leaves_the_process(secret: str, text: str) -> None:
    """Names, statuses, attributes alone and in lists, events, stacks, log bodies; what stands beside it remains."""
    told = f"{text}\nmarker-of-this-test"

    def fill(span: Any, record: LogRecord) -> None:
        span.update_name(told)
        span.set_status(Status(StatusCode.ERROR, told))
        span.set_attributes({"note": told, "notes": [told, told]})
        span.add_event("exception", {"exception.message": told, "exception.stacktrace": f"Traceback\nE: {told}"})
        record.body = told
        record.attributes = {"note": told, "nested": {"deep": [told]}}

    sent = _exported(fill)
    assert b"marker-of-this-test" in sent
    assert secret.encode() not in sent


@pytest.mark.parametrize(("secret", "key", "value"), ATTRIBUTES)
def test_no_secret_of_an_attribute_leaves_the_process(secret: str, key: str, value: Any) -> None:
    """The key tells that the value is a secret, a query or a URL."""

    def fill(span: Any, record: LogRecord) -> None:
        if not isinstance(value, dict):
            span.set_attribute(key, value)
            span.add_event("note", {key: value})
        record.attributes = {key: value}

    sent = _exported(fill)
    assert key.encode() in sent
    assert secret.encode() not in sent


@pytest.mark.parametrize(("secret", "text"), TEXTS)
def test_a_stack_trace_is_redacted_as_its_text_is(secret: str, text: str) -> None:
    """Frames are remembered line by line, what lies between them is looked at as a whole."""
    stack = (
        "Traceback (most recent call last):\n"
        '  File "/srv/shop/app.py", line 7, in pay\n    charge(order)\n    ^^^^^^^^^^^^^\n'
        f"shop.Refused: {text}\n\n"
        "The above exception was the direct cause of the following exception:\n\n"
        "Traceback (most recent call last):\n"
        '  File "/srv/shop/app.py", line 9, in pay\n    raise Failed from error\n'
        f"shop.Failed: {text}\n"
    )
    clean = redact_stack(stack)
    assert secret not in clean
    assert ["line 7, in pay", "charge(order)", "line 9, in pay"] == [
        part for part in ("line 7, in pay", "charge(order)", "line 9, in pay") if part in clean
    ]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("http.route", "/orders/{id}"),
        ("url.path", "/orders/7"),
        ("db.query.text", "select * from orders where id = %s"),
        ("exception.message", "[Errno 111] Connection refused"),
        ("exception.type", "psycopg.errors.UndefinedTable"),
        ("code.function.name", "Tokenizer.authorize"),
        ("user_agent.original", "Mozilla/5.0 (X11; Linux x86_64)"),
    ],
)
def test_what_a_verdict_needs_is_left_alone(key: str, value: str) -> None:
    """Routes, paths, statements without data, messages, types, places."""
    assert value == redact_attribute(key, value)


def test_the_users_own_names_and_pattern_are_masked() -> None:
    """As an attribute, in a URL, in JSON, in words; the pattern anywhere."""
    mask = own_mask({"CULPA_REDACT_NAMES": "voucher, tax_id", "CULPA_REDACT_PATTERN": r"CUST-\d+"})
    assert mask is not None
    assert "[redacted]" == mask("order.voucher", "SPRING")
    assert "/pay?voucher=[redacted]&n=1" == mask("url.full", "/pay?voucher=SPRING&n=1")
    assert '{"tax_id": "[redacted]", "n": 1}' == mask("", '{"tax_id": "12-345", "n": 1}')
    assert "no [redacted] here" == mask("", "no CUST-4711 here")
    assert "vouchers: 3" == mask("", "vouchers: 3")
    assert None is own_mask({})


@pytest.mark.parametrize(
    ("environ", "left"),
    [({}, []), ({"CULPA_REDACT": "off"}, ["hunter2-plain"]), ({"CULPA_REDACT_NAMES": "coupon"}, [])],
)
def test_the_switch_decides_in_a_process_of_its_own(environ: dict[str, str], left: list[str]) -> None:
    """Variables are read when the process starts."""
    code = (
        "from culpa.instrumentation.export.clean import clean_spans\n"
        "from opentelemetry.sdk.trace import TracerProvider\n"
        "from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor\n"
        "tracers = TracerProvider()\n"
        "tracers.add_span_processor(SimpleSpanProcessor(clean_spans(ConsoleSpanExporter())))\n"
        "tracers.get_tracer('t').start_span('s', attributes={'note': 'password=hunter2-plain'}).end()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environ, check=True)
    assert '"note": "password=' in done.stdout
    assert left == [secret for secret in ("hunter2-plain",) if secret in done.stdout]


def test_a_span_that_cannot_be_redacted_is_not_sent() -> None:
    """Rather lose a span than a secret; the others of its batch go."""
    spans = InMemorySpanExporter()
    clean_spans(spans)
    tracer = TracerProvider().get_tracer("test")
    good, bad = tracer.start_span("good"), tracer.start_span("bad")
    good.end()
    bad.end()
    bad._name = None  # type: ignore[attr-defined]
    spans.export([bad, good])  # type: ignore[list-item]
    assert ["good"] == [span.name for span in spans.get_finished_spans()]


def test_plain_texts_are_returned_as_they_are() -> None:
    """The very same object: nothing is copied for nothing."""
    text = "order 17 cannot be settled"
    assert redact_text(text) is text


def test_a_program_under_culpa_run_sends_no_secret(
    sink: Any, run_in: Any, culpa_run: Any, tmp_path: Path, free_port: Any
) -> None:
    """Clients, queries, logs and the crash itself: what is looked through is what arrived at the collector."""
    (tmp_path / "job.py").write_text(
        "import logging, sqlite3, sys\nimport httpx, redis\n"
        "port, key, mail = sys.argv[1:]\n"
        "cursor = sqlite3.connect(':memory:').cursor()\n"
        "cursor.execute('create table users (mail text unique)')\n"
        "cursor.execute(f\"insert into users values ('{mail}')\")\n"
        "try:\n    httpx.get(f'http://127.0.0.1:{port}/pay?api_key={key}&order=7', headers={'authorization': 'Bearer ' + key})\n"
        "except httpx.ConnectError:\n    logging.exception('cannot pay with api_key=%s for %s', key, mail)\n"
        "try:\n    redis.Redis(port=int(port), password=key).set('card:' + mail, key)\n"
        "except redis.ConnectionError:\n    pass\n"
        "raise RuntimeError(f'gave up on {mail}, token={key}')\n"
    )
    key, mail = "k3y-" + "0123456789abcdef", "jane.doe@" + "example.com"
    done = run_in([*culpa_run(sink.url, "python", "job.py"), str(free_port()), key, mail], tmp_path)
    assert mail in done.stderr  # the program's own output is its own affair
    sink.wait(lambda s: [log for log in s.logs if log.logger == "process.crash"])
    assert {"create", "insert", "GET", "SET"} <= {span.name for span in sink.spans}, [span.name for span in sink.spans]
    sent = b"".join(body for _, body in sink.bodies)
    assert b"cannot pay with api_key=[redacted] for [email]" in sent
    assert b"gave up on [email], token=[redacted]" in sent
    assert b"order=7" in sent
    assert [] == [secret for secret in (key, mail) if secret.encode() in sent]
