"""Write weights.toml: the priors as a person set them, and below them what was learnt."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from culpa.analysis.judgement.weigh import Weights, weights_of
from culpa.analysis.pipeline.rules import rules
from training.corpus import ROOT

#: The weights of this version.
SHIPPED = ROOT / "analysis" / "culpa" / "analysis" / "weights.toml"

#: What stands above this line is a person's; what stands below it is written by `make train`.
LINE = "# ---- learnt: written by `make train`, do not edit below this line ----\n"


def priors() -> dict[str, float]:
    """Return the prior log-odds of each kind of rule, as they stand in the shipped file."""
    table: dict[str, Any] = tomllib.loads(SHIPPED.read_text("utf-8"))
    return {kind: float(value) for kind, value in table["kinds"].items()}


def shipped() -> Weights:
    """Return the weights of this version."""
    return weights_of(tomllib.loads(SHIPPED.read_text("utf-8")))


def text(by: Weights, kinds: Mapping[str, float]) -> str:
    """Return the text of a file of weights: a rule is listed if it is not at the prior of its kind."""
    head = SHIPPED.read_text("utf-8").split(LINE, maxsplit=1)[0].split("\n[rules]", maxsplit=1)[0].rstrip()
    curve = by.calibration
    lines = [
        f"{rule.name} = {by.log_odds[rule.name]}" for rule in rules() if by.log_odds[rule.name] != kinds[rule.kind]
    ]
    return "\n".join(
        [
            f"{head}\n",
            LINE,
            "# confidence = ceiling * logistic(slope * log-odds of the leading candidate + intercept)",
            "[calibration]",
            f"slope = {curve.slope}",
            f"intercept = {curve.intercept}",
            f"ceiling = {curve.ceiling}\n",
            "[rules]",
            *lines,
            "",
        ]
    )


def write(by: Weights, kinds: Mapping[str, float], to: Path) -> bool:
    """Write the file if it would change; return whether it did."""
    new = text(by, kinds)
    if to.exists() and to.read_text("utf-8") == new:
        return False
    to.write_text(new, "utf-8")
    return True
