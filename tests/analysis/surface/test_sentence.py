"""The first sentence of an explanation."""

from typing import Any

import pytest

from culpa.analysis.explanation.sentence import percent, sentence
from culpa.knowledge import causes


def _verdict(cause: str, **values: Any) -> dict[str, Any]:
    return {
        "kind": "request",
        "method": "GET",
        "path": "/orders/7",
        "route": "/orders/{id}",
        "status": 500,
        "surfaced": True,
        "truncated": False,
        "service": "checkout",
        "layer": causes()[cause].layer,
        "component": "thing",
        "cause": cause,
        "object": "",
        "exception_type": "",
        "exception_message": "",
        "evidence": [],
    } | values


@pytest.mark.parametrize("cause", [code for code in causes() if code != "unknown"])
def test_every_cause_has_a_sentence_of_its_own(cause: str) -> None:
    """It names the component, what the client got and the request, and reads well without a component too."""
    said = sentence(_verdict(cause))
    assert "thing" in said
    assert said.endswith(", so checkout answered 500 to GET /orders/7.")
    assert "the cause is" not in said
    assert "  " not in sentence(_verdict(cause, component=""))


def test_a_refused_connection_is_told_as_such() -> None:
    """How a connection failed is read from the exception or the evidence."""
    refused = _verdict(
        "database.unreachable", component="postgresql://db:5432/shop", exception_message="Connection refused"
    )
    expected = "postgresql://db:5432/shop refused the connection, so checkout answered 500 to GET /orders/7."
    assert expected == sentence(refused)
    unknown = _verdict("database.unreachable", component="postgresql://db:5432/shop")
    assert sentence(unknown).startswith("postgresql://db:5432/shop could not be reached")


def test_a_service_does_not_blame_itself_by_name_twice() -> None:
    """The second time it is `it`."""
    said = sentence(_verdict("app.unhandled_exception", component="checkout", exception_type="KeyError"))
    assert "checkout raised KeyError, so it answered 500 to GET /orders/7." == said


def test_other_work_failed_and_answered_nobody() -> None:
    work = {"kind": "task", "method": "", "path": "", "route": "run/orders.ship", "status": 0, "surfaced": False}
    said = sentence(_verdict("database.unreachable", service="worker", exception_message="Connection refused", **work))
    assert "thing refused the connection, so the task run/orders.ship of worker failed." == said
    own = sentence(_verdict("app.unhandled_exception", service="worker", component="worker", **work))
    assert "worker raised an exception, so its task run/orders.ship failed." == own


def test_unknown_says_so() -> None:
    """No cause is made up; a component that is known is named."""
    said = sentence(_verdict("unknown", component=""))
    assert "checkout answered 500 to GET /orders/7; there is not enough telemetry to say why." == said
    assert sentence(_verdict("unknown", component="db")).endswith("The trail ends at db.")


def test_broken_off_and_hidden_answers_are_told() -> None:
    """An answer that broke off, one that never came, and one that the client of the trace did not see."""
    assert "broke off its answer (200)" in sentence(_verdict("app.worker_killed", truncated=True, status=200))
    assert "never answered GET" in sentence(_verdict("app.worker_killed", status=0))
    assert "did not get a 5xx" in sentence(_verdict("app.worker_killed", surfaced=False))


def test_percentages_do_not_round_to_certainty() -> None:
    """Only the whole is 100 % and only nothing is 0 %."""
    assert ["0 %", "<1 %", "50 %", "99 %", "100 %"] == [percent(share) for share in (0, 0.004, 0.5, 0.999, 1)]
