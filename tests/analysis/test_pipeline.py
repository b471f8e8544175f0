"""The order of the relations comes from what they read, and nothing that they read is missed."""

import json
from typing import Any

import duckdb

from culpa.analysis.pipeline.relations import relations
from culpa.analysis.pipeline.rules import Rule, named, rules


def _read_by(sql: str) -> set[str]:
    """Return the tables that a statement names, as DuckDB's parser has them, without its own intermediate ones."""
    (tree,) = duckdb.sql("select json_serialize_sql($sql)", params={"sql": sql}).fetchall()[0]
    named: set[str] = set()
    own: set[str] = set()
    left: list[Any] = [json.loads(tree)]
    while left:
        part = left.pop()
        if isinstance(part, dict):
            own |= {entry["key"] for entry in part.get("cte_map", {}).get("map", ())}
            named |= {part["table_name"]} if part.get("type") == "BASE_TABLE" else set()
            left += part.values()
        elif isinstance(part, list):
            left += part
    return named - own


def test_each_relation_is_made_after_those_that_it_reads() -> None:
    """Whatever the names of files and folders."""
    made: set[str] = set()
    names = {relation.name for relation in relations()}
    for relation in relations():
        assert (relation.name, set()) == (relation.name, relation.waits_for & names - made)
        made.add(relation.name)


def test_what_is_read_is_what_the_parser_of_the_engine_says() -> None:
    """Of relations; a rule names what it is idle without, which it reads."""
    names = {relation.name for relation in relations()}
    for relation in relations():
        assert (relation.name, _read_by(relation.sql) & names) == (relation.name, relation.reads & names)
    for rule in rules():
        assert (rule.name, set()) == (rule.name, rule.idle_without - _read_by(rule.sql))


def test_each_name_stands_once() -> None:
    """A file of the same name in two folders would hide one of them."""
    found = [relation.name for relation in relations()]
    assert sorted(set(found)) == sorted(found)


def test_no_relation_bears_a_number_and_each_folder_holds_few() -> None:
    """A folder is a question: what it holds can be seen at a glance."""
    folders: dict[str, int] = {}
    for relation in relations():
        assert not relation.name[0].isdigit()
        folders[relation.folder] = folders.get(relation.folder, 0) + 1
    assert max(folders.values()) <= 12


def test_which_requests_failed_is_known_before_lines_are_doubted() -> None:
    """The first question waits for no answer on who listens, who is a stranger and which start failed."""
    known = {relation.name: relation for relation in relations()}
    before = {"requests"}
    for relation in reversed(relations()):
        before |= relation.waits_for & known.keys() if relation.name in before else set()
    assert set() == before & {"scoped_logs", "stranger_outputs", "known_services", "risen_starts"}


def test_a_rule_says_cause_and_strength_and_leaves_layer_and_component_to_the_cause(scene: Any) -> None:
    """Who took part is all that it may say of components."""
    must = {"trace_id", "request_span_id", "source", "seen_at", "cause", "strength", "statement"}
    may = {"span_id", "object", "location", "service", "callee", "host", "blames"}
    scene.keep()
    with scene.store.cursor() as cursor:
        for relation in relations():
            columns = ", ".join(f'"{column.name}" {column.kind}' for column in relation.columns)
            cursor.execute(f"create temp table {relation.name} ({columns})")
        for rule in rules():
            told = {row[0] for row in cursor.execute(f"describe {rule.sql}").fetchall()}
            assert (rule.name, set(), set()) == (rule.name, must - told, told - must - may)
            assert (rule.name, True) == (rule.name, bool(told & {"service", "callee"}))


def test_the_first_word_of_a_cause_names_the_layer_and_who_of_those_that_took_part_is_to_blame(scene: Any) -> None:
    """A machine that nobody names is told by the service on it; a rule may blame the callee all the same."""
    takes = "'app' as service, 'db' as callee, '' as host"
    sql = " union all ".join(
        f"select 't' as trace_id, 'r' as request_span_id, 's' as source, now() as seen_at, 'x' as statement, 1.0 as strength, {one}"
        for one in (
            f"{takes}, 'database.busy' as cause, '' as blames",
            f"{takes}, 'config.schema_drift' as cause, '' as blames",
            f"{takes}, 'config.bad_credentials' as cause, 'callee' as blames",
            f"{takes}, 'host.disk_full' as cause, '' as blames",
            "'app' as service, 'db' as callee, 'host:a' as host, 'host.disk_full' as cause, '' as blames",
        )
    )
    rule = Rule("one", "who?", "direct", sql, frozenset())
    with scene.store.cursor() as cursor:
        cursor.execute(
            "create temp table joined_logs (trace_id varchar, request_span_id varchar, log_id varchar, joined_by varchar, surety double)"
        )
        found = cursor.execute(f"select layer, component from ({named((rule,))})").fetchall()
    expected = [("config", "app"), ("config", "db"), ("database", "db"), ("host", "app"), ("host", "host:a")]
    assert expected == sorted(found)
