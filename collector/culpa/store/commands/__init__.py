"""`culpa store`: what can be done with a store itself. Each sub-command is one file of this folder."""

from importlib import import_module
from pkgutil import iter_modules

import click

from culpa.instrumentation.meant import Meant
from culpa.store.errors import StoreError


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


@click.group("store", cls=_Folder, short_help="Look after a store itself: save what is damaged.")
def command() -> None:
    """Look after a store itself."""
