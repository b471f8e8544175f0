"""Every pattern meets texts made of its own parts, doubled: no text costs more than its length says."""

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from itertools import islice

import pytest
from linearity.growth import growing
from linearity.hostile import of_pattern
from linearity.python_patterns import python_patterns
from linearity.script_patterns import php_patterns, ruby_patterns
from linearity.written import Written
from sweeps import some
from test_linear_patterns import NOT_OURS

from culpa.collector.linear import Use

#: Enough for every part of all but the longest lists of words.
_MOST_TEXTS = 240
#: That no text costs more is proven of each pattern (test_linear_patterns.py); here it is seen.
_EVERYDAY_TEXTS = 30


def test_what_grows_too_fast_is_noticed() -> None:
    """The measure itself: a quadratic pattern fails, a linear one does not."""
    assert next(growing(re.compile(r"\w+@").search, of_pattern(r"\w+@", 0), first=3_000))
    assert [] == list(growing(re.compile(r"(?<!\w)\w+@").search, of_pattern(r"(?<!\w)\w+@", 0)))


def test_no_pattern_of_the_python_costs_more_than_its_text_is_long() -> None:
    told: list[str] = []
    seen: set[tuple[str, int]] = set()
    for each in python_patterns():
        if not isinstance(each.pattern, str) or (each.pattern, each.flags) in seen or _is_not_ours(each):
            continue
        seen.add((each.pattern, each.flags))
        hostile = some(list(islice(of_pattern(each.pattern, each.flags), _MOST_TEXTS)), _EVERYDAY_TEXTS)
        for run in _runs(re.compile(each.pattern, each.flags), each.uses):
            told += [f"{each.where}: {line}" for line in growing(run, hostile)]
    assert [] == told


def _is_not_ours(written: Written) -> bool:
    return any(part in written.where for part in NOT_OURS)


def _runs(pattern: re.Pattern[str], uses: tuple[Use, ...]) -> Iterator[Callable[[str], object]]:
    if "all" in uses:
        yield lambda text: sum(1 for _ in pattern.finditer(text))
    elif "search" in uses:
        yield pattern.search
    if "match" in uses:
        yield pattern.match
    if "fullmatch" in uses:
        yield pattern.fullmatch


_PHP = r"""
ini_set('memory_limit', '512M');
foreach (json_decode(file_get_contents('php://stdin'), true) as [$where, $pattern, $texts]) {
    foreach ($texts as $text) {
        $cost = [];
        foreach ($text as $each) {
            $start = getrusage(); preg_match_all($pattern, $each); $end = getrusage();
            $cost[] = ($end['ru_utime.tv_sec'] - $start['ru_utime.tv_sec']) * 1e6 + $end['ru_utime.tv_usec'] - $start['ru_utime.tv_usec'];
        }
        if ($cost[1] > 60000 && $cost[1] > 8.5 * $cost[0]) { echo "$where: ", json_encode([$cost, substr($text[0], 0, 80)]), "\n"; }
    }
}
"""
_RUBY = r"""
require 'json'
JSON.parse($stdin.read).each do |where, pattern, texts|
  regexp = eval(pattern)
  texts.each do |text|
    cost = text.map { |each| start = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID); each.gsub(regexp, ''); Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID) - start }
    puts "#{where}: #{cost} #{text[0][0, 80].inspect}" if cost[1] > 0.06 && cost[1] > 8.5 * cost[0]
  end
end
"""


@pytest.mark.parametrize(
    ("command", "patterns"),
    [(["php", "-r", _PHP], php_patterns), (["ruby", "-e", _RUBY], ruby_patterns)],
    ids=["php", "ruby"],
)
def test_no_pattern_of_a_script_costs_more_than_its_text_is_long(
    command: list[str], patterns: Callable[[], Iterator[Written]]
) -> None:
    """In the language's own engine: PCRE, Onigmo."""
    told = [
        [
            each.where,
            each.own,
            [[one.text(size) for size in (12_000, 48_000)] for one in islice(of_pattern(each.pattern, each.flags), 60)],
        ]
        for each in patterns()
        if each.pattern is not None and not _is_not_ours(each)
    ]
    assert told
    done = subprocess.run(command, input=json.dumps(told), capture_output=True, text=True, check=True)
    assert "" == done.stdout
