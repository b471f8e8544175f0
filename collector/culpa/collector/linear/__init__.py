"""Proves that a pattern costs a backtracking engine no more than a constant per byte of the text.

`alphabet` says which letters a pattern can tell apart, `syntax` turns its parse tree into nodes and edges, `machine`
into states that know what letter they were entered by, `ambiguity` looks for a word that doubles the ways through them,
and `proof` gives the answer. The patterns of the program are held to it by its tests, those of a user when they are
read.
"""

from culpa.collector.linear.alphabet import Alphabet
from culpa.collector.linear.proof import USES, Finding, Use, finding

__all__ = ["USES", "Alphabet", "Finding", "Use", "finding"]
