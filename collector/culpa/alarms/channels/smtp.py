"""Mail, over a server that takes it with STARTTLS (port 587), over TLS (465), or in the clear where that is allowed."""

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Final

from culpa.alarms.channels._channel import Channel, NotSent
from culpa.alarms.channels._dial import connect
from culpa.alarms.message import Message
from culpa.given import Given, Secret

_PORTS: Final = {"starttls": 587, "tls": 465, "none": 25}
_MOST_TITLE: Final = 200


@dataclass(frozen=True)
class Mail:
    """Sends from one address to several."""

    name: str
    host: str
    port: int
    security: str
    sender: str
    to: tuple[str, ...]
    user: str
    password: Secret | None
    ca_file: str
    may_be_private: bool
    timeout_s: float
    repeat_s: float = 0.0

    def send(self, message: Message) -> None:
        """Hand over one mail. Errors: NotSent."""
        try:
            with _Server(self) as server:
                if self.security == "starttls":
                    server.starttls(context=self._context())
                    server.ehlo()
                if self.password:
                    server.login(self.user, self.password.read())
                server.send_message(self._mail(message), self.sender, list(self.to))
        except smtplib.SMTPResponseException as error:
            # What a server says of a login may quote it.
            raise NotSent(f"channel {self.name!r}: {self.host}:{self.port} answered {error.smtp_code}") from error
        except (OSError, smtplib.SMTPException) as error:
            raise NotSent(
                f"channel {self.name!r}: {self.host}:{self.port} did not take it ({type(error).__name__})"
            ) from error

    def _context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.ca_file or None)

    def dial(self) -> ssl.SSLSocket | object:
        """Return a connection to the server, encrypted from the first byte where that is wanted. Errors: NotSent."""
        plain = connect(self.name, self.host, self.port, may_be_private=self.may_be_private, timeout_s=self.timeout_s)
        return self._context().wrap_socket(plain, server_hostname=self.host) if self.security == "tls" else plain

    def _mail(self, message: Message) -> EmailMessage:
        mail = EmailMessage()
        mail["Subject"] = f"[culpa] {message.title}"[:_MOST_TITLE]
        mail["From"], mail["To"] = self.sender, ", ".join(self.to)
        domain = self.sender.rpartition("@")[2].strip("> ") or "culpa"
        mail["Message-ID"] = f"<{message.key}@{domain}>"
        if message.state == "resolved":
            mail["In-Reply-To"] = mail["References"] = f"<{message.episode}-firing@{domain}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text)
        return mail


class _Server(smtplib.SMTP):
    """A server that was dialled where it was looked up."""

    def __init__(self, mail: Mail) -> None:
        self._mail = mail
        super().__init__(timeout=mail.timeout_s)
        # STARTTLS asks the server for a certificate of this name.
        self._host = mail.host
        code, said = self.connect(mail.host, mail.port)
        if code != 220:
            self.close()
            raise smtplib.SMTPConnectError(code, said)

    def _get_socket(self, host: str, port: int, timeout: float) -> object:
        del host, port, timeout
        return self._mail.dial()


def make(given: Given) -> Channel:
    """Return the channel. Errors: BadGiven."""
    security = given.text("security", "starttls")
    if security not in _PORTS:
        raise given.wrong(f"security {security!r} is none; write one of {', '.join(_PORTS)}")
    user, password = given.text("user"), given.secret("password")
    if bool(user) != bool(password):
        raise given.wrong("user and password belong together; write user and password_file or password_env, or neither")
    if password and security == "none":
        raise given.wrong('a password in the clear is nobody\'s secret; write security = "starttls" or "tls"')
    return Mail(
        given.name,
        given.text("host", is_needed=True),
        int(given.number("port", _PORTS[security], 1, 65535)),
        security,
        given.text("from", is_needed=True),
        given.texts("to"),
        user,
        password,
        given.text("ca_file"),
        given.switch("allow_private"),
        given.number("timeout_s", 10, 0.1, 60),
    )
