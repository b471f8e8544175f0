"""What the documents list is what there is."""

import re
from importlib.metadata import entry_points
from pathlib import Path

import click
import pytest

ROOT = Path(__file__).parents[3]
COMMANDS = {point.name: point for point in entry_points(group="culpa.commands")}
TEXT = (ROOT / "docs" / "commands.md").read_text("utf-8")
#: Commands that share the two options of "Where the reading commands look".
READING = {"verdicts", "explain", "problems", "sql", "judge"}


def _sections() -> dict[str, str]:
    parts = re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:]
    return {part.splitlines()[0].strip(): part for part in parts}


def test_every_command_is_documented_and_every_documented_command_exists() -> None:
    """A command has a section of its own; a section names a command that exists."""
    documented = {title.removeprefix("culpa ") for title in _sections() if title.startswith("culpa ")}
    assert set(COMMANDS) == documented


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_option_is_documented_and_every_documented_option_exists(name: str) -> None:
    """Options come and go together with their line in docs/commands.md."""
    sections = _sections()
    text = sections[f"culpa {name}"] + (sections["Where the reading commands look"] if name in READING else "")
    # Examples in the text may show other programs' options.
    prose = "\n".join(line for line in text.splitlines() if not line.startswith("    "))
    documented = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", prose))
    command = COMMANDS[name].load()
    assert isinstance(command, click.Command)
    options = {
        option
        for parameter in _parameters(command)
        if isinstance(parameter, click.Option)
        for option in (*parameter.opts, *parameter.secondary_opts)
        if option.startswith("--")
    }
    assert set() == options - documented
    assert set() == documented - options - _of_others(name)


def _parameters(command: click.Command) -> list[click.Parameter]:
    """Return the parameters of a command and of its sub-commands."""
    found = list(command.params)
    if isinstance(command, click.Group):
        with click.Context(command) as context:
            for name in command.list_commands(context):
                below = command.get_command(context, name)
                found += _parameters(below) if below else []
    return found


def _of_others(name: str) -> set[str]:
    # The shared section speaks of the forms of answers, which not every reading command has.
    return {"--json", "--csv"} if name in READING else set()


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_option_has_help(name: str) -> None:
    """`--help` never shows an option without a word."""
    command = COMMANDS[name].load()
    assert command.help
    assert [] == [p.name for p in _parameters(command) if isinstance(p, click.Option) and not p.help]


def _shown() -> list[tuple[str, str]]:
    """Return each line of a document's code that begins with `culpa`, as (document, line)."""
    pages = sorted((ROOT / "docs").rglob("*.md"))
    return [
        (page.relative_to(ROOT).as_posix(), line.strip())
        for page in [*pages, ROOT / "README.md"]
        for line in _code(page.read_text("utf-8"))
        if re.match(r"culpa [a-z]+(?: |$)", line.strip())
    ]


def _code(text: str) -> list[str]:
    """Return the lines of fenced and of indented code; a line that ends with a backslash goes on."""
    found: list[str] = []
    fenced = False
    for line in text.replace("\\\n", " ").splitlines():
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif fenced or line.startswith("    "):
            found.append(line)
    return found


@pytest.mark.parametrize(("document", "line"), _shown())
def test_a_command_that_a_document_shows_has_the_options_that_it_shows(document: str, line: str) -> None:
    """Also where no test runs the line itself, because it needs your files or stays."""
    own = re.split(r" -- |[|;&>]|\s#", re.sub(r"\$\(.*?\)|'[^']*'|\"[^\"]*\"", "…", line))[0]
    name, *words = own.removeprefix("culpa ").split()
    assert name in COMMANDS, document
    command = COMMANDS[name].load()
    options = {option for parameter in _parameters(command) for option in (*parameter.opts, *parameter.secondary_opts)}
    assert set() == {word.partition("=")[0] for word in words if re.match(r"--\w", word)} - options - {"--help"}, (
        document
    )
    if isinstance(command, click.Group) and not command.invoke_without_command:
        with click.Context(command) as context:
            assert [word for word in words if word in command.list_commands(context)], document
