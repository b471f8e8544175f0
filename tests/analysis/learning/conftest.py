"""The scripts of `tests/training` are no part of the distribution; these tests import them as a package."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
