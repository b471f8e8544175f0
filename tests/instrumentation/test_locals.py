"""Local variables of the user's own line: on request, without its methods, without its secrets."""

from pathlib import Path
from typing import Any

import pytest

from culpa.instrumentation.exceptions.locals import own_locals
from culpa.instrumentation.exceptions.origin import chain

#: In pieces, so that no line of this file holds them.
PASSWORD = "hush" + "-hush"
ADDRESS = "jane@" + "example.com"


class Order:
    """An object of the program's whose representation must not be asked for."""

    def __repr__(self) -> str:
        raise AssertionError("asked for")


def _raised(**given: Any) -> list[str]:
    def fail(order: Any, db_password: str, mail: str, many: list[int], nested: dict[str, Any]) -> None:
        raise KeyError("price")

    try:
        fail(**given)
    except KeyError as error:
        return own_locals(chain(error))
    raise AssertionError("nothing was raised")


@pytest.fixture
def told() -> dict[str, str]:
    """Return the variables of a frame that failed."""
    rows = _raised(
        order=Order(),
        db_password=PASSWORD,
        mail=f"to {ADDRESS} " + "x" * 500,
        many=list(range(100)),
        nested={"token": PASSWORD, "deep": {"deeper": {"deepest": {"end": 1}}}, "n": 1},
    )
    return dict(row.split(" = ", 1) for row in rows)


def test_values_of_pythons_own_types_are_told(told: dict[str, str]) -> None:
    """Of others the class; long ones are cut."""
    assert told["order"].endswith("Order>")
    assert "[0, 1, 2, 3, 4, 5, 6, 7, …]" == told["many"]
    assert "'n': 1" in told["nested"]
    assert "'deeper': {" in told["nested"]
    assert "'end'" not in told["nested"]
    assert len(told["mail"]) < 130


def test_secrets_and_personal_data_are_masked(told: dict[str, str]) -> None:
    """By the name of a variable or of a key, by the form of a text."""
    assert "[redacted]" == told["db_password"]
    assert "'token': [redacted]" in told["nested"]
    assert "'to [email] x" == told["mail"][:13]
    assert [] == [one for one in told.values() if PASSWORD in one or ADDRESS in one]


def test_without_a_frame_of_the_users_there_are_none() -> None:
    """An exception that was never raised has no frame."""
    assert [] == own_locals([ValueError("never raised")])


@pytest.mark.parametrize(("switch", "expected"), [("on", ["order = 7"]), ("", None)])
def test_the_switch_sends_them_with_the_exception(
    sink: Any, run_in: Any, culpa_run: Any, switch: str, expected: list[str] | None, tmp_path: Path
) -> None:
    """They are off by default."""
    (tmp_path / "job.py").write_text(
        "from opentelemetry import trace\n"
        "def settle(order):\n    raise ValueError('unsettled')\n"
        f"with trace.get_tracer('t').start_as_current_span('job-{switch}'):\n    settle(7)\n"
    )
    run_in(culpa_run(sink.url, "python", "job.py"), tmp_path, CULPA_LOCALS=switch)
    (span,) = sink.wait(lambda s: [span for span in s.spans if span.name == f"job-{switch}"])
    assert expected == span.exceptions[0].get("exception.locals")
