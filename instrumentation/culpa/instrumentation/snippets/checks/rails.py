"""Check a Rails app: the middleware and the ids in its log."""

from pathlib import Path

from culpa.instrumentation.snippets.finding import Finding, Unreadable


def check(path: Path) -> list[Finding]:
    """Return what the app of a folder lacks."""
    config = path / "config"
    if not config.is_dir():
        raise Unreadable(f"{path} is no Rails app: it has no folder config; name the app's folder")
    found: list[Finding] = []
    sources = {file: file.read_text("utf-8", "replace") for file in sorted(config.rglob("*.rb"))}
    if not any("Culpa::Trace" in text for text in sources.values()):
        advice = "culpa snippet rails --code > config/initializers/culpa.rb"
        found.append(Finding("requests have no spans", advice, str(config / "initializers")))
    if not any("log_tags" in text and "traceparent" in text for text in sources.values()):
        advice = "config.log_tags = [:request_id, ->(request) { \"tp=#{request.headers['traceparent']}\" }]"
        found.append(Finding("the log does not tell the trace", advice, str(config / "environments" / "production.rb")))
    return found
