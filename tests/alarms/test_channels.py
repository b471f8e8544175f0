"""Each channel with the real thing at its other end, and what none of them may do."""

import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from click.testing import CliRunner

from culpa.alarms.channels import Channel, NotSent, make_channel
from culpa.alarms.channels._dial import addresses
from culpa.alarms.channels._guard import only_public
from culpa.alarms.commands import command
from culpa.alarms.episode import Event, episode_of
from culpa.alarms.message import message_of

from .conftest import Receiver

S = 10**9
SECRET = "s3cr3t-t0ken"
DETAILS = {
    "kind": "new",
    "why": "first seen",
    "fingerprint": "1:00000000000000aa",
    "component": "postgresql://db:5432/shop",
    "cause": "database.deadlock",
    "sentence": "postgresql://db:5432/shop ended the statement to break a deadlock, so shop answered 500 to POST /checkout.",
    "first_action": "Retry once.",
    "change": "shop 1.4.2 -> 1.4.3",
    "share": 0.25,
    "failed": 5,
    "example": "a" * 32,
}


def event(state: Any = "firing", opened_ns: int = 0) -> Event:
    """Return the begin of an episode, or its end."""
    opened_ns = opened_ns or time.time_ns() // S * S - 60 * S
    name = episode_of("new", "1:00000000000000aa", opened_ns)
    return Event(name, "new", "1:00000000000000aa", state, opened_ns, time.time_ns(), (), "the database", DETAILS)


def send(channel: Channel, one: Event) -> None:
    channel.send(message_of(one, "https://culpa.example", time.time_ns()))


def test_a_webhook_gets_all_that_is_to_be_told_and_a_token_from_a_file(receiver: Receiver, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(SECRET + "\n")
    table = {"kind": "webhook", "url": receiver.url, "allow_private": True, "bearer_file": str(tmp_path / "token")}
    one = event()
    send(make_channel("hook", table), one)
    [(headers, body)] = receiver.got
    assert (f"Bearer {SECRET}", one.event_id) == (headers["Authorization"], headers["Idempotency-Key"])
    assert {
        "problem": "https://culpa.example/problems/1:00000000000000aa",
        "request": f"https://culpa.example/requests/{'a' * 32}",
        "runbook": "https://culpa.example/problems/1:00000000000000aa#todo-title",
    } == body["links"]
    assert (DETAILS["sentence"], "Retry once.", "shop 1.4.2 -> 1.4.3", 0.25) == (
        body["sentence"], body["first_action"], body["change"], body["share"],
    )  # fmt: skip
    assert DETAILS["sentence"] in body["text"] and "25 % of the requests" in body["text"]


@pytest.mark.parametrize("status", [302, 400, 503])
def test_what_is_not_taken_is_said_without_address_and_secret(
    receiver: Receiver, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No redirect is followed, and what was answered is nobody's to read."""
    monkeypatch.setenv("HOOK", f"{receiver.url}/{SECRET}")
    receiver.status = status
    with pytest.raises(NotSent, match=rf"channel 'hook': 127.0.0.1:{receiver.port} .*\b{status}\b") as caught:
        send(make_channel("hook", {"kind": "webhook", "url_env": "HOOK", "allow_private": True}), event())
    assert SECRET not in str(caught.value) and SECRET not in repr(
        make_channel("h", {"kind": "webhook", "url_env": "HOOK"})
    )
    assert 1 == receiver.asked


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "10.0.0.1", "169.254.169.254", "[fe80::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "[64:ff9b::7f00:1]", "2130706433"],
)  # fmt: skip
def test_no_address_inside_is_dialled_unless_that_is_allowed(host: str) -> None:
    with pytest.raises(NotSent, match=r"which is no public address; write allow_private = true"):
        send(make_channel("hook", {"kind": "webhook", "url": f"http://{host}:9/"}), event())


def test_a_public_address_is_one() -> None:
    assert ["1.1.1.1"] == addresses("hook", "1.1.1.1", 443, may_be_private=False)


def test_an_address_is_dialled_as_it_was_looked_at(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that means another machine at the second look-up is not looked up a second time."""
    real: Any = socket.getaddrinfo
    asked: list[Any] = []

    def once(host: Any, *more: Any, **named: Any) -> Any:
        asked.append(host)
        return real("127.0.0.1" if asked.count("hook.test") == 1 and host == "hook.test" else host, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", once)
    url = f"http://hook.test:{receiver.port}/"
    send(make_channel("hook", {"kind": "webhook", "url": url, "allow_private": True}), event())
    assert (1, f"hook.test:{receiver.port}") == (asked.count("hook.test"), receiver.got[0][0]["Host"])


def test_who_does_not_answer_is_left_after_the_time_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        table = {"kind": "webhook", "url": url, "allow_private": True, "timeout_s": 0.3}
        with pytest.raises(NotSent, match="it did not answer in time"):
            send(make_channel("hook", table), event())


class Mailbox:
    """Keeps what mail comes."""

    def __init__(self) -> None:
        self.mails: list[str] = []
        self.logins: list[Any] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Take a mail."""
        self.mails.append(envelope.content.decode())
        return "250 taken"

    def login(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        """Say whether the password is right."""
        is_right = isinstance(data, LoginPassword) and data.password == SECRET.encode()
        self.logins.append(data.login)
        return AuthResult(success=is_right, handled=False)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a certificate for localhost."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    return folder / "cert.pem"


@pytest.fixture(params=["starttls", "tls"])
def mail(request: pytest.FixtureRequest, certificate: Path) -> Iterator[tuple[Mailbox, dict[str, Any]]]:
    """Give a mail server that wants a login over an encrypted connection, and the keys of a channel to it."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    box = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    ways: dict[str, Any] = {
        "starttls": {"tls_context": context, "require_starttls": True},
        "tls": {"ssl_context": context},
    }
    server = Controller(
        box, "127.0.0.1", port, authenticator=box.login, auth_required=True,
        auth_require_tls=request.param == "starttls", **ways[request.param],
    )  # fmt: skip
    server.start()
    yield box, {
        "kind": "smtp", "host": "localhost", "port": port, "security": request.param, "from": "culpa@shop.example",
        "to": ["oncall@shop.example"], "user": "culpa", "password_env": "MAIL", "ca_file": str(certificate),
        "allow_private": True,
    }  # fmt: skip
    server.stop()


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")
def test_a_mail_is_sent_encrypted_and_its_end_answers_it(
    mail: tuple[Mailbox, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    box, table = mail
    monkeypatch.setenv("MAIL", SECRET)
    begun = event()
    channel = make_channel("mail", table)
    send(channel, begun)
    send(channel, event("resolved", begun.opened_ns))
    first, second = box.mails
    assert "Subject: [culpa] FIRING new: the database" in first and "Retry once." in first
    assert f"Message-ID: <{begun.event_id}@shop.example>" in first
    assert f"In-Reply-To: <{begun.event_id}@shop.example>" in second
    assert [b"culpa", b"culpa"] == box.logins


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")
def test_a_mail_server_that_is_not_who_it_says_or_refuses_is_named_without_the_secret(
    mail: tuple[Mailbox, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    box, table = mail
    monkeypatch.setenv("MAIL", "wrong-" + SECRET)
    with pytest.raises(NotSent, match="answered 535") as caught:
        send(make_channel("mail", table), event())
    assert SECRET not in str(caught.value)
    with pytest.raises(NotSent, match="did not take it \\(SSLCertVerificationError\\)"):
        send(make_channel("mail", table | {"ca_file": ""}), event())
    assert [] == box.mails


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
@pytest.mark.parametrize(
    "url", ["json://localhost:9/", "mailto://me:pass@example.com?smtp=127.0.0.1", "ntfy://[::ffff:10.0.0.1]/x"]
)
def test_apprise_reaches_no_address_inside_wherever_it_takes_it_from(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Each look-up of its own is judged; one by somebody else meanwhile is not."""
    monkeypatch.setenv("APPRISE", url)
    with pytest.raises(NotSent, match=r"which is no public address; write allow_private = true"):
        send(make_channel("chat", {"kind": "apprise", "url_env": "APPRISE"}), event())
    with only_public() as guard:
        elsewhere = Thread(target=lambda: found.extend(socket.getaddrinfo("localhost", 9)))
        found: list[Any] = []
        elsewhere.start()
        elsewhere.join()
        assert found and not guard.refused
    assert socket.getaddrinfo("localhost", 9)


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
def test_apprise_carries_a_message(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """And looks at the host of a server of one's own before."""
    monkeypatch.setenv("APPRISE", f"json://127.0.0.1:{receiver.port}/x")
    with pytest.raises(NotSent, match=r"127\.0\.0\.1, which is no public address"):
        send(make_channel("chat", {"kind": "apprise", "url_env": "APPRISE"}), event())
    channel = make_channel("chat", {"kind": "apprise", "url_env": "APPRISE", "allow_private": True})
    send(channel, event())
    [(_, body)] = receiver.got
    assert ("FIRING new: the database", "failure") == (body["title"], body["type"])
    assert DETAILS["sentence"] in body["message"]
    receiver.status = 503
    with pytest.raises(NotSent, match=r"channel 'chat': JSON did not take it"):
        send(channel, event())
    # A redirect is not followed.
    receiver.status, asked = 302, receiver.asked
    with pytest.raises(NotSent, match=r"channel 'chat': JSON did not take it"):
        send(channel, event())
    assert asked + 1 == receiver.asked
    monkeypatch.setenv("APPRISE", "nothing://x")
    with pytest.raises(NotSent, match="is none that Apprise knows"):
        send(channel, event())


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
def test_an_end_resolves_the_incident_that_the_begin_raised(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PagerDuty knows the two by the key of the episode; a key that the address has is kept."""
    pagerduty = import_module("apprise.plugins.pagerduty")
    monkeypatch.setitem(pagerduty.PAGERDUTY_API_LOOKUP, "us", receiver.url)
    monkeypatch.setenv("APPRISE", "pagerduty://" + "a" * 32 + "@" + "b" * 32)
    channel = make_channel("pager", {"kind": "apprise", "url_env": "APPRISE", "allow_private": True})
    begin, end = event(opened_ns=S), event("resolved", opened_ns=S)
    for one in (begin, end):
        send(channel, one)
    monkeypatch.setenv("APPRISE", "pagerduty://" + "a" * 32 + "@" + "b" * 32 + "?dedup=mine")
    send(channel, begin)
    told = [(body["event_action"], body["dedup_key"]) for _, body in receiver.got]
    assert [("trigger", begin.episode), ("resolve", begin.episode), ("trigger", "mine")] == told


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
def test_a_channel_is_tried_from_the_command_line(receiver: Receiver, tmp_path: Path) -> None:
    file = tmp_path / "alarms.toml"
    file.write_text(f'[channels.hook]\nkind = "webhook"\nurl = "{receiver.url}"\nallow_private = true\n')
    done = CliRunner().invoke(command, ["test", "hook", "--alarms", str(file)])
    assert (0, "channel hook took it\n", "test") == (done.exit_code, done.output, receiver.got[0][1]["state"])
    receiver.status = 500
    done = CliRunner().invoke(command, ["test", "hook", "--alarms", str(file)])
    assert (2, True) == (done.exit_code, "answered 500" in done.output)
    done = CliRunner().invoke(command, ["test", "other", "--alarms", str(file)])
    assert (2, True) == (done.exit_code, "no channel 'other'; there are hook" in done.output)
