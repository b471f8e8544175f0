"""`culpa demo`: the main job, shown to a newcomer in about a minute."""

import json
import shutil
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from culpa.demo.judgement import Judged


@click.command()
@click.option("--web", type=click.Choice(["caddy", "nginx"]), default="caddy", help="The web server in front.")
@click.option("--store", type=click.Path(path_type=Path), help="Keep what is collected here (default: a new folder).")
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the result here too.")
@click.option("--keep-running", is_flag=True, help="Leave everything up until Ctrl-C, to look around.")
def command(web: str, store: Path | None, json_file: Path | None, keep_running: bool) -> int:
    """Let three real tiers fail for real, and see what culpa says.

    Starts PostgreSQL, an outside payments company, culpa's collector, a FastAPI shop under `culpa run`, and a
    web server in front, all on free ports of this machine; sends requests that work and requests that fail;
    prints each failure's verdict beside the truth; stops everything.

    Exit status: 0 every verdict is right; 1 one is not; 2 something is missing or could not be started.
    """
    from rich.console import Console

    from culpa.demo.front import find_front
    from culpa.demo.play import play, stage, stay

    talk, began = Console(stderr=True), time.monotonic()

    def say(line: str) -> None:
        talk.print(f"[dim]{time.monotonic() - began:5.1f} s[/]  {line}", highlight=False, soft_wrap=True)

    front = find_front(web)
    with _kept(store) as place, stage(front, place, say) as on:
        judged = play(on, say)
        _show(judged, on.tiers.collector_url if keep_running else str(place), json_file)
        if keep_running:
            say(f"the shop stays on {on.tiers.web_url} until Ctrl-C; the store is {place}")
            stay(on)
    return 0 if all(one.is_right for one in judged) else 1


@contextmanager
def _kept(store: Path | None) -> Generator[Path]:
    """Give the place of the store: the user's, or a new one, which goes if the demo comes to no end."""
    if store is not None:
        yield store.resolve()
        return
    place = Path(tempfile.mkdtemp(prefix="culpa-demo-store-"))
    try:
        yield place
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise


def _show(judged: "Sequence[Judged]", where: str, json_file: Path | None) -> None:
    from rich.console import Console

    from culpa.demo.report import MIN_WIDTH, as_json, print_report

    out = Console()
    print_report(out if out.width >= MIN_WIDTH else Console(width=MIN_WIDTH), judged)
    if json_file:
        json_file.write_text(json.dumps(as_json(judged), indent=1) + "\n")
    example = next((one.sent.trace_id for one in judged if one.verdict is not None), "TRACE_ID")
    out.print("\nLook further:", style="bold")
    for line in (
        f"culpa explain {example} --store {where}",
        f"culpa problems --store {where}",
        f'culpa sql "select cause, count(*) as failures from verdicts group by cause" --store {where}',
        f"CULPA_STORE={where} jupyter lab notebooks/first_500.ipynb",
    ):
        out.print(f"  {line}", highlight=False, soft_wrap=True, markup=False)
