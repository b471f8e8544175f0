"""What systems put around a line comes off, and says when and whose the line was."""

import time
from collections.abc import Iterable

import pytest

from culpa.collector.formats import Line, LineSplitter, Source
from culpa.collector.wrappers import WRAPPERS, Unwrapper, unwrapper_of
from culpa.collector.wrappers._dressing import time_of

BY_NAME = {wrapper.name: wrapper for wrapper in WRAPPERS}
_NINE = "2026-05-01T10:00:00.123456789Z"


def unwrapped(text: str | bytes, unwrapper: Unwrapper | None = None) -> list[Line]:
    """Return the lines of a file as they come out."""
    content = text.encode() if isinstance(text, str) else text
    splitter = LineSplitter()
    lines = [*splitter.feed(content), *splitter.rest()]
    known = unwrapper or unwrapper_of([line.content for line in lines])
    return [*(found for line in lines for found in known.add(line)), *known.flush()]


def words(lines: Iterable[Line]) -> list[str]:
    return [line.content.decode() for line in lines]


@pytest.mark.parametrize("name", BY_NAME)
def test_a_sample_of_each_wrapper_is_recognised_and_comes_off(name: str) -> None:
    sample, inside = BY_NAME[name].sample
    assert (name,) == unwrapper_of(sample.encode().split(b"\n")).names
    assert [inside] == [each for each in words(unwrapped(sample)) if each]


@pytest.mark.parametrize("name", BY_NAME)
def test_a_damaged_line_is_taken_as_it_is_and_the_next_one_comes_off(name: str) -> None:
    sample, inside = BY_NAME[name].sample
    known = unwrapper_of(sample.encode().split(b"\n"))
    damaged = sample.split("\n", 1)[0][8:]
    found = words(unwrapped(f"{damaged}\n\n{sample}\n", known))
    assert inside == next(each for each in reversed(found) if each)
    if name not in {"colours", "journalctl -o export"}:
        assert damaged == found[0]


@pytest.mark.parametrize("name", BY_NAME)
def test_a_hostile_line_costs_no_more_than_its_length(name: str) -> None:
    sample = BY_NAME[name].sample[0].encode()
    known = unwrapper_of(sample.split(b"\n"))
    began = time.monotonic()
    for piece in (sample, sample[: len(sample) // 2], b"[" * 8, b" | ", b'{"a":', b"\\", b"9" * 8, b"\x1b["):
        content = (sample[:20] + piece * 1_000_000)[:1_000_000]
        list(known.add(Line(content, 0, len(content), number=1)))
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "line",
    [
        '192.0.2.1 - - [01/May/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 1 "-" "curl | wget"',
        "2026/05/01 10:00:00 [error] 29#29: *10 connect() failed (111: Connection refused)",
        "[2026-05-01 10:00:00 +0000] [7] [INFO] Listening at: http://0.0.0.0:8000 (7)",
        "2026-05-01T10:00:00.123Z INFO shop.cart: ok",
        "2026-05-01T10:00:00.123456Z 12 [Warning] [MY-010055] [Server] IP address could not be resolved",
        "2026-05-01 10:00:07.123 | ERROR    | shop.cart:add:241 - no",
        "May 01 10:00:00 host1 kernel: Out of memory: Killed process 7 (python)",
        '{"timestamp": "2026-05-01T10:00:00Z", "level": "error", "message": "no"}',
        '{"level":"error","log":"x","msg":"no"}',
        "[pod] web: ok",
        "10:00:00 web: ok",
        "| a | table |",
        "Traceback (most recent call last):",
        "key = value",
    ],
)
def test_a_line_that_only_looks_alike_stays_as_it_is(line: str) -> None:
    assert () == unwrapper_of([line.encode()] * 3).names
    assert [line] == words(unwrapped(line))


@pytest.mark.parametrize(
    ("line", "service", "told"),
    [
        ("web-1  | ok", "web", ""),
        ("shop_web_1  | ok", "shop_web", ""),
        ("web.1.x267o2ynkofmabcdefghijklm@node03    | ok", "web", ""),
        ("[pod/web-6cd8944c67-nfb69/app] ok", "web", ""),
        ("[pod/db-0/postgres] ok", "db", ""),
        (f"[pod/my-cache/app] {_NINE} ok", "my-cache", _NINE),
        ("10:00:00 web.1  | ok", "web", ""),
        ("May 01 10:00:00 host1 shop-api[99]: ok", "shop-api", "May 01 10:00:00"),
        ("<34>May  1 10:00:00 host1 shop: ok", "shop", "May  1 10:00:00"),
        ("2026-05-01T10:00:00.1+02:00 host1 shop[99]: ok", "shop", "2026-05-01T10:00:00.1+02:00"),
        ("<13>May  1 10:00:00 shop[99]: ok", "shop", "May  1 10:00:00"),
        ("May  1 2026 10:00:00 host1 shop: ok", "shop", "May  1 2026 10:00:00"),
        ("May 01 10:00:00 host1 4f3a2b1c0d9e[99]: ok", "", "May 01 10:00:00"),
        ("May 01 10:00:00 host1 docker/shop-1[99]: ok", "shop", "May 01 10:00:00"),
        ("May 01 10:00:00 host1 shop/4f3a2b1c0d9e[99]: ok", "shop", "May 01 10:00:00"),
        ("Fri 2026-05-01 10:00:00 CEST host1 uvicorn[99]: ok", "uvicorn", "Fri 2026-05-01 10:00:00 CEST"),
        ("Fri 2026-05-01 10:00:00 UTC host1 shop@2.service/uvicorn[9]: ok", "shop", "Fri 2026-05-01 10:00:00 UTC"),
        ("1777629600.123456 host1 uvicorn[99]: ok", "uvicorn", "1777629600.123456"),
        ('<34>1 2026-05-01T10:00:00Z host1 shop 99 - [x y="[z\\]"] ok', "shop", "2026-05-01T10:00:00Z"),
        ("61 <190>1 2026-05-01T10:00:00+00:00 d.7 app web.1 - ok", "web", "2026-05-01T10:00:00+00:00"),
        ("0|shop | 2026-05-01 10:00 +02:00: ok", "shop", "2026-05-01 10:00 +02:00"),
        ('<34>1 2026-05-01T10:00:00Z host1 shop 99 - [x y="z"][a b="c"] \ufeffok', "shop", "2026-05-01T10:00:00Z"),
        ("2026-05-01T10:00:00.1+00:00 app[web.1]: ok", "web", "2026-05-01T10:00:00.1+00:00"),
        ("1|api  | ok", "api", ""),
        (f'{{"log":"ok\\n","stream":"stdout","attrs":{{"tag":"api"}},"time":"{_NINE}"}}', "api", _NINE),
        (
            '{"__REALTIME_TIMESTAMP":"1777629600000000","CONTAINER_NAME":"web-1","MESSAGE":"ok"}',
            "web",
            "1777629600000000",
        ),
        (
            '{"timestamp":"2026-05-01T10:00:00Z","jsonPayload":"x","textPayload":"ok","insertId":"1",'
            '"resource":{"labels":{"service_name":"pay"}}}',
            "pay",
            "2026-05-01T10:00:00Z",
        ),
    ],
)
def test_what_a_wrapper_tells_is_kept_beside_the_line(line: str, service: str, told: str) -> None:
    [found] = unwrapped(line)
    assert ("ok", service, told) == (found.content.decode(), found.wrapping.service, found.wrapping.time)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("May  1 2026 10:00:00.5", 0.5),
        ("Fri 2026-05-01 12:00:00.25 CEST", 0.25),
        ("1777629600.123456", 0.123456),
        ("2026-05-01 12:00 +02:00", 0),
        ("no time", -1777629600),
    ],
)
def test_the_times_of_wrappers_are_read(written: str, seconds: float) -> None:
    assert 1_777_629_600_000_000_000 + int(seconds * 1_000_000) * 1_000 == time_of(written, Source("x.log"))


_RECORD = [
    "ERROR:    Exception in ASGI application",
    "Traceback (most recent call last):",
    '  File "a.py", line 1',
    "No: no",
]


@pytest.mark.parametrize(
    "before", ["2026-05-01T10:00:0{}.000Z {}", "2026-05-01 10:00:0{} {}", "2026-05-01 10:00 +02:00: {1}"]
)
def test_a_time_before_every_line_comes_off_and_one_before_every_record_stays(before: str) -> None:
    lines = [before.format(*each) for each in enumerate(_RECORD)]
    assert _RECORD == words(unwrapped("\n".join(lines)))
    lines = [before.format(0, "ERROR one"), *_RECORD[1:], before.format(1, "  INFO two")]
    assert lines == words(unwrapped("\n".join(lines)))


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/var/log/pods/shop_api-6cd8944c67-nfb69_0d3c-11/server/0.log", "api"),
        (f"x/api-6cd8944c67-nfb69_shop_server-{'3f' * 32}.log", "api"),
        ("/var/log/api.log", ""),
    ],
)
def test_the_path_of_a_pods_log_names_its_service(path: str, service: str) -> None:
    line = f"{_NINE} stderr F ok"
    [found] = unwrapped(line, unwrapper_of([line.encode()]).of_file(path))
    assert ("ok", service) == (found.content.decode(), found.wrapping.service)


def test_wrappers_nest() -> None:
    inside = '{"log":"web-1  | \\u001b[31mINFO: ok\\u001b[0m\\n","stream":"stderr","time":"' + _NINE + '"}'
    line = f"May 01 10:00:00 host1 dockerd[1]: {inside}"
    assert ("syslog", "docker json-file", "colours", "docker compose") == unwrapper_of([line.encode()]).names
    [found] = unwrapped(line)
    assert (b"INFO: ok", "web", _NINE, "host1") == (
        found.content,
        found.wrapping.service,
        found.wrapping.time,
        found.wrapping.host,
    )


def test_pieces_of_a_line_are_joined_by_stream() -> None:
    text = (
        f"{_NINE} stdout P one \n{_NINE} stderr F other\n{_NINE} stdout P two \n{_NINE} stdout F three\n"
        f"{_NINE} stdout P left"
    )
    found = unwrapped(text)
    assert ["other", "one two three", "left"] == words(found)
    joined = found[1]
    assert (0, 1) == (joined.offset, joined.number)
    assert joined.end == text.index(f"{_NINE} stdout P left")


def test_a_line_of_endless_pieces_is_cut() -> None:
    piece = f"{_NINE} stdout P {'x' * 10_000}\n"
    found = unwrapped(piece * 300)
    assert [1_048_576] == [len(line.content) for line in found]
    assert found[0].is_cut


def test_more_open_lines_than_are_kept_come_out_as_they_are() -> None:
    text = "".join(f"<1>1 - h app{number} - - - {_NINE} stdout P x{number}\n" for number in range(300))
    assert 300 == len(unwrapped(text))


def test_colours_byte_order_marks_and_carriage_returns_come_off() -> None:
    assert ["ERROR: a", "b"] == words(unwrapped(b"\xef\xbb\xbf\x1b[31mERROR\x1b[0m: a\r\nb\r\n"))


def test_a_message_of_several_lines_comes_out_as_lines() -> None:
    line = '{"timestamp":1777629600123,"message":"Traceback (most recent call last):\\n  File \\"x\\"\\nKeyError"}'
    found = unwrapped(line)
    assert ["Traceback (most recent call last):", '  File "x"', "KeyError"] == words(found)
    assert {0} == {each.offset for each in found}


def test_the_journals_export_may_hold_messages_of_several_lines() -> None:
    text = (
        b"__CURSOR=s=1\n__REALTIME_TIMESTAMP=1777629600000000\n_PID=42\n_SYSTEMD_UNIT=shop.service\n"
        b"MESSAGE\n\x0b\0\0\0\0\0\0\0one\ntwo\nA=b\n_COMM=x\n\n"
        b"__REALTIME_TIMESTAMP=1777629601000000\nMESSAGE=three\n_SYSTEMD_UNIT=shop.service\n"
    )
    found = unwrapped(text)
    assert ["one", "two", "A=b", "three"] == words(found)
    assert [("shop", 42), ("shop", 0)] == [(found[0].wrapping.service, found[0].wrapping.pid), ("shop", 0)]


def test_supervisors_headings_name_the_program_of_the_lines_below() -> None:
    text = (
        "2026-05-01 10:00:00,290 DEBG 'nginx' stdout output:\na\nb\n\n"
        "2026-05-01 10:00:01,290 DEBG 'app' stderr output:\nc\n"
    )
    assert [("a", "nginx"), ("b", "nginx"), ("", "nginx"), ("c", "app")] == [
        (line.content.decode(), line.wrapping.service) for line in unwrapped(text)
    ]


WIDE = """\
2018-11-06T10:56:22.176106+00:00 heroku[router]: at=error code=H10 desc="App cra
shed" method=GET path="/" host=shop.example.com request_id=296c3c1e status=503 b
ytes=
2018-11-06T10:56:22.707178+00:00 heroku[web.1]: Process exited with status 1
"""


def test_lines_that_a_window_broke_are_put_together() -> None:
    whole, last = words(unwrapped(WIDE))
    assert whole.startswith("at=error") and whole.endswith(
        'desc="App crashed" method=GET path="/" host=shop.example.com request_id=296c3c1e status=503 bytes='
    )
    assert "Process exited with status 1" == last


def test_lines_of_a_stack_are_not_those_of_a_window() -> None:
    stack = (
        "2026-05-01 10:00:00 ERROR no cart\nTraceback (most recent call last):\n"
        + '  File "a.py", line 1, in <module>\n' * 3
    )
    assert stack.splitlines() == words(unwrapped(stack))


def test_json_whose_texts_were_copied_with_their_line_breaks_is_one_line_again() -> None:
    broken = (
        'May 01 10:00:00 host1 shop[991]: {"level":"INFO","msg":"http: panic serving 192.0.2.1:4711: \\"no\\" cart\n'
        'goroutine 34 [running]:\n\t/src/shop/cart.go:41 +0x1c"}\nMay 01 10:00:01 host1 shop[991]: {"level":"INFO","msg":"ok"}\n'
    )
    assert [
        '{"level":"INFO","msg":"http: panic serving 192.0.2.1:4711: \\"no\\" cart\\ngoroutine 34 [running]:\\n\\t/src/shop/cart.go:41 +0x1c"}',
        '{"level":"INFO","msg":"ok"}',
    ] == words(unwrapped(broken))


def test_a_quotation_mark_that_nobody_closed_puts_no_lines_together() -> None:
    odd = 'told {"a": "b\nand more\n{"c": 1}\n'
    assert odd.splitlines() == words(unwrapped(odd))
