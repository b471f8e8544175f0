"""Check nginx's configuration: an access log with ids, the trace sent on, errors kept. Includes are read."""

import re
from importlib import import_module
from pathlib import Path
from typing import Any

from culpa.instrumentation.snippets.finding import Finding, Unreadable

Directive = dict[str, Any]
#: By name, the directives that are in force at a place; nginx inherits all of one name or none.
Scope = dict[str, list[Directive]]

#: What forwards a request, and how the trace is sent on by it.
_PASSES = {
    "proxy_pass": ("proxy_set_header", "traceparent", "proxy_set_header traceparent $culpa_traceparent;"),
    "fastcgi_pass": ("fastcgi_param", "http_traceparent", "fastcgi_param HTTP_TRACEPARENT $culpa_traceparent;"),
    "uwsgi_pass": ("uwsgi_param", "http_traceparent", "uwsgi_param HTTP_TRACEPARENT $culpa_traceparent;"),
    "scgi_pass": ("scgi_param", "http_traceparent", "scgi_param HTTP_TRACEPARENT $culpa_traceparent;"),
    "grpc_pass": ("grpc_set_header", "traceparent", "grpc_set_header traceparent $culpa_traceparent;"),
}
_INHERITED = {"access_log", "error_log", *(sent[0] for sent in _PASSES.values())}
_BLOCKS = {"server", "location", "if", "limit_except"}
#: What analysis needs of a request, besides its trace.
_FACTS = (
    "msec", "status", "request_method", "request_uri", "request_time", "pid", "connection", "upstream_addr",
    "upstream_status", "upstream_connect_time", "upstream_header_time",
)  # fmt: skip
_MENTIONS = {fact: re.compile(rf"\${{?{fact}\b") for fact in _FACTS}
_QUIET = {"crit", "alert", "emerg"}
_SNIPPET = "culpa snippet nginx > /etc/nginx/conf.d/culpa.conf"


def check(path: Path) -> list[Finding]:
    """Return what nginx.conf and all that it includes lack."""
    http = [each for each in _parsed(path) if each["directive"] == "http"]
    if not http:
        raise Unreadable(f"{path} has no `http` block; name the main file, usually /etc/nginx/nginx.conf")
    formats: dict[str, Directive] = {}
    for each in http[0]["block"]:
        if each["directive"] == "log_format" and each["args"]:
            formats[each["args"][0]] = each
    return _Walk(formats).block(http[0], {})


def _parsed(path: Path) -> list[Directive]:
    # Only now, because a service that is only run does not need the parser; and this way, because it has no types.
    crossplane: Any = import_module("crossplane")
    read: dict[str, Any] = crossplane.parse(str(path), check_ctx=False, check_args=False)
    if read["errors"]:
        raise Unreadable(f"cannot read {path} as nginx does: {read['errors'][0]['error']}; try `nginx -t`")
    files: list[dict[str, Any]] = read["config"]
    return _whole(files[0]["parsed"], files[0]["file"], files)


def _whole(block: list[Directive], file: str, files: list[dict[str, Any]]) -> list[Directive]:
    """Return a block with what it includes in its place. Crossplane's own way of it mixes up the files' names."""
    whole: list[Directive] = []
    for each in block:
        included: list[int] = each.get("includes", [])
        for number in included:
            whole += _whole(files[number]["parsed"], files[number]["file"], files)
        # A copy: a file may be included in several places.
        copy = {**each, "file": file}
        if "block" in each:
            copy["block"] = _whole(each["block"], file, files)
        whole.append(copy)
    return whole


class _Walk:
    """A walk through the blocks, outermost first."""

    def __init__(self, formats: dict[str, Directive]) -> None:
        self._formats = formats
        self._reported: set[str] = set()

    def block(self, at: Directive, outer: Scope) -> list[Finding]:
        """Return what a block and those in it lack."""
        own: Scope = {}
        for each in at["block"]:
            if each["directive"] in _INHERITED:
                own.setdefault(each["directive"], []).append(each)
        scope = outer | own
        found: list[Finding] = []
        if at["directive"] == "http":
            found += self._access(at, scope) + self._errors(scope)
        elif "access_log" in own:
            found += self._access(at, scope)
        if at["directive"] != "http" and "error_log" in own:
            found += self._errors(scope)
        for each in at["block"]:
            if each["directive"] in _PASSES:
                found += self._forwarded(each, scope)
            elif each["directive"] in _BLOCKS:
                found += self.block(each, scope)
        return found

    def _access(self, at: Directive, scope: Scope) -> list[Finding]:
        logs = scope.get("access_log", [])
        if at["directive"] != "http" and any(log["args"][0] == "off" for log in logs):
            forwards = any(each["directive"] in _PASSES for each in at["block"])
            return (
                [Finding("failures behind it are not logged", "access_log off; # leave it out", _place(at))]
                if forwards
                else []
            )
        lacking = [self._lacks(log) for log in logs]
        if [] in lacking:
            return []
        partial = min((what for what in lacking if what is not None), key=len, default=None)
        if partial:
            advice = f"log_format of `{_SNIPPET}` has them"
            return [Finding(f"the access log does not tell {', '.join(partial)}", advice, _place(logs[0]))]
        advice = _SNIPPET if at["directive"] == "http" else "access_log /var/log/nginx/culpa-access.log culpa;"
        place = _place(at if at["directive"] == "http" else logs[0])
        return [Finding("no access log in JSON that tells the trace of a request", advice, place)]

    def _lacks(self, log: Directive) -> list[str] | None:
        """Return what a log does not tell; None if it is none that could."""
        name = log["args"][1] if len(log["args"]) > 1 else "combined"
        known = self._formats.get(name)
        if known is None or "escape=json" not in known["args"] or log["args"][0].startswith("syslog:"):
            return None
        text = "".join(known["args"][1:])
        if not re.search(r'"(?:otel_)?trace_id"|"(?:http_)?traceparent"', text):
            return ["the trace id"]
        return [f"${fact}" for fact in _FACTS if not _MENTIONS[fact].search(text)]

    def _forwarded(self, at: Directive, scope: Scope) -> list[Finding]:
        setter, header, line = _PASSES[at["directive"]]
        sent = scope.get(setter, [])
        if any(each["args"] and each["args"][0].lower() == header and "$" in each["args"][-1] for each in sent):
            return []
        # An inherited set that lacks it is one trouble, however many blocks inherit it.
        if sent and _place(sent[0]) in self._reported:
            return []
        self._reported.update(_place(each) for each in sent[:1])
        why = "what is forwarded here bears no trace of nginx's"
        if sent:
            return [
                Finding(f"{why}: this block has `{setter}` of its own, and so inherits none", line, _place(sent[0]))
            ]
        return [Finding(why, line, _place(at))]

    def _errors(self, scope: Scope) -> list[Finding]:
        found: list[Finding] = []
        for log in scope.get("error_log", []):
            target, level = log["args"][0], log["args"][1] if len(log["args"]) > 1 else "error"
            if level in _QUIET or target == "/dev/null":
                advice = "error_log /var/log/nginx/error.log error;"
                found.append(Finding("errors of requests are not in the error log", advice, _place(log)))
            elif target.startswith("syslog:"):
                advice = "error_log /var/log/nginx/error.log error; # besides"
                found.append(Finding("the error log is no file that a collector can follow", advice, _place(log)))
        return found


def _place(at: Directive) -> str:
    return f"{at['file']}:{at['line']}"
