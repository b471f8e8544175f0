"""`PYTHONPATH=tests python -m redaction`: print recall and precision of each set and family."""

from redaction.samples import SETS, figures, samples, shares


def main() -> None:
    """Print one block for each set."""
    for name in SETS:
        told = figures(samples(name))
        recall, false, precision = shares(told)
        print(f"{name}: recall {recall:.1%}, false redactions {false:.1%}, precision {precision:.1%}")
        for family, (right, count) in told.items():
            print(f"    {family:10} {right:4} of {count}")


if __name__ == "__main__":
    main()
