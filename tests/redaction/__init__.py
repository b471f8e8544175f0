"""Samples of secrets and of words that must survive, and how many the redaction gets right.

`development.jsonl` was looked at while the rules were written, `held_out.jsonl`, a third drawn by hash, was not. A row of
kind `secret` names what must vanish from its text, one of kind `keep` what must survive; nothing named is all of it.
`PYTHONPATH=tests python -m redaction` prints the figures.
"""
