"""The `culpa` command: find a sub-command by entry point, hand over, or say what to install."""

import sys
from importlib.metadata import EntryPoint, version
from importlib.resources import files
from importlib.util import find_spec
from io import StringIO

import click

from culpa.instrumentation.meant import Meant
from culpa.instrumentation.offers import offered
from culpa.instrumentation.plain import visible_lines

#: Which extra opens a room; a room that is not listed is part of the light install.
_EXTRAS = {"store": "analysis", "analysis": "analysis", "collector": "collector", "demo": "demo"}
#: What is not there when an extra is not installed.
_LIBRARIES = {"analysis": "duckdb", "collector": "isal", "demo": "psycopg"}


class MissingExtra(click.ClickException):
    """A sub-command's libraries are not installed."""

    exit_code = 2

    def __init__(self, name: str, room: str, library: str) -> None:
        """Say which library is missing for which command, and what to type."""
        extra = _EXTRAS.get(room, room)
        super().__init__(f"culpa {name} needs {library}: pip install 'culpa[{extra}]'")


class Commands(Meant):
    """The sub-commands named by entry points of the group `culpa.commands`; each imported when asked for.

    A command's module imports what the command's help needs; what its work needs is imported when it works. DuckDB,
    Arrow and Rich take half a second, for which neither --help nor a wrong option should wait.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all sub-commands, installed extras or not."""
        return sorted(point.name for point in offered("culpa.commands"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one sub-command. Errors: MissingExtra when its libraries are not there."""
        found = offered("culpa.commands", cmd_name)
        return _load(found[0]) if found else None

    def invoke(self, ctx: click.Context) -> object:
        """Run the sub-command. Errors: MissingExtra for a library that it imports when it is run."""
        try:
            return super().invoke(ctx)
        except ModuleNotFoundError as missing:
            [point] = offered("culpa.commands", ctx.invoked_subcommand or "")
            raise _missing_extra(point, missing) from missing

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the sub-commands; one whose extra is missing says so instead of failing."""
        points = sorted(offered("culpa.commands"), key=lambda point: point.name)
        known = _short_helps()
        with formatter.section("Commands"):
            formatter.write_dl([(point.name, known.get(point.name) or _short_help(point)) for point in points])


def _short_helps() -> dict[str, str]:
    """Return the line that says what each command of ours does: to import them all for it takes most of a second."""
    lines = (files("culpa.instrumentation") / "commands.tsv").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines]
    return {name: _missing(name, room) or text for name, room, text in rows}


def _missing(name: str, room: str) -> str:
    library = _LIBRARIES.get(_EXTRAS.get(room, room), "")
    is_there = not library or find_spec(library) is not None
    return "" if is_there else f"({MissingExtra(name, room, library).format_message()})"


def _short_help(point: EntryPoint) -> str:
    try:
        return _load(point).get_short_help_str(80)
    except MissingExtra as missing:
        return f"({missing.format_message()})"


def _missing_extra(point: EntryPoint, missing: ModuleNotFoundError) -> MissingExtra:
    return MissingExtra(point.name, point.value.split(".")[1], missing.name or "a library")


def _load(point: EntryPoint) -> click.Command:
    try:
        command = point.load()
    except ModuleNotFoundError as missing:
        raise _missing_extra(point, missing) from missing
    if not isinstance(command, click.Command):
        raise click.ClickException(f"entry point {point.value} of culpa {point.name} is not a command")
    return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("culpa"), prog_name="culpa")
def culpa() -> None:
    """Name the failing component behind every HTTP 500.

    Exit status: 0 answered; 1 the asked-for condition does not hold; 2 usage, a missing extra, port, file
    or store trouble.
    """


def main(argv: list[str] | None = None) -> int:
    """Run `culpa <command> …` and return its exit status."""
    try:
        result = culpa.main(args=argv, prog_name="culpa", standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("interrupted", err=True)
        return 130
    except click.ClickException as error:
        # It may quote what a store or a file holds.
        output = StringIO()
        error.show(output)
        click.echo(visible_lines(output.getvalue()), nl=False, err=True)
        return error.exit_code
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    return result if isinstance(result, int) else 0


if __name__ == "__main__":
    sys.exit(main())
