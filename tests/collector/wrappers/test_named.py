"""Names that starters of programs put before each line come off; a program's own words stay."""

import pytest

from culpa.collector.formats import Line
from culpa.collector.wrappers import unwrapper_of

PASSENGER = [
    "[ E 2018-03-28 10:38:17.1559 68/Tm age/Cor/App/Implementation.cpp:304 ]: Could not spawn process for application",
    "  Message from application: undefined method `origin_user' (NameError)",
    "  /opt/app/controllers/errors_controller.rb:22:in `<class:ErrorsController>'",
]


def _words(lines: list[str]) -> list[str]:
    known = unwrapper_of([line.encode() for line in lines])
    return [one.content.decode() for line in lines for one in known.add(Line(line.encode(), 0, 0))]


@pytest.mark.parametrize("label", ["apache:  {}", "[web] {}", "web: {}", "[0] {}"])
def test_a_name_before_every_line_comes_off(label: str) -> None:
    found = _words([label.format(line) for line in PASSENGER])
    assert [line.strip() for line in PASSENGER] == [line.strip() for line in found]


@pytest.mark.parametrize(
    "lines",
    [
        # A name before records alone is the program's own, and so is one of which nothing goes on.
        ["shop: " + PASSENGER[0], *PASSENGER[1:]],
        ["error: no cart", "error: no order", "error: at 7"],
        ["shop: started", "#1 in the list", "shop: ended"],
    ],
)
def test_what_a_program_says_of_itself_stays(lines: list[str]) -> None:
    assert lines == _words(lines)


@pytest.mark.parametrize(
    ("line", "service", "time"),
    [
        ("shop/db-0[postgres]: ok", "db", ""),
        ("shop/web-6cd8944c67-nfb69[app]: ok", "web", ""),
        ("[web-6cd8944c67-nfb69] ok", "web", ""),
        ("[web-6cd8944c67-nfb69 app] ok", "web", ""),
        ('[web] [2026-05-01 10:00:00] {"ok":1}', "web", "2026-05-01 10:00:00"),
        ('[2026-05-01 10:00:00] {"ok":1}', "", "2026-05-01 10:00:00"),
    ],
)
def test_what_stands_before_the_line_is_kept(line: str, service: str, time: str) -> None:
    [found] = unwrapper_of([line.encode()]).add(Line(line.encode(), 0, 0))
    assert (service, time) == (found.wrapping.service, found.wrapping.time)
    assert found.content in (b"ok", b'{"ok":1}')


def test_what_docker_tells_of_the_container_before_every_line_comes_off() -> None:
    before = "IMAGE_NAME=shop%2Fweb,com.example.tier=front "
    assert PASSENGER == _words([before + line for line in PASSENGER])


@pytest.mark.parametrize("before", ["level=info ", "shop=1 order={} ", 'timestamp="13/11/2023 10:00:00" func=a '])
def test_pairs_of_a_program_stay(before: str) -> None:
    lines = [f"{before.format(n)}went well" for n in range(3)]
    assert lines == _words(lines)


STACKS = [
    ["Traceback (most recent call last):", '  File "a.py", line 1', "KeyError: 7"],
    ["PHP Fatal error:  Uncaught PDOException: no in /a.php:9", "Stack trace:", "#0 /a.php(9): a()", "#1 {main}"],
    ["java.lang.IllegalStateException: no", "\tat shop.A.b(A.java:1)", "\t... 20 more"],
]


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("before", ["2021-09-03 15:29:31 | stdout | {}", "2021-09-03 15:29:31\tstdout\t{}"])
def test_lines_of_one_second_with_the_newest_first_are_known(before: str, stack: list[str]) -> None:
    lines = [before.format(line).encode() for line in stack]
    assert (True, False) == (unwrapper_of(lines[::-1]).is_backwards, unwrapper_of(lines).is_backwards)
