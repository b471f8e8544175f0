"""What forums, mails and pages of tools do to lines comes off."""

from itertools import chain

import pytest

from culpa.collector.formats import Line, Source
from culpa.collector.wrappers import unwrapper_of
from culpa.collector.wrappers._dressing import time_of

_TRACE = ("Traceback (most recent call last):", '  File "/srv/app.py", line 7, in total', "ValueError: no cart")


def _unwrapped(lines: list[str]) -> tuple[tuple[str, ...], list[Line]]:
    contents = [line.encode() for line in lines]
    known = unwrapper_of(contents)
    found = [one for at, line in enumerate(contents) for one in known.add(Line(line, at, at + 1))]
    return known.names, [*found, *known.flush()]


def test_a_quotation_comes_off_only_where_every_line_is_quoted() -> None:
    names, found = _unwrapped([f"> {line}" for line in _TRACE])
    assert (("quotation",), list(_TRACE)) == (names, [line.content.decode() for line in found])
    assert () == _unwrapped([">>> import shop", "Traceback (most recent call last):"])[0]


def test_empty_lines_between_all_others_come_off_and_one_between_two_records_stays() -> None:
    lines = [*chain.from_iterable((line, "") for line in (*_TRACE, "INFO: ok"))]
    names, found = _unwrapped(lines)
    assert "double spacing" in names
    assert [*_TRACE, "INFO: ok"] == [line.content.decode() for line in found]
    assert "double spacing" not in _unwrapped([*_TRACE, "", *_TRACE])[0]


def test_what_supervisors_of_services_put_before_a_line_tells_its_time() -> None:
    """It is svlogd of runit, in UTC; daemontools' multilog and s6, in TAI64N."""
    for name, told in (("svlogd", "2022-11-03_10:14:52.20114"), ("TAI64N", "@40000000636394a60bfd2720")):
        names, found = _unwrapped([f"{told} {line}" for line in _TRACE])
        assert ((name,), list(_TRACE)) == (names, [line.content.decode() for line in found])
        assert time_of("2022-11-03T10:14:52.201140000Z", Source("")) == time_of(found[0].wrapping.time, Source(""))
    assert () == _unwrapped(["@home 2022-11-03 of another", "@4000 is a number"])[0]


def test_american_dates_come_off_where_the_line_is_glued_to_them() -> None:
    names, found = _unwrapped([f"4/6/2017 5:50:01 PM{line}" for line in _TRACE])
    assert (("American dates",), list(_TRACE)) == (names, [line.content.decode() for line in found])
    assert time_of("2017-04-06T17:50:01", Source("")) == time_of(found[0].wrapping.time, Source(""))
    assert () == _unwrapped(["4/6/2017 5:50:01 PM of a program that dates its lines itself"])[0]


@pytest.mark.parametrize("day", ["2月 04", "lug 14", "févr. 03", "Dez 24", "3월 09", "янв 01"])
def test_a_journal_in_another_language_is_read(day: str) -> None:
    names, found = _unwrapped([f"{day} 06:19:19 host1 hass[539]: INFO: ok"])
    assert (("syslog",), b"INFO: ok", "hass") == (names, found[0].content, found[0].wrapping.service)
    assert time_of(found[0].wrapping.time, Source("", newest_ns=1_800_000_000 * 10**9))


@pytest.mark.parametrize("line", ["lis 14 06:19:19 host1 hass[539]: of November or October", "foo 14 06:19:19 h a: b"])
def test_a_word_that_is_no_month_for_sure_stays(line: str) -> None:
    assert () == _unwrapped([line])[0]


def test_a_table_with_backslashes_and_the_newest_line_first_is_turned() -> None:
    rows = ["date,stream,content", '2023/11/23 20:28:44,stderr,"ValueError: no cart', '"']
    rows += ['2023/11/23 20:28:44,stderr,"  File \\"/srv/app.py\\", line 7, in total', '"']
    rows += ['2023/11/23 20:28:44,stderr,"Traceback (most recent call last):', '"', ""]
    known = unwrapper_of([row.encode() for row in rows])
    found = [one.content.decode() for at, row in enumerate(rows) for one in known.add(Line(row.encode(), at, at + 1))]
    assert (True, list(reversed(_TRACE))) == (known.is_backwards, found)
