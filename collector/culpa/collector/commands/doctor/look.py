"""Look at a collector by its address, or at the settings here and the collector that runs with them."""

import os
from collections.abc import Sequence

from culpa.collector.commands.doctor.finding import Finding, Level, wrong
from culpa.collector.commands.doctor.running import answers, check_running
from culpa.collector.commands.doctor.starting import check_starting
from culpa.collector.settings import SettingError, Settings, resolve


def look(words: Sequence[str]) -> tuple[list[str], int]:
    """Return lines for people and the exit status: 0 all is well, 1 something is wrong. `words`: the address, or none.

    Errors: ValueError for words that are no address.
    """
    if len(words) > 1 or (words and not words[0].startswith(("http://", "https://"))):
        raise ValueError(f"{' '.join(words)} is no address of a collector; write http://HOST:PORT, or nothing")
    found = _of_address(words[0]) if words else _of_settings()
    order = list(Level)
    lines = [str(one) for one in sorted(found, key=lambda one: order.index(one.level))]
    count = sum(one.level is Level.WRONG for one in found)
    return [*lines, f"{count} thing{'s' * (count != 1)} wrong" if count else "nothing is wrong"], int(count > 0)


def _of_address(url: str) -> list[Finding]:
    return check_running(url, os.environ.get("CULPA_READ_TOKEN", ""), os.environ.get("CULPA_INGEST_TOKEN", ""))


def _of_settings() -> list[Finding]:
    """Look at the settings, and at what answers at their address: it has its ports by right."""
    try:
        settings = resolve({}).settings
    except SettingError as error:
        return [wrong("settings", str(error), "mend it; `culpa config` lists all settings and where each came from")]
    url = _url(settings)
    runs = bool(settings.http_port) and answers(url)
    found = check_starting(settings, has_ports=runs)
    return found + (check_running(url, settings.read_token, settings.ingest_token) if runs else [])


def _url(settings: Settings) -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - compared, not bound
    return f"http{'s' * bool(settings.tls_cert)}://{f'[{host}]' if ':' in host else host}:{settings.http_port}"
