"""Mask the parameters of URLs that open something: `?auth=…`, `&sig=…`."""

import re

from culpa.instrumentation.patterns import late_pattern
from culpa.instrumentation.redact.mask import REDACTED
from culpa.instrumentation.redact.names import is_secret
from culpa.instrumentation.redact.wordlist import words_in

# Names that mean a secret in a URL, where elsewhere they are words.
_SENSITIVE = words_in(
    "auth sig sid session sessionid jwt otp pin ticket nonce assertion email mail phone hash h hmac mac k code"
    " state key"
    " oauth_verifier samlresponse samlrequest relaystate awsaccesskeyid googleaccessid invite verification_code"
    " verificationcode confirmation_code authcode auth_code device_code user_code login_hint id_token_hint"
)
_PARAMETER = late_pattern(r"(?<![^?&;#])([^=&;#?\s]{1,200}+)=([^&;#\s]*+)")
# State names and codes that help to understand a failure: an OAuth `code` is long, an error's is short.
_SHORT_NAMES = frozenset(
    {"code", "state", "key", "k", "h", "hash", "invite", "ticket", "session", "auth", "phone", "mail", "email"}
)
_SHORT_VALUE = late_pattern(r"[A-Za-z_]{0,15}|[A-Za-z0-9_-]{0,7}")
# `key=user:17:profile`
_KEYS, _KEY_VALUE = frozenset(("key", "k", "h", "hash")), late_pattern(r"(?:[a-z]{1,20}[:._-]){1,4}\w{1,20}")
_AMZ = late_pattern(r"x-(?:amz|goog)-(?:signature|credential|security-token)")
_ENCODED = late_pattern(r"%5[bd]|[\[\]]", re.IGNORECASE)
_IN_TEXT = late_pattern(r"(?<=[\w/=%][?&])([\w.-]{1,64}+)=(?!\[redacted\])([^&;#\s\"'<>`\\)\]},]++)")
#: What a text must hold to be looked at more closely.
PARAMETER_GATES = ((("?", "&"), tuple(sorted(f"{name}=" for name in _SENSITIVE))),)
#: The same for RE2.
PARAMETER_TRIGGER = rf"[?&](?:{'|'.join(sorted(_SENSITIVE))})="


def redact_query_string(url: str) -> str:
    """Mask parameters in a URL, a request target, or a bare query string (`a=1&token=…`)."""
    return _PARAMETER.sub(_replace, url)


def redact_parameters(text: str) -> str:
    """Mask parameters of the URLs in a text."""
    return _IN_TEXT.sub(_replace, text)


def _replace(match: re.Match[str]) -> str:
    name, value = match.groups()
    if not value or value == REDACTED or not _is_sensitive(name):
        return match.group()
    lower = name.lower()
    if lower in _SHORT_NAMES and _SHORT_VALUE.fullmatch(value):
        return match.group()
    if lower in _KEYS and _KEY_VALUE.fullmatch(value):
        return match.group()
    return f"{name}={REDACTED}"


def _is_sensitive(name: str) -> bool:
    lower = name.lower()
    if lower in _SENSITIVE or _AMZ.fullmatch(lower):
        return True
    plain = _ENCODED.sub(".", name).strip(".")
    return is_secret(plain) or plain.lower().rpartition(".")[2] in ("otp", "pin")
