"""The commands behind `make train` and `make accuracy`."""

import sys
from pathlib import Path

import click

from training import lessons
from training.accuracy import PAGE, write_page
from training.cases import Cases, cases, judged, material, score_of
from training.corpus import recordings
from training.crossval import FOLDS, held_out
from training.learn import Material, learn
from training.seen import see_all
from training.summary import faults, line
from training.weights_toml import SHIPPED, priors, shipped, text, write
from training.witnesses import REDUCTIONS


@click.group()
def main() -> None:
    """Learn from the labelled recordings of tests/corpus.tar.gz."""


def _say(message: str) -> None:
    click.echo(message, err=True)


def _cases() -> Cases:
    known = recordings()
    return cases(known, see_all(known, _say, is_reduced=True), priors())


@main.command()
@click.option("--out", type=click.Path(path_type=Path), default=SHIPPED, help="File to write.")
@click.option(
    "--without",
    multiple=True,
    metavar="FOLD",
    help="Leave out a stack or a fault kind; repeatable.",
)
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if a file would change.")
@click.option("--details", is_flag=True, help="List every verdict on a whole recording that is not right.")
def train(out: Path, without: tuple[str, ...], check: bool, details: bool) -> None:
    """Learn one log-odds per rule and the calibration, write the weights and the lessons, and tell how right they are."""
    of = _cases()
    taught = material(of)
    known = {fold(one) for one in of.recordings for fold in FOLDS.values()}
    if unknown := sorted(set(without) - known):
        raise click.UsageError(f"no stack or kind {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    if check:
        _check(taught, out)
        return
    by = learn(taught.without(lambda one: not {one.stack, one.kind}.isdisjoint(without)))
    _say(f"{out}: {'written' if write(by, priors(), out) else 'unchanged'}")
    if without:
        return
    _say(f"{lessons.LESSONS}: {'written' if lessons.write(taught) else 'unchanged'}")
    click.echo(line("weights at their priors", score_of(of, judged(of, of.priors))))
    learnt = judged(of, by)
    click.echo(line("learnt", score_of(of, learnt)))
    for title, fold in FOLDS.items():
        crossed = held_out(of, taught, fold, by)
        click.echo(line(f"cross-validated {title}", score_of(of, crossed)))
        click.echo(line("with witnesses taken away", score_of(of, crossed, REDUCTIONS)))
    if details:
        click.echo("\n".join(faults(score_of(of, learnt))))


def _check(taught: Material, weights: Path) -> None:
    for path, is_same in (
        (lessons.LESSONS, lessons.kept() == lessons.text(taught)),
        (weights, weights.read_text("utf-8") == text(learn(taught), priors())),
    ):
        if not is_same:
            _say(f"{path} is not what the recordings and rules teach now; run `make train`")
            sys.exit(1)
    _say(f"{weights} is what the recordings and rules teach")


@main.command()
@click.option("--check", is_flag=True, help="Also exit with 1 if the shipped weights are not what is learnt.")
def accuracy(check: bool) -> None:
    """Write docs/accuracy.md and its diagram for the shipped weights."""
    of = _cases()
    taught = material(of)
    if check:
        _check(taught, SHIPPED)
    by = shipped()
    crossed = {}
    for title, fold in FOLDS.items():
        _say(f"cross-validating {title}")
        crossed[title] = held_out(of, taught, fold, by)
    write_page(of, by, crossed)
    _say(f"{PAGE}: written")


if __name__ == "__main__":
    main()
