"""`culpa snippet`: print the configuration that makes a server or language a good witness."""

import click

from culpa.instrumentation.snippets.template import DEFAULT_COLLECTOR, DEFAULT_SERVICE, code, snippet, systems


@click.command(name="snippet", short_help="Print the configuration that makes a server a good witness.")
@click.argument("system", type=click.Choice(systems()))
@click.option("--logs", default="", metavar="DIR", help="Folder of its logs. Default: Debian's.")
@click.option("--collector", default=DEFAULT_COLLECTOR, show_default=True, metavar="URL", help="Where spans go.")
@click.option("--service", default=DEFAULT_SERVICE, show_default=True, metavar="NAME", help="What the app is called.")
@click.option("--code-path", default="", metavar="PATH", help="Where the file of --code is put. Default: see there.")
@click.option("--code", "wants_code", is_flag=True, help="Print the source file that the snippet speaks of.")
def command(system: str, logs: str, collector: str, service: str, code_path: str, wants_code: bool) -> None:
    """Print the configuration that makes SYSTEM a good witness, and say in comments where to put it.

    It gives every request a trace id, logs as JSON where the system can, and errors with their codes. `culpa doctor
    SYSTEM FILE` says what a configuration in use lacks of it.
    """
    if not wants_code:
        click.echo(snippet(system, logs=logs, collector=collector, service=service, code_path=code_path), nl=False)
        return
    source = code(system)
    if not source:
        raise click.UsageError(f"there is no source file for {system}; leave out --code to get its configuration")
    click.echo(source, nl=False)
