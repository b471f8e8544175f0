"""`culpa sayings list|try|check`: what culpa takes the words of systems to mean, and a user's own words."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from culpa.analysis.commands.asking import Trouble, counted, form_options, print_records, say, show
from culpa.analysis.plain import visible
from culpa.instrumentation.meant import Meant
from culpa.knowledge import BadSaying, BadTable, Saying, check_own, chosen, sayings, topics
from culpa.knowledge.own import VARIABLE
from culpa.knowledge.saying import fields_of

_COLUMNS = ("about", "means", "speaker", "pattern", "samples", "source")
_TEACH = """no saying matches. To teach culpa this message, write into a file FOLDER/mine.toml:

[[saying]]
about = "upstream"                      # what speaks: one of {topics}
means = "upstream.rate_limited"         # a cause of docs/verdicts.md
words = '''the part that never changes'''
samples = ['''{sample}''']

and give --knowledge FOLDER (or CULPA_KNOWLEDGE) to `culpa collect` and `culpa ingest`."""


def _with_folder(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--knowledge",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        expose_value=False,
        callback=_use,
        help="Folder of your own sayings and codes  [CULPA_KNOWLEDGE].",
    )(function)


def _use(context: click.Context, _: click.Parameter, folder: Path | None) -> None:
    """Read the user's folder for as long as the command runs."""
    context.with_resource(chosen({VARIABLE: folder}))
    try:
        check_own()
    except (BadSaying, BadTable) as error:
        raise Trouble(str(error)) from error


@click.group("sayings", cls=Meant, short_help="List what systems say and what it means; try a text.")
def command() -> None:
    """Show what drivers, clients, runtimes and servers say, and the cause that it means.

    A saying is a pattern with real samples. Of the sayings about one topic the first step that matches decides.
    """


@command.command("list")
@_with_folder
@click.option("--about", default="", help="Only this topic.")
@click.option("--speaker", default="", help="Only this speaker: a file of the catalogue.")
@form_options
def list_(about: str, speaker: str, as_json: bool, as_csv: bool) -> None:
    """List the sayings, by topic and in the order in which they count."""
    import pyarrow as pa

    from culpa.analysis.report.grid import grid
    from culpa.analysis.surface.rows import Rows

    if about and about not in topics():
        raise click.BadParameter(f"{about!r} is no topic; use one of {', '.join(topics())}")
    found = [one for one in sayings() if about in ("", one.about) and speaker in ("", one.speaker)]
    schema = pa.schema([(name, pa.int64() if name == "samples" else pa.string()) for name in _COLUMNS])
    rows = Rows(pa.Table.from_pylist([_row(saying) for saying in found], schema=schema))
    if not print_records(rows, as_json, as_csv):
        show(lambda out: out.print(grid(rows.columns, list(rows))))
    say(counted(len(found), "saying"))


@command.command("try")
@click.argument("text")
@_with_folder
@click.option("--stack", default="", help="The stack trace, where it matters.")
def try_(text: str, stack: str) -> int:
    """Say which sayings match a TEXT, and what they mean.

    TEXT is an exception as `Type: message`, or the line of a server's log. Exit status: 1 if nothing matches.
    """
    from culpa.analysis.judgement.heard import heard

    found = heard({**fields_of(text), "stack": stack})
    if not found:
        click.echo(_TEACH.format(topics=", ".join(topics()), sample=visible(text)), err=True)
        return 1
    for one in found:
        means = one.saying.means or "somebody else's trouble"
        mark = "" if one.decides else "   (an earlier one decides)"
        click.echo(f"{one.saying.about:14} {means:28} {one.saying.speaker}: {_pattern(one.saying)}{mark}")
    return 0


@command.command("check")
@_with_folder
def check() -> int:
    """Match every sample with its saying. Exit status: 1 if an earlier saying, or none, decides one."""
    from culpa.analysis.judgement.heard import undecided

    wrong = list(undecided())
    for saying, text, step in wrong:
        by = f"is decided by {step!r}" if step else "is matched by nothing"
        click.echo(visible(f"{saying.speaker}: about {saying.about}, {saying.step}: the sample {text!r} {by}"))
    count = sum(len(saying.samples) for saying in sayings())
    say(f"{counted(count, 'sample')}, {len(wrong)} wrong")
    return 1 if wrong else 0


def _row(saying: Saying) -> dict[str, Any]:
    return {
        "about": saying.about,
        "means": saying.means,
        "speaker": saying.speaker,
        "pattern": _pattern(saying),
        "samples": len(saying.samples),
        "source": saying.source,
    }


def _pattern(saying: Saying) -> str:
    parts = [*saying.patterns.items(), *((f"not {field}", text) for field, text in saying.not_patterns.items())]
    return parts[0][1] if len(parts) == 1 else ", ".join(f"{field} {text}" for field, text in parts)
