"""What Perl says as a script dies, wherever it is printed: the words, `at FILE line N`."""

from typing import NamedTuple

from culpa.instrumentation.patterns import late_pattern

_PLACE = late_pattern(
    r" at (?P<file>(?:\(eval \d{1,6}\)|[^\s(]\S{0,400})) line (?P<line>\d{1,7})"
    r"(?:, <[^>\n]{0,40}> (?:line|chunk) \d{1,9}|, near \"[^\n]{0,200})?\.?$"
)
#: Warnings are printed in the same form.
_WARNING = late_pattern(
    r"Use of (?:uninitialized|implicit|inherited|freed)|Name \"[^\"]{1,80}\" used only once"
    r"|Subroutine \S{1,80} redefined"
    r"|Argument \""
    r"|Odd number of elements|Useless use of|Possible |Scalar value |print\(\) on |readline\(\) on "
    r"|Wide character|Deep recursion|Smartmatch is |Unescaped left brace|given is |when is "
    r"|substr outside|\"my\" variable"
)
#: What comes of the error above.
_FOLLOWS = late_pattern(r"(?:BEGIN failed|Compilation failed)\b")


class PerlError(NamedTuple):
    """An error as Perl printed it."""

    message: str  # without its place
    file: str
    line: str


def perl_error(text: str) -> PerlError | None:
    """Return what a script died of, None where the words tell no death."""
    for words in text.split("\n"):
        place = _PLACE.search(words)
        if place and not _WARNING.match(words) and not _FOLLOWS.match(words):
            return PerlError(words[: place.start()], place["file"], place["line"])
    return None
