"""Tell words about a secret (`token: expired`) from the secret (`token: 9f8e7d`)."""

from culpa.instrumentation.patterns import late_pattern
from culpa.instrumentation.redact.wordlist import words_in

# What is said of a secret instead of it, and how sentences begin and go on.
_STATES = words_in(
    "invalid missing expired required incorrect wrong empty absent revoked malformed unknown unsupported mismatch"
    " mismatched failed failure denied forbidden rejected unauthorized unauthenticated notfound not_found none null nil"
    " undefined true false yes no ok valid present set unset provided disabled enabled deleted locked blank weak short"
    " too must is was are were the a an this that cannot can't could couldn't unable not should please your only error"
    " http https dial context rpc get post put connection timeout timed unexpected oauth2 status eof secrets secret"
    " strict lax basic bearer digest header headers cookie cookies policy opened closed created started stopped ended"
    " internal unavailable unimplemented aborted cancelled canceled refused reset stale duplicate signature token"
    " password key keys user login logged verification validation authentication decryption decoding parsing parse"
    " exception while when if for from with without in on at by of to does did has have had may might will would it"
    " its access permission response request server client hidden masked redacted filtered optional generated off"
    " unverified insufficient illegal bad no-cache default string int integer bool boolean object array number"
)
# These end a value that goes on over blanks: the sentence around it goes on.
_GOES_ON = _STATES | words_in(
    "and or but so as than then failed fails failing retrying retry retries again after before because during until via"
    " using used host port database db user username name order id code errno line file took ms s seconds times"
    " attempts"
    " received sent got returned raised thrown down up gone late upstream service gateway proxy answered returns out be"
    " been being rejected accepted found exists already available reached exceeded over under between against per node"
    " version method path route url uri query body trace span pid thread worker job task queue topic partition"
)
# `NotFound`, `PermissionDenied`, `TokenRefreshError`: how gRPC, Kubernetes and exceptions say it.
_CODE_ENDS = (
    *("Error", "Exception", "Found", "Denied", "Expired", "Invalid", "Failed", "Failure", "Refused", "Unavailable"),
    *("Timeout", "Exceeded", "Missing", "Mismatch", "Unauthorized", "Forbidden", "Unauthenticated", "Argument"),
    *("Exists", "Exhausted", "Rejected", "Revoked", "Corrupted"),
)
# `ECONNREFUSED`, `401`, `ER_DUP_ENTRY`
_CODE = late_pattern(r"E[A-Z]{3,15}|[1-5]\d\d|[A-Z]{2,8}_[A-Z_]{3,40}")
_VALIDATION = late_pattern(
    r"(?i)(?:the|this|that|password|passwords|token|please|a|your|must|enter|invalid|incorrect|ensure|is|can't|cannot"
    r"|should|value|field|field\s+required|required|input|not|no|unable|missing|string|too)\s[^\n]{0,200}"
)
_ABOUT_FIELD = late_pattern(
    r"(?i)\b(?:required|blank|invalid|short|common|match|least|characters|numeric|incorrect|empty|missing|expired|valid"
    r"|wrong|similar|confirmed|confirmation|exceed|longer|contain|string|null|found)\b"
)
_EDGE = ".,;:!?\"'`()[]"


def is_prose(words: str) -> bool:
    """Tell whether what follows a secret's name is a word about it; looks at the first word only."""
    first = words[:80].split(maxsplit=1)
    if not first:
        return True
    word = first[0].strip(_EDGE)
    if not word or word.lower() in _STATES:
        return True
    return (word.isalpha() and word[0].isupper() and word.endswith(_CODE_ENDS)) or _CODE.fullmatch(word) is not None


def is_validation(text: str) -> bool:
    """Tell whether a quoted text is a sentence about a field, as forms and validators write them."""
    return len(text) <= 200 and _VALIDATION.match(text) is not None and _ABOUT_FIELD.search(text) is not None


def goes_on(word: str) -> bool:
    """Tell whether a word belongs to the sentence behind a value rather than to the value."""
    plain = word.strip(_EDGE).lower()
    return not plain or plain in _GOES_ON
