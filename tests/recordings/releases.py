"""What each release of the shop changed: texts of the source, and what stands there instead."""

Edit = tuple[str, str]

#: A product of 0 pieces, the gift voucher, has no price per piece.
_NO_PIECES: Edit = ("price_cents / pieces}", "price_cents / (pieces or 1)}")
#: Customers of a level get a discount; that guests have no level was forgotten, and then remembered.
_DISCOUNTS: Edit = (
    'return {"total_cents": price_cents}',
    'return {"total_cents": price_cents * (100 - {"silver": 5, "gold": 10}[level]) // 100}',
)
_GUESTS: Edit = (_DISCOUNTS[0], _DISCOUNTS[1].replace("[level]", ".get(level, 0)"))

RELEASES: dict[str, tuple[Edit, ...]] = {
    "1.4.1": (),
    "1.4.2": (_NO_PIECES, _DISCOUNTS),
    "1.4.3": (_NO_PIECES, _GUESTS),
}


def source_of(release: str, text: str) -> str:
    """Return the source of a release, given that of the first one. Errors: ValueError for an edit that does not fit."""
    for old, new in RELEASES[release]:
        if old not in text:
            raise ValueError(f"release {release} changes {old!r}, which is not there")
        text = text.replace(old, new)
    return text
