"""What was meant by a sub-command that there is not."""

from difflib import get_close_matches

import click

#: So many names can be read at a glance.
_FEW = 5


class Meant(click.Group):
    """A group of commands that, of a mistyped one, says which may have been meant."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the sub-command that is named.

        Errors: click.UsageError names those that are spelt alike, or the few that there are.
        """
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            names = self.list_commands(ctx)
            if args[0] in names:
                raise
            # Click itself looks among commands that are loaded, and ours are loaded when they are asked for.
            alike = get_close_matches(args[0], names)
            hint = f" Did you mean {' or '.join(alike)}?" if alike else _there_is(names)
            raise click.UsageError(f"No such command {args[0]!r}.{hint}", ctx) from error


def _there_is(names: list[str]) -> str:
    if not names or len(names) > _FEW:
        return ""
    *others, last = names
    return f" There are {', '.join(others)} and {last}." if others else f" There is {last}."
