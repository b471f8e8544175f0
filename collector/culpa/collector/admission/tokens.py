"""Decide whether who shows this `Authorization` may come in."""

from culpa.collector.admission.keyring import Keyring, Token


class TokenMissing(Exception):
    """No token was shown where one is wanted (401)."""


class TokenWrong(Exception):
    """Another token was shown (403)."""


def check_token(shown: str | None, keyring: Keyring) -> Token:
    """Return what holds for the token of an `Authorization` header. Errors: TokenMissing, TokenWrong."""
    if keyring.is_open:
        return Token()
    scheme, _, value = (shown or "").partition(" ")
    if scheme.lower() != "bearer" or not value.strip():
        raise TokenMissing
    token = keyring.find(value.strip())
    if token is None:
        raise TokenWrong
    return token
