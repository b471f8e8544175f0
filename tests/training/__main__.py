"""The commands behind `make train` and `make accuracy`."""

import sys
from pathlib import Path

import click

from training.accuracy import DOCS, write_page
from training.corpus import recordings
from training.crossval import FOLDS, Score, all_judged, held_out, score_of
from training.learn import Material, learn, material
from training.seen import see_all
from training.summary import faults, line
from training.weights_toml import SHIPPED, priors, shipped, text, write


@click.group()
def main() -> None:
    """Learn from the labelled recordings of tests/corpus.tar.gz."""


def _say(message: str) -> None:
    click.echo(message, err=True)


def _material() -> Material:
    known = recordings()
    return material(known, see_all(known, tell=_say), priors())


@main.command()
@click.option("--out", type=click.Path(path_type=Path), default=SHIPPED, help="File to write.")
@click.option(
    "--without",
    multiple=True,
    metavar="FOLD",
    help="Leave out a stack or a fault kind; repeatable.",
)
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if the file would change.")
@click.option("--details", is_flag=True, help="List every verdict that is not right.")
def train(out: Path, without: tuple[str, ...], check: bool, details: bool) -> None:
    """Learn one log-odds per rule and the calibration, write the weights, and tell how right they are."""
    of = _material()
    known = {fold(one) for one in of.recordings for fold in FOLDS.values()}
    if unknown := sorted(set(without) - known):
        raise click.UsageError(f"no stack or kind {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    kept = of.without(lambda one: not {one.stack, one.kind}.isdisjoint(without))
    by = learn(kept)
    if check:
        _check(text(by, priors()), out)
        return
    _say(f"{out}: {'written' if write(by, priors(), out) else 'unchanged'}")
    if without:
        return
    click.echo(line("weights at their priors", all_judged(of, of.priors)))
    click.echo(line("learnt", learnt := all_judged(of, by)))
    for title, fold in FOLDS.items():
        click.echo(line(f"cross-validated {title}", score_of(of, held_out(of, fold, by))))
    if details:
        click.echo("\n".join(faults(learnt)))


def _check(new: str, out: Path) -> None:
    if out.read_text("utf-8") != new:
        _say(f"{out} is not what the recordings and rules teach now; run `make train`")
        sys.exit(1)
    _say(f"{out} is what the recordings and rules teach")


@main.command()
@click.option("--check", is_flag=True, help="Also exit with 1 if the shipped weights are not what is learnt.")
def accuracy(check: bool) -> None:
    """Write docs/accuracy.md and its diagram for the shipped weights."""
    of = _material()
    if check:
        _check(text(learn(of), priors()), SHIPPED)
    by = shipped()
    crossed: dict[str, Score] = {}
    for title, fold in FOLDS.items():
        _say(f"cross-validating {title}")
        crossed[title] = score_of(of, held_out(of, fold, by))
    write_page(of, by, crossed, _say)
    _say(f"{DOCS / 'accuracy.md'}: written")


if __name__ == "__main__":
    main()
