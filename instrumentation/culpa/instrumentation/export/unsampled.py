"""Failing requests are kept whole, also where the sampler said no: their spans are held until the request has ended.

The sampler's word stands for everything else, and for whoever is called: nothing is told to them but what it said.
"""

import os
from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock
from time import monotonic

from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, AlwaysRecordSampler
from opentelemetry.trace import SpanKind, StatusCode

from culpa.instrumentation.report import say_once

#: How many failing requests a second are kept that were not sampled, 0 for none.
KEEP_FAILURES = "CULPA_KEEP_FAILURES"
_MOST_A_SECOND = 10.0
#: Spans that are held of one request, and in all; beyond it the oldest requests go.
_MOST_OF_ONE = 500
_MOST_SPANS = 20_000
#: Requests whose later spans (of background work) follow them.
_MOST_KEPT = 1_000


def most_a_second(environ: Mapping[str, str]) -> float:
    """Return how many unsampled failing requests a second are kept."""
    text = environ.get(KEEP_FAILURES, "").strip().lower()
    if text in ("off", "false", "no"):
        return 0.0
    try:
        return max(0.0, float(text)) if text else _MOST_A_SECOND
    except ValueError:
        say_once("keep failures", f"{KEEP_FAILURES} is a number of requests a second, or off; it is {_MOST_A_SECOND:g}")
        return _MOST_A_SECOND


def record_all(provider: TracerProvider) -> None:
    """Have spans recorded that the sampler drops, so that those of a failure can be kept."""
    is_whole = provider.sampler.get_description() == ALWAYS_ON.get_description()
    if not is_whole and most_a_second(os.environ):
        provider.sampler = AlwaysRecordSampler(provider.sampler)


class Unsampled:
    """Spans of requests that were not sampled, until it is known how the request ended. Any thread may call."""

    def __init__(self, most_a_second: float) -> None:
        self._most_a_second = most_a_second
        self.forget()

    def forget(self) -> None:
        """Start anew, as a forked child must: what is held is its parent's."""
        self._lock = Lock()
        self._held: OrderedDict[int, list[ReadableSpan]] = OrderedDict()
        self._spans = 0
        self._kept: OrderedDict[int, None] = OrderedDict()
        self._room = self._most_a_second
        self._at = monotonic()

    def take(self, span: ReadableSpan) -> list[ReadableSpan]:
        """Take a span that has ended; return those that are to be sent now: none, or all of a request that failed."""
        if span.context is None or not self._most_a_second:
            return []
        trace_id = span.context.trace_id
        with self._lock:
            if trace_id in self._kept:
                return [span]
            if _is_entry(span):
                held = self._held.pop(trace_id, [])
                self._spans -= len(held)
                return self._decided(trace_id, [*held, span]) if _failed(span) else []
            self._hold(trace_id, span)
            return []

    def _hold(self, trace_id: int, span: ReadableSpan) -> None:
        spans = self._held.setdefault(trace_id, [])
        if len(spans) < _MOST_OF_ONE:
            spans.append(span)
            self._spans += 1
        while self._spans > _MOST_SPANS:
            self._spans -= len(self._held.popitem(last=False)[1])

    def _decided(self, trace_id: int, spans: list[ReadableSpan]) -> list[ReadableSpan]:
        now = monotonic()
        self._room = min(self._most_a_second, self._room + (now - self._at) * self._most_a_second)
        self._at = now
        if self._room < 1:
            say_once(
                "many unsampled failures",
                f"more than {self._most_a_second:g} unsampled requests a second fail; the others are not kept "
                f"({KEEP_FAILURES} sets the bound)",
            )
            return []
        self._room -= 1
        self._kept[trace_id] = None
        while len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return spans


def _is_entry(span: ReadableSpan) -> bool:
    """Say whether a span is the first of its trace in this process."""
    return span.parent is None or span.parent.is_remote or span.kind in (SpanKind.SERVER, SpanKind.CONSUMER)


def _failed(span: ReadableSpan) -> bool:
    if span.status.status_code is StatusCode.ERROR:
        return True
    attributes = span.attributes or {}
    status = attributes.get("http.response.status_code", attributes.get("http.status_code", 0))
    return isinstance(status, int) and status >= 500
