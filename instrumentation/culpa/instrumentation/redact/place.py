"""Take secrets out of addresses inside a text: `user:password@host`, links that open a door by their path."""

import re

from culpa.instrumentation.patterns import late_pattern
from culpa.instrumentation.redact.mask import EMAIL, REDACTED
from culpa.instrumentation.redact.wordlist import words_in

_AFTER_SCHEME = late_pattern(r"(?<=[A-Za-z0-9])://([^\s\"'<>`]++)")
_MOST = 2048
_HOST = late_pattern(r"\[[0-9a-fA-F:.%]{2,64}\]|[\w%-]{1,63}(?:\.[\w-]{1,63}){0,8}")
_PORT = late_pattern(r":\d{1,5}(?!\d)")
_IS_PORT = late_pattern(r"\d{1,5}(?:[/?#,]|\Z)")
_TOKEN = late_pattern(r"(?=[^:]{0,200}\d)(?=[^:]{0,200}[A-Za-z])[\w.~%+=-]{16,}+")
_GO_DSN = late_pattern(r"@(?:tcp|unix|tls)\(")
# Without a scheme; known by a port or path behind the host, or by what no name looks like.
_BARE_DSN = late_pattern(
    r"(?<![\w.:/@<-])([A-Za-z_][\w.-]{0,63}+):([^\s:@/'\"<>\[\](),;]{3,128}+)(?=@([\w-]{1,63}+(?:\.[\w-]{1,63}+){0,8}+)"
    r"(:\d{2,5}+(?![\w.-])|/(?=\w))?+)"
)
_STRONG = late_pattern(r"(?=[^\d]{0,127}+\d)(?=[^A-Z]{0,127}+[A-Z!$%^&*#+=~])[^\s]{8,}+")
# What stands in front of a name rather than of a password: `node:rabbit@mq-1`, `npm:left-pad@1.3.0`.
_LABELS = words_in(
    "user users username login account name id email mail mailto mailbox to from cc bcc reply sender recipient sip sips"
    " xmpp acct im tel host hostname node server peer client worker process task job queue consumer producer actor"
    " agent pod container instance service ssh scp git npm pnpm yarn pip docker image tag version module package path"
    " file url uri at by ref branch commit failed failure warning warn info notice debug fatal critical"
    " error exception"
)
_ORACLE = late_pattern(r"(?i)(jdbc:oracle:\w{1,8}:)([\w$#]{1,128}+/)(?!\[redacted\])[^\s@]{1,256}+(?=@)")
_DOORS = (
    r"(?:re-?set|(?:password|pw|account|pass)[-_]?(?:re-?set|recovery|recover)"
    r"|(?:re-?set|recover|set|forgot|forgotten|new)"
    r"[-_]?(?:password|pw|pass)|verif(?:y|ication)|verify[-_]?e?-?mail|e?mail[-_]?verif(?:y|ication)|confirm(?:ation)?"
    r"|confirm[-_]?e?-?mail|activat(?:e|ion)|invit(?:e|es|ation|ations)|magic(?:[-_]?link)?|magic[-_]?login|unsubscribe"
    r"|unlock|recover(?:y)?|one[-_]?time|sso|share|shared|token|passwordless|signin|login)"
)
_DOOR = late_pattern(rf"(?i)(?<=/)({_DOORS}/(?:[A-Za-z0-9_-]{{1,10}}/)?)([\w.~=-]{{8,}}+)(?=[/?#&\s\"'\\),;]|\Z)")
_UUID = late_pattern(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_AT = late_pattern(r"@|%40")
# Read backwards from the sign.
_LOCAL = late_pattern(r"[\w.%+'-]{1,64}+")
_DOMAIN = late_pattern(r"(?:[^\W_]|-){1,63}(?:\.(?:[^\W_]|-){1,63}){1,6}")
# Hosts inside, units of systemd, files: `alice@db.internal`, `postgresql@15-main.service`, `logo@2x.png`.
_NO_MAIL = words_in(
    "internal local localhost localdomain lan corp home intranet svc cluster service socket target slice scope"
    " mount timer"
    " device path png jpg jpeg gif svg webp avif js mjs cjs ts tsx jsx css map html json lock git"
)
# Who logs in to machines rather than gets mail.
_LOGINS = frozenset(("git", "hg", "svn"))
# A port, or the path of scp.
_BEHIND = late_pattern(r":(?:\d{1,5}(?!\d)|[~./]|[\w.-]{1,64}+/)")


def redact_userinfo(text: str) -> str:
    """Mask passwords, and tokens that stand alone, in front of the host of a URL."""
    return _AFTER_SCHEME.sub(_without_userinfo, text)


def redact_dsn(text: str) -> str:
    """Mask passwords in front of an `@` where there is no scheme: Go's MySQL driver, Oracle's thin one."""
    done: list[str] = []
    last = 0
    for at in _GO_DSN.finditer(text):
        start = max(last, at.start() - 320)
        for sign in " \t\n\"'<>":
            start = max(start, text.rfind(sign, start, at.start()) + 1)
        colon = text.find(":", start, at.start())
        if colon >= 0:
            done += (text[last : colon + 1], REDACTED)
            last = at.start()
    done.append(text[last:])
    return _BARE_DSN.sub(_without_password, _ORACLE.sub(rf"\1\2{REDACTED}", "".join(done)))


def _without_password(match: re.Match[str]) -> str:
    user, password, host, behind = match.groups()
    is_known = behind is not None or "." in host
    is_one = behind is not None and not password.isdigit()
    if (
        user.lower() in _LABELS
        or user.endswith(("Error", "Exception"))
        or not is_known
        or not (is_one or _STRONG.fullmatch(password))
    ):
        return match.group()
    return f"{user}:{REDACTED}"


def redact_doors(text: str) -> str:
    """Mask the part of a path that opens an account: `/reset/<token>`."""
    return _DOOR.sub(_without_key, text)


def redact_mail(text: str) -> str:
    """Replace e-mail addresses; logins to machines (`git@host:path`, `alice@db.internal:5432`) stay."""
    done: list[str] = []
    last = 0
    for at in _AT.finditer(text):
        domain = _DOMAIN.match(text, at.end())
        start = _start_of_local(text, max(last, at.start() - 64), at.start()) if domain else at.start()
        if domain and start < at.start() and _is_mail(text, start, at.start(), domain):
            done += (text[last:start], EMAIL)
            last = domain.end()
    if not done:
        return text
    done.append(text[last:])
    return "".join(done)


def _start_of_local(text: str, first: int, end: int) -> int:
    found = _LOCAL.match(text[first:end][::-1])
    local = found.group()[::-1] if found else ""
    # A quote in front is the text's, one inside (`o'brien`) the name's.
    return end - len(local.lstrip("'.%-+"))


def _is_mail(text: str, start: int, end: int, domain: re.Match[str]) -> bool:
    top = domain.group().rpartition(".")[2]
    if len(top) < 2 or not top.isalpha() or top.lower() in _NO_MAIL or text[start:end].lower() in _LOGINS:
        return False
    return text[max(0, start - 2) : start] != "//" and not _BEHIND.match(text, domain.end())


def _without_userinfo(match: re.Match[str]) -> str:
    rest = match[1]
    end = _end_of_userinfo(rest[:_MOST])
    if end < 0:
        return match.group()
    user, colon, password = rest[:end].partition(":")
    if colon and password and password != REDACTED:
        return f"://{user}:{REDACTED}{rest[end:]}"
    if not colon and _TOKEN.fullmatch(user):
        return f"://{REDACTED}{rest[end:]}"
    return match.group()


def _end_of_userinfo(rest: str) -> int:
    """Return where the `@` before the host stands, -1 if there is none; a password may hold `@`, `/`, `#`, `?`."""
    first = rest.find("@")
    if first < 0:
        return -1
    colon = rest.find(":")
    slash = min((at for at in map(rest.find, "/?#,") if at >= 0), default=len(rest))
    if slash < first and (colon < 0 or colon > slash or _IS_PORT.match(rest, colon + 1)):
        # `host:8080/users/@me`, `host/@scope`: the sign stands in the path.
        return -1
    best = first
    query = rest.find("?", first)
    at = first
    while at >= 0 and (query < 0 or at < query):
        host = _HOST.match(rest, at + 1)
        if host:
            is_clear = "." in host.group() or _PORT.match(rest, host.end()) or host.group() == "localhost"
            if is_clear and (host.end() == len(rest) or rest[host.end()] in ":/?#,;)]}"):
                return at
            best = at
        at = rest.find("@", at + 1)
    return best


def _without_key(match: re.Match[str]) -> str:
    key = match[2]
    is_key = any(sign.isdigit() for sign in key) and any(sign.isalpha() for sign in key)
    if not is_key and len(key) < 24:
        return match.group()
    if match[1].lower().startswith(("token", "login", "signin", "sso", "share")) and (
        len(key) < 16 or _UUID.fullmatch(key)
    ):
        return match.group()
    return f"{match[1]}{REDACTED}"
