"""What is copied for a question follows from its text and its values alone."""

from collections.abc import Mapping

import pytest

from culpa.analysis.pipeline.questions import question
from culpa.collector.abroad.wanted import Wanted, wanted
from culpa.store import Parameter

_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.mark.parametrize(
    ("sql", "given", "expected"),
    [
        ("select count(*) from verdicts", {}, Wanted(0, (), "", False, False)),
        ("select count(*) from spans", {}, Wanted(0, (), "", True, False)),
        ("select * from spans where service_name = $name", {"name": "shop"}, Wanted(0, (), "", True, False)),
        (f"select * from spans where trace_id = '{_TRACE}'", {}, Wanted(0, (_TRACE,), "", False, False)),
        ("select * from logs where trace_id = $id", {"id": _TRACE.upper()}, Wanted(0, (_TRACE,), "", False, False)),
        ("select * from problems", {}, Wanted(0, (), "", False, True)),
        (question("verdicts"), {"since_ns": 7, "release": ""}, Wanted(7, (), "", False, False)),
        (question("verdicts"), {"since_ns": 7, "release": "1.2"}, Wanted(7, (), "", True, False)),
        (question("chosen_problems"), {"since_ns": 0, "release": ""}, Wanted(0, (), "", False, True)),
        (question("trace_verdicts"), {"lowest": _TRACE[:8]}, Wanted(0, (), _TRACE[:8], False, False)),
        (question("trace_spans"), {"trace_ids": [_TRACE]}, Wanted(0, (_TRACE,), "", False, False)),
        (question("healthy_traces"), {"route": "/a"}, Wanted(0, (), "", False, False)),
        (question("one_problem"), {"fingerprint": "1:0123456789abcdef"}, Wanted(0, (), "", False, True)),
    ],
)
def test_what_a_question_is_about(sql: str, given: Mapping[str, Parameter], expected: Wanted) -> None:
    assert expected == wanted(sql, given)
