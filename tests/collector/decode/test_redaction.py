"""No secret reaches the store: each sample goes in by a relation and is looked for in the file's bytes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from culpa.collector.decode import decode
from culpa.store import DuckDBStore

from .conftest import any_value, log_request, otlp_json, pairs, span_request

_SAMPLES = json.loads((Path(__file__).parents[2] / "secrets.json").read_text())
#: (secret, text in which it sits)
TEXTS: list[tuple[str, str]] = [(secret, text) for secret, text in _SAMPLES["texts"]]
#: (secret, attribute, value)
ATTRIBUTES: list[tuple[str, str, Any]] = [(secret, key, value) for secret, key, value in _SAMPLES["attributes"]]


def _in_text(secret: str, text: str) -> list[tuple[str, Any, Any]]:
    event = {
        "exception.type": "E",
        "exception.message": text,
        "exception.stacktrace": f"E: {text}\n    at f (/a.js:1:1)",
    }
    return [
        ("span attribute", "traces", span_request({"note": text})),
        ("nested span attribute", "traces", span_request({"notes": [text]})),
        ("span name", "traces", span_request(name=text)),
        ("status message", "traces", span_request(status={"code": 2, "message": text})),
        ("exception", "traces", span_request(events=(("exception", event),))),
        ("event", "traces", span_request(events=(("note", {"note": text}),))),
        ("resource", "traces", span_request(resource={"note": text})),
        ("log body", "logs", log_request(body=text)),
        ("log attribute", "logs", log_request({"note": text})),
        ("log exception", "logs", log_request(event)),
    ]


def _with_attribute(key: str, value: Any) -> list[tuple[str, Any, Any]]:
    link = span_request()
    link.resource_spans[0].scope_spans[0].spans[0].links.add().attributes.extend(pairs({key: value}))
    return [
        ("span", "traces", span_request({key: value})),
        ("event", "traces", span_request(events=(("note", {key: value}),))),
        ("link", "traces", link),
        ("resource", "traces", span_request(resource={key: value})),
        ("log", "logs", log_request({key: value})),
    ]


def _write(path: Path, requests: list[tuple[str, Any, Any]], is_json: bool) -> None:
    with DuckDBStore(path, writable=True) as store:
        for wanted in ("traces", "logs"):
            bodies = [
                otlp_json(request) if is_json else request.SerializeToString()
                for _, signal, request in requests
                if signal == wanted
            ]
            if bodies:
                store.write(decode(wanted, bodies, is_json=is_json).tables)
        # Kept open: what is in the write-ahead log is looked at too.
        files = b"".join(file.read_bytes() for file in path.parent.iterdir() if file.is_file())
        texts = _all_texts(store)
        store.checkpoint()
        files += b"".join(file.read_bytes() for file in path.parent.iterdir() if file.is_file())
    (path.parent / "seen").write_bytes(files + texts.encode())


def _all_texts(store: DuckDBStore) -> str:
    """Return every column of every relation as text: compression may hide bytes in the file."""
    relations = ("spans", "resources", "exceptions", "logs")
    return "\n".join(str(store.query(f"select * exclude (attributes) from {name}").to_pylist()) for name in relations)


@pytest.mark.parametrize("is_json", [False, True], ids=["protobuf", "json"])
def test_no_secret_of_a_text_reaches_the_store(tmp_path: Path, is_json: bool) -> None:
    """Free text enters by ten ways; the harmless word beside each secret shows that it really was stored."""
    requests = [item for secret, text in TEXTS for item in _in_text(secret, f"{text}\nmarker-of-this-test")]
    _write(tmp_path / "culpa.duckdb", requests, is_json)
    seen = (tmp_path / "seen").read_bytes()
    assert b"marker-of-this-test" in seen
    assert [] == [secret for secret, _ in TEXTS if secret.encode() in seen]


@pytest.mark.parametrize("is_json", [False, True], ids=["protobuf", "json"])
def test_no_secret_of_an_attribute_reaches_the_store(tmp_path: Path, is_json: bool) -> None:
    """The key tells that the value is a secret, a query or a URL."""
    requests = [item for _, key, value in ATTRIBUTES for item in _with_attribute(key, value)]
    _write(tmp_path / "culpa.duckdb", requests, is_json)
    seen = (tmp_path / "seen").read_bytes()
    assert b"db.query.parameter.name" in seen
    assert [] == [secret for secret, _, _ in ATTRIBUTES if secret.encode() in seen]


def test_the_search_finds_what_is_stored(tmp_path: Path) -> None:
    """The test above can fail: a word that nobody redacts is found in the same way."""
    _write(tmp_path / "culpa.duckdb", [("log", "logs", log_request(body="perfectly-harmless"))], is_json=False)
    assert b"perfectly-harmless" in (tmp_path / "seen").read_bytes()


def test_metric_attributes_are_redacted() -> None:
    """Metrics carry attributes as well."""
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

    request = ExportMetricsServiceRequest()
    metric = request.resource_metrics.add().scope_metrics.add().metrics.add(name="m")
    point = metric.gauge.data_points.add(as_int=1)
    point.attributes.add(key="url.full", value=any_value("http://u:pw-of-metric@h/"))
    rows = decode("metrics", [request.SerializeToString()]).tables["metric_points"].to_pylist()
    assert ["http://u:[redacted]@h/"] == rows[0]["attr_vals"]


def test_the_samples_are_read_by_the_fallback_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_span: Callable[..., Any]
) -> None:
    """Redaction does not depend on the decoder."""
    from culpa.collector.decode import wire

    monkeypatch.setattr(wire, "is_available", lambda: False)
    requests = [("span", "traces", make_span({key: value})) for _, key, value in ATTRIBUTES]
    _write(tmp_path / "culpa.duckdb", requests, is_json=False)
    seen = (tmp_path / "seen").read_bytes()
    assert [] == [secret for secret, _, _ in ATTRIBUTES if secret.encode() in seen]
