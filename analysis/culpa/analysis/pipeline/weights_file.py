"""Find the file of weights: the one of this version, or the one that CULPA_WEIGHTS names. Refuses to read it."""

import os
from functools import cache
from importlib.resources import files
from pathlib import Path

#: Names another file of weights, for instance one that was learnt without some of the recordings.
VARIABLE = "CULPA_WEIGHTS"


class BadWeights(ValueError):
    """The file of weights is missing or is not what it should be."""


def weights_name() -> str:
    """Return the path of the weights in use; '' stands for those of this version."""
    return os.environ.get(VARIABLE, "")


@cache
def weights_text(name: str) -> str:
    """Return the text of the weights at `name` (see `weights_name`). Errors: BadWeights."""
    if not name:
        return (files("culpa.analysis") / "weights.toml").read_text("utf-8")
    try:
        return Path(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadWeights(f"cannot read the weights {name} ({error}); correct or unset {VARIABLE}") from error
