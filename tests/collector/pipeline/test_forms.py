"""`POST /v1/sql` answers in the form that a client asks for, and every form says the same."""

import csv
import io
import json
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException

import psutil
import pyarrow as pa
import pytest

from .conftest import Running
from .payload import traces

ARROW, JSON, CSV = "application/vnd.apache.arrow.stream", "application/json", "text/csv"
#: One of each kind of value, and what could be taken for the form's own signs.
VALUES = """
    select 1 as small, 9007199254740991::bigint as most, 1796083200123456789::bigint as large, -9223372036854775808 as least,
        sum(range)::hugeint as summed, 0.5::double as half, 'nan'::double as odd, true as yes, null as nothing, '' as empty,
        'a,"b"\r\nç€😀' as text, timestamp_ns '2026-11-22 10:00:05.123456789' as at_ns, timestamp '2026-11-22 10:00:05' as at_s,
        timestamptz '2026-11-22 10:00:05.5+02' as zoned, date '2026-11-22' as day, [1, null] as list,
        {'name': 'x', 'at': timestamp_ns '2026-11-22 10:00:05.1'} as struct, map {'k': 9007199254740993::bigint} as pairs,
        unhex('ab01') as bytes, array_value(1.5::float, 2) as fixed, 1 as small
    from range(3)
"""


def _ask(running: Running, sql: str, *accept: str, parameters: object = None) -> tuple[int, str, bytes]:
    """Return status, content type and body."""
    connection = HTTPConnection("127.0.0.1", running.http_port, timeout=60)
    try:
        body = json.dumps({"query": sql, "parameters": parameters}).encode()
        connection.putrequest("POST", "/v1/sql", skip_accept_encoding=True)
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", str(len(body)))
        for one in accept:
            connection.putheader("Accept", one)
        connection.endheaders(body)
        with connection.getresponse() as answer:
            return answer.status, answer.headers.get_content_type(), answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("expected", "accept"),
    [
        (ARROW, []),
        (ARROW, ["*/*"]),
        (ARROW, [""]),
        (ARROW, ["application/*"]),
        (ARROW, [f"{JSON}, {ARROW}"]),
        (JSON, [JSON]),
        (JSON, ["Application/JSON; charset=utf-8"]),
        (JSON, [f"{ARROW};q=0.5, {JSON};q=0.9, {CSV};q=0.1"]),
        (JSON, [f"*/*;q=0.8, {ARROW};q=0, {CSV} ; Q=0.2"]),
        (CSV, [CSV]),
        (CSV, ["text/*, application/json;q=0.3"]),
        (CSV, ["application/*;q=0.1", "text/csv;header=present;q=0.2"]),
        (CSV, ["text/html, text/csv"]),
        (JSON, ["text/csv;q=nan, application/json;q=0.001"]),
    ],
)
def test_accept_says_the_form(collector: Running, expected: str, accept: list[str]) -> None:
    """Weights count, the more exact range counts, and of equal ones Arrow is sent first."""
    assert (200, expected) == _ask(collector, "select 1 as one", *accept)[:2]


@pytest.mark.parametrize("accept", ["text/html", "application/json;q=0", "*/*;q=0", "json", "text/csv;q=x", ";;,,;q=1"])
def test_another_form_is_refused_with_those_that_there_are(collector: Running, accept: str) -> None:
    """406, before anything is asked."""
    status, kind, body = _ask(collector, "select 1 as one", accept)
    assert (406, JSON) == (status, kind)
    assert all(form in json.loads(body)["message"] for form in (ARROW, JSON, CSV))


def test_json_keeps_every_digit(collector: Running) -> None:
    """Whole numbers beyond 2^53 are text; times are RFC 3339 in UTC to the nanosecond; what is nested stays so."""
    [row] = json.loads(_ask(collector, VALUES, JSON)[2])
    assert {
        "small": 1,
        "most": 9007199254740991,
        "large": "1796083200123456789",
        "least": "-9223372036854775808",
        "summed": 3,
        "half": 0.5,
        "odd": None,
        "yes": True,
        "nothing": None,
        "empty": "",
        "text": 'a,"b"\r\nç€😀',
        "at_ns": "2026-11-22T10:00:05.123456789Z",
        "at_s": "2026-11-22T10:00:05Z",
        "zoned": "2026-11-22T08:00:05.500Z",
        "day": "2026-11-22",
        "list": [1, None],
        "struct": {"name": "x", "at": "2026-11-22T10:00:05.100Z"},
        "pairs": {"k": "9007199254740993"},
        "bytes": "ab01",
        "fixed": [1.5, 2.0],
        "small_1": 1,
    } == row


def test_csv_is_quoted(collector: Running) -> None:
    """A reader of RFC 4180 gets the same values; null is nothing, and what is nested is JSON."""
    header, values = csv.reader(io.StringIO(_ask(collector, VALUES, CSV)[2].decode(), newline=""))
    row = dict(zip(header, values, strict=True))
    assert ["1796083200123456789", "", "true", 'a,"b"\r\nç€😀'] == [row[n] for n in ("large", "nothing", "yes", "text")]
    assert {"name": "x", "at": "2026-11-22T10:00:05.100Z"} == json.loads(row["struct"])
    assert ["2026-11-22T10:00:05.123456789Z", "3", "1"] == [row[name] for name in ("at_ns", "summed", "small_1")]


def test_all_forms_have_the_same_rows(collector: Running) -> None:
    """Of a relation, over many batches; and of none."""
    assert 200 == collector.export(traces(1, 100).SerializeToString())[0]
    sql = "select * from spans order by start_time"
    arrow = pa.ipc.open_stream(_ask(collector, sql, ARROW)[2]).read_all()
    rows = json.loads(_ask(collector, sql, JSON)[2])
    lines = list(csv.DictReader(io.StringIO(_ask(collector, sql, CSV)[2].decode(), newline="")))
    names = [f"GET /{number}" for number in range(1, 101)]
    assert [names] * 3 == [
        arrow["span_name"].to_pylist(),
        *([row["span_name"] for row in found] for found in (rows, lines)),
    ]
    assert arrow.column_names == list(rows[0]) == list(lines[0])
    many = json.loads(_ask(collector, "select range as n from range(20001) order by n", JSON)[2])
    assert list(range(20001)) == [row["n"] for row in many]
    none = "select trace_id, span_id from spans where $no"
    assert b"[]" == _ask(collector, none, JSON, parameters={"no": False})[2].strip()
    assert b"trace_id,span_id\r\n" == _ask(collector, none, CSV, parameters={"no": False})[2]


@pytest.mark.parametrize("form", [JSON, CSV])
def test_limits_hold_for_every_form(collect: Callable[..., Running], form: str) -> None:
    """Too many rows and too long are refused with words; an answer that had begun has no end."""
    running = collect("--query-max-rows", "20000", "--query-timeout-s", "5")
    status, kind, body = _ask(running, "select range as n from range(20001)", form)
    assert (422, JSON, True) == (status, kind, "query_max_rows" in json.loads(body)["message"])
    with pytest.raises(HTTPException):
        _ask(running, "select range as n, repeat('x', 1000) as text from range(30000)", form)
    endless = (
        "select count(*) as n from range(1000000) as a cross join range(1000000) as b where a.range % 7 = b.range % 5"
    )
    status, _, body = _ask(running, endless, form)
    assert (422, True) == (status, "was stopped" in json.loads(body)["message"])
    assert 422 == _ask(running, "select no_such_column from spans", form)[0]
    assert 400 == _ask(running, "drop view spans", form)[0]


@pytest.mark.parametrize("form", [JSON, CSV])
def test_who_goes_away_takes_the_query_along(collect: Callable[..., Running], form: str) -> None:
    """Its process ends while it writes, and the collector's memory stays what it was."""
    running = collect("--query-timeout-s", "60")
    _ask(running, "select 1 as one", form)
    process = psutil.Process(running.process.pid)
    before = process.memory_info().rss
    connection = HTTPConnection("127.0.0.1", running.http_port, timeout=60)
    sql = "select range as n, repeat('x', 200) as text from range(4000000)"
    connection.request(
        "POST", "/v1/sql", json.dumps({"query": sql}), {"Content-Type": "application/json", "Accept": form}
    )
    answer = connection.getresponse()
    assert 200 == answer.status and answer.read(1_000_000)
    [zygote] = process.children()
    # The alarms may be asking, too.
    assert zygote.children()
    answer.close()
    connection.close()
    give_up_at = time.monotonic() + 20
    while zygote.children() and time.monotonic() < give_up_at:
        time.sleep(0.05)
    assert not zygote.children()
    assert process.memory_info().rss - before < 64 * 1024**2
