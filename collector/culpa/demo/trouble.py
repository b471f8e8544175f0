"""What stops the demo before it has an answer."""

import click


class Trouble(click.ClickException):
    """A tier did not start, stopped by itself, or cannot be found. Exit status 2."""

    exit_code = 2
