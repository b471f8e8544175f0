"""Writes docs/lab.md: every cell, what was expected, what culpa said, and what is left out."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from lab import left_out
from lab.cell import Result
from lab.fault import Table
from lab.stacks import App

_INTRO = """# The live lab

`make lab` starts real web servers, apps, databases, caches and brokers, breaks one thing at a time, and lays culpa's
verdict beside what was injected. All telemetry goes through `culpa collect`: OTLP of the apps, and the servers' own logs.
This file is written by the run. The table of faults is `tests/lab/faults/`; a new fault is a few lines there.

A cell is a fault on a stack (a web server, and an app with its database). It is right when culpa names the cause and the
component that were injected, on every request that failed of it; a healthy cell is right when there is no verdict.

`ARGS='--keep FOLDER'` keeps the store, the logs and what culpa says of each wrong verdict; after a change of a rule
`PYTHONPATH=tests python -m lab.again FOLDER` judges that store once more, in seconds. A part of the lab is a test
(`tests/lab/test_lab.py`), and `tests/lab/test_table.py` sees that every cause of the contract is in the table twice.

The first full run on record, of 624 cells, had 576 right (92.3 %) and 36 wrong with a confidence of 0.8 or more; the
two after it 616 of 624 with 8 wrong, and 676 of 678 with 2.
"""


def write(
    all_results: Sequence[Result],
    tables: Sequence[Table],
    apps: Sequence[App],
    skipped: Mapping[App, str],
    took_s: float,
) -> str:
    """Return the report as Markdown; `skipped` are apps, and the program that the machine lacks for them."""
    results = [result for result in all_results if not result.impossible]
    parts = [_INTRO, _totals(results, took_s), _stacks(apps)]
    by_fault = defaultdict(list)
    for result in results:
        by_fault[result.cell.fault.story].append(result)
    used = [app for app in apps if any(result.cell.app == app for result in results)]
    for table in tables:
        rows = [_row(by_fault[fault.story], used) for fault in table.faults if by_fault[fault.story]]
        head = ["fault", "expected", *(app.name for app in used)]
        parts.append(f"## {table.title.capitalize()}\n\n{_markdown(head, rows)}")
    parts += [_wrong(results), _causes(results)]
    parts.append(_left_out([result for result in all_results if result.impossible], skipped))
    return "\n".join(parts)


def _totals(results: Sequence[Result], took_s: float) -> str:
    healthy = [result for result in results if not result.cell.fault.cause]
    right = sum(result.is_right for result in results)
    rows = [
        ("cells", str(len(results))),
        ("of these healthy or handled", str(len(healthy))),
        ("right", f"{right} ({right / len(results):.1%})"),
        ("wrong with a confidence of 0.8 or more", str(sum(result.is_confidently_wrong for result in results))),
        ("false alarms", str(sum(result.is_false_alarm for result in results))),
        ("causes shown", str(len({result.cell.fault.cause for result in results} - {""}))),
        ("time", f"{took_s / 60:.0f} minutes"),
    ]
    return f"## Totals\n\n{_markdown(['', ''], rows)}"


def _stacks(apps: Sequence[App]) -> str:
    rows = [(app.name, app.title) for app in apps]
    legend = (
        "In the tables below a cell holds the web servers and the confidence in hundredths; ✗ is wrong, no number: no verdict. "
        "What is expected of a healthy request is no verdict.\n"
    )
    return f"{_markdown(['app', 'stack'], rows)}\n{legend}"


def _row(results: Sequence[Result], apps: Sequence[App]) -> list[str]:
    fault = results[0].cell.fault
    of_app: Mapping[str, list[str]] = defaultdict(list)
    for result in results:
        of_app[result.cell.app.name].append(_said(result))
    expected = f"`{fault.cause}` {fault.at}".strip() if fault.cause else ""
    return [fault.story, expected, *("<br>".join(of_app[app.name]) for app in apps)]


def _said(result: Result) -> str:
    sure = [verdict["confidence"] for verdict in result.verdicts.values()]
    mark = "" if result.is_right else "✗ "
    return f"{mark}{result.cell.front} {min(sure) * 100:.0f}" if sure else f"{mark}{result.cell.front}"


def _wrong(results: Sequence[Result]) -> str:
    rows = []
    for result in results:
        if result.is_right:
            continue
        fault = result.cell.fault
        said = [f"`{v['cause']}` {v['confidence']:.2f}" for v in result.verdicts.values()] or ["nothing"]
        rows.append((fault.story, result.cell.name, f"`{fault.cause or 'nothing'}`", result.trouble or ", ".join(said)))
    body = _markdown(["fault", "stack", "expected", "said"], rows) if rows else "None.\n"
    return f"## What was wrong\n\n{body}"


def _causes(results: Sequence[Result]) -> str:
    shown = Counter(result.cell.fault.cause for result in results if result.cell.fault.cause and not result.trouble)
    rows = [(f"`{cause}`", str(count)) for cause, count in sorted(shown.items())]
    return f"## Causes, and in how many cells\n\n{_markdown(['cause', 'cells'], rows)}"


def _left_out(impossible: Sequence[Result], skipped: Mapping[App, str]) -> str:
    rows = [(f"`{cause}`", why) for cause, why in sorted(left_out.CAUSES.items())] + list(left_out.FAULTS)
    rows += [(f"{one.cell.fault.story} ({one.cell.name})", one.impossible) for one in impossible]
    rows += [
        (f"every cell of {app.name} ({app.title})", f"the machine has no `{tool}`") for app, tool in skipped.items()
    ]
    return f"## Left out\n\n{_markdown(['what', 'why'], rows)}"


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
