"""Check Apache's configuration: a trace for every request, in the access log and in error lines, and sent on."""

from pathlib import Path

from culpa.instrumentation.snippets.checks._apache_files import Line, Reader
from culpa.instrumentation.snippets.finding import Finding

_MODULES = {"unique_id": "the id of a request", "setenvif": "the trace id made of it", "headers": "the trace sent on"}
_SNIPPET = "culpa snippet apache > /etc/apache2/conf-available/culpa.conf && a2enconf culpa"
_QUIET = {"crit", "alert", "emerg"}


def check(path: Path) -> list[Finding]:
    """Return what apache2.conf (httpd.conf) and all that it includes lack."""
    reader = Reader(path)
    lines = reader.read()
    return [
        *_modules(reader),
        *_ids(lines, path),
        *_access(lines, path),
        *_errors(lines, path),
    ]


def _modules(reader: Reader) -> list[Finding]:
    # Without any LoadModule they are compiled in, and the files do not tell.
    missing = [name for name in _MODULES if reader.modules and name not in reader.modules]
    return [Finding(f"mod_{name} is not loaded: {_MODULES[name]} needs it", f"a2enmod {name}") for name in missing]


def _ids(lines: list[Line], path: Path) -> list[Finding]:
    found: list[Finding] = []
    making = [line for line in lines if line.name == "setenvifexpr" and "UNIQUE_ID" in line.arguments[0]]
    for line in making:
        if not any(_is_part(section) for section in line.sections):
            what = "at server level this runs before the unique id exists: every request gets the same trace id"
            found.append(Finding(what, '<Location "/"> … </Location> around it', line.place))
    if not making:
        found.append(Finding("no request gets a trace id", _SNIPPET, str(path)))
    sent = [line for line in lines if line.name == "requestheader" and "traceparent" in map(str.lower, line.arguments)]
    if making and not sent:
        advice = 'RequestHeader set traceparent "00-%{OTEL_TRACE_ID}e-%{OTEL_SPAN_ID}e-01"'
        found.append(Finding("what is forwarded bears no trace of Apache's", advice, making[0].place))
    return found


def _is_part(section: str) -> bool:
    return section.lower().startswith(("<location", "<directory", "<files"))


def _access(lines: list[Line], path: Path) -> list[Finding]:
    good = {
        line.arguments[1]
        for line in lines
        if line.name == "logformat" and len(line.arguments) > 1 and _is_good(line.arguments[0])
    }

    def writes_well(line: Line) -> bool:
        return len(line.arguments) > 1 and (line.arguments[1] in good or _is_good(line.arguments[1]))

    if any(line.name == "globallog" and writes_well(line) for line in lines):
        return []
    logs = [line for line in lines if line.name in {"customlog", "transferlog"}]
    hosts = sorted({line.sections[:1] for line in lines if line.sections and _is_host(line.sections[0])})
    server_is_good = any(writes_well(line) for line in logs if not line.sections)
    found: list[Finding] = []
    for (host,) in hosts:
        own = [line for line in logs if line.sections[:1] == (host,)]
        if (own and not any(map(writes_well, own))) or (not own and not server_is_good):
            what = "this virtual host has no access log in JSON that tells the trace of a request"
            found.append(Finding(what, _SNIPPET, host.rpartition(" ")[2]))
    if not hosts and not server_is_good:
        found.append(Finding("no access log in JSON that tells the trace of a request", _SNIPPET, str(path)))
    return found


def _is_host(section: str) -> bool:
    return section.lower().startswith("<virtualhost")


def _is_good(log_format: str) -> bool:
    return all(part in log_format for part in ('"trace_id"', '"status"', '"unique_id"', '"dur_us"'))


def _errors(lines: list[Line], path: Path) -> list[Finding]:
    found: list[Finding] = []
    formats = [line for line in lines if line.name == "errorlogformat"]
    if not any("%{UNIQUE_ID}e" in line.arguments[-1] for line in formats):
        what = "error lines do not tell which request they are about"
        found.append(Finding(what, f"ErrorLogFormat: {_SNIPPET}", formats[0].place if formats else str(path)))
    for line in lines:
        if line.name == "loglevel" and line.arguments and line.arguments[0].lower() in _QUIET:
            found.append(Finding("errors of requests are not in the error log", "LogLevel warn", line.place))
        if line.name == "errorlog" and line.arguments and line.arguments[0].startswith("syslog"):
            advice = "ErrorLog ${APACHE_LOG_DIR}/error.log"
            found.append(Finding("the error log is no file that a collector can follow", advice, line.place))
    return found
