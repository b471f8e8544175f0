"""Tell from the name of a value whether it is a secret: `db_password`, `X-API-Key`, `PHPSESSID`, `userPass`."""

import re
from functools import lru_cache

from culpa.instrumentation.patterns import late_pattern
from culpa.instrumentation.redact.wordlist import words_in

_WORDS = late_pattern(r"[A-Z]{1,32}(?![^\W\d_A-Z])|[A-Z]?[^\W\d_A-Z]++|\d++|[A-Z]")

# A name with one of these words is a secret's, unless its last word says that it is only about one.
_SECRET_WORDS = words_in(
    "password passwd passwort passphrase passcode pass pwd pw secret secrets token apikey credential credentials jwt"
    " csrf xsrf otp totp pin cvv cvc csc ssn iban authorization bearer cookie cookies sessid phpsessid jsessionid"
    " sessionid signature contraseña contrasena senha mdp passwrd pswd pssword psw пароль 密码 パスワード"
)
# Written in one: `newpassword1`, `csrfmiddlewaretoken`, `creditcardnumber`.
_ROOTS = (
    *("password", "passwd", "passphrase", "passwort", "apikey", "accesskey", "privatekey", "secretkey", "sshkey"),
    *("encryptionkey", "signingkey", "masterkey", "accountkey", "sharedkey", "storagekey", "authkey", "appkey"),
    *("applicationkey", "licensekey", "hmackey", "aeskey", "cipherkey", "deploykey", "consumerkey"),
    *("sessionkey", "securitykey", "creditcard", "cardnumber", "cardno", "ccnumber", "sessionid"),
    *("sessionstate", "securitycode", "accesscode", "recoverycode", "backupcode", "motdepasse", "keybase"),
)
_ENDS = ("token", "secret", "credential", "credentials", "passwd", "pwd", "sessid", "userpass", "dbpass", "jwt")
# What is told of a secret, but is none.
_ABOUT = words_in(
    "count counts limit limits length len size type types name names id ids expiry expires expiration expired"
    " expire ttl"
    " age policy policies rule rules strength file files filename path paths dir url uri endpoint host provider manager"
    " service services store error errors exception status version algorithm alg format index position usage"
    " used budget"
    " required enabled disabled at in source issuer audience scope scopes field fields column columns hint"
    " valid invalid"
    " missing ok header headers failed failure failures attempts mismatch changed created updated reset needed table"
    " parser validator middleware handler class method module package not found denied rotation length max min total"
    " authenticator authentication location domain enabled timeout lifetime per second seconds reuse present"
)
_GENERIC = late_pattern(r"\d*|value|values|raw|text|data|current|old|new|hash|plain|\[\]")
# Whole names that mean a secret only where the value looks like one.
_WEAK = words_in("auth key sid sig session code")
_PLURAL = late_pattern(r"(?:access|refresh|auth|api|bearer|id|session|device|push|security)tokens")
#: Names without a word of their own that gives them away.
_WHOLE = frozenset(("connect.sid", "oauth_verifier", "code_verifier", "remember_me", "x-amz-credential"))


@lru_cache(8192)
def is_secret(name: str) -> bool:
    """Tell whether what has this name must not be told, whatever it looks like."""
    if name.lower().lstrip("-") in _WHOLE:
        return True
    parts = [part for part in re.split(r"[./:]", name) if part]
    while len(parts) > 1 and _GENERIC.fullmatch(parts[-1].lower()):
        parts.pop()
    if not parts:
        return False
    words = words_of(parts[-1])
    if len(words) == 1 and words[0] in ("key", "keys", "id", "number", "code") and len(parts) > 1:
        words = words_of(parts[-2]) + words
    return _are_secret(words)


@lru_cache(8192)
def is_weak(name: str) -> bool:
    """Tell whether a value of this name is a secret if it looks like one: `session`, `code`, `sig`."""
    words = words_of(name.rpartition(".")[2])
    return bool(words) and ((len(words) == 1 and words[0] in _WEAK) or words[-1] in ("session", "sid", "sig", "auth"))


def words_of(name: str) -> list[str]:
    """Return the words of a name in small letters; a number at the end (`password2`) is none."""
    words = [word.lower() for word in _WORDS.findall(name)]
    while len(words) > 1 and words[-1].isdigit():
        words.pop()
    return words


def _are_secret(words: list[str]) -> bool:
    if not words:
        return False
    joined = "".join(words)
    if words[-1] == "id":
        return joined.endswith(("accesskeyid", "sessionid"))
    if words[-1] in _ABOUT:
        return False
    if words[-1] == "tokens":
        return _PLURAL.search(joined) is not None
    return not _SECRET_WORDS.isdisjoint(words) or joined.endswith(_ENDS) or any(root in joined for root in _ROOTS)
