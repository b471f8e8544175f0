"""Read Apache's configuration as Apache does: includes, conditional sections, variables, continued lines."""

import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_EXPORT = re.compile(r"^\s*export\s+(\w+)=(\S*)")
_MAX_DEPTH = 16


@dataclass(frozen=True)
class Line:
    """One directive: its name in lower case, its arguments, the sections around it, and where it stands."""

    name: str
    arguments: tuple[str, ...]
    sections: tuple[str, ...]  # `<VirtualHost *:80>` with the place where it opens, outermost first
    place: str


class Reader:
    """Reads one server's files, in the order in which Apache does."""

    def __init__(self, path: Path) -> None:
        """Begin with the main file."""
        self.modules: set[str] = set()
        self._main = path
        self._root = path.parent
        self._defined = {"SERVER_VERSION"}
        self._variables = _exported(path.parent / "envvars") | dict(os.environ)
        self._open: list[tuple[str, bool, str]] = []  # name, whether it is read, text with place

    def read(self) -> list[Line]:
        """Return all directives that are in force. Errors: OSError."""
        return list(self._file(self._main, 0))

    def _file(self, path: Path, depth: int) -> Iterator[Line]:
        for number, text in _joined(path.read_text("utf-8", "replace")):
            yield from self._line(text, f"{path}:{number}", depth)

    def _line(self, text: str, place: str, depth: int) -> Iterator[Line]:
        if text.startswith("</"):
            if self._open:
                self._open.pop()
            return
        if text.startswith("<"):
            name, _, condition = text[1:].rstrip(">").partition(" ")
            self._open.append(
                (name.lower(), self._holds(name.lower(), condition.strip().strip('"')), f"{text} {place}")
            )
            return
        if not all(is_read for _, is_read, _ in self._open):
            return
        name, arguments = self._words(text)
        if name in {"include", "includeoptional"}:
            for file in self._included(" ".join(arguments)) if depth < _MAX_DEPTH else []:
                yield from self._file(file, depth + 1)
            return
        self._note(name, arguments)
        yield Line(name, arguments, tuple(where for kind, _, where in self._open if not kind.startswith("if")), place)

    def _holds(self, kind: str, condition: str) -> bool:
        """Say whether a conditional section is read; others always are."""
        negated, wanted = condition.startswith("!"), condition.removeprefix("!")
        if kind == "ifmodule":
            bare = wanted.removeprefix("mod_").removesuffix(".c").removesuffix("_module")
            return (bare in self.modules) != negated
        if kind == "ifdefine":
            return (wanted in self._defined) != negated
        return True

    def _note(self, name: str, arguments: tuple[str, ...]) -> None:
        if name == "loadmodule" and arguments:
            self.modules.add(arguments[0].removesuffix("_module"))
        elif name == "define" and arguments:
            self._defined.add(arguments[0])
            if len(arguments) > 1:
                self._variables[arguments[0]] = arguments[1]
        elif name == "serverroot" and arguments:
            self._root = Path(arguments[0])

    def _words(self, text: str) -> tuple[str, tuple[str, ...]]:
        text = _VARIABLE.sub(lambda found: self._variables.get(found[1], found[0]), text)
        lexer = shlex.shlex(text, posix=True, punctuation_chars=False)
        lexer.whitespace_split, lexer.commenters = True, ""
        try:
            name, *arguments = list(lexer)
        except ValueError:
            name, *arguments = text.split()
        return name.lower(), tuple(arguments)

    def _included(self, pattern: str) -> list[Path]:
        whole = Path(self._root, pattern)
        if whole.is_dir():
            return sorted(file for file in whole.rglob("*") if file.is_file())
        return sorted(file for file in Path(whole.anchor).glob(str(whole.relative_to(whole.anchor))) if file.is_file())


def _joined(text: str) -> Iterator[tuple[int, str]]:
    """Yield lines with their numbers, continued ones in one, without comments."""
    held, first = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        first = first or number
        if line.endswith("\\"):
            held += line[:-1]
            continue
        whole, held, at, first = (held + line).strip(), "", first, 0
        if whole and not whole.startswith("#"):
            yield at, whole


def _exported(path: Path) -> dict[str, str]:
    """Return what Debian's envvars sets; the suffix in its values is that of further instances."""
    if not path.is_file():
        return {}
    found = (_EXPORT.match(line) for line in path.read_text("utf-8", "replace").splitlines())
    return {each[1]: each[2].replace("$SUFFIX", "") for each in found if each}
