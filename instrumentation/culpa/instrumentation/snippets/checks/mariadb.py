"""Check the configuration of MariaDB or MySQL: failed statements, deadlocks and slow statements in logs."""

import re
from pathlib import Path

from culpa.instrumentation.snippets.finding import Finding

#: Groups that the server reads; those with a version behind count too.
_GROUP = re.compile(r"\[(?:server|mysqld|mariadb|mariadbd|galera)(?:-[\d.]+)?\]\s*$")
_OFF = {"off", "false", "0"}


def check(path: Path) -> list[Finding]:
    """Return what my.cnf and all that it includes lack."""
    settings: dict[str, tuple[str, str]] = {}
    _read(path, settings, set())

    def value(name: str) -> str | None:
        return settings[name][0] if name in settings else None

    def is_on(name: str) -> bool:
        setting = value(name)
        # `slow_query_log` alone switches it on.
        return setting is not None and setting.lower() not in _OFF

    found: list[Finding] = []

    def add(name: str, what: str, advice: str) -> None:
        found.append(Finding(what, advice, settings.get(name, ("", str(path)))[1]))

    if not is_on("log_error"):
        add("log_error", "the error log is no file that a collector can follow", "log_error = /var/log/mysql/error.log")
    warnings = value("log_warnings")
    if warnings is not None and warnings.isdecimal() and int(warnings) < 2:
        add("log_warnings", "refused and lost connections are not logged", "log_warnings = 4")
    if not is_on("innodb_print_all_deadlocks"):
        what = "only the last deadlock can be seen, and no log has it"
        add("innodb_print_all_deadlocks", what, "innodb_print_all_deadlocks = ON")
    plugins = f"{value('plugin_load_add') or ''};{value('plugin_load') or ''};{value('sql_error_log') or ''}"
    if "sql_errlog" not in plugins and not value("sql_error_log_filename"):
        what = (
            "no log has the statements that fail (MariaDB only; `INSTALL SONAME 'sql_errlog'` does not show in files)"
        )
        add("plugin_load_add", what, "plugin_load_add = sql_errlog")
    if not is_on("slow_query_log") and not is_on("log_slow_query"):
        add("slow_query_log", "slow statements are not logged", "slow_query_log = ON\nlong_query_time = 0.5")
    return found


def _read(path: Path, settings: dict[str, tuple[str, str]], seen: set[Path]) -> None:
    """Read a file and what it includes; the last value of a name wins, but plugins add up."""
    if path.resolve() in seen:
        return
    seen.add(path.resolve())
    is_ours = False
    for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1):
        line = line.strip()
        if line.startswith("!include"):
            how, _, target = line.partition(" ")
            place = path.parent / target.strip()
            for file in sorted(place.glob("*.cnf")) if how == "!includedir" else [place]:
                _read(file, settings, seen)
        elif line.startswith("["):
            is_ours = _GROUP.match(line) is not None
        elif line and is_ours and line[0] not in "#;":
            name, _, value = line.split("#", 1)[0].partition("=")
            name = name.strip().replace("-", "_").removeprefix("loose_")
            value = value.strip().strip("'\"")
            if name == "plugin_load_add" and name in settings:
                value = f"{settings[name][0]};{value}"
            settings[name] = (value, f"{path}:{number}")
