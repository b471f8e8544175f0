"""Take secrets and personal data out of free text: messages, log lines, stack traces."""

import re
from collections.abc import Callable

from culpa.instrumentation.patterns import late_pattern
from culpa.instrumentation.redact.arguments import ARGUMENT_GATES, redact_arguments
from culpa.instrumentation.redact.command import COMMAND_GATES, redact_commands
from culpa.instrumentation.redact.gate import Gatekeeper, Gates, words_of
from culpa.instrumentation.redact.limit import cut
from culpa.instrumentation.redact.marked import (
    MARK_GATES,
    MARK_TRIGGER,
    redact_hooks,
    redact_jwts,
    redact_marked,
    redact_private_keys,
)
from culpa.instrumentation.redact.markup import redact_fields, redact_markup
from culpa.instrumentation.redact.mask import REDACTED
from culpa.instrumentation.redact.pair import redact_pairs
from culpa.instrumentation.redact.parameter import PARAMETER_GATES, PARAMETER_TRIGGER, redact_parameters
from culpa.instrumentation.redact.personal import holds_numbers, redact_personal_numbers
from culpa.instrumentation.redact.place import redact_doors, redact_dsn, redact_mail, redact_userinfo
from culpa.instrumentation.redact.sentence import SENTENCE_GATES, redact_sentences
from culpa.instrumentation.redact.statement import STATEMENT_GATES, STATEMENT_TRIGGER, redact_statements

_SCHEME = late_pattern(r"(?i)\b(bearer|basic)([ \t]{1,8}+)([A-Za-z0-9._~+/-]{8,}+={0,2})")

# What a secret's name has in it, in small letters; each name that names.py knows holds one.
_NAMES = (
    *(
        "pass",
        "pw",
        "secret",
        "securitycode",
        "token",
        "key",
        "cred",
        "jwt",
        "bearer",
        "srf",
        "otp",
        "pin",
        "cv",
        "ssn",
        "auth",
    ),
    *("cookie", "sess", "sid", "sig", "card", "code", "contrase", "пароль", "密码", "パスワード"),
)
# A value stands behind a sign, or behind a flag.
_NAME_SIGNS = ("=", ":", "'", '"', " -", "--", "%3", ">")
_DOORS = (
    *("reset", "verif", "confirm", "activat", "invit", "magic", "recover", "unlock", "token/", "unsubscribe", "forgot"),
    *("set-password", "set_password", "new-password", "passwordless", "login/", "signin/", "sso/", "share/", "shared/"),
)


def _replace_scheme(match: re.Match[str]) -> str:
    value = match[3]
    # "Basic authentication", "bearer credentials" are words; a token has digits, or capitals amid small
    # letters.
    is_word = value.isalpha() and (value[1:].islower() or value.isupper())
    return match.group() if is_word else f"{match[1]}{match[2]}{REDACTED}"


def _redact_schemes(text: str) -> str:
    return _SCHEME.sub(_replace_scheme, text)


_HOOKS = ("hooks.", "webhook", "api.telegram", "maker.ifttt", "pagerduty")
#: (what a text must hold in small letters, what then looks through it), in the order in which they look
_STEPS: tuple[tuple[Gates, Callable[[str], str]], ...] = (
    (((("-----",), ("private key",)),), redact_private_keys),
    (STATEMENT_GATES, redact_statements),
    (SENTENCE_GATES, redact_sentences),
    (ARGUMENT_GATES, redact_arguments),
    (((("@",), ("://",)),), redact_userinfo),
    (PARAMETER_GATES, redact_parameters),
    (((("@",), (":",)),), redact_dsn),
    (((("/",), _HOOKS),), redact_hooks),
    (((("<",), _NAMES),), redact_markup),
    (((("value", "form-data"), ("name", "key", "field", "header", "variable")),), redact_fields),
    (
        (
            (_NAME_SIGNS, _NAMES),
            ((" ",), ("token ", "password ", "passphrase ", "jwt ", "otp ", "passcode ")),
            (("\t",), ("token\t", "password\t")),
        ),
        redact_pairs,
    ),
    (((("",), ("bearer", "basic")),), _redact_schemes),
    (((("",), ("eyj",)),), redact_jwts),
    (COMMAND_GATES, redact_commands),
    (MARK_GATES, redact_marked),
    (((("/",), _DOORS),), redact_doors),
    (((("@", "%40"), ("",)),), redact_mail),
)
_KEEPER = Gatekeeper([gates for gates, _ in _STEPS])


# Words that are common in other texts count only where a value may follow.
_STRONG = (
    "pass|secret|token|credential|jwt|[cx]srf|cv[vc]|ssn|cookie|session|sessid|signature|contrase|пароль|密码|パスワード"
    "|securitycode|bearer|basic|x-amz"
)
# Not `KeyError: …`, the most frequent of all errors.
_COMMON = "pw|key|otp|auth|sid|card|sig|code|sess"
#: For RE2: whatever `redact_text` could change matches this; most texts do not, and are left alone.
TRIGGER = (
    r"(?:pin|Pin|PIN)(?:[A-Z_.\d-][\w.-]*)?[\"'`\]\\]*\s*[=:,>%-]|"
    rf"(?i:{_STRONG}|(?:{_COMMON})(?:[a-df-z\d_.-][\w.-]*)?[\"'`\]\\\s]*(?:[=:,>%[-]|provided|given|used|[\"'`])"
    rf"|--[\w.-]*(?:{_COMMON})|private key|otp\s+(?:is )?\d"
    rf"|eyj|@|%40|{MARK_TRIGGER}|{'|'.join(map(re.escape, words_of(COMMAND_GATES)))}|{'|'.join(_DOORS)}"
    r"|(?:login|signin|sso|share|shared|one.?time|pw)/"
    rf"|{PARAMETER_TRIGGER}"
    r"|hooks\.|webhook|api\.telegram|maker\.ifttt|pagerduty|jdbc:oracle|\d{3}-\d{2}-\d{4})"
    r"|(?:^|\n|: )[ \t]*(?:#\d|at [\w\\]+(?:->|::)\w)"
    r"|[2-6](?:[ -]?\d){12}|[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2}|" + STATEMENT_TRIGGER
)
_COARSE = (
    r"\d{12}|\d[ -]\d|[A-Z]{4}|[A-Z]{2}\d\d"
    rf"|(?i:eyj|{MARK_TRIGGER}|{'|'.join(_DOORS)}|(?:login|signin|sso|share|shared|one.?time|pw)/"
)
#: Cheaper, and matched by whatever TRIGGER matches: what a plain path, name, id or address does not have.
COARSE_TRIGGER = r"[=:@'\"`(<>\x00,]|%[234]|/\*|[a-zA-Z]\s|-----|" + _COARSE + ")"
#: An address without user, parameters and signs that need a closer look; most addresses are such.
PLAIN_URL = r"^https?://[\w.-]+(?::\d{1,5})?(?:/[\w.-]*)*$"
#: The same as COARSE_TRIGGER for texts that are plain URLs: there a colon alone says nothing.
URL_TRIGGER = (
    rf"{_COARSE}|hooks\.|webhook|api\.telegram|maker\.ifttt|pagerduty|(?:{_STRONG}|{_COMMON}|pin)[\w.-]*:\d"
    "|bearer|basic)"
)


def may_change(text: str) -> bool:
    """Tell whether redact_text could change a text: far cheaper, and never wrong when it says no."""
    return _KEEPER.open(text.lower()) != 0 or holds_numbers(text)


def redact_text(text: str) -> str:
    """Redact free text, of over 64 KiB its beginning. Promise: redacting twice gives the same as redacting once."""
    text = cut(text)
    steps = _KEEPER.open(text.lower())
    if steps:
        for number, (_, redact) in enumerate(_STEPS):
            if steps >> number & 1:
                text = redact(text)
    return redact_personal_numbers(text)
