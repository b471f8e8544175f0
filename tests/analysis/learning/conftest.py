"""The scripts of `training/` are no part of the distribution; these tests import them from the repository."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))
