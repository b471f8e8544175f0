"""The tokens that open a door: the one of the settings, and those of a file, which may change while the collector runs.

A line of the file is a token and what holds for it, `#` begins a comment:

    TOKEN [name=checkout] [bytes_per_s=1000000]

The name stands for whoever has the token in messages and measures; a sender that brings more than its bytes a second
is asked to wait.
"""

import hashlib
import logging
import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from culpa.collector.settings import Settings

logger = logging.getLogger("culpa.collector")

#: One look at the file lasts so long.
_LASTS_S = 1.0
#: A token that is shorter can be guessed.
_LEAST_CHARACTERS = 16
#: A sender that was quiet may bring so many seconds' worth at once.
_BURST_S = 5.0
_WORDS = ("name", "bytes_per_s")


class BadTokens(ValueError):
    """The file of tokens cannot be read, or says something that means nothing."""


@dataclass
class Token:
    """What holds for whoever shows one token. Units: bytes a second, 0 without bound."""

    name: str = ""
    bytes_per_s: int = 0
    room: float = field(default=0.0, repr=False)
    at: float = field(default=float("-inf"), repr=False)

    def wait_s(self, size: int, now: float) -> float:
        """Take a body of so many bytes, and return 0; or how many seconds too early it comes. Source: token bucket."""
        if not self.bytes_per_s:
            return 0.0
        most = max(self.bytes_per_s * _BURST_S, float(size))
        room = min(most, self.room + self.bytes_per_s * (now - self.at))
        if room < size:
            return (size - room) / self.bytes_per_s
        self.room, self.at = room - size, now
        return 0.0


class Keyring:
    """The tokens of one door. Any thread may ask; of a token no text is held, only its digest."""

    def __init__(self, own: str, path: str) -> None:
        """Read the file, where one is named. Errors: BadTokens."""
        self._own = {_digest(own): Token()} if own else {}
        self._path = path
        self._listed: dict[str, Token] = {}
        self._seen: tuple[int, int, int] | None = None
        self._looked_at = float("-inf")
        if path:
            self._read()

    @property
    def is_open(self) -> bool:
        """Say whether no token is wanted."""
        return not self._own and not self._path

    def find(self, shown: str) -> Token | None:
        """Return what holds for a token, None if it is none of these."""
        digest = _digest(shown)
        self._look()
        return self._own.get(digest) or self._listed.get(digest)

    def _look(self) -> None:
        """Read the file again where it has changed; what cannot be read leaves the tokens of before."""
        now = time.monotonic()
        if not self._path or now - self._looked_at < _LASTS_S:
            return
        self._looked_at = now
        try:
            if self._identity() != self._seen:
                self._read()
                logger.info("%d tokens were read from %s", len(self._listed), self._path)
        except (OSError, BadTokens) as error:
            if self._seen is not None:
                logger.error("the tokens of before stay: %s", error)
            self._seen = None

    def _read(self) -> None:
        try:
            identity = self._identity()
            text = Path(self._path).read_text("utf-8")
        except (OSError, UnicodeError) as error:
            raise BadTokens(f"cannot read the tokens in {self._path}: {error}") from error
        listed = _tokens(text, self._path)
        for digest, token in listed.items():
            if before := self._listed.get(digest):
                # Who has used up its share does not get a new one with each change of the file.
                token.room, token.at = before.room, before.at
        self._listed, self._seen, self._looked_at = listed, identity, time.monotonic()

    def _identity(self) -> tuple[int, int, int]:
        status = Path(self._path).stat()
        return status.st_ino, status.st_size, status.st_mtime_ns


def _tokens(text: str, path: str) -> dict[str, Token]:
    found: dict[str, Token] = {}
    for number, line in enumerate(text.splitlines(), 1):
        token, *words = line.partition("#")[0].split() or [""]
        if not token:
            continue
        if len(token) < _LEAST_CHARACTERS:
            raise BadTokens(f"{path}, line {number}: a token has at least {_LEAST_CHARACTERS} characters")
        said = {name: value for name, _, value in (word.partition("=") for word in words)}
        strange = [word for word in said if word not in _WORDS]
        rate = said.get("bytes_per_s", "0")
        if strange or not rate.isdecimal():
            # Never the word itself: it may be half of a token.
            raise BadTokens(f"{path}, line {number}: behind the token only name=… and bytes_per_s=NUMBER may stand")
        found[_digest(token)] = Token(said.get("name", ""), int(rate))
    if not found:
        raise BadTokens(f"{path} has no token in it; write one to a line")
    return found


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


@cache
def _keyring(own: str, path: str) -> Keyring:
    return Keyring(own, path)


def senders(settings: Settings) -> Keyring:
    """Return the tokens of who may send. Errors: BadTokens, when it is asked for the first time."""
    return _keyring(settings.ingest_token, settings.ingest_tokens)


def readers(settings: Settings) -> Keyring:
    """Return the tokens of who may read. Errors: BadTokens, when it is asked for the first time."""
    return _keyring(settings.read_token, settings.read_tokens)
