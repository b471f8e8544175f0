"""Every pattern of the PHP and the Ruby that run inside users' processes, as the languages' own tokenizers see them.

They are put into Python's words where these mean the same, so that one proof serves all.
"""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from culpa.collector.linear import USES, Use
from linearity.written import Written

ROOT = Path(__file__).parents[2]
_FOLDER = ROOT / "instrumentation/culpa/instrumentation"
#: Each prints lines of JSON: the number of a line, what stands there (null if it is put together at run time), its flags.
_PHP = r"""
foreach (token_get_all(file_get_contents($argv[1])) as $token) {
    if (is_array($token) && $token[0] === T_CONSTANT_ENCAPSED_STRING) {
        echo json_encode([$token[2], eval("return $token[1];"), ""], JSON_THROW_ON_ERROR), "\n";
    } elseif (is_array($token) && $token[0] === T_ENCAPSED_AND_WHITESPACE && preg_match('~^[/#]\S*[\\\\([]~', $token[1])) {
        echo json_encode([$token[2], null, ""], JSON_THROW_ON_ERROR), "\n";
    }
}
"""
_RUBY = r"""
require 'json'
require 'ripper'
body = nil
Ripper.lex(File.read(ARGV[0])).each do |(line, _), kind, text|
  case kind
  when :on_regexp_beg then body = [line, '']
  when :on_embexpr_beg then body[1] = nil if body
  when :on_tstring_content then body[1] += text if body && body[1]
  when :on_regexp_end
    puts [*body, text[/[a-z]*\z/]].to_json
    body = nil
  end
end
"""
#: Letters stand for the flags behind the second delimiter.
_DELIMITED = re.compile(r"(?P<mark>[/#~%])(?P<body>.+)(?P=mark)(?P<flags>[imsxuADU]*)", re.DOTALL)
_POSIX = {"[:alpha:]": "a-zA-Z", "[:digit:]": "0-9", "[:alnum:]": "a-zA-Z0-9", "[:space:]": r"\s", "[:upper:]": "A-Z"}
_USES: tuple[Use, ...] = tuple(use for use in USES if use != "fullmatch")  # neither language has it


def php_patterns() -> Iterator[Written]:
    """Yield what stands between delimiters in strings of PHP."""
    for file in sorted(_FOLDER.rglob("*.php")):
        for line, text, _ in _tokens(["php", "-r", _PHP, "--", str(file)]):
            found = _DELIMITED.fullmatch(text) if text else None
            flags = sum(_PHP_FLAGS.get(letter, 0) for letter in found["flags"]) if found else 0
            if found or text is None:
                pattern = _as_python(found["body"], is_ruby=False) if found else None
                yield Written(f"{file.relative_to(ROOT)}:{line}", pattern, int(flags | re.ASCII), _USES, text or "")


def ruby_patterns() -> Iterator[Written]:
    """Yield the literals of Ruby between slashes or in %r{}."""
    for file in sorted(_FOLDER.rglob("*.rb")):
        for line, text, letters in _tokens(["ruby", "-e", _RUBY, str(file)]):
            # `^` and `$` always stand at lines, and `m` lets the dot match a newline.
            flags = re.ASCII | re.MULTILINE | sum(_RUBY_FLAGS.get(letter, 0) for letter in letters)
            pattern = None if text is None else _as_python(text, is_ruby=True)
            own = f"%r{{{text}}}{letters}"
            yield Written(f"{file.relative_to(ROOT)}:{line}", pattern, int(flags), _USES, own)


_PHP_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE}
_RUBY_FLAGS = {"i": re.IGNORECASE, "m": re.DOTALL, "x": re.VERBOSE}


def _tokens(command: list[str]) -> Iterator[tuple[int, str | None, str]]:
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        number, text, flags = json.loads(line)
        yield number, text, flags


def _as_python(body: str, is_ruby: bool) -> str:
    told = re.sub(r"\(\?<(?![=!])", "(?P<", body.replace(r"\/", "/"))
    for name, letters in _POSIX.items():
        told = told.replace(name, letters)
    told = told.replace(r"\Z", r"(?=\n?\0)").replace(r"\z", r"\0").replace(r"\0", r"\Z")
    return told.replace(r"\h", "[0-9a-fA-F]" if is_ruby else r"[ \t]")
