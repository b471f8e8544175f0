"""Check PHP-FPM's configuration: the prepended file, logs with ids, stacks of slow requests. Includes are read."""

import re
from pathlib import Path

from culpa.instrumentation.snippets.finding import Finding, Unreadable

_LINE = re.compile(r"(?P<name>[\w.]+(?:\[[\w.]+\])?)\s*=\s*(?P<value>.*)")
_FORMAT = 'access.format = "%R %t \\"%m %r\\" %s %d pid=%p rid=%{HTTP_X_REQUEST_ID}e tp=%{HTTP_TRACEPARENT}e"'
_PREPEND = "auto_prepend_file"

#: Settings of a pool by name, each with the place where it stands.
Pool = dict[str, tuple[str, str]]


def check(path: Path) -> list[Finding]:
    """Return what php-fpm.conf, and all pools that it includes, lack; of a php.ini only about the prepended file."""
    pools: dict[str, Pool] = {}
    _read(path, pools, "", 0)
    if path.name == "php.ini":
        whole = {name: one for pool in pools.values() for name, one in pool.items()}
        return _prepended(whole, str(path), f"{_PREPEND} = /etc/php/culpa.php")
    pools.pop("global", None)
    pools.pop("", None)
    if not pools:
        raise Unreadable(f"{path} has no pool; name the main file, for instance /etc/php/8.2/fpm/php-fpm.conf")
    return [finding for name, pool in pools.items() for finding in _pool(name, pool, path)]


def _read(path: Path, pools: dict[str, Pool], section: str, depth: int) -> None:
    for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1):
        line = line.strip()
        if line.startswith("["):
            section = line.strip("[]")
            pools.setdefault(section, {})
            continue
        found = _LINE.match(line)
        if not found or line.startswith((";", "#")):
            continue
        value = found["value"].strip("\"'")
        if found["name"] == "include" and depth < 4:
            pattern = Path(path.parent, value)
            for file in sorted(Path(pattern.anchor).glob(str(pattern.relative_to(pattern.anchor)))):
                _read(file, pools, "", depth + 1)
        else:
            pools.setdefault(section, {})[found["name"]] = (value, f"{path}:{number}")


def _pool(name: str, pool: Pool, path: Path) -> list[Finding]:
    place = next(iter(pool.values()), ("", str(path)))[1].rpartition(":")[0] + f" [{name}]"
    script = pool.get(f"php_admin_value[{_PREPEND}]") or pool.get(f"php_value[{_PREPEND}]")
    prepended: Pool = {_PREPEND: script} if script else {}
    found = _prepended(prepended, place, f"php_admin_value[{_PREPEND}] = /etc/php/culpa.php")

    def add(what: str, advice: str) -> None:
        found.append(Finding(what, advice, place))

    if pool.get("clear_env", ("yes", ""))[0] != "no" and "env[OTEL_SERVICE_NAME]" not in pool:
        add("the workers do not know the name of their service", "env[OTEL_SERVICE_NAME] = my-app")
    if "access.log" not in pool:
        add("no access log", f"access.log = /var/log/php-fpm-culpa-access.log\n{_FORMAT}")
    elif not all(part in pool.get("access.format", ("", ""))[0] for part in ("HTTP_TRACEPARENT", "%p")):
        add("the access log does not tell trace and process", _FORMAT)
    if not re.match(r"0*[1-9]", pool.get("request_slowlog_timeout", ("0", ""))[0]) or "slowlog" not in pool:
        add("no stacks of slow requests", "request_slowlog_timeout = 2s\nslowlog = /var/log/php-fpm-slow.log")
    if pool.get("catch_workers_output", ("no", ""))[0] not in {"yes", "on", "1", "true"}:
        add("what a worker prints as it dies is lost", "catch_workers_output = yes")
    return found


def _prepended(settings: Pool, place: str, advice: str) -> list[Finding]:
    advice = f"culpa snippet php --code > /etc/php/culpa.php\n{advice}"
    setting = settings.get(_PREPEND, ("", ""))
    if not setting[0]:
        return [Finding("requests have no spans", advice, place)]
    file = Path(setting[0])
    if not file.is_file():
        return [
            Finding(f"{file}, which every request begins with, does not exist: PHP fails them all", advice, setting[1])
        ]
    if "namespace Culpa;" not in file.read_text("utf-8", "replace"):
        return [
            Finding(
                f"{file} is prepended, which is not ours: requests have no spans",
                f"require ours in it:\n{advice}",
                setting[1],
            )
        ]
    return []
