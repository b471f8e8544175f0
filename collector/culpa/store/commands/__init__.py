"""`culpa store`: what can be done with a store itself. Each sub-command is one file of this folder."""

from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, TypeVar

import click

from culpa.instrumentation.meant import Meant
from culpa.store.errors import StoreError

_Function = TypeVar("_Function", bound=Callable[..., Any])


class StoreTrouble(click.ClickException):
    """The store is in trouble: one line on stderr, exit status 2."""

    exit_code = 2


class Working(click.Command):
    """A command that works on a store; trouble with it ends as one line on stderr and status 2."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except StoreError as error:
            raise StoreTrouble(" ".join(str(error).split())) from error
        except OSError as error:
            place = f"{error.filename}: " if error.filename else ""
            raise StoreTrouble(f"{place}{error.strerror or error}; mend that, or name another place") from error


def token_option(function: _Function) -> _Function:
    """Add `--token`."""
    return click.option(
        "--token",
        metavar="TOKEN",
        envvar="CULPA_READ_TOKEN",
        help="Read token of the collector  [CULPA_READ_TOKEN].",
    )(function)


def is_address(where: str) -> bool:
    """Say whether that is the address of a collector, and no path."""
    return where.startswith(("http://", "https://"))


class _Folder(Meant):
    """The commands of this folder, each imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return their names."""
        return sorted(module.name for module in iter_modules(__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one of them."""
        if cmd_name not in self.list_commands(ctx):
            return None
        found = import_module(f"{__name__}.{cmd_name}").command
        return found if isinstance(found, click.Command) else None


@click.group(
    "store", cls=_Folder, short_help="Look after a store itself: list, verify, back up, forget, compact, export."
)
def command() -> None:
    """Look after a store itself."""
