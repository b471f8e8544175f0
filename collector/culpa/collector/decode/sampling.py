"""For how many spans a span stands: what its sender says of sampling.

Source: https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/. The threshold has 56 bits, of
which trailing zeros are left out; a span with threshold T stands for 2^56 / (2^56 - T).
"""

import math
import re

import numpy as np

from culpa.collector.decode.arrays import having
from culpa.collector.decode.attributes import Split
from culpa.collector.kernels import Column, arrow, boolean, pc

_KEYS = arrow.array(["SampleRate", "sampling.ratio"])
_THRESHOLD = re.compile(r"th:([0-9a-f]{1,14})")
_MOST = 2**56
#: Nobody samples more; who says so would outvote all others.
_MOST_ONE_IN = 1e9


def sampled_one_in(trace_states: Column, split: Split) -> Column:
    """Return the adjusted count of each span, 0 where its sender says nothing of sampling."""
    found = np.zeros(len(trace_states))
    if pc.any(pc.match_substring(trace_states, "ot=")).as_py():
        states = trace_states.to_pylist()
        known = {state: _of_state(state) for state in set(states)}
        found = np.array([known[state] for state in states])
    keys = pc.list_flatten(split.keys)
    if len(keys) and pc.any(pc.is_in(keys, _KEYS)).as_py():
        told = np.flatnonzero(boolean(having(split.keys, pc.is_in(keys, _KEYS))) & (found == 0))
        for row in told.tolist():
            found[row] = _of_attributes(dict(zip(split.keys[row].as_py(), split.values[row].as_py(), strict=True)))
    return arrow.array(found)


def _of_state(state: str) -> float:
    """Return what the threshold of OpenTelemetry's own part of a trace state means."""
    for part in state.split(","):
        name, _, value = part.strip().partition("=")
        if name == "ot":
            for field in value.split(";"):
                if threshold := _THRESHOLD.fullmatch(field):
                    return min(_MOST / (_MOST - int(threshold[1].ljust(14, "0"), 16)), _MOST_ONE_IN)
    return 0.0


def _of_attributes(attributes: dict[str, str]) -> float:
    rate = attributes.get("SampleRate", "")
    try:
        one_in = float(rate) if rate else 1 / float(attributes["sampling.ratio"])
    except (ValueError, KeyError, ZeroDivisionError):
        return 0.0
    return one_in if math.isfinite(one_in) and 1 <= one_in <= _MOST_ONE_IN else 0.0
