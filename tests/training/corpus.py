"""The labelled recordings: folders of telemetry of a real failure, each with its right answer."""

import csv
import hashlib
import json
import shutil
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
CACHE = ROOT / ".cache" / "learning"
ARCHIVE = ROOT / "tests" / "corpus.tar.gz"

#: The right answer stands here; the product never sees it.
LABEL = "label.json"


@dataclass(frozen=True, slots=True)
class Recording:
    """One folder. `stack` is what served, `kind` what was injected whatever served."""

    name: str
    path: Path
    kind: str
    requests: tuple[dict[str, Any], ...]

    @property
    def stack(self) -> str:
        """Return the first folder level."""
        return self.name.split("/", maxsplit=1)[0]

    def files(self) -> list[Path]:
        """Return the telemetry, sorted."""
        return sorted(path for path in self.path.iterdir() if path.is_file() and path.name != LABEL)


def recordings() -> list[Recording]:
    """Return every labelled recording, by name; the archive is unpacked when it has changed."""
    root = _unpacked()
    with (root / "folds.csv").open(newline="", encoding="utf-8") as file:
        kinds = {row["fixture"]: row["kind"] for row in csv.DictReader(file)}
    found: list[Recording] = []
    for label in sorted(root.glob(f"*/*/{LABEL}")):
        name = label.parent.relative_to(root).as_posix()
        requests = json.loads(label.read_text("utf-8"))["requests"]
        found.append(Recording(name, label.parent, kinds[name], tuple(requests)))
    return found


def _unpacked() -> Path:
    digest = hashlib.blake2b(ARCHIVE.read_bytes(), digest_size=8).hexdigest()
    place = CACHE / f"corpus-{digest}"
    if not place.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix="corpus-", suffix=".part", dir=CACHE))
        with tarfile.open(ARCHIVE) as archive:
            archive.extractall(part, filter="data")
        try:
            part.rename(place)
        except OSError:
            # Another process was quicker.
            shutil.rmtree(part)
    return place / "recorded"
