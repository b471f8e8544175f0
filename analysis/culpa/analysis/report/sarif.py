"""SARIF 2.1.0: a result for each problem, a rule for each cause. Source: OASIS, sarif-v2.1.0."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any
from urllib.parse import quote

from culpa.analysis.plain import visible
from culpa.analysis.report.finding import Row, code_place, message_of
from culpa.analysis.report.records import json_text
from culpa.knowledge import causes

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif_text(problems: Sequence[Row], new: Sequence[Row]) -> str:
    """Return one run; new problems are errors, the others notes."""
    fresh = {row["fingerprint"] for row in new}
    rules = sorted({row["cause"] for row in problems})
    driver = {"name": "culpa", "version": version("culpa"), "rules": [_rule(cause) for cause in rules]}
    results = [_result(row, rules.index(row["cause"]), is_new=row["fingerprint"] in fresh) for row in problems]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json_text({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}) + "\n"


def _rule(code: str) -> dict[str, Any]:
    known = causes().get(code)
    rule: dict[str, Any] = {"id": visible(code)}
    if known:
        rule["shortDescription"] = {"text": known.title}
        rule["fullDescription"] = {"text": known.meaning}
    return rule


def _result(row: Row, rule: int, *, is_new: bool) -> dict[str, Any]:
    path, line = code_place(row)
    location: dict[str, Any] = {
        "logicalLocations": [{"name": visible(row["component"]) or "unknown", "kind": "module"}]
    }
    if path:
        uri = quote(path.lstrip("/"))
        location["physicalLocation"] = {"artifactLocation": {"uri": uri}, "region": {"startLine": line}}
    return {
        "ruleId": visible(row["cause"]),
        "ruleIndex": rule,
        "level": "error" if is_new else "note",
        "baselineState": "new" if is_new else "unchanged",
        "message": {"text": message_of(row, is_new=is_new)},
        "locations": [location],
        "partialFingerprints": {"culpa/v1": visible(row["fingerprint"])},
        "occurrenceCount": max(1, int(row["failed"])),
        "properties": {"trace_id": visible(row["trace_id"]), "confidence": row["confidence"]},
    }
