"""Imports every deed, and breaks at start when the lab deploys a broken version."""

import os

from labapp import cache, database, outside, own, pools, queue
from labapp.deeds import DEEDS, Answer, Refused

__all__ = ["DEEDS", "Answer", "Refused", "cache", "database", "outside", "own", "pools", "queue"]

_BROKEN = os.environ.get("LAB_BROKEN", "")
if _BROKEN == "import":
    import payment_sdk  # noqa: F401
if _BROKEN == "setting":
    SECRET = os.environ["SESSION_SECRET"]
if _BROKEN == "database":
    database.refused({})
if _BROKEN == "syntax":
    compile("def broken(:", "release.py", "exec")
