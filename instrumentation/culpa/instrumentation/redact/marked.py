"""Find tokens by the first letters that their issuers give them, so that they can be found.

Source: the issuers' documentation, compared with detect-secrets 1.5.0 and secretlint 12.0.0.
"""

import re

from culpa.instrumentation.patterns import late_pattern
from culpa.instrumentation.redact.gate import Gate, Gates
from culpa.instrumentation.redact.mask import PRIVATE_KEY, REDACTED

#: (first letters, signs that follow, fewest of them, what to look for in small letters)
_MARKS = (
    ("(?:AKIA|ASIA)", "[0-9A-Z]", 16, "akia asia"),
    ("[srp]k_(?:live|test)_", "[0-9A-Za-z]", 8, "k_live_ k_test_"),
    ("whsec_", "[0-9A-Za-z+/=]", 8, "whsec_"),
    ("sk-", "[A-Za-z0-9_*-]", 12, "sk-"),
    ("gh[pousr]_", "[0-9A-Za-z]", 16, "ghp_ gho_ ghu_ ghs_ ghr_"),
    ("github_pat_", "[0-9A-Za-z_]", 16, "github_pat_"),
    ("gl(?:pat|dt|rt|cbt|ptt|agent|oas)-", "[0-9A-Za-z_.-]", 16, "glpat- gldt- glrt- glcbt- glptt- glagent- gloas-"),
    ("xox[abeoprs](?:\\.xox[bp])?-", "[0-9A-Za-z-]", 8, "xoxa- xoxb- xoxe- xoxe. xoxo- xoxp- xoxr- xoxs-"),
    ("xapp-", "[0-9A-Za-z-]", 8, "xapp-"),
    ("AIza", "[0-9A-Za-z_-]", 30, "aiza"),
    ("ya29\\.", "[0-9A-Za-z_.-]", 16, "ya29."),
    ("GOCSPX-", "[0-9A-Za-z_-]", 16, "gocspx-"),
    ("1//0", "[0-9A-Za-z_-]", 20, "1//0"),
    ("[0-9A-Za-z_~.]{3}[0-9]Q~", "[0-9A-Za-z_~.-]", 30, "q~"),
    ("npm_", "[0-9A-Za-z]", 30, "npm_"),
    ("pypi-", "[0-9A-Za-z_-]", 16, "pypi-"),
    ("dckr_(?:pat|oat)_", "[0-9A-Za-z_-]", 16, "dckr_"),
    ("rubygems_", "[0-9a-f]", 32, "rubygems_"),
    ("SG\\.[\\w-]{16,32}\\.", "[\\w-]", 16, "sg."),
    ("key-", "[0-9a-f]", 32, "key-"),
    ("[0-9a-f]{32}-us", "[0-9]", 1, "-us1 -us2"),
    ("shp(?:at|ca|pa|ss)_", "[0-9A-Za-z]", 24, "shpat_ shpca_ shppa_ shpss_"),
    ("sq0(?:atp|csp|idp)-", "[0-9A-Za-z_-]", 20, "sq0atp- sq0csp- sq0idp-"),
    ("EAAA", "[0-9A-Za-z_-]", 48, "eaaa"),
    ("do[opr]_v1_", "[0-9a-f]", 32, "_v1_"),
    ("hv[sbr]\\.", "[\\w-]", 16, "hvs. hvb. hvr."),
    ("glsa_|glc_", "[0-9A-Za-z_+/=]", 24, "glsa_ glc_"),
    ("lin_(?:api|oauth)_", "[0-9A-Za-z]", 24, "lin_"),
    ("PMAK-", "[0-9a-f-]", 32, "pmak-"),
    ("NRAK-", "[0-9A-Za-z_-]", 19, "nrak-"),
    ("dapi", "[0-9a-f]", 32, "dapi"),
    ("ATATT3|ATCTT3|ATBB", "[0-9A-Za-z_=-]", 20, "atatt3 atctt3 atbb"),
    ("AGE-SECRET-KEY-1", "[0-9A-Z]", 20, "age-secret-key-1"),
    ("figd_", "[0-9A-Za-z_-]", 24, "figd_"),
    ("hf_|api_org_", "[A-Za-z]", 30, "hf_ api_org_"),
    ("gsk_", "[0-9A-Za-z]", 32, "gsk_"),
    ("LTAI", "[0-9A-Za-z]", 16, "ltai"),
    ("AKID", "[0-9A-Za-z]", 16, "akid"),
    ("sntry[su]_", "[0-9A-Za-z_+/=-]", 16, "sntrys_ sntryu_"),
    ("ops_eyJ", "[0-9A-Za-z+/=]", 8, "ops_ey"),
    ("fo1_|fm2_", "[0-9A-Za-z_+/=-]", 32, "fo1_ fm2_"),
    ("pscale_(?:pw|tkn|oauth)_", "[\\w.-]", 24, "pscale_"),
    ("sbp_", "[0-9a-f]", 32, "sbp_"),
    ("FLW(?:SECK|PUBK)(?:_TEST)?-", "[0-9A-Za-z-]", 12, "flwseck- flwseck_ flwpubk- flwpubk_"),
    ("ntn_|secret_(?=[0-9A-Za-z]{43})", "[0-9A-Za-z]", 40, "ntn_ secret_"),
    ("r8_", "[0-9A-Za-z]", 32, "r8_"),
    ("pplx-", "[0-9A-Za-z]", 32, "pplx-"),
    ("tskey-", "[0-9A-Za-z-]", 16, "tskey-"),
    ("CCIPAT_", "[0-9A-Za-z_]", 24, "ccipat_"),
    ("AKCp", "[0-9A-Za-z]", 40, "akcp"),
    ("p8e-", "[0-9a-z]", 24, "p8e-"),
)  # fmt: skip

_NEEDLES = tuple(dict.fromkeys(needle for *_, needles in _MARKS for needle in needles.split()))


def _gates() -> Gates:
    """Sort the needles by a sign that each holds, as most texts lack most signs."""
    left = list(_NEEDLES)
    gates: list[Gate] = []
    for sign in ("_", "-", ".", "~", "/", ""):
        gates.append(((sign,), tuple(needle for needle in left if sign in needle)))
        left = [needle for needle in left if sign not in needle]
    return tuple(gates)


#: What a text must hold to be looked at more closely.
MARK_GATES = _gates()
#: The same for RE2.
MARK_TRIGGER = "|".join(map(re.escape, _NEEDLES))
_MARKED = late_pattern(
    r"(?<![A-Za-z0-9])(?:" + "|".join(f"(?:{head}){signs}{{{fewest},}}+" for head, signs, fewest, _ in _MARKS) + ")"
)
# Signed (three parts), encrypted (five), or cut; a part that is none is empty.
_JWT = late_pattern(r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{5,}+(?:\.[A-Za-z0-9_-]*+){0,4}+=*+")
_BEGIN = late_pattern(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----")
_END = late_pattern(r"-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----")
_HOOK = late_pattern(
    r"(?i)(hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/|discord(?:app)?\.com/api/(?:v\d{1,2}/)?webhooks/"
    r"|webhook\.office\.com/webhookb2/|outlook\.office(?:365)?\.com/webhook/|hooks\.zapier\.com/hooks/catch/"
    r"|api\.telegram\.org/bot|maker\.ifttt\.com/trigger/|events\.pagerduty\.com/integration/)[^\s\"'<>,;)?\\]++"
)


def redact_marked(text: str) -> str:
    """Replace tokens of known issuers by their form."""
    return _MARKED.sub(REDACTED, text)


def redact_jwts(text: str) -> str:
    """Replace JSON Web Tokens, signed or encrypted, and other JSON in base64url."""
    return _JWT.sub(REDACTED, text)


def redact_hooks(text: str) -> str:
    """Replace the path of chat webhooks, which is their password."""
    return _HOOK.sub(rf"\1{REDACTED}", text)


def redact_private_keys(text: str) -> str:
    """Replace private keys in PEM and PGP armour, also where the text begins or ends within one."""
    done: list[str] = []
    at = 0
    end = _END.search(text)
    begin = _BEGIN.search(text)
    if end and (begin is None or end.start() < begin.start()):
        done.append(PRIVATE_KEY)
        at = end.end()
    while begin := _BEGIN.search(text, at):
        end = _END.search(text, begin.end())
        done += (text[at : begin.start()], PRIVATE_KEY)
        at = end.end() if end else len(text)
    if not done:
        return text
    done.append(text[at:])
    return "".join(done)
