"""What a Django site under `culpa run -- python manage.py runserver` tells about its failures."""

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="module")
def server(sink: Any, serve: Any, culpa_run: Any, free_port: Any) -> Iterator[Any]:
    """Run the site with Django's own server and its autoreloader; only manage.py names its settings."""
    port = free_port()
    yield serve(culpa_run(sink.url, "python", "djangosite/manage.py", "runserver", str(port)), port)


@pytest.mark.parametrize(
    ("path", "kind", "root", "handled"),
    [
        ("/raise", "RuntimeError", "ValueError", False),
        ("/handled", "shopsite.urls.OutOfStock", "shopsite.urls.OutOfStock", True),
        ("/none", "ValueError", "ValueError", False),
        ("/middleware", "RuntimeError", "RuntimeError", False),
        ("/table", "django.db.utils.OperationalError", "sqlite3.OperationalError", False),
        ("/exit", "SystemExit", "SystemExit", False),
    ],
)
def test_every_500_carries_its_exception_once(ask: Any, path: str, kind: str, root: str, handled: bool) -> None:
    """Views, middleware, process_exception, a missing answer, the ORM and SystemExit."""
    seen = ask(path)
    (event,) = seen.entry.exceptions
    assert (500, True) == (seen.status, seen.entry.error)
    assert (kind, root, handled) == (
        event["exception.type"],
        event["exception.root.type"],
        event.get("exception.handled", False),
    )


def test_a_query_that_failed_is_a_client_span_with_its_code(ask: Any) -> None:
    """The driver's span has code, type and the user's line; the wrapper's event has the same code."""
    seen = ask("/table")
    (query,) = [span for span in seen.others if span.error]
    assert ("SQLITE_ERROR", "sqlite3.OperationalError") == (
        query.attributes["db.response.status_code"],
        query.attributes["error.type"],
    )
    assert "table" == query.exceptions[0]["code.function.name"]
    assert "SQLITE_ERROR" == seen.entry.exceptions[0]["db.response.status_code"]


def test_a_request_after_a_broken_one_is_its_own_trace(ask: Any) -> None:
    """SystemExit in a view leaves nothing behind in the thread."""
    ask("/exit")
    assert (200, False, "GET ok") == ((seen := ask("/ok")).status, seen.entry.error, seen.entry.name)


def test_the_site_names_the_service(ask: Any) -> None:
    """The package of the settings module that manage.py names."""
    assert "shopsite" == ask("/ok").entry.resource["service.name"]


def test_nothing_went_wrong_inside(server: Any, ask: Any) -> None:
    """None of our hooks complained, and the SDK has nothing to say about Django's log records."""
    ask("/raise")
    assert "culpa:" not in server.output
    assert "recursive logging" not in server.output
    assert "Invalid type" not in server.output
