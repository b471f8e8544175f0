"""Each channel with the real thing at its other end, and what none of them may do."""

import json
import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from click.testing import CliRunner

from culpa.alarms.channels import Channel, NotSent, make_channel
from culpa.alarms.channels._dial import addresses
from culpa.alarms.commands import command
from culpa.alarms.episode import Event, episode_of
from culpa.alarms.message import message_of

from .conftest import Receiver, wait_for

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
    real, asked = socket.getaddrinfo, []

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


@pytest.fixture
def alertmanager(tmp_path: Path) -> Iterator[str]:
    """Run a real Alertmanager; give its address."""
    program = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
    if not program:
        pytest.skip("no Alertmanager is installed; Debian has prometheus-alertmanager")
    (tmp_path / "am.yml").write_text("route: {receiver: none}\nreceivers: [{name: none}]\n")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command_line = [program, f"--config.file={tmp_path}/am.yml", f"--storage.path={tmp_path}/data"]
    command_line += [f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="]
    with (tmp_path / "am.log").open("wb") as log:
        process = subprocess.Popen(command_line, stdout=log, stderr=log, env=os.environ)
    wait_for(lambda: _is_ready(port), within_s=60)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(30)


def _is_ready(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _alerts(url: str) -> list[dict[str, Any]]:
    with urlopen(f"{url}/api/v2/alerts", timeout=10) as answer:
        found: list[dict[str, Any]] = json.load(answer)
        return found


def test_an_alertmanager_holds_one_alert_until_it_is_over(alertmanager: str) -> None:
    """Said twice it is one, with an end ahead; over, it is gone."""
    channel = make_channel("am", {"kind": "alertmanager", "url": alertmanager, "allow_private": True})
    assert 60 == channel.repeat_s
    begun = event()
    send(channel, begun)
    send(channel, begun)
    [alert] = _alerts(alertmanager)
    assert ("culpa new", "database.deadlock", "active") == (
        alert["labels"]["alertname"], alert["labels"]["cause"], alert["status"]["state"],
    )  # fmt: skip
    assert "https://culpa.example/problems/1:00000000000000aa" == alert["generatorURL"]
    assert DETAILS["sentence"] in alert["annotations"]["description"]
    send(channel, event("resolved", begun.opened_ns))
    wait_for(lambda: not _alerts(alertmanager), within_s=10)


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
    monkeypatch.setenv("APPRISE", "nothing://x")
    with pytest.raises(NotSent, match="is none that Apprise knows"):
        send(channel, event())


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
