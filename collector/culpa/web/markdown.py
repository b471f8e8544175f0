"""A problem and a request as Markdown, to paste into a ticket. Text from telemetry stands in code."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from culpa.analysis.explanation.sentence import certainty
from culpa.analysis.plain import visible
from culpa.web.request import Shown

_TREE_ROWS = 40
_WWW = re.compile(r"(www)\.", re.IGNORECASE)


def code(text: object) -> str:
    """Return text as a piece of code, whatever stands in it."""
    seen = visible(str(text))[:500]
    runs = max((len(run) for run in seen.replace("`", " ` ").split() if set(run) == {"`"}), default=0)
    longest = max(runs, _longest_run(seen))
    fence = "`" * (longest + 1)
    pad = " " if seen.startswith("`") or seen.endswith("`") else ""
    return f"{fence}{pad}{seen}{pad}{fence}" if seen else ""


def _longest_run(text: str) -> int:
    longest = run = 0
    for letter in text:
        run = run + 1 if letter == "`" else 0
        longest = max(longest, run)
    return longest


def _fenced(lines: Sequence[str]) -> list[str]:
    fence = "`" * max(3, 1 + max((_longest_run(line) for line in lines), default=0))
    return [fence, *lines, fence]


def request_markdown(drawn: Shown) -> str:
    """Return a request for a ticket."""
    verdict = drawn.verdict
    out = [f"# {_sentence(drawn)}", ""]
    if verdict is not None:
        out += [*_facts(verdict), ""]
    out += ["## The request", "", *_fenced([_tree_row(row) for row in drawn.rows[:_TREE_ROWS]])]
    if len(drawn.rows) > _TREE_ROWS:
        out.append(f"and {len(drawn.rows) - _TREE_ROWS} more rows")
    if drawn.failure is not None:
        out += ["", "## Evidence", ""]
        out += [
            f"{number}. {code(one['statement'])} ({code(one['rule'])}, {one['weight']:+.2f})"
            for number, one in enumerate(drawn.failure.evidence, 1)
        ]
        if drawn.failure.missing:
            out += ["", "## What was not seen", "", *(f"- {code(text)}" for text in drawn.failure.missing)]
    for stack in drawn.stacks[:1]:
        out += ["", "## Exception", "", *_fenced([visible(line) for line in stack.text.splitlines()[-60:]])]
    if drawn.runbook:
        out += ["", f"## What to do: {drawn.runbook.title}", "", drawn.runbook.sections.get("Fix", "")]
    return "\n".join(out) + "\n"


def _sentence(drawn: Shown) -> str:
    text = visible(drawn.failure.sentence if drawn.failure else f"No request of trace {drawn.trace_id} failed")
    # Nothing in a name makes a heading a link, a picture or HTML, or calls somebody: trackers make links of bare
    # addresses, and messages to people of @names.
    escaped = "".join(f"\\{letter}" if letter in "\\`*_{}[]<>#|!~&@:" else letter for letter in text)
    return _WWW.sub(r"\1\\.", escaped)


def _facts(verdict: Mapping[str, Any]) -> list[str]:
    facts = {
        "verdict": f"{code(verdict['cause'])}, {certainty(verdict['confidence'])}",
        "component": code(verdict["component"]),
        "object": code(verdict["object"]),
        "exception": code(
            ": ".join(part for part in (verdict["exception_type"], verdict["exception_message"]) if part)
        ),
        "place": code(verdict["location"]),
        "when": code(verdict["ended_at"]),
        "after": code(verdict["change"]),
        "runner-up": code(verdict["runner_up"]),
        "trace": code(verdict["trace_id"]),
        "problem": code(verdict["fingerprint"]),
    }
    return [f"- **{name}**: {text}" for name, text in facts.items() if text]


def _tree_row(row: Mapping[str, Any]) -> str:
    mark = {"cause": "  <== failed here", "carrier": "  (handed it on)"}.get(row["role"], "")
    return f"{'  ' * row['depth']}{row['service']}  {row['name']}  {row['status']}  {row['took']}{mark}".rstrip()


def problem_markdown(row: Mapping[str, Any], drawn: Shown, examples: Sequence[Mapping[str, Any]]) -> str:
    """Return a problem for a ticket: what it is, how often, and the request that shows it best."""
    out = [request_markdown(drawn), "## How often", ""]
    times = f"since {code(row['first_seen'])}, last {code(row['last_seen'])}"
    out.append(f"- {row['requests']:,} failed requests {times}, {code(row['state'])}")
    out += [f"- route {code(route)}" for route in row["routes"][:10]]
    out += [f"- {one['way']}: trace {code(one['trace_id'])}" for one in examples]
    return "\n".join(out) + "\n"
