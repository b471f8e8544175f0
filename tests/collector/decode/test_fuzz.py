"""The short form of the fuzz run; the long one is `python -m tests.collector.decode.fuzz --count 1000000`."""

from pathlib import Path

import pytest

from .fuzz import MAX_RATIO, Fuzz


@pytest.mark.parametrize("seed", [1, 2])
def test_spoilt_bodies_are_decoded_or_malformed_and_cost_no_neighbour(seed: int, tmp_path: Path) -> None:
    """Flipped, spliced, cut, repeated and hostile bytes, in bodies and in items among whole ones."""
    fuzz = Fuzz(seed, tmp_path)
    fuzz.run(1500)
    seen = {"malformed", "decoded alone", "decoded in groups", "items among whole ones", "items rejected", "stored"}
    assert seen <= fuzz.counts.keys()


def test_no_spoilt_body_costs_many_times_what_others_do(tmp_path: Path) -> None:
    """Per byte, of bodies so large that the fixed cost of a call does not show; twice as lax as the long form."""
    costs = Fuzz(3, tmp_path).costs(6)
    assert not {kind: ratio for kind, (_, _, ratio) in costs.items() if ratio > 2 * MAX_RATIO}
