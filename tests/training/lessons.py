"""The lessons that the recordings teach, kept in a file, so that a test learns the weights anew within seconds."""

import gzip
from collections.abc import Sequence
from pathlib import Path

import msgspec

from culpa.analysis.judgement.weigh import Weights
from training.corpus import ROOT, Recording
from training.examples import Example
from training.learn import Material

#: Written by `make train` together with the weights.
LESSONS = ROOT / "tests" / "lessons.jsonl.gz"


def text(of: Material) -> bytes:
    """Return the lessons: a line per recording, by name, of its examples."""
    lines = [msgspec.json.encode(of.examples[one.name], order="sorted") for one in of.recordings]
    return b"".join(line + b"\n" for line in lines)


def kept() -> bytes:
    """Return the lessons that are kept."""
    return gzip.decompress(LESSONS.read_bytes())


def read(recordings: Sequence[Recording], priors: Weights) -> Material:
    """Return the material that is kept of these recordings, all of them. Errors: ValueError if it is of others."""
    lines = kept().splitlines()
    examples = [msgspec.json.decode(line, type=tuple[Example, ...]) for line in lines]
    return Material(tuple(recordings), {one.name: some for one, some in zip(recordings, examples, strict=True)}, priors)


def write(of: Material, to: Path = LESSONS) -> bool:
    """Write the file if it would change; return whether it did."""
    new = text(of)
    if to.exists() and gzip.decompress(to.read_bytes()) == new:
        return False
    to.write_bytes(gzip.compress(new, mtime=0))
    return True
