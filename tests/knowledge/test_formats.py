"""What is asked about a log format stands in one table: analysis names no format of the collector."""

import re
from pathlib import Path

import pytest

from culpa.collector.formats import coded, formats
from culpa.knowledge import BadSaying, formats_of, log_formats, table, with_sayings

ROOM = Path(__file__).parents[2] / "analysis" / "culpa" / "analysis"
#: What the receiver of telemetry writes into the same column.
SENT = "otlp"
FACTS = {
    *(
        "sent",
        "shared",
        "names_upstream",
        "names_http",
        "times_header",
        "names_handler",
        "begins",
        "only_client",
        "errors",
    ),
    *(
        "of_process",
        "ends_at_memory",
        "late",
        "names_service",
        "tells_reason",
        "runs_apps",
        "starts_anew",
        "sees_ends",
        "hides_connection",
        "says_own_errors",
    ),
}
#: A column `format` beside a text: compared with it, or looked for in it.
COMPARED = re.compile(
    r"\bformat\s*(?:=|<>|!=|(?:not\s+)?(?:like|ilike|in)\s*\(?)\s*'\w|\w+\((?:\w+\.)?format, '\w|\bcase (?:\w+\.)?format when"
)


def _code(path: Path) -> str:
    return "\n".join(line.partition("--")[0] for line in path.read_text("utf-8").splitlines())


def test_each_format_of_the_collector_has_its_line() -> None:
    """Those that are data say it themselves."""
    assert sorted([*formats(), SENT]) == sorted(log_formats())
    assert sorted([*coded(), SENT]) == sorted(row["format"] for row in table("formats"))


def test_each_fact_is_explained_and_is_one_of_some_format() -> None:
    assert set().union(*(known.facts for known in log_formats().values())) == FACTS
    table = (ROOM.parent / "knowledge" / "formats.tsv").read_text("utf-8")
    assert set() == {fact for fact in FACTS if not re.search(rf"^#.*\b{fact}: ", table, re.MULTILINE)}


def test_analysis_asks_for_each_fact_and_names_no_format() -> None:
    files = [*ROOM.rglob("*.sql"), *ROOM.rglob("*.py")]
    asked = "\n".join(map(_code, files))
    assert set() == {fact for fact in FACTS if f"@formats {fact}@" not in asked and f'"{fact}"' not in asked}
    # `kernel` is a word of other sentences, too.
    names = re.compile(rf"\b(?:{'|'.join(log_formats().keys() - {'kernel'})})\b|'kernel'")
    assert [] == [path.name for path in files if names.search(_code(path)) or COMPARED.search(_code(path))]


@pytest.mark.parametrize(
    "sql",
    [
        "l.format like 'postgres%'",
        "starts_with(b.format, 'nginx')",
        "l.format not in ('a')",
        "case l.format when 'a' then 1 end",
    ],
)
def test_a_name_in_sql_is_found(sql: str) -> None:
    assert COMPARED.search(sql)


def test_a_word_is_a_fact_a_system_or_a_kind_of_system() -> None:
    assert {"nginx_combined", "apache_combined"} == set(formats_of("shared"))
    assert {"ingress_nginx", "nginx_access", "nginx_combined", "nginx_error", "nginx_proxy_manager"} == set(
        formats_of("nginx")
    )
    assert {"redis_server"} == set(formats_of("cache"))
    assert {"mysql_slow", "postgresql_csv"} < set(formats_of("database"))
    assert () == formats_of("no_such_word")


def test_sql_names_the_formats_and_what_they_are_of() -> None:
    assert (
        "x.format not in ('nginx_error', 'apache_error', 'lighttpd_error', 'varnish_log', 'traefik_log')"
        == with_sayings("x.format not in @formats errors@")
    )
    assert "x.format <> 'otlp'" == with_sayings("x.format not in @formats sent@")
    assert "x.format = 'otlp'" == with_sayings("x.format in @formats sent@")
    asked = with_sayings("@format language: x.format@")
    assert asked.startswith("case when x.format in (") and asked.endswith(" else '' end")
    assert "x.format in ('ruby_output', 'rails_log', 'lograge_json'" in asked and ") then 'ruby'" in asked
    with pytest.raises(BadSaying, match="no_such_word"):
        with_sayings("x.format in @formats no_such_word@")
