"""Find personal numbers by their own check digits, so that ids and times are left alone."""

from culpa.instrumentation.patterns import late_pattern
from culpa.instrumentation.redact.mask import CARD, IBAN, SSN

# All of the numbers have such a run; most texts have none, and spare the patterns.
_DIGITS = late_pattern(r"[0-9][0-9 -]{8}")
_CARD = late_pattern(r"(?<![\w.-])[2-6](?:[ -]?\d){12,18}(?![\w-])")
_IBAN = late_pattern(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])")
_SSN = late_pattern(r"(?<![\w-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])")
# Leading digits and length of the card schemes in use; ids and nanosecond times rarely have both and a
# right sum.
_SCHEMES = late_pattern(
    r"4\d{12}(?:\d{3})?(?:\d{3})?|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}"
    r"|3(?:0[0-5]|[68]\d)\d{11}|6(?:011|5\d\d|4[4-9]\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}"
)


def holds_numbers(text: str) -> bool:
    """Tell whether a text has digits enough for one of the numbers."""
    return _DIGITS.search(text) is not None and (
        _CARD.search(text) is not None or _IBAN.search(text) is not None or _SSN.search(text) is not None
    )


def redact_personal_numbers(text: str) -> str:
    """Replace card numbers (scheme and Luhn sum), IBANs (sum modulo 97) and US social security numbers."""
    if not _DIGITS.search(text):
        return text
    text = _CARD.sub(lambda match: CARD if is_card(match.group()) else match.group(), text)
    text = _IBAN.sub(lambda match: IBAN if _is_iban(match.group()) else match.group(), text)
    return _SSN.sub(SSN, text)


def is_card(text: str) -> bool:
    """Tell whether digits, with or without separators, are a payment card's number."""
    digits = text.replace(" ", "").replace("-", "")
    if not _SCHEMES.fullmatch(digits):
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) << (place & 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _is_iban(text: str) -> bool:
    compact = text.replace(" ", "")
    if not 15 <= len(compact) <= 34:
        return False
    return int("".join(str(int(sign, 36)) for sign in compact[4:] + compact[:4])) % 97 == 1
