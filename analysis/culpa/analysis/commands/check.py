"""`culpa check`: the exit status of a pipeline, from what its requests brought."""

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from culpa.analysis.commands.asking import Asking, Trouble, counted, say, session, store_options, write
from culpa.analysis.commands.narrowing import filter_options
from culpa.analysis.surface.filters import Filters
from culpa.knowledge import REQUEST

if TYPE_CHECKING:
    from culpa.analysis.surface.outcome import Outcome

#: What is looked at where nobody named a time.
_USUAL_NS = 600 * 10**9
_FILE = click.Path(dir_okay=False, writable=True, path_type=Path, allow_dash=True)


class Share(click.ParamType[float]):
    """A part of a whole, `0.5%` or `0.005`, as 0..1."""

    name = "share"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the share, or end with a usage error."""
        text = str(value).strip()
        number = text.removesuffix("%")
        try:
            share = float(number) / (100 if number != text else 1)
        except ValueError:
            share = -1.0
        if not 0 <= share <= 1:
            self.fail(f"{text!r} is no share; write 0.5% or 0.005", param, ctx)
        return share


@click.command("check", cls=Asking, short_help="End with 1 where too much failed: for pipelines.")
@store_options
@filter_options
@click.option(
    "--before-change", "change", default="", metavar="TEXT", help="Begin with the newest change of this text."
)
@click.option("--max-new-problems", type=click.IntRange(min=0), default=0, show_default=True, metavar="N",
              help="So many problems may be there that never were before.")  # fmt: skip
@click.option("--max-share", type=Share(), metavar="SHARE", help="Such a share of the requests may fail: 0.5%  [any].")
@click.option("--junit", type=_FILE, metavar="FILE", help="Write JUnit's XML; - is stdout.")
@click.option("--sarif", type=_FILE, metavar="FILE", help="Write SARIF 2.1.0; - is stdout.")
@click.option("--github", is_flag=True, help="Print annotations of GitHub Actions instead of lines.")
@click.pass_context
def command(
    ctx: click.Context,
    where: str | None,
    token: str | None,
    filters: Filters,
    change: str,
    max_new_problems: int,
    max_share: float | None,
    junit: Path | None,
    sarif: Path | None,
    github: bool,
) -> None:
    """Check whether the requests since a time brought new problems, or failed too often.

    A problem is new if it was never seen before --since [10m], or before the change. Exit status: 0 if all is
    within bounds; 1 if something is not; 2 if it could not be told, such as where no request was seen at all.
    """
    from culpa.analysis.surface.outcome import NoSuchChange, outcome, since_change

    if max_share is not None and filters.kind != REQUEST:
        # How many tasks and jobs went well is not counted.
        raise click.UsageError(f"--max-share is of requests, so it cannot bound --kind {filters.kind}; leave out one")
    with session(where, token) as s:
        try:
            chosen = since_change(s, filters, change) if change else filters
        except NoSuchChange as error:
            raise Trouble(str(error)) from error
        if not chosen.since_ns:
            chosen = replace(chosen, since_ns=time.time_ns() - _USUAL_NS)
        found = outcome(s, chosen)
    conditions = _conditions(found, max_new_problems, max_share)
    _write_reports(found, conditions, junit, sarif)
    _print(found, github=github)
    if not found.has_seen_any:
        raise Trouble(
            "no request was seen in that time, so nothing can be told; is telemetry sent, and is --since long enough?"
        )
    exceeded = [wrong for _, wrong in conditions if wrong]
    for wrong in exceeded:
        say(wrong)
    if not exceeded:
        say(f"within bounds: {_summary(found)}")
    ctx.exit(1 if exceeded else 0)


def _conditions(found: "Outcome", max_new: int, max_share: float | None) -> list[tuple[str, str]]:
    """Return each condition with what went wrong; '' where it holds."""
    if not found.has_seen_any:
        return [("requests were seen", "no request was seen")]
    new = len(found.new)
    wrong = f"{counted(new, 'new problem')}, {max_new} may be"
    out = [(f"at most {counted(max_new, 'new problem')}", wrong if new > max_new else "")]
    if max_share is not None:
        wrong = f"{found.share:.3%} of the requests failed ({_summary(found)}), {max_share:.3%} may"
        out.append((f"at most {max_share:.3%} failed", wrong if found.share > max_share else ""))
    return out


def _summary(found: "Outcome") -> str:
    seen = counted(max(found.requests, found.failed), "request")
    return f"{seen}, {found.failed} failed, {counted(len(found.problems), 'problem')}, {len(found.new)} new"


def _write_reports(found: "Outcome", conditions: list[tuple[str, str]], junit: Path | None, sarif: Path | None) -> None:
    from culpa.analysis.report.junit import junit_text
    from culpa.analysis.report.sarif import sarif_text

    if junit is not None:
        _written(junit, junit_text(conditions, found.problems, found.new))
    if sarif is not None:
        _written(sarif, sarif_text(found.problems, found.new))


def _written(path: Path, text: str) -> None:
    try:
        with click.open_file(str(path), "w", encoding="utf-8") as out:
            out.write(text)
    except OSError as error:
        raise Trouble(f"cannot write {path}: {error.strerror or error}; name another file") from error


def _print(found: "Outcome", *, github: bool) -> None:
    from culpa.analysis.report.annotations import annotations
    from culpa.analysis.report.finding import message_of

    new = found.new
    lines = (
        annotations(found.problems, new)
        if github
        else [message_of(row, is_new=any(row is one for one in new)) for row in found.problems]
    )
    write("".join(f"{line}\n" for line in lines))
