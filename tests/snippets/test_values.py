"""What customers wrote does not leave a Ruby or PHP process in an exception's words."""

import json
import subprocess
from typing import Any

import pytest

from culpa.instrumentation.snippets import code

#: What databases say, and what is left of it.
SAYINGS = {
    'duplicate key value violates unique constraint "users_key"\nDETAIL:  Key (email)=(eve (the) first) already exists.':
        'duplicate key value violates unique constraint "users_key"\nDETAIL:  Key (email)=(?) already exists.',
    'violates foreign key constraint\nDETAIL:  Key (a, b)=(1, eve) is not present in table "users".':
        'violates foreign key constraint\nDETAIL:  Key (a, b)=(?) is not present in table "users".',
    'null value in column "x"\nDETAIL:  Failing row contains (7, eve (the) first, null).':
        'null value in column "x"\nDETAIL:  Failing row contains (?).',
    "Duplicate entry 'it's eve' for key 'users.email'": "Duplicate entry '?' for key 'users.email'",
    "Incorrect integer value: 'eve' for column `a`.`b` at row 1": "Incorrect integer value: '?' for column `a`.`b` at row 1",
    'invalid input syntax for type integer: "eve"': 'invalid input syntax for type integer: "?"',
    "relation does not exist\nLINE 1: select * from users where name = 'eve'\n   ^":
        "relation does not exist\nLINE 1: select * from users where name = ?\n   ^",
    "cannot price order 7 of 'tea'": "cannot price order 7 of 'tea'",
}  # fmt: skip


@pytest.mark.parametrize("said", SAYINGS)
def test_databases_details_lose_their_values_and_keep_their_names(find: Any, tmp_path: Any, said: str) -> None:
    """In both languages alike; the app's own words stay."""
    file = tmp_path / "culpa"
    ruby = "puts JSON.generate(Culpa::Problem.words(RuntimeError.new(ARGV[0])))"
    php = "include $argv[1]; echo json_encode(Culpa\\Problem::words(new RuntimeException($argv[2])));"
    file.write_text(code("php"))
    (tmp_path / "culpa.rb").write_text(code("rails"))
    told = [
        json.loads(subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout)
        for command in (
            [find("ruby", "ruby"), "-r", str(tmp_path / "culpa.rb"), "-e", ruby, said],
            [find("php", "php-cli"), "-r", php, str(file), said],
        )
    ]
    assert [SAYINGS[said], SAYINGS[said]] == told


@pytest.mark.parametrize(
    ("statement", "plain"),
    [
        ("select * from users where email = 'it''s me' and id = 7", "select * from users where email = ? and id = ?"),
        ('select "t1"."a2" from t3 where x = $1 limit 2.5', 'select "t1"."a2" from t3 where x = $1 limit ?'),
        ("insert into `a1` values (-4, ?, :name)", "insert into `a1` values (-?, ?, :name)"),
    ],
)
def test_statements_lose_their_literals_and_keep_their_names(
    find: Any, tmp_path: Any, statement: str, plain: str
) -> None:
    """In both languages alike."""
    (tmp_path / "culpa.php").write_text(code("php"))
    (tmp_path / "culpa.rb").write_text(code("rails"))
    ruby = [find("ruby", "ruby"), "-r", str(tmp_path / "culpa.rb"), "-e", "print Culpa::Database.plain(ARGV[0])"]
    php = [find("php", "php-cli"), "-r", "include $argv[1]; echo Culpa\\Problem::plain($argv[2]);"]
    told = [
        subprocess.run([*command, statement], capture_output=True, text=True, check=True, timeout=30).stdout
        for command in (ruby, [*php, str(tmp_path / "culpa.php")])
    ]
    assert [plain, plain] == told


RUBY_CODE = """
begin
  {}.fetch(:a) if ARGV[0] == 'none'
  require 'sqlite3'
  SQLite3::Database.new(ARGV[0] == 'closed' ? '/nowhere/x.db' : ':memory:').execute('select * from reviews')
rescue => e
  print Culpa::Problem.code(e)
end
"""
PHP_CODE = """
include $argv[1];
try {
    if ($argv[2] === 'none') throw new LogicException('x');
    $db = new PDO($argv[2] === 'closed' ? 'sqlite:/nowhere/x.db' : 'sqlite::memory:');
    $db->query('select * from reviews');
} catch (Throwable $e) {
    echo Culpa\\Problem::code(new RuntimeException('outer', 0, $e));
}
"""


@pytest.mark.parametrize(
    ("fault", "code_name"), [("none", ""), ("closed", "SQLITE_CANTOPEN"), ("table", "SQLITE_ERROR")]
)
def test_sqlite_s_errors_have_sqlite_s_names(find: Any, tmp_path: Any, fault: str, code_name: str) -> None:
    """Drivers tell numbers, and PDO a state that says nothing."""
    (tmp_path / "culpa.php").write_text(code("php"))
    (tmp_path / "culpa.rb").write_text(code("rails"))
    ruby = [find("ruby", "ruby"), "-r", str(tmp_path / "culpa.rb"), "-e", RUBY_CODE]
    php = [find("php", "php-cli"), "-r", PHP_CODE, str(tmp_path / "culpa.php")]
    told = [
        subprocess.run([*command, fault], capture_output=True, text=True, check=True, timeout=30).stdout
        for command in (ruby, php)
    ]
    assert [code_name, code_name] == told
