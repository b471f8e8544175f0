"""Decide whether who shows this `Authorization` may come in."""

import hmac
from typing import Literal

#: `ok`; `missing`: no token was shown (401); `wrong`: another one was (403).
Admission = Literal["ok", "missing", "wrong"]


def check_token(shown: str | None, token: str) -> Admission:
    """Compare an `Authorization` header with the token that is wanted; '' wants none."""
    if not token:
        return "ok"
    scheme, _, value = (shown or "").partition(" ")
    if scheme.lower() != "bearer" or not value.strip():
        return "missing"
    return "ok" if hmac.compare_digest(value.strip().encode(), token.encode()) else "wrong"
