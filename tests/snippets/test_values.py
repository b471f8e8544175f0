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
    "syntax error\nLINE 1: select 'it\\'s eve', x": "syntax error\nLINE 1: select ?, x",
    "syntax error\nLINE 1: select 'eve": "syntax error\nLINE 1: select ?",
    "LINE 1: update a set b can't be run": "LINE 1: update a set b can't be run",
    "cannot reach postgres://shop:e@ve@db:5432/shop": "cannot reach postgres://shop:[redacted]@db:5432/shop",
    "refused password=eve host=db": "refused password=[redacted] host=db",
    "{'token' => 'eve', 'n' => 1}": "{'token' => [redacted], 'n' => 1}",
    "answered 401 to Bearer eve-0123456789": "answered 401 to Bearer [redacted]",
    "jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc expired": "jwt [redacted] expired",
    "password=null token: missing": "password=null token: missing",
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


#: Beginnings of what the rules look for, repeated without an end.
NEEDLES = (
    *(
        "Key (a)=(",
        ")=(",
        "Failing row contains (",
        "Duplicate entry '",
        "Incorrect a value: '",
        "invalid input syntax for ",
    ),
    *("://a:", "bearer ", "eyJ", "password=", "a_", "'", "LINE 1: '", "LINE 1: '\\n", "(0): ", "#0 (0): f("),
)
_PHP = """
include $argv[1];
$clean = fn ($words) => [Culpa\\Problem::words(new RuntimeException($words)),
    Culpa\\Problem::fatal(['message' => "Uncaught E: x in /a.php:1\\nStack trace:\\n#0 /a.php(3): $words", 'type' => 1, 'file' => '', 'line' => 1])];
foreach (json_decode($argv[2]) as $needle) {
    [$short, $long] = array_map(function ($size) use ($needle, $clean) {
        $words = str_repeat($needle, intdiv($size, strlen($needle)));
        $start = microtime(true);
        $clean($words);
        return microtime(true) - $start;
    }, [12000, 48000]);
    if ($long > 0.1 && $long > 9 * $short) echo json_encode([$needle, $short, $long]), "\\n";
}
"""
_RUBY = """
JSON.parse(ARGV[0]).each do |needle|
  short, long = [12_000, 48_000].map do |size|
    error = RuntimeError.new(needle * (size / needle.size))
    start = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    Culpa::Problem.words(error)
    Process.clock_gettime(Process::CLOCK_MONOTONIC) - start
  end
  puts [needle, short, long].to_json if long > 0.1 && long > 9 * short
end
"""


def test_four_times_the_words_cost_four_times_the_time(find: Any, tmp_path: Any) -> None:
    """No pattern tries the same text again and again."""
    file = tmp_path / "culpa"
    file.write_text(code("php"))
    (tmp_path / "culpa.rb").write_text(code("rails"))
    needles = json.dumps([needle.replace("\\n", "\n") for needle in NEEDLES])
    for command in (
        [find("ruby", "ruby"), "-r", str(tmp_path / "culpa.rb"), "-e", _RUBY, needles],
        [find("php", "php-cli"), "-r", _PHP, str(file), needles],
    ):
        assert "" == subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


def test_arguments_of_php_s_frames_are_left_out_whatever_they_hold(find: Any, tmp_path: Any) -> None:
    """Line feeds, frames of PHP's own functions."""
    file = tmp_path / "culpa"
    file.write_text(code("php"))
    php = """
    include $argv[1];
    $words = "Uncaught E: x in /a.php:1\\nStack trace:\\n#0 /a.php(3): f('eve\\nadam', 7)\\n#1 [internal function]: g('eve')\\n#2 {main}\\n  thrown";
    echo json_encode(Culpa\\Problem::fatal(['message' => $words, 'type' => 1, 'file' => '', 'line' => 1]));
    """
    told = subprocess.run(
        [find("php", "php-cli"), "-r", php, str(file)], capture_output=True, text=True, check=True
    ).stdout
    assert ["#0 \\/a.php(3): f()", "#1 [internal function]: g()"] == [
        part for part in ("#0 \\/a.php(3): f()", "#1 [internal function]: g()") if part in told
    ]
    assert "eve" not in told and "adam" not in told
