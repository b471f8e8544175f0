"""The commands that read a store. A diff in `golden/` is a change of what users and their programs see."""

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from markdown_it import MarkdownIt

from culpa.analysis import open as open_session
from culpa.analysis.surface.filters import read_filters
from culpa.instrumentation.cli import main
from culpa.store import DuckDBStore

from .conftest import HOSTILE as HOSTILE_TEXT
from .conftest import access_rows, span, table, trace, verdict_rows

GOLDEN = Path(__file__).parent / "golden"
UNREACHABLE = "00000001000000000000000000000001"
HOSTILE = "00000004000000000000000000000004"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(sample: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Return what runs `culpa …` on the sample and gives status, stdout and stderr."""
    monkeypatch.setenv("CULPA_STORE", str(sample))
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("FORCE_COLOR", raising=False)

    def call(*arguments: str) -> tuple[int, str, str]:
        status = main(list(arguments))
        sys.stdout.flush()
        out, err = capfd.readouterr()
        return status, out, err

    return call


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("verdicts.json", ["verdicts", "--json"]),
        ("verdicts.csv", ["verdicts", "--csv"]),
        ("verdicts.txt", ["verdicts"]),
        ("problems.txt", ["problems"]),
        ("explain_unreachable.txt", ["explain", UNREACHABLE]),
        ("explain_unknown.txt", ["explain", "00000005"]),
        ("explain_two_failures.txt", ["explain", "00000007"]),
        ("explain_unreachable.md", ["explain", UNREACHABLE, "--markdown"]),
        ("explain_unreachable.json", ["explain", UNREACHABLE, "--json"]),
    ],
)
def test_output_is_what_it_was(run: Run, name: str, arguments: list[str]) -> None:
    """What people and programs read changes only on purpose; CULPA_WRITE_GOLDEN=1 writes it anew."""
    status, out, _ = run(*arguments)
    file = GOLDEN / name
    if os.environ.get("CULPA_WRITE_GOLDEN"):
        file.write_text(out, "utf-8", newline="")
    with file.open(encoding="utf-8", newline="") as golden:
        assert (0, golden.read()) == (status, out)


def test_filters_narrow_the_list(run: Run) -> None:
    """`--service`, `--cause` (a code or a layer), `--since` and `--limit` leave out what does not fit."""

    def causes(*arguments: str) -> list[str]:
        return [row["cause"] for row in json.loads(run("verdicts", "--json", *arguments)[1])]

    assert ["app.error_response"] == causes("--service", "reviews")
    assert ["database.deadlock"] == causes("--cause", "database.deadlock")
    assert ["database.timeout", "database.deadlock", "database.unreachable"] == causes("--cause", "database")
    assert ["database.timeout", "app.error_response"] == causes("--since", "2026-03-01T10:00:07Z")
    assert [] == causes("--since", "1h")
    assert ["database.timeout"] == causes("--limit", "1")


#: Every filter, each with something that it leaves out.
_FILTERS = [
    ["--service", "reviews"],
    ["--component", "postgresql://db:5432/shop"],
    ["--layer", "database"],
    ["--cause", "database.deadlock"],
    ["--route", "/orders/{id}"],
    ["--route", "/orders/3"],
    ["--status", "504"],
    ["--release", "1.4.3"],
    ["--since", "2026-03-01T10:00:05Z"],
    ["--until", "2026-03-01T10:00:03Z"],
    ["--text", "CONNECTION REFUSED"],
    ["--layer", "database", "--until", "2026-03-01T10:00:03Z"],
]


@pytest.mark.parametrize("filters", _FILTERS, ids=" ".join)
def test_a_filter_means_the_same_to_both_lists_and_to_a_session(run: Run, sample: Path, filters: list[str]) -> None:
    """Problems are those of the failed requests that pass; what broke off belongs to none."""
    verdicts = json.loads(run("verdicts", "--json", *filters)[1])
    problems = json.loads(run("problems", "--json", *filters)[1])
    names = [name.removeprefix("--") for name in filters[::2]]
    with open_session(sample) as s:
        assert verdicts == s.verdicts(filters=read_filters(dict(zip(names, filters[1::2], strict=True)))).json()
    assert len(verdicts) < 8
    assert {one["fingerprint"] for one in verdicts if not one["truncated"]} == {one["fingerprint"] for one in problems}
    assert sum(one["matched"] for one in problems) == len([one for one in verdicts if not one["truncated"]])
    assert bool(verdicts) == (filters[0] != "--release")


def test_a_problem_names_exception_and_place_and_how_many_of_its_requests_pass(
    make_store: Callable[[Path], Path], tmp_path: Path
) -> None:
    """Of its newest request among those that pass, on one line."""
    path = make_store(tmp_path / "many.duckdb")
    with DuckDBStore(path, writable=True) as store, store.transaction() as cursor:
        cursor.execute(
            "insert into segment.data.verdict_revisions by name select * replace ("
            "'00000001ff' || repeat('0', 22) as trace_id, ended_at + interval 1 hour as ended_at, 502 as status, "
            "'refused\r\n  by peer' as exception_message, 'shop/db.py:99 reconnect' as location) "
            "from segment.data.verdict_revisions where trace_id = $id",
            {"id": UNREACHABLE},
        )
    every = _culpa("problems", "--store", str(path), "--cause", "database.unreachable").stdout
    assert "psycopg.OperationalError: refused by peer (shop/db.py:99 reconnect)\n" in every
    assert "   2 requests, " in every
    some = _culpa("problems", "--store", str(path), "--status", "500", "--limit", "1")
    assert "Connection refused" in " ".join(some.stdout.split())
    assert "   1 of 2 requests, " in some.stdout
    assert "--limit N shows more" in some.stderr


def test_a_limited_table_says_that_there_are_more(run: Run) -> None:
    """Nobody takes the newest two for all."""
    _, _, err = run("verdicts", "--limit", "2")
    assert "the newest 2" in err


def test_csv_is_read_back_by_a_csv_reader(run: Run) -> None:
    """Commas, quotes, line breaks and control characters of telemetry survive a pipe."""
    _, out, _ = run("verdicts", "--csv")
    rows = list(csv.DictReader(io.StringIO(out, newline="")))
    assert 8 == len(rows)
    hostile = next(row for row in rows if row["trace_id"] == HOSTILE)
    assert hostile["exception_message"].startswith("\x1b[2J\x1b]0;owned\x07[red]")
    assert "origin_exception" == json.loads(hostile["evidence"])[0]["rule"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["verdicts"],
        ["verdicts", "--json"],
        ["explain", HOSTILE],
        ["explain", HOSTILE, "--json"],
        ["explain", HOSTILE, "--sql"],
        ["explain", HOSTILE, "--markdown"],
        ["problems"],
        ["sql", "select exception_message from verdicts"],
        ["sql", "select exception_message from verdicts", "--json"],
    ],
)
def test_telemetry_cannot_steer_a_terminal(run: Run, arguments: list[str]) -> None:
    """Escape sequences, bells and marks that reverse text are written out, in tables as in JSON."""
    status, out, err = run(*arguments)
    assert 0 == status
    assert not set("\x1b\x07\r\u202e") & set(out + err)
    if arguments[0] != "problems" and "--sql" not in arguments:
        assert "[red]bold[/red]" in out


def test_strict_fails_when_a_request_failed(run: Run) -> None:
    """`--strict` is for CI: 1 when there is a verdict that fits, 0 when there is none."""
    assert 1 == run("verdicts", "--strict")[0]
    assert 1 == run("verdicts", "--strict", "--json")[0]
    assert 0 == run("verdicts", "--strict", "--cause", "cache")[0]


def test_a_trace_without_a_failed_request_is_drawn(run: Run) -> None:
    """What it did is an answer too; one that nobody knows ends with 1 and a line that says so."""
    status, out, err = run("explain", "00000009")
    assert (0, "") == (status, err)
    assert "no request of trace 00000009" in out
    assert "200" in out
    status, out, err = run("explain", "00000009", "--json")
    [told] = json.loads(out)
    assert (None, 1) == (told["verdict"], len(told["tree"]))
    status, out, err = run("explain", "ffffffff")
    assert (1, "") == (status, out)
    assert "no trace and no problem ffffffff is known here" in err


def test_a_problem_is_explained_by_one_request_of_it(run: Run) -> None:
    """`culpa problems` gives its fingerprint; of a trace with two failures the other one is left out."""
    status, out, err = run("explain", "0000000000000008")
    assert (0, "") == (status, err)
    assert "reviews gave up" in out
    assert "Failed request 1" not in out
    assert "checkout" in out


def test_a_query_may_read_what_rules_read(run: Run) -> None:
    """Relations are made of the trace that is named; what `explain --sql` prints goes through."""
    status, out, err = run("sql", "--trace", UNREACHABLE, "select service, status from requests;", "--json")
    assert (0, "") == (status, err)
    assert [{"service": "nginx", "status": 500}] == json.loads(out)


def test_a_trace_is_found_however_its_id_is_written(run: Run) -> None:
    """Upper case, dashes and a whole traceparent do; so do 8 digits."""
    traceparent = f"00-{UNREACHABLE}-0000000000000011-01"
    spellings = [
        "00000001",
        UNREACHABLE,
        UNREACHABLE.upper(),
        "00000001-0000-0000-0000-000000000001",
        traceparent,
    ]
    assert 1 == len({run("explain", spelling)[1] for spelling in spellings})


def test_a_request_is_explained_by_its_id(make_store: Callable[[Path], Path], tmp_path: Path) -> None:
    """That of its span, which leaves out the trace's other failure, or what a server logged, hex digits or not."""
    path = make_store(tmp_path / "ids.duckdb")
    rows = access_rows()
    ids = ["req-7/a", "AB" * 16, "aa0b1c2d-0000-4000-8000-00000000000a"]
    with DuckDBStore(path, writable=True) as store:
        named = [rows[at] | {"request_id": ids[at], "access_id": f"{at:016x}"} for at in range(3)]
        twice = [rows[at] | {"request_id": "shared", "access_id": f"{9 + at:016x}"} for at in range(2)]
        store.write({"access": table("access", named + twice)})

    def explained(name: str) -> tuple[int, list[str]]:
        done = _culpa("explain", name, "--json", "--store", str(path))
        assert done.stdout or done.stderr
        found = json.loads(done.stdout or "[]")
        return done.returncode, [one["verdict"]["trace_id"] for one in found if one["verdict"]]

    assert [(0, [rows[at]["trace_id"]]) for at in range(3)] == [explained(name) for name in ids]
    assert (0, [trace(7)]) == explained(span(0x75))
    assert (0, [trace(7)]) == explained(span(0x71))
    assert (2, []) == explained("shared")
    assert (2, []) == explained("req-7/")


def test_a_ticket_has_the_stack_trace_and_no_text_of_telemetry_outside_of_code(
    make_store: Callable[[Path], Path], tmp_path: Path
) -> None:
    """Of the exceptions that were recorded the one that the verdict names, where it shows most."""
    path = make_store(tmp_path / "stacks.duckdb")
    common = {"trace_id": trace(4), "span_id": span(0x41), "type": "KeyError", "message": HOSTILE_TEXT}
    traces = ["Traceback: short", 'Traceback:\n  File "shop/cart.py", line 41\n```\n# <b>fake</b>\n', "x" * 99]
    rows = [common | {"exception_id": f"{at:016x}", "stacktrace": text} for at, text in enumerate(traces)]
    rows[2]["type"] = "Other"
    with DuckDBStore(path, writable=True) as store:
        store.write({"exceptions": table("exceptions", rows)})
    text = _culpa("explain", HOSTILE, "--markdown", "--store", str(path)).stdout
    assert '````\nTraceback:\n  File "shop/cart.py", line 41\n```\n# <b>fake</b>\n````\n' in text
    html = MarkdownIt("commonmark").render(text)
    assert "<script" not in html
    assert "<b>fake" not in html
    assert "<img" not in html


def test_a_message_of_several_lines_reads_on_and_evidence_is_said_once(
    make_store: Callable[[Path], Path], tmp_path: Path
) -> None:
    """A driver's exception is recorded by each span that it passes, with and without its last line end."""
    path = make_store(tmp_path / "lines.duckdb")
    [row] = [one for one in verdict_rows() if one["trace_id"] == trace(2)]
    said = [
        row["evidence"][0] | {"statement": text, "source": f"span:{span(at)}"}
        for at, text in ((0x22, "no table\n\tLINE 1: selec\n"), (0x21, "no table\n\tLINE 1: selec"))
    ]
    said.append(said[0] | {"weight": 0.5})
    row |= {"exception_type": "DbError", "exception_message": "no table\r\n  LINE 1: selec\n", "evidence": said}
    with DuckDBStore(path, writable=True) as store:
        store.write({"verdict_revisions": table("verdict_revisions", [row | {"judged_at": row["judged_at"] + 1}])})
    text = _culpa("explain", trace(2), "--store", str(path)).stdout
    assert "exception  DbError: no table LINE 1: selec\n" in text
    assert "  [1][2][3]  +4.00  no table LINE 1: selec" in text
    assert "+0.50" not in text
    assert "\\n" not in text.partition("What to do")[0]
    ticket = _culpa("explain", trace(2), "--markdown", "--store", str(path)).stdout
    assert 1 == ticket.count("`no table LINE 1: selec` (`sqlstate`, +4.00)")
    with open_session(path) as s:
        assert 1 == s.explain(trace(2))._repr_html_().count(">no table LINE 1: selec</td><td")


@pytest.mark.parametrize("text", ["0000000", "not-hex-at-all", "0" * 33, ""])
def test_what_is_no_trace_id_is_a_usage_error(run: Run, text: str) -> None:
    """Seven digits could be anything."""
    status, out, err = run("explain", text)
    assert (2, "") == (status, out)
    assert "no id of a trace or a problem" in err


def test_an_ambiguous_prefix_is_refused(make_store: Callable[[Path], Path], tmp_path: Path) -> None:
    """When two traces begin alike, culpa names them instead of choosing one."""
    path = make_store(tmp_path / "two.duckdb")
    store = DuckDBStore(path, writable=True)
    with store.transaction() as cursor:
        cursor.execute(
            "insert into segment.data.verdict_revisions by name "
            "select * replace ('00000001ff' || repeat('0', 22) as trace_id) "
            "from segment.data.verdict_revisions where trace_id = $id",
            {"id": UNREACHABLE},
        )
    store.close()
    done = _culpa("explain", "00000001", "--store", str(path))
    assert 2 == done.returncode
    assert UNREACHABLE in done.stderr
    assert 0 == _culpa("explain", "00000001ff", "--store", str(path)).returncode


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["verdicts", "--store", "/nowhere/at/all.duckdb"], "no store at"),
        (["verdicts", "--store", "/etc/passwd"], "not a DuckDB file"),
        (["problems", "--store", "http://127.0.0.1:9"], "no answer from the collector"),
        (["sql", "drop table spans"], "only SELECT"),
        (["sql", "select no_such_column from spans"], "no_such_column"),
        (["sql", "select 1; select 2"], "one by one"),
        (["sql", "select 1", "--arrow", "/nowhere/at/all"], "cannot write"),
        (["verdicts", "--since", "yesterdayish"], "is no time"),
        (["verdicts", "--cause", "databse"], "no cause and no layer; try database"),
        (["problems", "--layer", "databse"], "no layer; try database"),
        (["problems", "--status", "5xx"], "write a number such as 502"),
        (["verdicts", "--until", "yesterdayish"], "is no time"),
        (["verdicts", "--json", "--csv"], "exclude each other"),
        (["explain", UNREACHABLE, "--json", "--sql"], "exclude each other"),
        (["explain", UNREACHABLE, "--markdown", "--json"], "exclude each other"),
        (["sql", "select $a", "-p", "a"], "NAME=VALUE"),
    ],
)
def test_trouble_is_one_clear_line_and_status_2(run: Run, arguments: list[str], words: str) -> None:
    """Nothing goes to stdout, and no stack trace to anybody."""
    status, out, err = run(*arguments)
    assert (2, "") == (status, out)
    assert words in err
    assert "Traceback" not in err
    assert 1 == len([line for line in err.splitlines() if line.startswith("Error:")])


def test_sql_binds_values_and_keeps_nanoseconds(run: Run) -> None:
    """A value is never part of the text, and times have all their digits."""
    query = "select trace_id, ended_at from verdicts where cause = $cause"
    _, out, _ = run("sql", query, "-p", "cause=database.deadlock", "--json")
    expected = [{"trace_id": "00000002000000000000000000000002", "ended_at": "2026-03-01T10:00:02.123456789Z"}]
    assert expected == json.loads(out)
    assert (0, "[]\n") == run("sql", query, "-p", "cause=' or 1 = 1 --", "--json")[:2]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("select ended_at > now() as x from verdicts", "write `ended_at > ago('1 hour')`"),
        ("select cause, count(*) from verdicts", "write `group by all`"),
        ("select nosuch from verdicts", "Candidate bindings"),
    ],
)
def test_sql_says_what_to_do_about_a_query_that_cannot_work(sample: Path, query: str, said: str) -> None:
    """In one line, and never of a list that stands beside, as it does on the page."""
    done = _culpa("sql", query, "--store", str(sample))
    assert (2, 1) == (done.returncode, len(done.stderr.splitlines()))
    assert said in done.stderr
    assert "beside" not in done.stderr


def test_sql_fits_the_width(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """What fits is a grid, what nearly fits is cut, and what would be slivers stands one column a line; digits stay."""
    query = "select trace_id, component, 1234567890123 as n, exception_message from verdicts order by trace_id"
    for width in (60, 90, 120, 200):
        monkeypatch.setenv("COLUMNS", str(width))
        _, out, err = run("sql", query)
        assert max(map(len, out.splitlines())) <= width
        assert 8 == out.count("1234567890123")
        assert (width == 60) == ("row 8\n" in out)
        assert (width in (90, 120)) == ("is cut" in err)
        assert (width != 60) == (10 == len(out.splitlines()))
    monkeypatch.setenv("COLUMNS", "40")
    _, out, _ = run("sql", "select * from verdicts where cause = 'database.deadlock'")
    assert "trace_id         00000002000000000000" in out
    assert "exception_type" not in out
    assert max(map(len, out.splitlines())) <= 40
    # No column is so narrow that it is read from top to bottom.
    assert not [line for line in out.splitlines() if len(line.strip()) == 1]


def test_sql_in_a_pipe_is_not_cut_to_a_width(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is searched for stands on one line; a text alone is folded on a screen."""
    query = "select 'begin' || repeat('.', 300) || 'end' as long, 1 as n from range(2)"
    monkeypatch.delenv("COLUMNS")
    _, out, err = run("sql", query)
    assert 2 == len([line for line in out.splitlines() if line.startswith("begin.") and "end" in line])
    assert "2 rows\n" == err
    monkeypatch.setenv("COLUMNS", "80")
    _, out, err = run("sql", "select 'begin' || repeat('.', 300) || 'end' as long")
    assert "end" in out
    assert "1 row\n" == err


def test_many_rows_that_are_too_wide_are_not_all_shown(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody takes the first hundred for all."""
    columns = ", ".join(f"repeat('x', 30) as c{number}" for number in range(9))
    monkeypatch.setenv("COLUMNS", "80")
    _, out, err = run("sql", f"select {columns} from range(150)")
    assert ("row 100" in out, "row 101" in out) == (True, False)
    assert "150 rows; the first 100 are shown, --json, --csv and --arrow have all\n" == err


def test_no_store_and_no_collector_are_both_said(tmp_path: Path) -> None:
    """Whoever names nothing most often meant a collector, which is not running."""
    environment = {name: value for name, value in os.environ.items() if name != "CULPA_STORE"}
    command = [sys.executable, "-c", _NO_COLLECTOR, "verdicts"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (2, "") == (done.returncode, done.stdout)
    assert (
        "no collector answers at http://127.0.0.1:9 (`culpa collect` starts one); no store at culpa-store"
        in done.stderr
    )
    done = subprocess.run([*command, "--store", "here"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Error: no store at here; name" in done.stderr


def test_markdown_of_a_problem_says_how_often(run: Run) -> None:
    """As the page's does; that of a request alone does not."""
    fingerprint = f"{2:016x}"
    status, text, _ = run("explain", fingerprint, "--markdown")
    assert 0 == status
    request, _, often = text.partition("\n## How often\n")
    assert f"- **trace**: `{trace(2)}`" in request
    times = "since `2026-03-01T10:00:02.123456789Z`, last `2026-03-01T10:00:02.123456789Z`"
    assert often.splitlines()[1:3] == [f"- 1 failed request {times}, `ongoing`", "- route `/orders`"]
    assert f"trace `{trace(2)}`" in often
    assert "## How often" not in run("explain", trace(2), "--markdown")[1]


#: A collector of somebody else may run on the usual port of the machine that this is tested on.
_NO_COLLECTOR = """
import sys
from culpa.analysis.surface import place, session
from culpa.instrumentation.cli import main
place._LOCAL_PORT, place.LOCAL_COLLECTOR = 9, "http://127.0.0.1:9"
session.LOCAL_COLLECTOR = place.LOCAL_COLLECTOR
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    ("mistyped", "said"),
    [
        ("verdict", "'verdict'. Did you mean verdicts?"),
        ("expalin", "'expalin'. Did you mean explain?"),
        ("sayings lst", "'lst'. Did you mean list?"),
        ("formats trry", "'trry'. Did you mean try?"),
        ("store salvag", "'salvag'. Did you mean salvage?"),
        ("store lst", "'lst'. Did you mean list?"),
        ("sayings xyzzy", "'xyzzy'. There are check, list and try."),
    ],
)
def test_a_mistyped_command_names_the_one_that_was_meant(run: Run, mistyped: str, said: str) -> None:
    """Of a group too, or what there is where that is little; and one that is like none names none."""
    assert f"No such command {said}" in run(*mistyped.split())[2]
    status, out, err = run("xyzzyxyzzy")
    assert (2, "") == (status, out)
    assert "Did you mean" not in err


def test_sql_writes_arrow(run: Run, tmp_path: Path) -> None:
    """`--arrow FILE` is an Arrow stream with the types of the store."""
    file = tmp_path / "out.arrows"
    status, out, _ = run("sql", "select ended_at, confidence from verdicts", "--arrow", str(file))
    assert (0, "") == (status, out)
    with pa.ipc.open_stream(file.read_bytes()) as stream:
        answer = stream.read_all()
    assert (8, ["timestamp[ns]", "double"]) == (answer.num_rows, [str(field.type) for field in answer.schema])


def test_sql_reads_stdin(sample: Path) -> None:
    """A dash stands for stdin, so that a file of SQL can be piped in."""
    done = _culpa("sql", "-", "--csv", "--store", str(sample), stdin="select count(*) as n from verdicts")
    assert (0, "n\n8\n") == (done.returncode, done.stdout)


def test_problems_are_counted(run: Run) -> None:
    """Every problem has its component, cause and number of requests; the table and JSON tell the same."""
    _, out, _ = run("problems", "--json")
    found = {row["cause"]: (row["component"], row["requests"]) for row in json.loads(out)}
    assert ("postgresql://db:5432/shop", 1) == found["database.deadlock"]
    _, table, err = run("problems")
    assert all(cause in table for cause in found)
    assert f"{len(found)} problems" in err


def test_a_reader_that_stops_reading_is_no_trouble(sample: Path) -> None:
    """`culpa … | head -1` ends in silence, with status 0."""
    query = "select i, repeat('x', 100) as filling from range(100000) as t(i)"
    command = f'"{sys.executable}" -m culpa.instrumentation.cli sql "{query}" --csv --store "{sample}" | head -1'
    script = f"{command}; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
    assert ("i,filling\n0\n", "") == (done.stdout.replace("\r", ""), done.stderr)


def _culpa(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "culpa.instrumentation.cli", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
