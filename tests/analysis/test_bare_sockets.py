"""Errors that tell an address and not what should have listened there; and clients that were sent in a circle."""

from typing import Any

REFUSED = "connect ECONNREFUSED 10.0.0.9:40123"


def answer(verdict: dict[str, Any]) -> tuple[str, str, str]:
    return verdict["layer"], verdict["component"], verdict["cause"]


def earlier(scene: Any, number: int, service: str = "checkout", *, name: str = "orders publish", **call: Any) -> None:
    """Let a service call something, a minute before."""
    trace = f"{number:032x}"
    entry = scene.server(service, 200, trace_id=trace, at=-60_000)
    place = {"server_address": "10.0.0.9", "server_port": 40123, "name": name}
    scene.call(service, entry, trace_id=trace, at=-59_999, **({"failed": False} | place | call))


def refused(scene: Any) -> dict[str, Any]:
    """Let a bare socket fail, and return the verdict on that request."""
    scene.raises(
        scene.server("checkout", 500), "ECONNREFUSED", REFUSED, stack=f"Error: {REFUSED}\n    at node:net:1611:16"
    )
    [verdict] = [one for one in scene.verdicts() if one["trace_id"] == scene.trace]
    return dict(verdict)


def test_a_place_that_was_a_broker_until_now_is_a_broker(scene: Any) -> None:
    """The client leaves no span of a connection that failed; those of messages that went well name the place."""
    earlier(scene, 2, messaging_system="rabbitmq", kind=4)
    assert ("queue", "rabbitmq://10.0.0.9:40123", "queue.unreachable") == answer(refused(scene))


def test_a_place_known_by_its_name_is_called_by_it(scene: Any) -> None:
    """The socket tells the number that the name was resolved to."""
    earlier(scene, 2, db_system_name="postgresql", db_namespace="shop", server_address="db", name="select")
    assert ("database", "postgresql://db:40123/shop", "database.unreachable") == answer(refused(scene))


def test_a_place_that_another_service_calls_may_be_on_another_machine(scene: Any) -> None:
    """Of 127.0.0.1 at least that is so: nothing is learnt from it."""
    earlier(scene, 2, "search", messaging_system="rabbitmq", kind=4)
    assert "upstream" == refused(scene)["layer"]


def test_a_place_that_was_called_as_two_things_is_neither(scene: Any) -> None:
    """Something listened there, and later something else."""
    earlier(scene, 2, messaging_system="rabbitmq", kind=4)
    earlier(scene, 3, db_system_name="redis", name="get")
    assert "upstream" == refused(scene)["layer"]


def test_that_a_client_began_to_connect_tells_nothing_of_who_listens(scene: Any) -> None:
    """Some clients call that well, whatever comes of it."""
    earlier(scene, 2, db_system_name="redis", name="connect")
    assert "upstream" == refused(scene)["layer"]


def test_a_bare_socket_of_an_unknown_place_is_not_told_with_confidence(scene: Any) -> None:
    """It may have been a broker as well: where nothing is known, culpa does not pretend to know."""
    verdict = refused(scene)
    assert ("upstream", "http://10.0.0.9:40123", "upstream.unreachable") == answer(verdict)
    assert verdict["confidence"] < 0.8


def sent_on(scene: Any, times: int, *, then: int = 0) -> dict[str, Any]:
    """Let another service redirect a client that follows, and return the verdict."""
    entry = scene.server("checkout", 500)
    for number in range(times):
        scene.call("checkout", entry, failed=False, at=number, lasts=0.9, url_full="http://rates.example/loop",
                   http_response_status_code=302)  # fmt: skip
    if then:
        scene.call("checkout", entry, failed=False, at=times, lasts=0.9, url_full="http://rates.example/end",
                   http_response_status_code=then)  # fmt: skip
    stack = "TypeError: fetch failed\n    at node:internal/deps/undici/undici:14976:13\n    at async ask (/app/app.js:97:18)"
    scene.raises(entry, "TypeError", "fetch failed", at=times + 1.5, stack=stack)
    return dict(scene.verdict())


def test_a_client_that_was_sent_in_a_circle_is_not_the_cause(scene: Any) -> None:
    """Every answer was well, and the client says only that it failed."""
    assert ("upstream", "http://rates.example", "upstream.error_response") == answer(sent_on(scene, 21))


def test_a_client_that_was_sent_on_once_or_twice_got_where_it_wanted(scene: Any) -> None:
    """A redirect or two are no circle."""
    assert "app.unhandled_exception" == sent_on(scene, 2)["cause"]


def test_a_client_that_was_answered_at_the_end_was_in_no_circle(scene: Any) -> None:
    """Many redirects, and a page at the end of them."""
    assert "app.unhandled_exception" == sent_on(scene, 6, then=200)["cause"]


def test_a_cache_that_turned_its_client_away_was_reached(scene: Any) -> None:
    """The client closes the connection then, and tells the caller of that alone."""
    entry = scene.server("checkout", 500)
    place = {"db_system_name": "redis", "server_address": "10.0.0.9", "server_port": 6379}
    login = scene.call("checkout", entry, at=1, lasts=1, name="auth", **place)
    scene.raises(login, "ReplyError", "WRONGPASS invalid username-password pair or user is disabled.", at=2)
    asked = scene.call("checkout", entry, at=2, lasts=1, name="info", **place)
    stack = "Error: Connection is closed.\n    at close (/app/node_modules/ioredis/built/redis/event_handler.js:214:25)"
    for span in (asked, entry):
        scene.raises(span, "Error", "Connection is closed.", at=3, stack=stack)
    assert ("config", "checkout", "config.bad_credentials") == answer(scene.verdict())
