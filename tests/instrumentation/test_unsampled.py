"""Where the user samples, a failing request is kept whole all the same, and no other is."""

import time
from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def sampled(sink: Any, serve: Any, culpa_run: Any, free_port: Any) -> Callable[..., Any]:
    """Start the shop with settings of its own."""

    def start(**environ: str) -> Any:
        port = free_port()
        command = culpa_run(sink.url, "uvicorn", "fastapi_shop:app", "--port", str(port), "--log-level", "warning")
        return serve(command, port, environ)

    return start


def _spans(sink: Any, trace_id: str) -> list[tuple[str, bool]]:
    return sorted((span.name, span.error) for span in sink.spans if span.trace_id == trace_id)


def test_a_failing_request_is_kept_whole_though_nothing_is_sampled(sampled: Any, sink: Any) -> None:
    """With the spans below its own; a healthy one leaves none."""
    server = sampled(OTEL_TRACES_SAMPLER="always_off")
    healthy, failing = "a1" * 16, "b1" * 16
    assert 200 == server.get("/ok", healthy).status_code
    assert 500 == server.get("/sqlite", failing).status_code
    sink.wait(lambda s: [span for span in s.spans if span.trace_id == failing and span.kind == 2])
    assert [("GET /sqlite", True)] == [one for one in _spans(sink, failing) if one[0] == "GET /sqlite"]
    assert 2 <= len(_spans(sink, failing))
    time.sleep(1.5)
    assert [] == _spans(sink, healthy)


def test_what_is_sampled_is_sent_as_ever(sampled: Any, sink: Any) -> None:
    """The sampler follows its caller here: one that samples, and one that does not."""
    server = sampled(OTEL_TRACES_SAMPLER="parentbased_always_off")
    chosen, other = "a2" * 16, "b2" * 16
    server.get("/ok", chosen)
    server.client.get("/ok", headers={"traceparent": f"00-{other}-{'1' * 16}-00"})
    sink.wait(lambda s: [span for span in s.spans if span.trace_id == chosen])
    time.sleep(1.5)
    assert ([("GET /ok", False)], []) == (_spans(sink, chosen), _spans(sink, other))


def test_it_is_bounded_and_can_be_switched_off(sampled: Any, sink: Any) -> None:
    """By requests a second, and by `off`."""
    server = sampled(OTEL_TRACES_SAMPLER="always_off", CULPA_KEEP_FAILURES="2")
    ids = [f"{number:032x}" for number in range(0xC00, 0xC14)]
    for trace_id in ids:
        server.get("/raise", trace_id)
    sink.wait(lambda s: [span for span in s.spans if span.trace_id in ids])
    time.sleep(1.5)
    kept = {span.trace_id for span in sink.spans} & set(ids)
    assert 2 <= len(kept) < len(ids)
    server = sampled(OTEL_TRACES_SAMPLER="always_off", CULPA_KEEP_FAILURES="off")
    server.get("/raise", "d3" * 16)
    time.sleep(1.5)
    assert [] == _spans(sink, "d3" * 16)
