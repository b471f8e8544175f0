"""Lines as consoles and clouds hand them out: documents of JSON, tables of CSV, UTF-16."""

import codecs
import csv
import io
import json

import duckdb
import pytest

ERRORS = [
    f"2026/05/01 10:00:0{n} [error] 29#29: *1{n} connect() failed (111: Connection refused) while connecting to upstream, "
    f'client: 192.0.2.1, server: _, request: "GET /{n} HTTP/1.1", upstream: "http://10.0.0.5:8000/{n}", host: "shop"'
    for n in range(3)
]
NANOSECONDS = [str(1_777_629_600_000_000_000 + n * 1_000_000_000) for n in range(3)]
TIMES = [f"2026-05-01T10:00:0{n}.000Z" for n in range(3)]


def _table(names: list[str], rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([names, *rows])
    return text.getvalue()


CLOUDWATCH = [
    {"timestamp": int(at[:13]), "message": line, "ingestionTime": 1}
    for at, line in zip(NANOSECONDS, ERRORS, strict=True)
]
GOOGLE = [{"insertId": "a", "textPayload": line, "timestamp": at} for at, line in zip(TIMES, ERRORS, strict=True)]
LOKI = {
    "status": "success",
    "data": {
        "resultType": "streams",
        "result": [
            {"stream": {"app": "nginx"}, "values": [list(pair) for pair in zip(NANOSECONDS, ERRORS, strict=True)]}
        ],
    },
}
GRAFANA = [
    {"line": line, "timestamp": at, "labels": {"app": "nginx"}} for at, line in zip(NANOSECONDS, ERRORS, strict=True)
]
INSIGHTS = {
    "results": [
        [{"field": "@timestamp", "value": at}, {"field": "@message", "value": line}]
        for at, line in zip(TIMES, ERRORS, strict=True)
    ]
}
SPLUNK = "\n".join(
    json.dumps({"preview": False, "result": {"_raw": line, "_time": at, "host": "h"}})
    for at, line in zip(TIMES, ERRORS, strict=True)
)
EXPORTS = {
    "aws logs get-log-events": json.dumps({"events": CLOUDWATCH}, indent=4),
    "aws logs filter-log-events in one line": json.dumps({"events": CLOUDWATCH}),
    "gcloud logging read": json.dumps(GOOGLE, indent=2),
    "Loki's API": json.dumps(LOKI),
    "Grafana's download": json.dumps(GRAFANA, indent=2),
    "Insights": json.dumps(INSIGHTS, indent=2),
    "Splunk": SPLUNK,
    "Splunk, raw": "\n".join(ERRORS),
    "Datadog's table": _table(
        ["Date", "Host", "Service", "Content"], [[*p[:1], "h", "nginx", p[1]] for p in zip(TIMES, ERRORS, strict=True)]
    ),
    "Grafana's table": _table(
        ["labels", "Time", "Line", "tsNs", "id"],
        [["{}", "t", line, at, "1"] for at, line in zip(NANOSECONDS, ERRORS, strict=True)],
    ),
    "Insights' table": _table(["@timestamp", "@message"], [list(pair) for pair in zip(TIMES, ERRORS, strict=True)]),
    "stern": "\n".join(f"web-6cd8944c67-nfb69 nginx {line}" for line in ERRORS),
}


@pytest.mark.parametrize(
    ("name", "encoding"),
    [*((name, "utf-8") for name in EXPORTS), ("Splunk, raw", "utf-16"), ("Datadog's table", "utf-16-be")],
)
def test_lines_of_an_export_are_read_as_those_of_the_log(name, encoding, ingest, tmp_path) -> None:
    mark = codecs.BOM_UTF16_BE if encoding == "utf-16-be" else b""
    (tmp_path / "export").write_bytes(mark + EXPORTS[name].encode(encoding))
    done = ingest(tmp_path / "export")
    with duckdb.connect(str(done.segment), read_only=True) as connection:
        found = connection.execute(
            "select url_path, strftime(\"time\", '%H:%M:%S'), format from logs order by url_path"
        ).fetchall()
    assert [(f"/{n}", f"10:00:0{n}", "nginx_error") for n in range(3)] == found


def test_a_row_of_several_lines_is_put_together(ingest, tmp_path) -> None:
    stack = 'Traceback (most recent call last):\n  File "/srv/a.py", line 7, in read\nKeyError: 7'
    text = _table(
        ["Date", "Service", "Message"], [[TIMES[0], "shop", f"2026-05-01 10:00:00,000 ERROR shop: no\n{stack}"]]
    )
    (tmp_path / "export.csv").write_text(text)
    done = ingest(tmp_path / "export.csv")
    with duckdb.connect(str(done.segment), read_only=True) as connection:
        assert [("KeyError", "shop")] == connection.execute("select type, service_name from exceptions").fetchall()


RAISED = [
    "2026-05-01 10:00:00,000 ERROR shop: no",
    "Traceback (most recent call last):",
    '  File "/srv/a.py", line 7, in read',
    "    return {}[7]",
    "KeyError: 7",
]
AT = [f"2026-05-01T10:00:0{n}.000Z" for n in range(len(RAISED))]
ROWS = list(zip(AT, RAISED, strict=True))
ENTRIES = [{"insertId": "a", "textPayload": line, "timestamp": at} for at, line in ROWS]
JOURNAL = [{"__REALTIME_TIMESTAMP": "1777629600000000", "MESSAGE": line} for line in RAISED]
HELD = [{"id": str(n), "timestamp": 1_777_629_600_000 + n, "message": line} for n, line in enumerate(RAISED)]
FIREHOSE = [{"messageType": "DATA_MESSAGE", "logStream": "api/1", "logEvents": half} for half in (HELD[:2], HELD[2:])]


@pytest.mark.parametrize(
    "text",
    [
        _table(["@timestamp", "@message"], [list(row) for row in ROWS]),
        _table(["@timestamp", "@message"], [list(row) for row in reversed(ROWS)]),
        json.dumps(ENTRIES[::-1], indent=2),
        "\n".join(json.dumps(each, indent=4) for each in JOURNAL),
        "".join(json.dumps(each) for each in FIREHOSE),
    ],
    ids=["table", "table, newest first", "gcloud, newest first", "journal, pretty", "CloudWatch by Firehose"],
)
def test_a_row_for_each_line_of_a_stack_gives_the_stack(text: str, ingest, tmp_path) -> None:
    (tmp_path / "export").write_text(text)
    done = ingest(tmp_path / "export")
    with duckdb.connect(str(done.segment), read_only=True) as connection:
        found = connection.execute("select type, message, code_line_number from exceptions").fetchall()
    assert [("KeyError", "7", 7)] == found
