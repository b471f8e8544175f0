"""Mask passwords in commands: `curl -u user:password`, `mysql -psecret`, `redis-cli -a secret`."""

from culpa.instrumentation.patterns import late_pattern
from culpa.instrumentation.redact.mask import REDACTED

# Between a flag and its value: a blank, `=`, or two items of a list of words.
_GAP = r"(?:[ \t]++|=|\\*[\"'],\s{0,3}\\*[\"'])(?:\\*[\"'])?"
_START = r"(?<=[\s\"'])"
_VALUE = r"(?!\[redacted)[^\s\"'\\]++"
_REST = r"[^\n|;]*+"
_USER = late_pattern(
    rf"((?<![\w-])(?:-u|-U|--user|--proxy-user|--http-user){_GAP}[^\s:\"'\\]{{1,128}}+:)(?!\d++[\s\"',])[^\s\"'\\]++"
)
#: Programs that take a password by a short flag, and the flag.
_PROGRAMS = (
    (
        late_pattern(rf"(?<![\w-])(?:mysql|mariadb)[\w-]*+(?=[\s\"']){_REST}"),
        late_pattern(rf"({_START}-p)(?!\d*[\s\"',]){_VALUE}"),
    ),
    (late_pattern(rf"\b(?:sshpass|7z)\b{_REST}"), late_pattern(rf"({_START}-p(?:{_GAP})?){_VALUE}")),
    (
        late_pattern(rf"\b(?:docker|podman|mongo|mongosh|mongodump|helm|oc|az)\b{_REST}"),
        late_pattern(rf"({_START}-p{_GAP})(?![\d.:]+[\s:\"']){_VALUE}"),
    ),
    (late_pattern(rf"\bredis-cli\b{_REST}"), late_pattern(rf"({_START}-a{_GAP}){_VALUE}")),
    (late_pattern(rf"\b(?:sqlcmd|bcp|isql|osql|tsql|cqlsh)\b{_REST}"), late_pattern(rf"({_START}-[Pp]{_GAP}){_VALUE}")),
    (
        late_pattern(rf"\bldap(?:search|modify|add|delete|whoami|passwd)\b{_REST}"),
        late_pattern(rf"({_START}-w{_GAP}){_VALUE}"),
    ),
    (late_pattern(rf"\bopenssl\b{_REST}"), late_pattern(rf"((?<=[\s\"'=])pass:){_VALUE}")),
    (
        late_pattern(rf"\b(?:smbclient|rpcclient|net)\b{_REST}"),
        late_pattern(rf"({_START}-U{_GAP}[^\s%\"']{{1,64}}+%){_VALUE}"),
    ),
    (
        late_pattern(rf"\b(?:sqlplus|expdp|impdp|sqlldr)\b{_REST}"),
        late_pattern(rf"({_START}[\w$#]{{1,64}}+/)(?!\[redacted)[^\s\"'@/]++(?=@)"),
    ),
)
#: What a text must hold to be looked at more closely.
COMMAND_GATES = (
    (
        (" -", "'-", '"-'),
        (
            *(
                "curl",
                "wget",
                "mysql",
                "mariadb",
                "sshpass",
                "docker",
                "mongo",
                "redis-cli",
                "sqlcmd",
                "ldap",
                "openssl",
            ),
            *("helm ", "smbclient", "--user", "podman"),
        ),
    ),
    (("@",), ("sqlplus", "expdp", "impdp")),
)


def redact_commands(text: str) -> str:
    """Mask passwords in the arguments of programs that take them."""
    text = _USER.sub(rf"\1{REDACTED}", text)
    for program, flag in _PROGRAMS:
        done: list[str] = []
        last = 0
        for found in program.finditer(text):
            done += (text[last : found.start()], flag.sub(rf"\1{REDACTED}", found.group()))
            last = found.end()
        if done:
            done.append(text[last:])
            text = "".join(done)
    return text
