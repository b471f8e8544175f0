"""No secret reaches the store: each sample goes in by a relation and is looked for in the file's bytes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from culpa.collector.decode import decode
from culpa.store import DuckDBStore

from .conftest import any_value, log_request, otlp_json, pairs, span_request

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
PRIVATE = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEAsecretbits\n-----END RSA PRIVATE KEY-----"
#: (secret, text in which it sits)
TEXTS = [
    ("hunter2-plain", "cannot log in: password=hunter2-plain for user shop"),
    ("hunter2-json", '{"user": "bob", "password": "hunter2-json"}'),
    ("hunter2-repr", "{'user': 'bob', 'db_password': 'hunter2-repr'}"),
    ("hunter2-pwd", "Server=db;Uid=shop;Pwd=hunter2-pwd;"),
    ("hunter2-libpq", "connection string: host=db port=5432 user=shop password='hunter2-libpq' dbname=shop"),
    ("hunter2-dsn", "could not connect to postgresql://shop:hunter2-dsn@db.internal:5432/shop"),
    ("hunter2@dsn/x", "could not connect to postgresql://shop:hunter2@dsn/x@db.internal:5432/shop"),
    ("hunter2-redis", "redis://:hunter2-redis@cache:6379/0 refused"),
    ("hunter2-flag", "started with --db-password hunter2-flag --verbose"),
    ("tok-abcdef-123", "token=tok-abcdef-123 is expired"),
    ("tok-access-456", "GET /cb?access_token=tok-access-456&x=1"),
    ("s3cr3t-client", "client_secret: s3cr3t-client"),
    ("key-0123456789", "X-API-Key: key-0123456789"),
    ("bearer-0123456789", "Authorization: Bearer bearer-0123456789"),
    ("proxy-0123456789", "Proxy-Authorization: Digest proxy-0123456789, realm=x"),
    ("abc123def456ghi", "sent bearer abc123def456ghi to the service"),
    ("dXNlcjpwYXNzd29yZA==", "Basic dXNlcjpwYXNzd29yZA=="),
    ("cookie-value-1", "Cookie: session=cookie-value-1; theme=dark"),
    ("cookie-value-2", "Set-Cookie: session=cookie-value-2; Path=/"),
    ("AKIAIOSFODNN7EXAMPLE", "using AKIAIOSFODNN7EXAMPLE"),
    ("sk_live_4eC39HqLyjWDarjtT1zdp7dc", "stripe sk_live_4eC39HqLyjWDarjtT1zdp7dc refused"),
    ("ghp_16C7e42F292c6912E7710c838347Ae178B4a", "clone with ghp_16C7e42F292c6912E7710c838347Ae178B4a"),
    ("xoxb-123456789012-abcdefABCDEF", "slack xoxb-123456789012-abcdefABCDEF"),
    ("AIzaSyDaGmWKa4JsXZ-HjGw7ISLn_3namBGewQe", "maps AIzaSyDaGmWKa4JsXZ-HjGw7ISLn_3namBGewQe"),
    (JWT[-43:], f"rejected {JWT}"),
    ("MIIEpAIBAAKCAQEAsecretbits", f"bad key {PRIVATE}"),
    ("jane.doe@example.com", "no account for jane.doe@example.com"),
    ("john%40example.org", "/users/john%40example.org"),
    ("4111 1111 1111 1111", "card 4111 1111 1111 1111 declined"),
    ("5500005555555559", "card 5500005555555559 declined"),
    ("DE89370400440532013000", "transfer to DE89370400440532013000 failed"),
    ("078-05-1120", "ssn 078-05-1120"),
    ("detail-value", "duplicate key\nDETAIL:  Key (email)=(detail-value) already exists."),
    ("row-value", "not-null\nDETAIL:  Failing row contains (1, row-value, null)."),
    ("parameter-value", "boom\n[SQL: insert into t values (%s)]\n[parameters: ('parameter-value', [1])]"),
    ("sql-literal", "boom\n[SQL: select * from t where a = 'sql-literal']\n(Background on this error)"),
    ("line-literal", "syntax error\nLINE 1: select * from t where a = 'line-literal'"),
    ("entry-value", "(1062, \"Duplicate entry 'entry-value' for key 'users.email'\")"),
    ("input-value", 'invalid input syntax for type integer: "input-value"'),
    ("laravel-value", 'gone (Connection: pgsql, SQL: insert into "users" ("name") values (laravel-value))'),
    ("statement-value", "ERROR: x\nSTATEMENT:  insert into t values ('statement-value')"),
    ("echo-value", "[generated in 0.00012s] ('echo-value', 1)"),
    ("bare-literal", "SELECT * FROM users WHERE name = 'bare-literal'"),
    (
        "00-0af7651916cd43dd8448eb211c80319c",
        "select 1 /*traceparent='00-0af7651916cd43dd8448eb211c80319c-01'*/",
    ),
    ("pydantic-value", "1 error\n  field [type=int_parsing, input_value='pydantic-value', input_type=str]"),
]
#: (secret, attribute, value)
ATTRIBUTES: list[tuple[str, str, Any]] = [
    ("header-auth-1", "http.request.header.authorization", ["Bearer header-auth-1"]),
    ("header-cookie-1", "http.request.header.cookie", ["a=header-cookie-1"]),
    ("header-set-cookie", "http.response.header.set_cookie", ["a=header-set-cookie"]),
    ("header-key-1", "http.request.header.x-api-key", "header-key-1"),
    ("opaque-secret", "app.client_secret", "opaque-secret"),
    ("camel-secret", "dbPassword", "camel-secret"),
    ("90210777", "user.pin", 90210777),
    ("query-secret", "url.query", "a=1&sig=query-secret"),
    ("url-secret", "url.full", "https://u:url-secret@api:8443/v1?a=1"),
    ("url-token-1", "http.url", "https://api:8443/v1?a=1&token=url-token-1"),
    ("target-token-1", "http.target", "/cb?code=target-token-1"),
    ("sql-param-1", "db.query.parameter.name", "sql-param-1"),
    ("sql-text-1", "db.query.text", "insert into t values ('sql-text-1', 'O''Brien', 17)"),
    ("sql-text-2", "db.statement", 'select * from t where a = "sql-text-2"'),
    ("redis-value-1", "db.statement", "SET user:17 redis-value-1"),
    ("mongo-value-1", "db.query.text", '{"find": "users", "filter": {"name": "mongo-value-1"}}'),
    ("4111111111111111", "payment.card", 4111111111111111),
    ("nested-secret", "request.body", {"password": "nested-secret", "n": 1}),
    ("command-secret", "process.command_args", ["app", "--token", "command-secret"]),
]


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
        for _, signal, request in requests:
            body = otlp_json(request) if is_json else request.SerializeToString()
            store.write(decode(signal, [body], is_json=is_json).tables)
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
