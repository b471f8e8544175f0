"""What the proof of linear patterns finds, and what it lets pass."""

import re

import pytest

from culpa.collector.linear import Use, finding

_LINEAR: list[tuple[str, int]] = [
    (r"\d+", 0),
    (r"\d+(?:\.\d+)?", 0),
    (r"(?<!\w)\w+@", 0),
    (r"\b\w++@", 0),
    (r"^\s*+at", 0),
    (r"^[ \t]*at", re.MULTILINE),
    (r'"[^"\n]*"', 0),
    (r"\bfoo\b", 0),
    (r"(?m)^[^:\n]*: x", 0),
    (r"(?<![^\n])a+b", 0),
    (r"\A\s*at .*$", 0),
    (r"'(?:[^']|'')*(?:'|\Z)", 0),
    (r"a[^b]*+(?:b|\Z)", 0),
    (r"[a-z]{1,20}:", 0),
    (r'"(?:[^"\\]++|\\.)*+"?+', 0),
    (r"'(?:[^']|'')*+'?+", 0),
    (r"(?i)(?<![a-z])[a-z]+:", 0),
]
_NOT_LINEAR: list[tuple[str, int]] = [
    (r"(a+)+b", 0),
    (r"(a|a)*b", 0),
    (r"(?:(?:a*)*)*b", 0),
    (r"(?:a?){5}(?:a?)*b", 0),
    (r"a*a*b", 0),
    (r"\w+@", 0),
    (r"\w++@", 0),
    (r"(?i)(?<![A-Z])[a-z_]+:", 0),
    (r".*x", 0),
    (r"^\s*at", re.MULTILINE),
    (r"\s+$", 0),
    (r"(.+?):(\d+)$", 0),
    (r"/\*.*?\*/", 0),
    (r"(?=\w+)", 0),
    (r"x(?!.*y)", 0),
    (r"\d+(?:[^b]*b)?", 0),
    (r"[^\"]*\"", 0),
    (r"a{0,5000}b", 0),
    (r'"(?:[^"\\]++|\\.)*+"', 0),
]


@pytest.mark.parametrize(("pattern", "flags"), _LINEAR)
def test_a_linear_pattern_is_proven(pattern: str, flags: int) -> None:
    assert None is finding(pattern, flags, ("search", "match"))


@pytest.mark.parametrize(("pattern", "flags"), _NOT_LINEAR)
def test_a_pattern_that_is_not_linear_is_found(pattern: str, flags: int) -> None:
    assert finding(pattern, flags, ("search",)) is not None


@pytest.mark.parametrize(
    ("pattern", "use"), [(r"\w+@", "match"), (r"\w+", "fullmatch"), (r"\s+$", "match"), (r"(?:a|b)*", "search")]
)
def test_what_is_tried_from_one_place_only_needs_no_anchor(pattern: str, use: Use) -> None:
    assert finding(pattern, 0, (use,)) is None


def test_a_whole_match_gives_up_only_at_the_end() -> None:
    assert finding(r"a*a*", 0, ("search", "match")) is None
    assert finding(r"a*a*", 0, ("fullmatch",)) is not None


def test_what_is_read_behind_a_match_and_given_up_costs_again_for_each_match() -> None:
    assert finding(r"(?:a+b)*+", 0, ("search",)) is None
    assert finding(r"(?:a+b)*+", 0, ("all",)) is not None


def test_a_back_reference_is_not_proven() -> None:
    assert "groupref" in str(finding(r"(a|b)\1"))


def test_a_finding_tells_what_to_repeat() -> None:
    found = finding(r"<([a-z]+) =", 0, ("search",))
    assert found is None
    found = finding(r"[a-z]+=", 0, ("search",))
    assert found is not None
    assert found.repeat and set(found.repeat) <= set("abcdefghijklmnopqrstuvwxyz")


def test_rounds_that_may_match_nothing_are_found_from_one_place_on_too() -> None:
    for pattern in (r"(?:a*)*b", r"x(?:(?:ab?)*)*y"):
        assert finding(pattern, 0, ("match",)) is not None
