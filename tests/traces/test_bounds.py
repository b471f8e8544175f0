"""Large traces are answered up to a bound, and what is left out is told."""

import json
import time
from typing import Any

from web.conftest import BIG, CIRCLE, FAILED, WELL, Site

from culpa.traces.reader import MOST_SPANS


def _asked(site: Site, path: str) -> tuple[Any, Any]:
    answer, text = site.ask(path)
    assert 200 == answer.status, text
    return answer.headers, json.loads(text)


def test_a_large_trace_comes_whole_with_its_verdict(large: Site) -> None:
    """Also one in which two spans name each other as parent."""
    for trace_id, spans in ((BIG, 5_000), (CIRCLE, 10_000)):
        trace = _asked(large, f"/jaeger/api/traces/{trace_id}")[1]["data"][0]
        assert spans == len(trace["spans"])
        assert 1 == len(trace["warnings"])
        marked = [span for span in trace["spans"] if any(tag["key"] == "culpa.cause" for tag in span["tags"])]
        assert 1 == len(marked)


def test_a_search_answers_so_many_traces_as_fit(large: Site) -> None:
    """The rest is counted, and there is a summary of each."""
    headers, found = _asked(large, "/jaeger/api/traces?service=shop&limit=1000")
    assert {BIG, CIRCLE} == {trace["traceID"] for trace in found["data"]}
    assert MOST_SPANS == sum(len(trace["spans"]) for trace in found["data"])
    left_out = len(FAILED) + len(WELL)
    assert str(left_out) == headers["X-Culpa-Left-Out"]
    assert f"{left_out} more traces are as wanted" in found["data"][-1]["warnings"][-1]
    now = time.time()
    window = "&".join(
        f"query.startTime{name}={time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(at))}"
        for name, at in (("Min", now - 86_400), ("Max", now + 60))
    )
    summaries = _asked(large, f"/jaeger/api/v3/trace-summaries?{window}&query.serviceName=shop")[1]["summaries"]
    assert left_out + 2 == len(summaries)
    assert {BIG: 5_000, CIRCLE: 10_000}.items() < {one["traceId"]: one["spanCount"] for one in summaries}.items()


def test_a_trace_beyond_the_bound_says_so(large: Site) -> None:
    """Its first spans are shown."""
    from web import otlp

    trace_id = "d" * 32
    for part in range(3):
        spans = otlp.large(trace_id, 6_000)
        for span in spans[1:]:
            span["spanId"] = f"{int(span['spanId'], 16) + (part << 20):016x}"
        large.send([("bulk", spans)])
    trace = _asked(large, f"/jaeger/api/traces/{trace_id}")[1]["data"][0]
    assert MOST_SPANS == len(trace["spans"])
    assert f"the first {MOST_SPANS} of its " in trace["warnings"][-1]
