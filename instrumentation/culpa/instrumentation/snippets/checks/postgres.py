"""Check PostgreSQL's configuration: codes, statements, locks and slow statements in a log. Includes are read."""

import re
from pathlib import Path

from culpa.instrumentation.snippets.finding import Finding

_LINE = re.compile(r"\s*(?P<name>[A-Za-z_][\w.]*+)(?:\s*=\s*|\s+)(?P<value>'(?:[^']|'')*'|[^\s#]+)")
_MAX_DEPTH = 10  # PostgreSQL's own

#: What a line of the text log must tell: the escapes that do, and what for.
_ESCAPES = (
    (("%m", "%t", "%n"), "the time"),
    (("%p",), "the process"),
    (("%e",), "the SQLSTATE"),
    (("%u",), "the user"),
    (("%d",), "the database"),
)
_PREFIX = "log_line_prefix = '%m [%p] %q[user=%u,db=%d,app=%a,client=%h,sid=%c,vxid=%v,txid=%x,sqlstate=%e] '"
_OFF = {"off", "false", "no", "0", ""}


def check(path: Path) -> list[Finding]:
    """Return what postgresql.conf, all that it includes, and postgresql.auto.conf beside it lack."""
    settings = _Settings()
    settings.read(path)
    for folder in (path.parent, Path(settings.value("data_directory") or path.parent)):
        if (folder / "postgresql.auto.conf").is_file():
            settings.read(folder / "postgresql.auto.conf")
            break
    return [*_lacking(settings), *_kept(settings)]


class _Settings:
    """The settings in force: the last one of a name wins."""

    def __init__(self) -> None:
        self._values: dict[str, tuple[str, str]] = {}

    def value(self, name: str, absent: str = "") -> str:
        """Return a setting's value."""
        return self._values.get(name, (absent, ""))[0]

    def place(self, name: str) -> str:
        """Return where it stands."""
        return self._values.get(name, ("", ""))[1]

    def read(self, path: Path, depth: int = 0) -> None:
        """Read a file and what it includes. Errors: OSError."""
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1):
            found = _LINE.match(line)
            if not found:
                continue
            name, value = found["name"].lower(), found["value"]
            value = value[1:-1].replace("''", "'") if value.startswith("'") else value
            if name in {"include", "include_if_exists", "include_dir"}:
                self._include(name, path.parent / value, depth + 1)
            else:
                self._values[name] = (value, f"{path}:{number}")

    def _include(self, how: str, path: Path, depth: int) -> None:
        if depth > _MAX_DEPTH or (how == "include_if_exists" and not path.exists()):
            return
        files = sorted(path.glob("[!.]*.conf")) if how == "include_dir" else [path]
        for file in files:
            self.read(file, depth)


def _lacking(settings: _Settings) -> list[Finding]:
    """Return what the log's lines lack."""
    places = {place.strip().lower() for place in settings.value("log_destination", "stderr").split(",")}
    collects = settings.value("logging_collector", "off").lower() not in _OFF
    if places & {"jsonlog", "csvlog"} and collects:
        return []
    if "stderr" not in places:
        what = "the log goes nowhere that a collector can follow"
        return [Finding(what, "log_destination = 'stderr'", settings.place("log_destination"))]
    prefix = settings.value("log_line_prefix", "%m [%p] ")
    lacking = [lack for escapes, lack in _ESCAPES if not any(escape in prefix for escape in escapes)]
    if not lacking:
        return []
    return [Finding(f"the log's lines do not tell {', '.join(lacking)}", _PREFIX, settings.place("log_line_prefix"))]


def _kept(settings: _Settings) -> list[Finding]:
    """Return which messages are not logged."""
    found: list[Finding] = []

    def add(name: str, what: str, advice: str) -> None:
        found.append(Finding(what, advice, settings.place(name)))

    if settings.value("log_min_error_statement", "error").lower() in {"log", "fatal", "panic"}:
        add("log_min_error_statement", "errors are logged without their statement", "log_min_error_statement = error")
    if settings.value("log_min_messages", "warning").lower() in {"log", "fatal", "panic"}:
        add("log_min_messages", "errors are not logged", "log_min_messages = warning")
    if settings.value("log_lock_waits", "off").lower() in _OFF:
        what = "long waits for locks are not logged (the default before version 18)"
        add("log_lock_waits", what, "log_lock_waits = on")
    if settings.value("log_min_duration_statement", "-1") == "-1":
        add("log_min_duration_statement", "slow statements are not logged", "log_min_duration_statement = 500ms")
    language = settings.value("lc_messages", "C")
    if not re.match(r"(?i)(?:C|POSIX|en)(?:[._@]|$)", language):
        add("lc_messages", f"messages are in {language}; the collector knows them in English", "lc_messages = 'C'")
    return found
