"""The evidence rules that a table says: what a web server's own error line means for its request."""

from collections.abc import Iterator
from typing import NamedTuple

from culpa.knowledge import table

_BLAMED = {
    # An app that nobody names is not the web server that speaks of it.
    "app": "coalesce(nullif(l.upstream, ''), nullif(l.service, l.web_server), '') as service",
    "service": "l.service",
    "web_server": "l.web_server as service",
    "host": "l.web_server as service, l.host",
}
_SELECT = """-- {question}
-- kind: {kind}
-- idle without: server_lines
select
    l.trace_id, l.request_span_id, l.source, l.seen_at,
    {blamed}, '{cause}' as cause, {object} as object, {strength} as strength,
    'the web server says: ' || left(l.body, 180) as statement
from server_lines as l
where l.says in ({says})"""


class WebRule(NamedTuple):
    """A rule's name and its file's text, as if it were one."""

    name: str
    text: str


def web_rules() -> Iterator[WebRule]:
    """Yield the rules of the table, in its order."""
    rows = table("web_lines")
    for name in dict.fromkeys(row["rule"] for row in rows):
        own = [row for row in rows if row["rule"] == name]
        says = ", ".join(_text(row["says"]) for row in own)
        of = own[0]
        yield WebRule(
            name,
            _SELECT.format(
                question=of["question"],
                kind=of["kind"],
                blamed=_BLAMED[of["blames"]],
                cause=of["cause"],
                object=_object(of["object"]),
                strength=of["strength"],
                says=says,
            ),
        )


def _object(what: str) -> str:
    if what in ("", "upstream"):
        return "l.upstream" if what else "''"
    return f"regexp_extract(l.body, {_text(what)}, 1)"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
