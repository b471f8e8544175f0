"""Which formats the lines of one stream are in: a container, or a file, may hold those of several programs."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from culpa.collector.formats._extent import SHORT_LINE
from culpa.collector.formats._format import Format
from culpa.knowledge import formats_of

#: Formats of which a line of the common access log may be: told from each other by the whole stream.
_SHARED = ("apache_combined", "nginx_combined")
#: Such a line where an app's own server wrote it.
_OWN = "own_access"
#: Servers whose own lines in a stream say that the access lines in it are theirs.
_WEB_SERVERS = {"apache_error", "nginx_error", "nginx_access", "apache_access", "caddy_access", "passenger_log"}


class Mixture:
    """The formats of one stream. Others are found as their lines come."""

    def __init__(self, formats: Sequence[Format], others: Iterable[Format]) -> None:
        """Begin with the formats of the stream's first lines, the main one first; `others` is looked among besides."""
        self._known = list(formats)
        self.sole = self._known[0] if len(self._known) == 1 else None  # the format if there is only one
        #: Whether a format of it tells the lines of several processes apart.
        self.has_writers = any(known.writer for known in self._known)
        self._others = [each for each in others if each.opens and each not in self._known and not each.is_alone]

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the formats that were found."""
        return tuple(known.name for known in self._known)

    @property
    def fallback(self) -> Format:
        """Return the format of lines that none claims: one that takes what a program prints, else the main one."""
        return next((known for known in self._known if known.takes_all), self._known[0])

    def writer(self, line: str) -> str:
        """Return the process that wrote a line, as the first format that can tell tells it; '' where none does."""
        return next((known.writer(line) for known in self._known if known.writer), "")

    def opener(self, line: str, first: Format) -> Format | None:
        """Return the format of which a record begins with this line, asking `first` first; it is known from now on."""
        head = line[:SHORT_LINE]
        for known in self._asked(first):
            if known.opens and known.opens(head):
                return known
        # What is known for want of a better one goes on with whatever nobody knows better.
        has_fallback = any(known.takes_all or known.is_alone for known in self._known)
        for other in self._others:
            if other.opens and not (other.takes_all and has_fallback) and other.opens(head) and self._admits(other):
                self._others.remove(other)
                self._known = [each for each in self._known if each.name not in other.includes]
                self._known.append(other)
                self.sole = None
                self.has_writers = self.has_writers or other.writer is not None
                return other
        return None

    def _asked(self, first: Format) -> Iterator[Format]:
        """Yield known formats, those last that take whatever is printed: their marks are the weakest."""
        if not first.takes_all or len(self._known) == 1:
            yield first
        yield from (known for known in self._known if not known.takes_all and known is not first)
        yield from (known for known in self._known if known.takes_all and len(self._known) > 1)

    def _admits(self, other: Format) -> bool:
        """Say whether a format may be new here: access lines may be those of the app's own server."""
        has_app = any(known.takes_all and known.name != "apache_error" for known in self._known)
        if other.name == _OWN:
            # Python's servers print stack traces around theirs: see `python_server`.
            is_other = any(name in self.names for name in (*_SHARED, "python_server"))
            return has_app and not is_other and not self._has_web_server()
        if other.name not in _SHARED:
            return not any(other.name in known.includes for known in self._known)
        is_of_apache = "apache_error" in self.names
        fits = (other.name == "apache_combined") == is_of_apache
        return fits and not any(name in self.names for name in _SHARED) and (not has_app or self._has_web_server())

    def _has_web_server(self) -> bool:
        return any(name in _WEB_SERVERS for name in self.names)


def mixture_of(
    name: str,
    lines: Sequence[str],
    formats: Sequence[Format],
    recognise: Callable[[str, Sequence[str]], Format | None],
) -> Mixture | None:
    """Return the formats of a stream by its first lines; None if it is in none that is known.

    `name` is what the file or its writer is called, `recognise` tells the format of lines as a whole.
    """
    main = recognise(name, lines)
    if main is not None and main.opens is None:
        return Mixture([main], ())
    exact = [known for known in formats if known.opens and not known.takes_all and known.name != _OWN]
    found: dict[str, list[str]] = {}
    for line in lines:
        opener = next((known for known in exact if known.opens and known.opens(line[:SHORT_LINE])), None)
        if opener:
            found.setdefault(opener.name, []).append(line)
    by_name = {known.name: known for known in formats}
    names = _settled(name, found, main, recognise)
    if main and (main.name not in _SHARED or not names):
        names = [main.name, *(each for each in names if each != main.name)]
    included = {name for each in names for name in by_name[each].includes}
    kept = [by_name[each] for each in names if each not in included]
    if any(not each.is_alone for each in kept):
        kept = [each for each in kept if not each.is_alone]
    if main and _is_line_of_app(main):
        # What else the app prints is read as its language prints it.
        kept[:0] = [known for known in formats if known.takes_all and known.claims(name, lines)][:1]
    return Mixture(kept, formats) if kept else None


def _is_line_of_app(known: Format) -> bool:
    """Say whether each line is a record, of nothing but an app's requests."""
    is_single = known.recognises is None and known.begins is None and known.continues is None
    return is_single and known.name in formats_of("names_service")


def _settled(
    name: str,
    found: dict[str, list[str]],
    main: Format | None,
    recognise: Callable[[str, Sequence[str]], Format | None],
) -> list[str]:
    """Return the names of the formats that were found, the common access log as that of the server that wrote it."""
    names = [each for each in found if each not in _SHARED]
    shared = next((each for each in _SHARED if each in found), "")
    has_app = main is not None and main.takes_all and main.name != "apache_error"
    if shared and (not has_app or any(each in _WEB_SERVERS for each in names)):
        known = recognise(name, found[shared])
        is_of_apache = "apache_error" in names or (main is not None and main.name == "apache_error")
        is_of_nginx = any(each.startswith("nginx") for each in names)
        by_neighbour = "apache_combined" if is_of_apache else "nginx_combined" if is_of_nginx else ""
        names.append(by_neighbour or (known.name if known else shared))
    return names
