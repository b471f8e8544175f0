"""A rule or a relation is skipped where one that it reads is empty: that must never change an answer."""

import re
from typing import Any

import pytest

from culpa.analysis.pipeline.evidence import gather
from culpa.analysis.pipeline.relations import STORED, Relation, relations
from culpa.analysis.pipeline.rules import rules


def late_work(scene: Any) -> None:
    """Let the app's own work take too long; it calls nobody."""
    access = scene.access(504, upstream="app:8000", upstream_status="504", lasts=1000, upstream_connect_ns=1000)
    scene.server("checkout", 200, parent=access, lasts=3000)


def lost_connection(scene: Any) -> None:
    """Let only the web server's logs tell of it."""
    scene.access(502, upstream="app:8000", upstream_status="502", upstream_connect_ns=1000)
    scene.error_line("upstream prematurely closed connection while reading response header from upstream")


def own_answer(scene: Any) -> None:
    """Let the web server answer, whose error log nobody reads."""
    scene.access(500)


def silent_answer(scene: Any) -> None:
    """Let an app answer 500 and tell nothing."""
    scene.server("checkout", 500)


def printed_exception(scene: Any) -> None:
    """Send no span: the app's output tells that another service answered with an error."""
    scene.access(500, upstream="app:8000", upstream_status="500", upstream_connect_ns=1, upstream_header_ns=2)
    log = scene.server_log("python_server", "request.failed", "Exception in ASGI application", url_path="/orders/7")
    scene.logs_exception(
        log, "requests.exceptions.HTTPError", "503 Server Error: Service Unavailable for url: https://pay.example/v1"
    )


def database_line(scene: Any) -> None:
    """Let only the database's log know the trace."""
    scene.access(500, upstream="app:8000", upstream_status="500", upstream_connect_ns=1, upstream_header_ns=2)
    columns = {"trace_id": scene.trace, "error_code": "40P01", "service_name": "postgresql"}
    scene.server_log("postgresql_json", "query.failed", "deadlock detected", **columns)


def failed_call(scene: Any) -> None:
    """Send spans alone."""
    entry = scene.server("checkout", 500)
    call = scene.call(
        "checkout", entry, at=1, lasts=2, url_full="https://pay.example/v1", http_response_status_code=503
    )
    scene.raises(call, "KeyError", "'x'")


SCENES = [late_work, lost_connection, own_answer, silent_answer, printed_exception, database_line, failed_call]


def filled(cursor: Any) -> set[str]:
    """Return what has rows, of the store's and of relations, after making those that nobody asked for."""
    made = {name for (name,) in cursor.execute("select table_name from duckdb_tables() where temporary").fetchall()}
    for one in relations():
        if one.name not in made:
            cursor.execute(f"create temp table {one.name} as {one.sql}", params(one))
    known = [*(one.name for one in relations()), *STORED]
    return {name for name in known if cursor.execute(f"select count(*) from {name}").fetchall() != [(0,)]}


def params(one: Relation) -> dict[str, int] | None:
    """Return what its text asks for: all of a store, however old."""
    return {"since_ns": 0} if "$since_ns" in one.sql else None


@pytest.mark.parametrize("play", SCENES, ids=lambda play: play.__name__)
def test_skipping_a_rule_never_changes_an_answer(scene: Any, play: Any) -> None:
    """Each rule that is skipped, run all the same, finds nothing."""
    play(scene)
    scene.keep()
    with scene.store.cursor() as cursor:
        assert gather(cursor, None).requests
        full = filled(cursor)
        skipped = [rule for rule in rules() if not rule.idle_without <= full]
        assert skipped
        found = {rule.name: cursor.execute(rule.sql).fetchall() for rule in skipped}
    assert {} == {name: rows for name, rows in found.items() if rows}


@pytest.mark.parametrize("play", SCENES, ids=lambda play: play.__name__)
def test_a_relation_that_is_skipped_would_be_empty_and_has_the_same_columns(scene: Any, play: Any) -> None:
    """Each relation that is idle, made all the same."""
    play(scene)
    scene.keep()
    with scene.store.cursor() as cursor:
        gather(cursor, None)
        full = filled(cursor)
        idle = [one for one in relations() if not one.idle_without <= full]
        assert idle
        for one in idle:
            skipped = cursor.execute(f"describe {one.name}").fetchall()
            made = cursor.execute(f"describe {one.sql}", params(one)).fetchall()
            assert (one.name, [row[:2] for row in made]) == (one.name, [row[:2] for row in skipped])
            rows = cursor.execute(one.sql, params(one)).fetchall()
            assert (one.name, []) == (one.name, rows)


def test_no_intermediate_table_bears_the_name_of_a_relation() -> None:
    """A rule that has one of its own by that name would be skipped where the relation is empty."""
    names = {one.name for one in relations()}
    for one in (*rules(), *relations()):
        own = set(re.findall(r"^(?:with (?:recursive )?)?([a-z_]+) as \($", one.sql, re.MULTILINE))
        assert (one.name, set()) == (one.name, own & names)
