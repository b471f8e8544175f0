"""Who guesses tokens is asked to wait, and is told for how long."""

from pathlib import Path
from urllib.parse import urlencode

from culpa.web.guesses import AT_ONCE, EACH_S, Guesses

from .conftest import Site


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        """Begin somewhere."""
        self.now = 1_000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def test_some_guesses_are_free_and_then_one_comes_back_in_a_while() -> None:
    """Each address by itself."""
    clock = Clock()
    guesses = Guesses(clock)
    for _ in range(AT_ONCE):
        assert 0 == guesses.wait_s("192.0.2.1")
        guesses.wrong("192.0.2.1")
    assert EACH_S == guesses.wait_s("192.0.2.1") and 0 == guesses.wait_s("192.0.2.2")
    clock.now += EACH_S
    assert 0 == guesses.wait_s("192.0.2.1")
    guesses.wrong("192.0.2.1")
    assert EACH_S == guesses.wait_s("192.0.2.1")
    guesses.right("192.0.2.1")
    assert 0 == guesses.wait_s("192.0.2.1")


def test_one_holder_of_many_addresses_is_one() -> None:
    """A network of IPv6 is one, an address of IPv4 is the same however it is written."""
    guesses = Guesses(Clock())
    for number in range(AT_ONCE):
        guesses.wrong(f"2001:db8:0:1::{number:x}")
        guesses.wrong("192.0.2.1" if number % 2 else "::ffff:192.0.2.1")
    assert 0 < guesses.wait_s("2001:db8:0:1:ffff::") and 0 < guesses.wait_s("192.0.2.1")
    assert 0 == guesses.wait_s("2001:db8:0:2::1") == guesses.wait_s("") == guesses.wait_s("testclient")


def test_however_many_guess_little_is_remembered() -> None:
    """The eldest makes way."""
    guesses = Guesses(Clock())
    for number in range(5_000):
        guesses.wrong(f"10.0.{number // 250}.{number % 250}")
    assert 1_000 == len(guesses._clear_at)  # pyright: ignore[reportPrivateUsage] - what is bounded


def test_a_guesser_is_told_when_to_try_again(tmp_path: Path) -> None:
    """429 with the seconds, for the right token too; who has signed in is not shut out."""
    import os

    site = Site(tmp_path, environ={**os.environ, "CULPA_READ_TOKEN": "read-me", "CULPA_INGEST_TOKEN": "write-me"})
    try:
        form = {"Content-Type": "application/x-www-form-urlencoded", "Origin": site.url}

        def sign_in(token: str) -> tuple[int, str, str, str]:
            answer, text = site.ask("/sign-in", urlencode({"token": token, "to": "/"}).encode(), form)
            cookie = answer.headers.get("Set-Cookie", "").partition(";")[0]
            return answer.status, text, answer.headers.get("Retry-After", ""), cookie

        cookie = sign_in("read-me")[3]
        assert [403] * AT_ONCE == [sign_in(f"guess {number}")[0] for number in range(AT_ONCE)]
        status, text, seconds, _ = sign_in("read-me")
        assert 429 == status and 0 < int(seconds) <= EACH_S and f"try again in {seconds} s" in text
        assert 200 == site.ask("/search", headers={"Cookie": cookie})[0].status
        assert 200 == site.ask("/search", headers={"Authorization": "Bearer read-me"})[0].status
    finally:
        assert 0 == site.stop()
