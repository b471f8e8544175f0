"""Check a Laravel app: a JSON log and the ids of the request on every exception."""

from pathlib import Path

from culpa.instrumentation.snippets.finding import Finding, Unreadable


def check(path: Path) -> list[Finding]:
    """Return what the app of a folder lacks; `culpa doctor php` checks what runs it."""
    logging = path / "config" / "logging.php"
    if not logging.is_file():
        raise Unreadable(f"{path} is no Laravel app: it has no config/logging.php; name the app's folder")
    found: list[Finding] = []
    if "JsonFormatter" not in logging.read_text("utf-8", "replace"):
        found.append(Finding("no log in JSON", "culpa snippet laravel   # its third part", str(logging)))
    folders = [path / name for name in ("app", "bootstrap")]
    texts = [file.read_text("utf-8", "replace") for folder in folders for file in sorted(folder.rglob("*.php"))]
    if not any("HTTP_TRACEPARENT" in text or "traceparent" in text.lower() for text in texts):
        what = "reported exceptions do not tell the trace"
        found.append(
            Finding(what, "culpa snippet laravel   # its second part", str(path / "app" / "Exceptions" / "Handler.php"))
        )
    if not any(r"Culpa\Laravel::" in text for text in texts):
        what = "queries and outgoing requests have no spans"
        found.append(
            Finding(
                what,
                "culpa snippet laravel   # its first part",
                str(path / "app" / "Providers" / "AppServiceProvider.php"),
            )
        )
    return found
