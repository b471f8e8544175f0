"""A late pattern is the pattern, but for when it is compiled."""

import re

import pytest

from culpa.instrumentation.patterns import late_pattern


def test_it_answers_as_the_pattern_does() -> None:
    late, pattern = late_pattern(r"(?P<word>a+)", re.IGNORECASE), re.compile(r"(?P<word>a+)", re.IGNORECASE)
    for _ in range(2):
        assert pattern.findall("xAaxa") == late.findall("xAaxa")
        assert pattern.sub("b", "xAaxa") == late.sub("b", "xAaxa")
        assert (pattern.pattern, pattern.flags, pattern.groupindex) == (late.pattern, late.flags, late.groupindex)
    assert late_pattern(rb"a").fullmatch(b"a")


def test_it_is_compiled_once_and_when_it_is_first_asked() -> None:
    late = late_pattern(r"(")
    with pytest.raises(re.error, match="missing"):
        late.match("a")
    late = late_pattern(r"a")
    assert late.match is late.match
    assert late.match.__self__ is late.search.__self__
