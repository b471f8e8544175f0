"""The months of a journal that speaks another language than English, as glibc's locales abbreviate them."""

from culpa.instrumentation.patterns import late_pattern

_ENGLISH = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
#: A locale a line, January first: German, Austrian, French, Italian, Spanish, Portuguese, Dutch, Swedish, Polish,
#: Czech, Turkish, Russian.
_LOCALES = """\
jan feb mär apr mai jun jul aug sep okt nov dez
jän feb mrz apr mai jun jul aug sep okt nov dez
janv. févr. mars avril mai juin juil. août sept. oct. nov. déc.
gen feb mar apr mag giu lug ago set ott nov dic
ene feb mar abr may jun jul ago sep oct nov dic
jan fev mar abr mai jun jul ago set out nov dez
jan feb mrt apr mei jun jul aug sep okt nov dec
jan feb mar apr maj jun jul aug sep okt nov dec
sty lut mar kwi maj cze lip sie wrz paź lis gru
led úno bře dub kvě čen čec srp zář říj lis pro
oca şub mar nis may haz tem ağu eyl eki kas ara
янв фев мар апр мая июн июл авг сен окт ноя дек
"""
_MONTHS = {
    month: _ENGLISH[at] for locale in _LOCALES.splitlines() for at, month in reversed(list(enumerate(locale.split())))
}
#: `lis` is November in Poland and October in Czechia: whose it is, a line does not tell.
_DOUBTFUL = frozenset({"lis"})
#: Chinese, Japanese and Korean number them.
_BEGIN = late_pattern(
    r"(?P<sent><\d{1,3}>)?(?:(?P<number>\d{1,2})(?:月|월)|(?P<name>[^\W\d_]{3,5}\.?)) {1,2}"
    r"(?P<day>\d{1,2}) (?P<time>\d\d:\d\d:\d\d)"
)
_LONGEST = 40
_AS_IT_IS = frozenset(month.encode() for month in _ENGLISH)


def in_english(line: bytes) -> bytes:
    """Return a line whose date begins with a month in another language as it stands in English, any other as it is."""
    if line[:3] in _AS_IT_IS:
        return line
    head = line[:_LONGEST].decode("utf-8", "ignore")
    found = _BEGIN.match(head)
    if not found:
        return line
    if found["name"] in _ENGLISH:
        return line
    number, name = int(found["number"] or 0), (found["name"] or "").lower()
    month = _ENGLISH[number - 1] if 0 < number <= len(_ENGLISH) else "" if name in _DOUBTFUL else _MONTHS.get(name, "")
    if not month:
        return line
    begun = len(head[: found.start("time")].encode())
    return f"{found['sent'] or ''}{month} {int(found['day']):02d} ".encode() + line[begun:]
