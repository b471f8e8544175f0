"""The snippets: files of the folder `templates`, with the user's paths and addresses put in."""

import re
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

_ROOM = files("culpa.instrumentation")
#: A template's first line may name the folder of the logs that it speaks of.
_LOGS = re.compile(r"(?m)^[^\w\n]*\[logs (?P<folder>[^\]\n]+)\]\n")
#: What `--code` prints, and where the snippet expects it.
_CODE = {
    "laravel": ("php/culpa.php", "/etc/php/culpa.php"),
    "php": ("php/culpa.php", "/etc/php/culpa.php"),
    "rails": ("ruby/culpa.rb", "config/initializers/culpa.rb"),
}
DEFAULT_COLLECTOR = "http://127.0.0.1:4318"
DEFAULT_SERVICE = "my-app"


@cache
def _templates() -> dict[str, Traversable]:
    return {file.name.partition(".")[0]: file for file in (_ROOM / "snippets" / "templates").iterdir()}


def systems() -> list[str]:
    """Return the systems that there is a snippet for, in order."""
    return sorted(_templates())


def snippet(
    system: str,
    *,
    logs: str = "",
    collector: str = DEFAULT_COLLECTOR,
    service: str = DEFAULT_SERVICE,
    code_path: str = "",
) -> str:
    """Return the configuration that makes a system a good witness; '' means Debian's path. Errors: KeyError."""
    text = _templates()[system].read_text("utf-8")
    found = _LOGS.search(text)
    values = {
        "logs": logs.rstrip("/") or (found["folder"] if found else ""),
        "collector": collector.rstrip("/"),
        "service": service,
        "code": code_path or _CODE.get(system, ("", ""))[1],
    }
    return re.sub(r"@(logs|collector|service|code)@", lambda found: values[found[1]], _LOGS.sub("", text, count=1))


def code(system: str) -> str:
    """Return the source file that a snippet speaks of, '' if there is none."""
    path = _CODE.get(system, ("", ""))[0]
    return _ROOM.joinpath(*path.split("/")).read_text("utf-8") if path else ""
