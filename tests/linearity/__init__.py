"""Proves that a pattern costs a backtracking engine no more than a constant per byte of the text.

`alphabet` says which letters a pattern can tell apart, `syntax` turns its parse tree into nodes and edges, `machine` into
states that know what letter they were entered by, `ambiguity` looks for a word that doubles the ways through them, and
`proof` gives the answer. What cannot be proven is a finding: the pattern is rewritten, not excused.
"""
