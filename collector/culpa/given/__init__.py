"""What users write in files of theirs: tables with known keys, bounded numbers, and secrets that stand elsewhere."""

from culpa.given.secret import BadGiven, Secret
from culpa.given.table import Given, is_list, number, read_toml

__all__ = ["BadGiven", "Given", "Secret", "is_list", "number", "read_toml"]
