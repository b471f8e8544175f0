"""Verdicts as another backend hears them: once each, whatever becomes of the collector and of the backend."""

import shutil
import signal
import ssl
import subprocess
import time
from pathlib import Path

import pytest

from culpa.onward.destinations import BadDestinations, read_destinations

from .conftest import Backend, Collector, plain, wait_for


def _write(collector: Collector, url: str, *more: str) -> None:
    (collector.folder / "onward.toml").write_text("\n".join(["[destinations.backend]", f'url = "{url}"', *more]) + "\n")


def _sent(collector: Collector) -> int:
    return collector.query("select count(*) as n from onward_deliveries where outcome = 'sent'")[0]["n"]


def test_a_verdict_is_a_log_record_of_its_trace_and_a_span_linked_to_the_cause(
    collector: Collector, backend: Backend, tmp_path: Path
) -> None:
    (tmp_path / "headers").write_text("Authorization: Bearer hush-hush\nX-Scope: shop\n")
    _write(collector, backend.url, f'headers_file = "{tmp_path / "headers"}"', "spans = true")
    collector.start()
    collector.fail(1)
    wait_for(lambda: backend.spans())
    [record], [span] = backend.records(), backend.spans()
    [verdict] = collector.query("select *, epoch_ns(ended_at) as ended_ns from verdicts")
    assert ("culpa.verdict", "ERROR", 17) == (record.event_name, record.severity_text, record.severity_number)
    ids = (verdict["trace_id"], verdict["request_span_id"])
    assert ids == (record.trace_id.hex(), record.span_id.hex()) == (span.trace_id.hex(), span.parent_span_id.hex())
    assert verdict["ended_ns"] == record.time_unix_nano == span.end_time_unix_nano
    said = plain(record.attributes)
    assert record.body.string_value.startswith("shop ") and "500 to POST /checkout" in record.body.string_value
    assert ("request", "shop", "app", verdict["fingerprint"]) == (
        said["culpa.kind"],
        said["culpa.component"],
        said["culpa.layer"],
        said["culpa.problem"],
    )
    assert (verdict["cause"], verdict["confidence"], 500) == (
        said["culpa.cause"],
        said["culpa.confidence"],
        said["http.response.status_code"],
    )
    assert ("KeyError", "/checkout", False) == (said["exception.type"], said["http.route"], said["culpa.withdrawn"])
    assert said["culpa.evidence"] and said["culpa.verdict.id"] == span.span_id.hex()
    assert [(record.trace_id, verdict["request_span_id"])] == [(one.trace_id, one.span_id.hex()) for one in span.links]
    assert said == {key: value for key, value in plain(span.attributes).items() if key != "culpa.sentence"}
    for _, headers, _ in backend.got:
        assert ("Bearer hush-hush", "shop") == (headers["Authorization"], headers["X-Scope"])
    assert "hush" not in collector.log.read_text("utf-8")


def test_each_verdict_comes_once_across_kills_and_a_backend_that_is_away(
    collector: Collector, backend: Backend
) -> None:
    """Killed after one was told, and while the next one waits: both come, under two names."""
    _write(collector, backend.url)
    collector.start()
    collector.fail(1)
    wait_for(lambda: _sent(collector) == 1)
    backend.status = 503
    backend.headers = {"Retry-After": "1"}
    asked = backend.asked
    collector.fail(2)
    wait_for(lambda: backend.asked > asked)
    collector.kill()
    assert "'backend': 127.0.0.1:" in collector.log.read_text("utf-8")
    backend.status = 200
    collector.start()
    wait_for(lambda: _sent(collector) == 2)
    collector.kill(signal.SIGTERM)
    collector.start()
    collector.fail(3)
    wait_for(lambda: _sent(collector) == 3)
    time.sleep(3)
    assert 3 == len(backend.records())
    assert 3 == len({plain(one.attributes)["culpa.verdict.id"] for one in backend.records()})


def test_killed_before_it_noted_what_was_taken_it_tells_again_under_the_same_name(
    collector: Collector, backend: Backend
) -> None:
    _write(collector, backend.url)
    collector.start()
    backend.interrupt = collector.kill
    collector.fail(1)
    wait_for(lambda: backend.got)
    collector.kill()
    collector.start()
    wait_for(lambda: _sent(collector) == 1)
    first, second = backend.records()
    assert plain(first.attributes)["culpa.verdict.id"] == plain(second.attributes)["culpa.verdict.id"]
    assert first == second


def test_what_the_backend_cannot_read_is_written_down_and_costs_no_other(
    collector: Collector, backend: Backend
) -> None:
    _write(collector, backend.url)
    collector.start()
    backend.status = 400
    collector.fail(1, 2)
    wait_for(lambda: len(collector.query("select 1 from onward_deliveries where outcome = 'refused'")) == 2)
    backend.status = 200
    collector.fail(3)
    wait_for(lambda: _sent(collector) == 1)
    refused = collector.query("select distinct message from onward_deliveries where outcome = 'refused'")
    assert [f"destination 'backend': 127.0.0.1:{backend.port} answered 400 to logs"] == [
        one["message"] for one in refused
    ]


def test_over_tls_a_backend_is_believed_by_its_certificate_alone(collector: Collector, tmp_path: Path) -> None:
    """Of an authority that is not named nothing is sent; of one that is everything."""
    if not shutil.which("openssl"):
        pytest.skip("openssl makes the certificate")
    certificate, key = _certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    backend = Backend(context)
    try:
        _write(collector, backend.url)
        collector.start()
        collector.fail(1)
        wait_for(lambda: "did not take it" in collector.log.read_text("utf-8"))
        collector.kill(signal.SIGTERM)
        assert [] == backend.got
        _write(collector, backend.url, f'ca_file = "{certificate}"')
        collector.start()
        wait_for(lambda: backend.records())
    finally:
        backend.close()


def _certificate(folder: Path) -> tuple[Path, Path]:
    certificate, key = folder / "backend.pem", folder / "backend.key"
    subject = ["-subj", "/CN=backend", "-addext", "subjectAltName=IP:127.0.0.1"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    subprocess.run([*command, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    return certificate, key


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "write one table for each destination"),
        ("[destinations.A]\nurl = 'http://x'", "destination 'A': a name has small letters"),
        ("[destinations.a]\nverdicts = true", "destination 'a': url is missing; write url, url_file or url_env"),
        ("[destinations.a]\nurl = 'ftp://x'", "begins with neither http:// nor https://"),
        ("[destinations.a]\nurl = 'http://u:p@x'", "holds a password; write headers_file or headers_env"),
        ("[destinations.a]\nurl = 'http://x'\nheaders = 'A: b'", "headers is a secret, and does not belong here"),
        ("[destinations.a]\nurl = 'http://x'\ntelemetry = 'all'", "telemetry is one of off, redacted, raw"),
        ("[destinations.a]\nurl = 'http://x'\nverdict = true", "key 'verdict' is not known"),
    ],
)
def test_a_file_that_is_wrong_says_what_to_write(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "onward.toml"
    path.write_text(text)
    with pytest.raises(BadDestinations) as raised:
        read_destinations(str(path))
    assert str(raised.value).startswith(f"{path}: ") and expected in str(raised.value)


def test_a_header_that_is_none_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / "headers").write_text("hush-hush\n")
    path = tmp_path / "onward.toml"
    path.write_text(f"[destinations.a]\nurl = 'http://x'\nheaders_file = '{tmp_path / 'headers'}'\n")
    with pytest.raises(BadDestinations, match=r"destination 'a': line 1 of its headers is none; write Name: value$"):
        read_destinations(str(path))
