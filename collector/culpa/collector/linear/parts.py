"""The parts of Python's own reader of patterns, which have no stubs."""

import re
from typing import Any

_re: Any = re
#: Names of what a parse tree is made of.
sre: Any = _re._constants
parser: Any = _re._parser
