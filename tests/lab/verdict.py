"""The lab's own verdict: whether culpa was right often enough, and what it got wrong."""

from collections.abc import Sequence

from lab.cell import Result

#: Share of cells that must be right; none may be wrong with confidence, and nothing healthy be called a failure.
REQUIRED_SHARE = 0.98


def is_good_enough(results: Sequence[Result]) -> bool:
    """Say whether the cells are as right as is required."""
    right = sum(result.is_right for result in results)
    fooled = any(result.is_confidently_wrong or result.is_false_alarm for result in results)
    return right >= REQUIRED_SHARE * len(results) and not fooled


def lines(results: Sequence[Result]) -> list[str]:
    """Return what was wrong, in words, and a line of totals."""
    said = [line for result in results if not result.is_right for line in _of(result)]
    right, sure = sum(one.is_right for one in results), sum(one.is_confidently_wrong for one in results)
    alarms = sum(one.is_false_alarm for one in results)
    return [*said, f"{len(results)} cells, {right} right, {sure} confidently wrong, {alarms} false alarms"]


def _of(result: Result) -> list[str]:
    fault = result.cell.fault
    found = [f"{fault.story} ({result.cell.name}): expected {fault.cause or 'no verdict'} {result.component}".rstrip()]
    if result.trouble:
        found.append(f"    {result.trouble}")
    for one in result.looked_at:
        got = result.verdicts.get(one.trace_id)
        said = f"{got['cause']} {got['component']} {got['confidence']:.2f}" if got else "nothing"
        found.append(f"    {one.call.path} answered {one.status}, trace {one.trace_id}: {said}")
    return found
