"""Exceptions as nobody would write them: what we tell of them is bounded in time and size, and never raises."""

import linecache
import os
import sys
import threading
import time
import traceback
from collections import UserList
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from culpa.instrumentation.exceptions.locals import own_locals
from culpa.instrumentation.exceptions.origin import describe, mark_of, text
from culpa.instrumentation.exceptions.raised import Raised
from culpa.instrumentation.exceptions.stacktext import MOST_OF_TEXT, stack_text
from culpa.instrumentation.export.clean import redact

RAISES = "def f():\n    raise ValueError('x')\nf()\n"
_ANY = MOST_OF_TEXT + 200


def caught(action: Callable[[], object]) -> BaseException:
    """Return what an action raises."""
    try:
        action()
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


def run(filename: str, names: dict[str, Any] | None = None) -> BaseException:
    """Return an exception from code of that file name."""
    return caught(lambda: exec(compile(RAISES, filename, "exec"), names if names is not None else {}))


def told(error: BaseException) -> tuple[str, dict[str, Any]]:
    """Return the text and the description of an exception; fail where that takes long."""
    found: list[Any] = []

    def tell() -> None:
        try:
            mark_of(error)
            Raised(error, tell.__code__)
            found.append((stack_text(error), describe(error)))
        except BaseException as trouble:
            found.append(trouble)

    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    thread.join(5)
    assert found, "it hangs"
    assert isinstance(found[0], tuple), found[0]
    return found[0]


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator[str]:
    """Return the path of a pipe that nobody writes into; who waits for it is let go at the end."""
    place = tmp_path / "pipe.py"
    os.mkfifo(place)
    yield str(place)
    os.close(os.open(place, os.O_RDWR | os.O_NONBLOCK))


def sparse(folder: Path) -> str:
    """Return a file of three gigabytes."""
    place = folder / "huge.py"
    with place.open("wb") as file:
        file.truncate(3 << 30)
    return str(place)


def test_a_file_name_that_is_a_pipe_is_not_opened(pipe: str) -> None:
    """Its frames are told without their lines of source, and Python's own cache is as before."""
    stack, described = told(run(pipe))
    assert f'File "{pipe}", line 2, in f\n' in stack
    assert pipe == described["code.file.path"]
    assert pipe not in linecache.cache


@pytest.mark.parametrize(
    "name", ["/dev/zero", "/dev/tty", "/proc/kmsg", "/proc/self/mem", "x" * 100_000, "/a/../" * 2000, ""]
)
def test_a_file_name_that_is_anything_is_not_read(name: str) -> None:
    """Devices, the kernel's log, names that are too long for any file."""
    stack, _ = told(run(name))
    assert stack.endswith("ValueError: x\n")
    assert len(stack) <= _ANY


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    """Three gigabytes for one line."""
    stack, _ = told(run(sparse(tmp_path)))
    assert "huge.py" in stack


def test_a_pipe_in_a_group_or_a_syntax_error_is_not_opened(pipe: str) -> None:
    """These are formatted by traceback, which opens what it finds."""
    group = ExceptionGroup("both", [run(pipe), KeyError("k")])
    group.__cause__ = run(pipe)
    broken = SyntaxError("bad", (pipe, 1, 1, None))
    assert "ValueError: x" in told(group)[0]
    assert "SyntaxError: bad" in told(broken)[0]
    assert pipe not in linecache.cache


def test_a_file_that_may_be_read_is(tmp_path: Path) -> None:
    """Also one beside a pipe, and as traceback does."""
    place = tmp_path / "usual.py"
    place.write_text(RAISES)
    error = run(str(place))
    assert "raise ValueError('x')" in told(error)[0]
    assert "".join(traceback.format_exception(error)) == stack_text(error)


class Loader:
    """Gives no source within any time."""

    def get_source(self, name: str) -> str:
        """Wait."""
        time.sleep(600)
        return name


def test_a_loader_of_the_programs_is_not_asked() -> None:
    """It may fetch its sources from a network."""
    assert "/nowhere/x.py" in told(run("/nowhere/x.py", {"__loader__": Loader(), "__name__": "x"}))[0]


def chained(length: int) -> BaseException:
    """Return a chain of causes."""
    error: BaseException = ValueError("root")
    for number in range(length):
        outer = ValueError(number)
        outer.__cause__ = error
        error = outer
    return error


def cyclic() -> BaseException:
    """Return an exception that is its own cause's cause."""
    one, other = ValueError("one"), KeyError("other")
    one.__cause__, other.__cause__ = other, one
    return one


def nested(depth: int) -> BaseException:
    """Return a group in a group in a group."""
    error: Exception = ValueError("inner")
    for _ in range(depth):
        error = ExceptionGroup("g", [error])
    return error


def deep(frames: int) -> BaseException:
    """Return an exception from the bottom of a recursion of two functions."""

    def one(left: int) -> None:
        if not left:
            raise ValueError("deep")
        other(left - 1)

    def other(left: int) -> None:
        one(left - 1)

    found: list[BaseException] = []
    limit, size = sys.getrecursionlimit(), threading.stack_size(512 << 20)
    sys.setrecursionlimit(frames * 2)
    thread = threading.Thread(target=lambda: found.append(caught(lambda: one(frames))))
    thread.start()
    thread.join()
    sys.setrecursionlimit(limit)
    threading.stack_size(size)
    return found[0]


def noted(notes: Any) -> BaseException:
    """Return an exception with such notes."""
    error = ValueError("v")
    error.__notes__ = notes
    return error


class Endless(UserList[str]):
    """A list without an end."""

    def __iter__(self) -> Iterator[str]:
        """Go on."""
        while True:
            yield "x"


class Waits(Exception):
    """Its attribute takes its time."""

    @property
    def orig(self) -> object:
        """Wait."""
        time.sleep(600)
        return None

    sqlstate = pgcode = orig


class Mute(Exception):
    """Has no text."""

    def __str__(self) -> str:
        raise RuntimeError("no text")


Named = type("N" * 1_000_000, (Exception,), {"__module__": "m" * 1_000_000})

HOSTILE: dict[str, Callable[[], BaseException]] = {
    "100,000 causes": lambda: chained(100_000),
    "a circle": cyclic,
    "10,000 groups in each other": lambda: nested(10_000),
    "100,000 members": lambda: ExceptionGroup("g", [ValueError(number) for number in range(100_000)]),
    "40,000 frames": lambda: deep(40_000),
    "40,000 frames in a group": lambda: ExceptionGroup("g", [deep(40_000)]),  # type: ignore[type-var, list-item]
    "a message of 100 MB": lambda: ValueError("y" * 100_000_000),
    "a note of 100 MB": lambda: noted(["x" * 100_000_000]),
    "notes without an end": lambda: noted(Endless("a")),
    "notes that are none": lambda: noted([object(), 5, None]),
    "notes of no kind": lambda: noted(object()),
    "a syntax error of 10 MB": lambda: caught(lambda: compile("x" * 10_000_000 + " y = (", "f", "exec")),
    "attributes that wait": Waits,
    "no text": Mute,
    "a half of a pair": lambda: ValueError("\ud800"),
    "a name of 2 MB": Named,
    "no Exception": lambda: GeneratorExit("z" * 10_000_000),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_any_exception_is_told_within_bounds(kind: str) -> None:
    """In a second or two (three on a busy machine), most of which is the making; whatever leaves is a stated length at most."""
    error = HOSTILE[kind]()
    begun = time.monotonic()
    stack, described = told(error)
    assert time.monotonic() - begun < 3
    assert 0 < len(stack) <= _ANY
    assert len(text(error)) <= 4096
    assert all(len(str(value)) <= 16 * 1024 for value in described.values())


def test_the_ends_of_what_is_long_are_told() -> None:
    """Where it began and where it came out, and how much is missing."""
    stack, _ = told(chained(1000))
    assert "ValueError: root\n" in stack
    assert stack.endswith("ValueError: 999\n")
    assert "[937 exceptions of the chain are left out]" in stack
    frames, _ = told(deep(4000))
    assert frames.rstrip().endswith("ValueError: deep")
    assert " frames are left out]" in frames


def test_local_variables_of_any_size_cost_nothing(tmp_path: Path) -> None:
    """Numbers that Python refuses to write, containers of millions, texts of a hundred megabytes."""
    code = "def f():\n    n = 1 << 10_000_000\n    s = 'x' * 100_000_000\n    d = dict.fromkeys(range(3_000_000))\n    l = [0] * 10_000_000\n    raise ValueError\nf()\n"
    error = caught(lambda: exec(compile(code, str(tmp_path / "app.py"), "exec"), {}))
    begun = time.monotonic()
    found = own_locals([error])
    assert time.monotonic() - begun < 0.2
    assert "n = <int of 10000001 bits>" == found[0]
    assert all(len(line) < 400 for line in found)


@pytest.mark.parametrize("key", ["", "url.query", "db.query.text", "exception.stacktrace", "http.request.header.x"])
def test_every_text_is_cut_before_it_is_searched(key: str) -> None:
    """Whatever limits the SDK was given; a log record's body has none there."""
    begun = time.monotonic()
    assert len(redact(key, "lorem ipsum dolor " * 6_000_000)) <= 64 * 1024 + 100
    # To search all of it takes a minute.
    assert time.monotonic() - begun < 6
