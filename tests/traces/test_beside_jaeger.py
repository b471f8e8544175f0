"""A collector answers as a real Jaeger does that was sent the same traces, field by field, but for what differs on purpose."""

import json
from typing import Any

import pytest
from web.conftest import Site

from .beside import ANSWERS, ASKED, from_start

RECORDED: dict[str, Any] = json.loads(ANSWERS.read_text("utf-8"))["answers"]
#: Errors of which the message tells more than Jaeger's.
OWN_WORDS = ("v1 no id", "v3 search without time")


def alike(value: Any) -> Any:
    """Return an answer without what differs on purpose.

    That is: what culpa adds; warnings, which Jaeger has of clocks that it adjusts; the numbers of processes; ids of
    64 bits, which Jaeger's v1 writes with 16 digits; and of a link what this Jaeger, which keeps it as a reference, makes
    of it: a parent, and other attributes than were sent.
    """
    if isinstance(value, list):
        kept = [one for one in value if not _is_ours(one)]
        return sorted((alike(one) for one in kept), key=lambda one: json.dumps(one, sort_keys=True))
    if not isinstance(value, dict):
        return value
    if "processes" in value:
        spans = [{**span, "processID": value["processes"][span["processID"]]} for span in value["spans"]]
        value = {**value, "spans": spans, "processes": list(value["processes"].values())}
    if "links" in value:
        links = [{name: link[name] for name in ("traceId", "spanId")} for link in value["links"]]
        linked = [link["spanId"] for link in links]
        value = {key: one for key, one in value.items() if key != "parentSpanId" or one not in linked} | {
            "links": links
        }
    plain = {key: alike(one) for key, one in value.items() if key != "warnings" and one != {}}
    return plain | ({"traceID": plain["traceID"].zfill(32)} if "traceID" in plain else {})


def _is_ours(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    named = [str(value.get(name, "")) for name in ("key", "name")]
    fields = [one["value"] for one in value.get("fields", []) if one["key"] == "event"]
    return any(name.startswith(("culpa.", "@jaeger@")) for name in (*named, *map(str, fields)))


def test_every_question_is_asked_of_both() -> None:
    assert set(ASKED) == set(RECORDED)


@pytest.mark.parametrize("name", ASKED)
def test_the_answers_are_alike(site: Site, name: str) -> None:
    """Recorded by `python -m traces.beside`."""
    answer, text = site.ask(f"/jaeger{ASKED[name]}")
    found, wanted = json.loads(text), RECORDED[name]
    assert wanted["status"] == answer.status
    if name in OWN_WORDS:
        assert wanted["json"].keys() == found.keys()
    else:
        assert alike(wanted["json"]) == alike(from_start(found))
