"""What takes a pattern apart is a package beside the tests."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
