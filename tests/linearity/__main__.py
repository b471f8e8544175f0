"""`PYTHONPATH=tests python -m linearity [part of a path]`: print what is not proven linear."""

import sys

from linearity.python_patterns import python_patterns


def main() -> int:
    """Return 1 if there is a finding."""
    wanted = sys.argv[1:]
    told = 0
    for written in python_patterns():
        if wanted and not any(part in written.where for part in wanted):
            continue
        found = written.finding()
        if found:
            told += 1
            print(f"{written.where}: {found}\n    {written.pattern!r}")
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())
