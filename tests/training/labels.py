"""The right answers where only some of the witnesses are heard.

A label says what failed by its fullest name, as all witnesses together tell it. Where those that are left tell less, the contract
of a verdict asks for less: an app by the address where it listens, or by none; a database by the part of its address that is told;
`app.down` where nothing says why the start failed; `app.bad_response` where nothing from inside says that a process died;
`unknown` where a web server waited in vain, and nothing from inside says for what.
"""

from collections.abc import Sequence

from culpa.analysis.judgement.weigh import Weights, is_part
from culpa.analysis.pipeline.evidence import Gathered
from training.corpus import Recording
from training.scoring import Row, matched, verdicts
from training.seen import Seen
from training.witnesses import Heard

#: The rule that finds a start that failed.
_FAILED_START = "log_boot_failed"

#: The rules that find nothing but that a web server waited in vain.
_BARE_WAITS = frozenset({"access_not_in_time", "web_read_timeout"})

#: Of any component.
_UNKNOWN: Row = {"layer": "unknown", "component": None, "cause": "unknown"}


def labels(recording: Recording, seen: Seen, heard: Heard, by: Weights) -> tuple[Row, ...]:
    """Return the labelled requests of a recording, each with every answer that is right by what is heard."""
    if not heard:
        return recording.requests
    gathered = seen.reduced[heard]
    is_start = any(one.rule == _FAILED_START for some in seen.gathered.evidence.values() for one in some)
    got, _ = matched(recording.requests, verdicts(gathered, by))
    return tuple(
        _softened(request, gathered, got[at], is_start, is_inside=not {"spans", "app"}.isdisjoint(heard))
        if at in got and request["failure"]
        else request
        for at, request in enumerate(recording.requests)
    )


def _softened(request: Row, heard: Gathered, verdict: Row, is_start: bool, *, is_inside: bool) -> Row:
    key = (verdict["trace_id"], verdict["request_span_id"])
    rules = {one.rule for one in heard.evidence[key]}
    named = {one.component for one in heard.evidence[key]}
    address = heard.requests[key]["upstream"]
    accepted = list(request.get("accept", []))
    for answer in [request["expect"], *accepted]:
        if answer["component"] and answer["component"] not in named:
            others = _other_names(answer["component"], named, address)
            accepted += [{**answer, "component": other} for other in others]
    # Nobody that is heard says why it does not run.
    if is_start and _FAILED_START not in rules:
        accepted += [{"layer": "app", "component": other, "cause": "app.down"} for other in ("", address)]
    if not is_inside and rules and rules <= _BARE_WAITS:
        return {**request, "expect": _UNKNOWN, "accept": [{**_UNKNOWN, "layer": "app"}]}
    if not is_inside:
        accepted += [
            {**answer, "cause": "app.bad_response"}
            for answer in [request["expect"], *accepted]
            if answer["cause"] == "app.worker_killed"
        ]
    return {**request, "accept": accepted}


def _other_names(component: str, named: set[str], address: str) -> Sequence[str]:
    """Return the names of a component of which nobody that is heard tells the fullest."""
    if "://" in component and not component.startswith("http"):
        return [other for other in sorted(named) if other and is_part(other, component)]
    return ["", address]
