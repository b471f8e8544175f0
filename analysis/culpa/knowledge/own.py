"""Where a user's own knowledge lies: the folder that CULPA_KNOWLEDGE names."""

import os
from pathlib import Path

VARIABLE = "CULPA_KNOWLEDGE"


def own_folder() -> Path | None:
    """Return the user's folder, None where none is named."""
    named = os.environ.get(VARIABLE, "")
    return Path(named) if named else None
