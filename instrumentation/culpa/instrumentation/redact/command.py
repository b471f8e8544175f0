"""Mask passwords in commands: `curl -u user:password`, `mysql -psecret`, `redis-cli -a secret`."""

import re

from culpa.instrumentation.redact.mask import REDACTED

# Between a flag and its value: a blank, `=`, or two items of a list of words.
_GAP = r"(?:[ \t]++|=|\\*[\"'],\s{0,3}\\*[\"'])(?:\\*[\"'])?"
_START = r"(?<=[\s\"'])"
_VALUE = r"(?!\[redacted)[^\s\"'\\]++"
_REST = r"[^\n|;]*+"
_USER = re.compile(
    rf"((?<![\w-])(?:-u|-U|--user|--proxy-user|--http-user){_GAP}[^\s:\"'\\]{{1,128}}+:)(?!\d++[\s\"',])[^\s\"'\\]++"
)
#: Programs that take a password by a short flag, and the flag.
_PROGRAMS = (
    (
        re.compile(rf"(?<![\w-])(?:mysql|mariadb)[\w-]*+(?=[\s\"']){_REST}"),
        re.compile(rf"({_START}-p)(?!\d*[\s\"',]){_VALUE}"),
    ),
    (re.compile(rf"\b(?:sshpass|7z)\b{_REST}"), re.compile(rf"({_START}-p(?:{_GAP})?){_VALUE}")),
    (
        re.compile(rf"\b(?:docker|podman|mongo|mongosh|mongodump|helm|oc|az)\b{_REST}"),
        re.compile(rf"({_START}-p{_GAP})(?![\d.:]+[\s:\"']){_VALUE}"),
    ),
    (re.compile(rf"\bredis-cli\b{_REST}"), re.compile(rf"({_START}-a{_GAP}){_VALUE}")),
    (re.compile(rf"\b(?:sqlcmd|bcp|isql|osql|tsql|cqlsh)\b{_REST}"), re.compile(rf"({_START}-[Pp]{_GAP}){_VALUE}")),
    (
        re.compile(rf"\bldap(?:search|modify|add|delete|whoami|passwd)\b{_REST}"),
        re.compile(rf"({_START}-w{_GAP}){_VALUE}"),
    ),
    (re.compile(rf"\bopenssl\b{_REST}"), re.compile(rf"((?<=[\s\"'=])pass:){_VALUE}")),
    (
        re.compile(rf"\b(?:smbclient|rpcclient|net)\b{_REST}"),
        re.compile(rf"({_START}-U{_GAP}[^\s%\"']{{1,64}}+%){_VALUE}"),
    ),
    (
        re.compile(rf"\b(?:sqlplus|expdp|impdp|sqlldr)\b{_REST}"),
        re.compile(rf"({_START}[\w$#]{{1,64}}+/)(?!\[redacted)[^\s\"'@/]++(?=@)"),
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
