"""No text makes the redaction's cost grow faster than its length: needles of every rule, repeated."""

import time
from collections.abc import Callable

import pytest

from culpa.instrumentation.redact import redact_query, redact_stack, redact_text, redact_url
from culpa.instrumentation.redact.own import own_mask

#: The beginnings of what rules look for, so that each is begun again and again and never ended.
_NEEDLES = """
/*a=|/*a=/*a=|key%20(a)=(|key (a)=(|password=[|password='|password=\\"|password=x9 y8 |password: xy9 |[parameters: |[parameters: (
select |select a from |insert into t values ('|update a set |values (|with a as (|call a(|create role a |SELECT /*|"SELECT "|'SELECT '
(SELECT a FROM b|://a:b@|://a:|a@|@a.b|a.b@|@tcp(|a:b@tcp(|eyJ|eyJabcdef.|<password>|<password |name="password" |name: password value:
curl -u a:|mysql -p|mysql;|sshpass -p|#0 a(1): f('|#0 (|(0): (|at a->b('|-----BEGIN PRIVATE KEY-----|-----END PRIVATE KEY-----|near '
Duplicate entry '|Failing row contains (|dup key: {|input_value=,|'input': ,|LINE 1: |execute a: select |COPY a, line 1: "|[SQL: |[SQL: ]
(SQL: |'|"|\\|`|$a$|$$|((((|[[[[|{"a":|--|-- |--token |/reset/|/reset/a/|4111 |4|DE89 |AA|1-|%40|%22password%22:|cookie: a=
authorization: digest a=|bearer |basic a|key: |token 'a|(b'authorization', |sk-|glpat-|0.|1e|x'|E'|in (|like |= |= 'a' and |a'b |can't
Server=a;Password=b c;|A=B;|&a=|?a=b&|key=a&|hooks.slack.com/services/|jdbc:oracle:thin:a/|1//0|q~|é|a=1&pass=x9y |{ |\x00
"""
_UNITS = [
    unit for line in _NEEDLES.strip("\n").split("\n") for needle in line.split("|") for unit in (needle, f"{needle}\n")
]
_SHORT, _LONG = 8_000, 32_000


def _seconds(redact: Callable[[str], str], unit: str, length: int) -> float:
    text = (unit * (length // len(unit) + 1))[:length]
    start = time.process_time()
    redact(text)
    return time.process_time() - start


def _own(text: str) -> str:
    mask = own_mask({"CULPA_REDACT_NAMES": "voucher,a,key"})
    assert mask is not None
    return mask("", text)


@pytest.mark.parametrize("redact", [redact_text, redact_url, redact_query, redact_stack, _own])
@pytest.mark.timeout(120)
def test_four_times_the_text_costs_four_times_the_time(redact: Callable[[str], str]) -> None:
    """Or a little more, as machines do; what takes no time at all is not looked at."""
    slow: list[str] = []
    for unit in _UNITS:
        if _seconds(redact, unit, _LONG) < 0.03:
            continue
        # What else the machine did is no fault of the text: the same must be slow again.
        long, short = (min(_seconds(redact, unit, length) for _ in range(3)) for length in (_LONG, _SHORT))
        if long > 8 * short:
            slow.append(unit)
    assert [] == slow


@pytest.mark.timeout(20)
def test_a_text_without_end_is_cut_before_it_meets_a_pattern() -> None:
    """Of a hundred megabytes in an attribute, 64 KiB are looked at."""
    start = time.process_time()
    assert len(redact_text("password=" * 11_000_000)) < 200_000
    assert len(redact_url("a=1&token=" * 10_000_000)) < 200_000
    assert time.process_time() - start < 10
