"""Make one verdict of a failed request and the ranking of its candidates. Pure: values in, values out."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from culpa.analysis.judgement.missing import missing
from culpa.analysis.judgement.weigh import Candidate
from culpa.knowledge import REQUEST

#: Below this the cause is `unknown`, whatever leads.
ABSTAIN_BELOW = 0.5

#: The confidence in an answer without a component beside a failed call.
NAMELESS_AT_MOST = 0.49

#: A fingerprint begins with its version: how it is made may change, what stands keeps its name.
FINGERPRINT_VERSION = "1:"

_VARIABLE = re.compile(r"0x[0-9a-f]+|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16,}|\d+", re.IGNORECASE)

Row = dict[str, Any]


def verdict(request: Row, candidates: Sequence[Candidate], *, settled: bool) -> Row:
    """Return the row of `verdict_revisions` for a failure, but for `judged_at` and `rules_version`.

    Units: times are ns since 1970.

    Shape: `request` is a row of relations/requests/request_facts; `candidates` are ranked, most probable first.
    """
    best = _as_far_as_named(request, candidates[0]) if candidates else None
    is_known = best is not None and best.confidence >= ABSTAIN_BELOW
    cause = best.cause if best and is_known else "unknown"
    lead = best.evidence[0][1] if best else None
    return {
        **_facts(request),
        "layer": best.layer if best else "unknown",
        "component": best.component if best else "",
        "cause": cause,
        "object": lead.object if lead and is_known else "",
        "confidence": round(best.confidence, 4) if best else 0.0,
        "location": _location(request, best),
        "fingerprint": _fingerprint(request, best, cause),
        "change": "",
        "runner_up": "/".join((candidates[1].layer, candidates[1].component, candidates[1].cause))
        if len(candidates) > 1
        else "",
        "evidence": _evidence(candidates),
        "missing": missing(request, best, cause),
        "runbook": cause,
        "settled": settled,
        "withdrawn": False,
    }


def _as_far_as_named(request: Row, best: Candidate) -> Candidate:
    """Doubt a candidate that names nobody, although a call of the request failed: it has a callee, whoever that is."""
    if best.component or not request["has_red_call"]:
        return best
    return replace(best, confidence=min(best.confidence, NAMELESS_AT_MOST))


def _facts(request: Row) -> Row:
    names = (
        *("trace_id", "request_span_id", "kind", "method", "path", "status", "surfaced", "truncated"),
        *("service", "services", "joined"),
    )
    facts = {name: request[name] for name in names}
    facts["ended_at"] = request["end_ns"]
    facts["route"] = request["best_route"]
    facts["exception_type"] = request["exception_type"]
    facts["exception_message"] = request["exception_message"]
    return facts


def _location(request: Row, best: Candidate | None) -> str:
    place = next((one.location for _, one in best.evidence if one.location), "") if best else ""
    return str(request["exception_location"] or place)


def _fingerprint(request: Row, best: Candidate | None, cause: str) -> str:
    """Hash what stays the same when the same thing goes wrong again: no ids, numbers, lines, processes."""
    place = str(request["exception_fingerprint"])
    if not place and best and best.evidence:
        place = _VARIABLE.sub("#", best.evidence[0][1].object or request["best_route"] or request["path"])
    parts = (
        cause,
        best.layer if best else "",
        best.component if best else "",
        request["blamed_service"],
        place,
        # What requests and other work have in common are two problems all the same.
        *([] if request["kind"] == REQUEST else [request["kind"]]),
    )
    return FINGERPRINT_VERSION + hashlib.blake2b("\0".join(parts).encode(), digest_size=8).hexdigest()


def _evidence(candidates: Sequence[Candidate]) -> list[Row]:
    return [
        {
            "rule": one.rule,
            "span_id": one.span_id,
            "source": one.source,
            "seen_at": one.seen_at,
            "statement": one.statement,
            "weight": round(weight, 3),
        }
        for candidate in candidates
        for weight, one in candidate.evidence
    ]
