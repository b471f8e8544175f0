"""Where a user's own knowledge lies: a folder, by option or by the environment's CULPA_KNOWLEDGE."""

import os
from pathlib import Path

#: Set by the option, which wins.
_chosen: list[Path] = []


def use_folder(folder: Path | None) -> None:
    """Take a folder instead of the environment's; None goes back to that."""
    _chosen[:] = [folder] if folder else []


def own_folder() -> Path | None:
    """Return the user's folder, None where there is none."""
    if _chosen:
        return _chosen[0]
    named = os.environ.get("CULPA_KNOWLEDGE", "")
    return Path(named) if named else None
