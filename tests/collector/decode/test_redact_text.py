"""What diagnosis needs survives the redaction, and the quick search misses nothing."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from culpa.collector.redact import (
    Kind,
    kind_of,
    redact_array,
    redact_attribute,
    redact_sql,
    redact_text,
    redact_url,
)
from culpa.instrumentation.redact.text import COARSE_TRIGGER, TRIGGER

from .test_redaction import TEXTS

_WORDS = st.sampled_from(
    [
        *(
            "password",
            "token",
            "secret",
            "=",
            ":",
            " ",
            "\t",
            "\n",
            "'",
            '"',
            "(",
            ")",
            "/",
            "@",
            "x",
            "abc123XYZ",
            "//",
        ),
        *(
            "Bearer",
            "basic",
            "key (",
            "select",
            "from",
            "insert into",
            "LINE 1: ",
            "[SQL: ",
            "/*a='b'*/",
            "DETAIL: ",
        ),
        *(
            "4111111111111111",
            "078-05-1120",
            "a@b.io",
            "eyJhbGciOi.eyJzdWIiOi.x",
            "postgresql://u:p@h",
            "hvs.",
            "SG.",
        ),
        *(
            "AKIAIOSFODNN7EXAMPLE",
            "sk_live_0123456789ab",
            "Cookie",
            "a=b",
            ";",
            "&",
            "api_key",
            "X-Api-Key",
            "pwd",
            "--",
        ),
        *(
            "DE89370400440532013000",
            "Duplicate entry ",
            " for key ",
            "near '",
            "' at line 1",
            "A" * 30,
            "0" * 20,
            "%40",
        ),
        *(
            "-----BEGIN PRIVATE KEY-----",
            "statement: ",
            "input_value=",
            "ya29.",
            "AIza",
            ".",
            "https",
            "Authorization",
        ),
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(_WORDS, max_size=8).map("".join))
@example("statement: select' at line 1")
@example("execute a: 'jane'")
def test_the_quick_search_finds_all_that_would_change(text: str) -> None:
    """Both patterns, as RE2 reads them, match wherever the rules change anything."""
    if redact_text(text) != text:
        column = pa.array([text])
        assert pc.match_substring_regex(column, TRIGGER)[0].as_py()
        assert pc.match_substring_regex(column, COARSE_TRIGGER)[0].as_py()


@settings(max_examples=300, deadline=None)
@given(st.lists(_WORDS, max_size=8).map("".join))
def test_a_column_is_redacted_as_its_texts_are(text: str) -> None:
    """Few texts and many take different ways to the same result."""
    filler = [f"harmless value number {number}" for number in range(2000)]
    alone = redact_array(pa.array([text, None])).to_pylist()
    among_many = redact_array(pa.array([*filler, text])).to_pylist()
    assert [redact_text(text), None] == alone
    assert [*filler, redact_text(text)] == among_many


@pytest.mark.parametrize(("secret", "text"), TEXTS)
def test_redacting_twice_changes_nothing_more(secret: str, text: str) -> None:
    """The instrumentation redacts before us."""
    once = redact_text(text)
    assert secret not in once
    assert once == redact_text(once)


@pytest.mark.parametrize(
    "text",
    [
        'server at "10.0.0.5", port 5432 failed: FATAL:  password authentication failed for user "shop"',
        'FATAL:  database "shop" does not exist',
        "Access denied for user 'shop'@'localhost' (using password: YES)",
        'null value in column "email" of relation "users" violates not-null constraint',
        'duplicate key value violates unique constraint "users_email_key"',
        'insert or update on table "orders" violates foreign key constraint "orders_user_fk"',
        "[Errno 111] Connection refused",
        "SQLSTATE[42S02]: Base table or view not found: 1146 Table 'shop.orders' doesn't exist",
        "timed out after 5.0s",
        "HTTPConnectionPool(host='api.example', port=8443): Max retries exceeded with url: /v1/pay",
        "Unexpected token '<', \"<html>\" is not valid JSON",
        "Unexpected token: punc (;)",
        "Basic authentication required",
        "postgresql://shop@db.internal:5432/shop is down",
        '  File "/srv/shop/token.py", line 12, in check_password\n    token = request.headers["x"]',
        "    at Layer.handle (/srv/node_modules/@scope/router@4.18.2/lib/layer.js:169:33)",
        "KeyError: 'password'",
        "Error 1062 (23000) in thread 140737353971456",
        "trace 0af7651916cd43dd8448eb211c80319c span b7ad6b7169203331 at 1795300000000000000",
        'no pg_hba.conf entry for host "10.0.0.1", user "shop", database "shop", no encryption',
        "SSL: CERTIFICATE_VERIFY_FAILED certificate verify failed: self-signed certificate (_ssl.c:1006)",
        "upstream prematurely closed connection while reading response header from upstream",
    ],
)
def test_what_diagnosis_needs_survives(text: str) -> None:
    """Hosts, ports, names of databases, users, tables, columns and constraints, codes, paths, time-outs."""
    assert text == redact_text(text)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select * from t where id = 17 and name = 'O''Brien'", "select * from t where id = ? and name = ?"),
        ("select $1, :name, %s, %(a)s, ?", "select $1, :name, %s, %(a)s, ?"),
        ('select "t1"."col2" from "t1" where x2 = 3.5e-7', 'select "t1"."col2" from "t1" where x2 = ?'),
        ("insert into t values (\"a b@c\", 'x', 0xff)", "insert into t values (?, ?, ?)"),
        ("select 'cut", "select ?"),
        ("select $tag$ secret $tag$ from t", "select ? from t"),
        ("select 1 /* a='b' */ -- secret", "select ?"),
        ("select a[1] from `t2` limit 10", "select a[?] from `t2` limit ?"),
        ("select 'it''s', E'a\\'b', 2", "select ?, ?, ?"),
    ],
)
def test_sql_keeps_its_shape(sql: str, expected: str) -> None:
    """Literals become question marks, identifiers and placeholders stay."""
    assert expected == redact_sql(sql)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "https://u:pw@host:8443/a?token=abc&page=2#x",
            "https://u:[redacted]@host:8443/a?token=[redacted]&page=2#x",
        ),
        ("http://host:8000/a/b?order=17", "http://host:8000/a/b?order=17"),
        ("/cb?code=404&state=open", "/cb?code=404&state=open"),
        ("/cb?code=4/0AX4XfWh-long-code", "/cb?code=[redacted]"),
        ("X-Amz-Signature=abc&a=1", "X-Amz-Signature=[redacted]&a=1"),
        ("/users/jane@example.com", "/users/[email]"),
    ],
)
def test_urls_keep_what_tells_the_place(url: str, expected: str) -> None:
    """Host, port, path and names of parameters stay."""
    assert expected == redact_url(url)


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("http.request.header.authorization", Kind.SECRET),
        ("http.request.header.x-api-key", Kind.SECRET),
        ("db.query.parameter.0", Kind.SECRET),
        ("app.refresh_token", Kind.SECRET),
        ("dbPassword", Kind.SECRET),
        ("gen_ai.usage.input_tokens", Kind.TEXT),
        ("session.id", Kind.TEXT),
        ("service.name", Kind.TEXT),
        ("db.query.text", Kind.QUERY),
        ("db.query.summary", Kind.TEXT),
        ("url.full", Kind.URL),
        ("exception.stacktrace", Kind.STACK),
    ],
)
def test_a_key_tells_what_its_values_are(key: str, kind: Kind) -> None:
    """By its last part, not by a list of products."""
    assert kind == kind_of(key)


def test_a_row_of_a_secret_key_is_hidden_even_without_text() -> None:
    """Its value may be a number or a flag."""
    kinds = np.array([Kind.SECRET, Kind.TEXT, Kind.SECRET], np.uint8)
    assert ["[redacted]", None, "[redacted]"] == redact_array(
        pa.array(["a", None, None], pa.string()), kinds
    ).to_pylist()


def test_one_attribute_is_redacted_by_its_key() -> None:
    """The same value is a secret here and a word there."""
    assert ("[redacted]", "GET user:? ?") == (
        redact_attribute("token", "x"),
        redact_attribute("db.statement", "GET user:1 x"),
    )
    assert "x" == redact_attribute("note", "x")


@pytest.mark.parametrize(
    "text",
    [
        "a" * 60_000 + "@",
        "password=" * 6000,
        "'" * 60_000,
        "/*" * 30_000,
        "key (" * 12_000,
        "://a:" * 12_000,
        "select " * 8_000,
        "[parameters: " * 5_000,
        '"\\' * 30_000,
    ],
)
@pytest.mark.timeout(20)
def test_hostile_texts_take_no_time(text: str) -> None:
    """No pattern tries the same text again and again."""
    assert len(redact_text(text)) < 200_000
