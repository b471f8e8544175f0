"""Every pattern of the program's Python: those compiled while its modules load, and those written inside functions."""

import ast
import importlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from culpa.collector.linear import USES, Use
from culpa.instrumentation import patterns
from linearity.written import Written

ROOT = Path(__file__).parents[2]
ROOMS = ("analysis", "collector", "instrumentation")
_USE_OF: dict[str, Use] = {
    "match": "match", "fullmatch": "fullmatch", "search": "search", "finditer": "all", "findall": "all",
    "split": "all", "sub": "all", "subn": "all",
}  # fmt: skip
#: Compiles a pattern when it is first asked.
_LATE = "late_pattern"
#: File, line and column of a call to what it compiled: texts and flags.
Compiled = dict[tuple[str, int, int], tuple[list[str], list[int]]]


def python_patterns() -> list[Written]:
    """Return all of them; one whose text is only known at run time has none, and is a finding.

    The modules are loaded in a process of their own: only there is nothing loaded already.
    """
    done = subprocess.run(
        [sys.executable, "-m", "linearity.python_patterns"],
        cwd=ROOT / "tests", capture_output=True, text=True, check=True,
    )  # fmt: skip
    compiled = {(file, line, column): (told, flags) for file, line, column, told, flags in json.loads(done.stdout)}
    trees = {file: ast.parse(file.read_text("utf-8")) for file in _files()}
    found: list[Written] = []
    for file, tree in trees.items():
        found += _of_file(file, tree, compiled)
    return found


def _files() -> list[Path]:
    return sorted(file for room in ROOMS for file in (ROOT / room / "culpa").rglob("*.py"))


def _of_file(file: Path, tree: ast.Module, compiled: Compiled) -> Iterator[Written]:
    named = _named_calls(tree)
    for call in _calls(tree):
        where = f"{file.relative_to(ROOT)}:{call.lineno}"
        method = call.func.attr if isinstance(call.func, ast.Attribute) else "compile"
        if method == "escape":
            continue
        if method == "compile":
            name = named.get(id(call), "")
            uses = (_uses_of(tree, name) if name[:1] != "." else (_USE_OF[name[1:]],)) or USES
        else:
            uses = (_USE_OF[method],)
        texts, flags = compiled.get((str(file), call.lineno, call.col_offset), ([], []))
        if texts:
            for text, flag in zip(texts, flags, strict=True):
                pattern: str | bytes = text[2:].encode("latin-1") if text[:2] == "b:" else text[2:]
                yield Written(where, pattern, flag, uses)
            continue
        literal = call.args[0]
        if isinstance(literal, ast.Constant) and isinstance(literal.value, (str, bytes)):
            flag = _flags(call, method)
            yield Written(where, literal.value, flag, uses)
        else:
            yield Written(where, None, 0, uses)


def _calls(tree: ast.Module) -> Iterator[ast.Call]:
    """Yield the calls `re.x(…)` and `late_pattern(…)`; any other way to them would escape, so there is none."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "re"
            and node.attr in (*_USE_OF, "compile")
            and id(node) not in called
        ):
            raise AssertionError(
                f"re.{node.attr}, line {node.lineno}: call it where it stands, so that patterns are found"
            )
        if isinstance(node, ast.Name) and node.id == _LATE and id(node) not in called:
            raise AssertionError(f"{_LATE}, line {node.lineno}: call it where it stands, so that patterns are found")
        if isinstance(node, ast.ImportFrom) and any(name.name == _LATE and name.asname for name in node.names):
            raise AssertionError(f"import {_LATE} as …, line {node.lineno}: import it by its name")
        if isinstance(node, ast.ImportFrom) and node.module == "re":
            raise AssertionError(f"from re import …, line {node.lineno}: import re itself, so that patterns are found")
        if isinstance(node, ast.Import) and any(name.name == "re" and name.asname for name in node.names):
            raise AssertionError(
                f"import re as …, line {node.lineno}: import it by its name, so that patterns are found"
            )
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "re"
        ):
            yield node
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == _LATE:
            yield node


def _flags(call: ast.Call, method: str) -> int:
    place = {
        "compile": 1,
        "search": 2,
        "match": 2,
        "fullmatch": 2,
        "findall": 2,
        "finditer": 2,
        "split": 3,
        "sub": 4,
        "subn": 4,
    }
    given = [word.value for word in call.keywords if word.arg == "flags"] or call.args[
        place[method] : place[method] + 1
    ]
    if not given:
        return 0
    return int(eval(compile(ast.Expression(given[0]), "flags", "eval"), {"re": re}))


def _named_calls(tree: ast.Module) -> dict[int, str]:
    """Return the names that stand for one pattern each, by the call that makes it; `.x` where only its x is kept."""
    found: dict[int, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and isinstance(node.targets[0], ast.Name):
            found[id(node.value)] = node.targets[0].id
        if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Call) and isinstance(node.target, ast.Name):
            found[id(node.value)] = node.target.id
        if isinstance(node, ast.Attribute) and node.attr in _USE_OF:
            found[id(node.value)] = f".{node.attr}"
    return found


def _uses_of(tree: ast.Module, name: str) -> tuple[Use, ...] | None:
    """Return how a private name is used in its module, None where it is handed on."""
    if not name.startswith("_"):
        return None
    uses: set[Use] = set()
    asked: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == name:
            asked.add(id(node.value))
            if node.attr in _USE_OF:
                uses.add(_USE_OF[node.attr])
            elif node.attr not in ("pattern", "groups", "groupindex", "flags"):
                return None
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load) and id(node) not in asked:
            return None
    return tuple(use for use in USES if use in uses)


def _main() -> None:
    """Load every module, and print what each of their calls compiles, late ones at once."""
    seen: Compiled = {}
    compile_pattern = re._compile  # type: ignore[attr-defined]

    def noted(pattern: str | bytes | re.Pattern[str], flags: int) -> re.Pattern[str]:
        frame = sys._getframe(1)
        while frame.f_code.co_filename == re.__file__ and frame.f_back:
            frame = frame.f_back
        line, _, column, _ = list(frame.f_code.co_positions())[frame.f_lasti // 2]
        texts, all_flags = seen.setdefault((frame.f_code.co_filename, line or 0, column or 0), ([], []))
        if isinstance(pattern, (str, bytes)):
            text = f"s:{pattern}" if isinstance(pattern, str) else f"b:{pattern.decode('latin-1')}"
            if text not in texts:
                texts.append(text)
                all_flags.append(int(flags))
        return compile_pattern(pattern, flags)  # type: ignore[no-any-return]

    re._compile = noted  # type: ignore[attr-defined]
    setattr(patterns, _LATE, re.compile)
    for file in _files():
        parts = file.relative_to(ROOT).with_suffix("").parts[1:]
        if parts[-1] != "__main__" and file.parent.name != "templates":
            importlib.import_module(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    print(json.dumps([[*place, texts, flags] for place, (texts, flags) in seen.items() if str(ROOT) in place[0]]))


if __name__ == "__main__":
    _main()
