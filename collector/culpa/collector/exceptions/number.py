"""Numbers that others wrote as text, of any length."""

#: As many digits as any number that is kept.
_MAX_DIGITS = 18


def whole(digits: str, largest: int) -> int:
    """Return the number that the digits write, at most `largest`; 0 for what is too long to be one.

    Python refuses to read more than 4300 digits, and takes long to read as many.
    """
    return min(int(digits), largest) if digits.isdecimal() and len(digits) <= _MAX_DIGITS else 0
