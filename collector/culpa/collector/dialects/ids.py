"""Ids of traces and spans in hex, however a tool writes them."""

from binascii import Error as Base64Error
from binascii import a2b_base64, hexlify

from culpa.instrumentation.patterns import late_pattern

_HEX = late_pattern(r"[0-9a-fA-F]{1,32}")
#: Of 16 bytes, and of 8: what Go's encoder of protobuf makes of an id.
_BASE64 = {32: late_pattern(r"[A-Za-z0-9+/_-]{22}(?:==)?"), 16: late_pattern(r"[A-Za-z0-9+/_-]{11}=?")}


def trace_id(value: object) -> str:
    """Return 32 digits, '' for what is no id; of short ones Jaeger and Zipkin leave zeros out, on the left."""
    return _id(value, 32)


def span_id(value: object) -> str:
    """Return 16 digits, as `trace_id`."""
    return _id(value, 16)


def _id(value: object, digits: int) -> str:
    text = str(value or "").strip().removeprefix("0x").replace("-", "" if digits == 32 else "-")
    if _HEX.fullmatch(text) and len(text) <= digits:
        return text.lower().rjust(digits, "0")
    if _BASE64[digits].fullmatch(text):
        padded = text.rstrip("=").replace("-", "+").replace("_", "/")
        try:
            return hexlify(a2b_base64(padded + "=" * (-len(padded) % 4))).decode()
        except (Base64Error, ValueError):
            return ""
    return ""
