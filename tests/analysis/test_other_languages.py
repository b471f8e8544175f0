"""What the drivers, clients and runtimes of other languages say, the cause that it means, and what only sounds like it."""

from pathlib import Path
from typing import Any

from culpa.collector.exceptions.reading import read_exception

Saying = tuple[str, str, str, str]

#: Tables of cause, exception type and message, as the real things print them.
FOLDER = Path(__file__).with_name("sayings")

APP = "app.unhandled_exception"
HEAD = 'Traceback (most recent call last):\n  File "/app/shop.py", line 7, in view\n'

#: (cause, type, message, stack), where the stack tells what the words do not.
STACKED: list[Saying] = [
    ("config.missing_setting", "KeyError", "'STRIPE_KEY'", HEAD + '    key = current_app.config["STRIPE_KEY"]\n'),
    (APP, "KeyError", "'ORDER_TOTAL'", HEAD + '    row["ORDER_TOTAL"]\n'),
    (APP, "KeyError", "'total'", HEAD + '    row["total"]\n'),
    (APP, "KeyError", "key not found: :price", "app.rb:3:in `fetch': key not found: :price (KeyError)\n"),
    (
        "upstream.timeout",
        "System.Threading.Tasks.TaskCanceledException",
        "The request was canceled due to the configured HttpClient.Timeout of 1 seconds elapsing.",
        "   at System.Net.Http.HttpClient.HandleFailure(Exception e)\n   at Shop.Stock.Load() in /src/Stock.cs:line 12\n",
    ),
    (
        "queue.unreachable",
        "Error",
        "connect ECONNREFUSED 127.0.0.1:35805",
        "Error: connect ECONNREFUSED 127.0.0.1:35805\n    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1611:16)\n"
        "    at Socket.emit (node:events:518:28)\n    at connect (/srv/shop/node_modules/amqplib/lib/connect.js:155:19)\n",
    ),
    (
        "queue.unreachable",
        "Error",
        "connect ETIMEDOUT",
        "Error: connect ETIMEDOUT\n    at Socket.<anonymous> (/srv/shop/node_modules/amqplib/lib/connect.js:170:18)\n",
    ),
    (
        "upstream.error_response",
        "Error",
        "redirect count exceeded",
        "Error: redirect count exceeded\n    at node:internal/deps/undici/undici:13502:13\n    at async load (/srv/shop/app.js:7:3)\n",
    ),
]


def sayings() -> list[Saying]:
    """Return all of them."""
    rows = [line.split("\t") for path in sorted(FOLDER.glob("*.tsv")) for line in path.read_text().splitlines()]
    plain = [(cause, kind, text.encode().decode("unicode_escape"), "") for cause, kind, text in rows]
    return [*plain, *STACKED]


def test_every_saying_is_understood_and_what_only_sounds_like_it_is_not(scene: Any) -> None:
    """All in one store, one failed request each; none of them has a span of the call that failed."""
    told = {f"{number:032x}": saying for number, saying in enumerate(sayings(), 1)}
    for trace, (_, kind, message, stack) in told.items():
        entry = scene.server("shop", 500, trace_id=trace)
        reading = read_exception(kind, message, "")
        text = f"{stack}{kind}: {message}\n"
        scene.raises(entry, reading.origin_type, reading.origin_message, stack=text, error_code=reading.error_code)
    said = {verdict["trace_id"]: verdict["cause"] for verdict in scene.verdicts()}
    assert [] == [(saying, said[trace]) for trace, saying in told.items() if saying[0] != said[trace]]
    assert 200 < len(told)
