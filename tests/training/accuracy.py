"""Write docs/accuracy.md: how right the verdicts on the labelled recordings are, and what makes them so."""

import hashlib
from collections.abc import Mapping

from culpa.analysis.judgement.weigh import Weights
from culpa.analysis.learning import calibration_error
from training import tables
from training.cases import Cases, Judged, judged, score_of
from training.corpus import ROOT, Recording
from training.crossval import FOLDS
from training.diagram import draw
from training.scoring import Outcome, Row, Score, scorer
from training.seen import Seen
from training.weights_toml import SHIPPED
from training.witnesses import REDUCTIONS, title

DOCS = ROOT / "docs"
PAGE = DOCS / "accuracy.md"
DIAGRAM = DOCS / "accuracy-reliability.svg"

#: What the tables by stack and cause and the diagram show: the harder of the two, nothing learnt by heart.
SHOWN = next(iter(FOLDS))


def write_page(of: Cases, by: Weights, crossed: Mapping[str, Judged]) -> None:
    """Write the page and its diagram. Shape: `crossed` are the cross-validated verdicts, keyed as FOLDS."""
    shown = score_of(of, crossed[SHOWN])
    learnt = judged(of, by)
    rows = {
        "deepest error span (baseline)": baseline(of),
        "all weights at their priors": score_of(of, judged(of, of.priors)),
        "learnt weights, on what they were learnt from": score_of(of, learnt),
        **{f"cross-validated {title}": score_of(of, one) for title, one in crossed.items()},
    }
    points = shown.calibration()
    draw(points, f"Cross-validated {SHOWN}: {len(points)} verdicts that name a cause", DIAGRAM)
    heard = {title(one): score_of(of, crossed[SHOWN], [one]) for one in REDUCTIONS}
    reduced = {
        "**all of these**": score_of(of, crossed[SHOWN], REDUCTIONS),
        **{
            f"the same, cross-validated {name}": score_of(of, one, REDUCTIONS)
            for name, one in list(crossed.items())[1:]
        },
        "the same, by weights that were learnt from them": score_of(of, learnt, REDUCTIONS),
    }
    parts = [
        _HEAD.format(
            recordings=len(of.recordings),
            failures=len(shown.outcomes),
            healthy=sum(not one["failure"] for rec in of.recordings for one in rec.requests),
            stacks=len({one.stack for one in of.recordings}),
            kinds=len({one.kind for one in of.recordings}),
            weights=weights_digest(),
        ),
        tables.overall(rows),
        _CALIBRATION.format(
            error=calibration_error(points), ceiling=by.calibration.ceiling, image=DIAGRAM.name, shown=SHOWN
        ),
        tables.calibration(points),
        _WITNESSES.format(shown=SHOWN),
        tables.overall(heard | reduced, is_counted=True),
        f"## By stack\n\nCross-validated {SHOWN}.\n",
        tables.grouped(shown, lambda one: one.recording.stack),
        f"## By cause\n\nCross-validated {SHOWN}; the cause is the one that the label expects.\n",
        tables.grouped(shown, lambda one: f"`{one.expected['expect']['cause']}`"),
    ]
    PAGE.write_text("\n".join(parts), "utf-8")


def weights_digest() -> str:
    """Return what the page calls the weights that it is about."""
    return hashlib.blake2b(SHIPPED.read_bytes(), digest_size=6).hexdigest()


def baseline(of: Cases) -> Score:
    """Score the deepest error span of each failure; it is never asked about a request that did not fail."""
    outcomes = [
        _deepest(recording, seen, request)
        for recording, seen in zip(of.recordings, of.seen, strict=True)
        for request in recording.requests
        if request["failure"]
    ]
    return Score(tuple(outcomes), 0)


def _deepest(recording: Recording, seen: Seen, request: Row) -> Outcome:
    found = seen.deepest.get(request["trace_id"])
    if found is None:
        return Outcome(recording, request, None, False, False, 0.0)
    given = dict(zip(("layer", "component", "cause"), found, strict=True))
    return Outcome(recording, request, given, bool(scorer().judge(request, given)["all"]), True, 1.0)


_HEAD = """# How right the verdicts are

Written by `make accuracy`; do not edit. Everything here comes from the labelled recordings in
`tests/corpus.tar.gz`: {recordings} folders of real components that were made to fail one at a time, with
{failures} failed and {healthy} other requests, on {stacks} stacks, by {kinds} kinds of fault. It is worked
out offline, by plain arithmetic, and comes out the same every time.

A verdict is **right** if layer, component and cause all are. It is **wrong** if it names a cause and is not
right, and **silent** if it names none although it should have. **Confident** means a confidence of 0.8 or
more. In brackets: the interval that holds the true share with 95 % (Wilson). **ECE** is the expected
calibration error of the verdicts that name a cause, in ten bins.

*Cross-validated* means that a recording was judged by weights and by a calibration that were learnt without
any recording of its kind of fault, or of its stack. A rule that
saw no example then stands at the prior of its kind. The weights are learnt from whole recordings and from the same with
witnesses taken away, which count together as much. This page is about the weights `{weights}`.

What cross-validation cannot show: the rules were written with these recordings at hand, and only the weights and
the calibration are learnt anew. On other systems the share of right verdicts will be lower; `culpa label` and
`culpa accuracy` measure it there.
"""

_CALIBRATION = """
## Confidence

Of the verdicts given at 0.9, about nine in ten should be right. On the verdicts that are cross-validated
{shown} the expected calibration error is **{error:.3f}**. No confidence is higher than {ceiling}: the
recordings do not prove more.

![Share of right verdicts by confidence]({image})
"""

_WITNESSES = """
## With witnesses taken away

The same recordings, of which only one witness or two are heard: what the others told is hidden before anything is
judged. A row counts the failures of recordings that have these witnesses and others as well. Cross-validated {shown}.

Right is what the label says, or what the contract of a verdict asks for where less is told: an app by its address where
nobody tells its name, or by no name; a database by the part of its address that is told; `app.down` where nobody says
why the start failed. To be **silent** is what is asked of a verdict where the witnesses that are left do not know: most access
lines say only that there was a failure. A false alarm is a failure of part of a request that went well as a whole.
"""
