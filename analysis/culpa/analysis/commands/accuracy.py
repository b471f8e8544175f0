"""`culpa accuracy`: how right the verdicts on one's own system are, as far as people have labelled them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from culpa.analysis.commands.asking import Asking, counted, say, session, show, store_options
from culpa.analysis.learning import bins, calibration_error, wilson
from culpa.analysis.learning.own import Tally, by_cause, confidences, is_right, tally
from culpa.analysis.plain import visible
from culpa.store import QueryFailed

if TYPE_CHECKING:
    from culpa.analysis.surface.session import Session

Row = Mapping[str, Any]


@click.command("accuracy", cls=Asking)
@store_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array with an object of all figures.")
def command(where: str | None, token: str | None, as_json: bool) -> None:
    """Compare the verdicts with the labels of `culpa label`.

    Right: layer, component and cause are as labelled. Wrong: a cause is named and not all are. Unknown: none
    is named.
    """
    with session(where, token) as s:
        place = s.where
        rows = _labelled(s)
    if as_json:
        from culpa.analysis.report.records import json_text

        click.echo(json_text([_figures(rows)]))
    elif rows:
        _print(rows)
    if not rows:
        say(f"no failed request in {place} is labelled; `culpa label TRACE_ID --cause CAUSE` does that")


def _labelled(s: "Session") -> list[Row]:
    from culpa.store import python_rows

    try:
        return list(python_rows(s.ask("labelled")))
    except QueryFailed as error:
        # A store written by a version that knew no labels has none; the first label makes the relation.
        if "labels does not exist" in str(error):
            return []
        raise


def _figures(rows: Sequence[Row]) -> dict[str, Any]:
    points = confidences(rows)
    return {
        **_counts(tally(rows)),
        "expected_calibration_error": round(calibration_error(points), 4) if points else None,
        "by_cause": [{"cause": cause, **_counts(one)} for cause, one in by_cause(rows).items()],
        "by_confidence": _confidence_rows(points),
        "not_right": [
            {
                "trace_id": row["trace_id"],
                "verdict": _answer(row, ""),
                "confidence": row["confidence"],
                "label": _answer(row, "label_"),
                "note": row["note"],
            }
            for row in rows
            if not is_right(row)
        ],
    }


def _counts(of: Tally) -> dict[str, Any]:
    low, high = wilson(of.right, of.labelled)
    return {
        "labelled": of.labelled,
        "right": of.right,
        "wrong": of.wrong,
        "unknown": of.unknown,
        "right_share_low": round(low, 4),
        "right_share_high": round(high, 4),
    }


def _confidence_rows(points: Sequence[tuple[float, bool]]) -> list[dict[str, Any]]:
    return [
        {
            "confidence": f"{one.low:.1f} to {one.high:.1f}",
            "verdicts": one.count,
            "mean_confidence": round(one.confidence, 3),
            "right": one.right,
        }
        for one in bins(points)
    ]


def _answer(row: Row, prefix: str) -> str:
    return "/".join(str(row[prefix + name]) for name in ("layer", "component", "cause"))


def _print(rows: Sequence[Row]) -> None:
    figures = _figures(rows)
    shares = f"{figures['right_share_low']:.0%} to {figures['right_share_high']:.0%}"
    click.echo(
        f"{counted(figures['labelled'], 'labelled failure')}: {figures['right']} right (with 95 % certainty "
        f"{shares} of all), {figures['wrong']} wrong, {figures['unknown']} unknown"
    )
    if figures["expected_calibration_error"] is not None:
        click.echo(f"expected calibration error {figures['expected_calibration_error']:.3f}")
    for name in ("by_cause", "by_confidence"):
        if figures[name]:
            click.echo()
            _print_table(figures[name])
    for one in figures["not_right"]:
        note = f" ({visible(one['note'])})" if one["note"] else ""
        click.echo(f"\n{visible(one['trace_id'])}  said {visible(one['verdict'])} at {one['confidence']:.2f}")
        click.echo(f"{'':32}  was  {visible(one['label'])}{note}")


def _print_table(table: Sequence[Row]) -> None:
    from culpa.analysis.report.grid import grid

    shown = [key for key in table[0] if not key.startswith("right_share")]
    show(lambda out: out.print(grid(shown, table)))
