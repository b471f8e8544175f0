"""Files of Docker, Kubernetes and syslog that grow while they are followed: what stands around a line comes off."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .followed import Followed

ERROR = (
    "2026/05/01 10:00:0{n} [error] 29#29: *1{n} connect() failed (111: Connection refused) while connecting to upstream, "
    'client: 192.0.2.1, server: _, request: "GET /{name} HTTP/1.1", upstream: "http://10.0.0.5:8000/{name}", host: "shop"'
)
STACK = (
    "[2026-05-01 10:00:0{n} +0000] [7] [ERROR] Error handling request /{name}",
    "Traceback (most recent call last):",
    '  File "/srv/shop/orders.py", line {n}, in read',
    "    return stock[{n}]",
    "KeyError: {n}",
)


def error_line(name: str, n: int) -> str:
    return ERROR.format(name=name, n=n)


def docker(words: str, stream: str = "stderr", second: int = 0) -> str:
    return json.dumps({"log": words, "stream": stream, "time": f"2026-05-01T10:00:{second:02}.5Z"}) + "\n"


@pytest.fixture
def follow(tmp_path: Path) -> Iterator[Callable[[str], Followed]]:
    found: list[Followed] = []

    def start(entry: str) -> Followed:
        found.append(Followed(tmp_path, entry))
        found[-1].start()
        return found[-1]

    yield start
    for each in found:
        each.stop()
        each.writer.close()
        each.store.close()


def append(followed: Followed, text: str) -> None:
    with followed.log.open("a") as file:
        file.write(text)


def test_lines_of_docker_come_off_as_they_are_written_and_a_long_one_is_joined(follow) -> None:
    followed = follow("nginx_error")
    append(followed, docker(error_line("a", 1) + "\n"))
    assert ["/a"] == followed.wait_for(1, "logs")
    first, second = error_line("b", 2)[:100], error_line("b", 2)[100:]
    append(followed, docker(first))
    append(followed, docker(second + "\n"))
    assert ["/a", "/b"] == followed.wait_for(2, "logs")


def test_access_and_error_lines_of_one_container_are_told_apart(follow) -> None:
    followed = follow("nginx_error")
    access = '192.0.2.1 - - [01/May/2026:10:00:01 +0000] "GET /a HTTP/1.1" 502 157 "-" "curl/8.5" "-"\n'
    append(followed, docker(error_line("a", 1) + "\n") + docker(access, "stdout"))
    assert ["/a"] == followed.wait_for(1)
    assert ["/a"] == followed.wait_for(1, "logs")


def test_two_streams_of_a_pod_that_lie_in_one_another_keep_their_records(follow) -> None:
    """Also when the collector ends in the midst of one: each is stored, and once."""
    followed = follow("python_server")

    def lines(n: int, stream: str) -> list[str]:
        return [
            f"2026-05-01T10:00:0{n}.{at}Z {stream} F {each.format(n=n, name=stream)}\n" for at, each in enumerate(STACK)
        ]

    one, other = lines(1, "stdout"), lines(2, "stderr")
    for pair in zip(one[:3], other[:3], strict=True):
        append(followed, "".join(pair))
    followed.stop()
    assert [] == followed.paths("exceptions", "message")
    followed.start()
    for pair in zip(one[3:], other[3:], strict=True):
        append(followed, "".join(pair))
    assert ["1", "2"] == sorted(followed.wait_for(2, "exceptions", "message"))


def test_a_syslog_gives_each_program_its_lines(follow) -> None:
    followed = follow("python_server")
    text = "".join(
        f"May 01 10:00:0{at} host1 {program}: {each.format(n=at % 3, name=program[:4])}\n"
        for at, each in enumerate(STACK)
        for program in ("shop[7]", "cart[8]", "cron[9]")
    )
    append(followed, text)
    assert 3 == len(followed.wait_for(3, "exceptions", "message"))
    assert {"shop", "cart", "cron"} == set(followed.paths("exceptions", "service_name"))
