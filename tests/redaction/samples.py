"""Read the samples and judge what became of them."""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from culpa.instrumentation.redact import redact_text, redact_url

SETS = ("development", "held_out")


@dataclass(frozen=True)
class Sample:
    """One text; `what` must vanish from it, or survive."""

    kind: str
    family: str
    what: tuple[str, ...]
    text: str

    @property
    def is_secret(self) -> bool:
        """Tell whether something must vanish."""
        return self.kind == "secret"

    @property
    def is_url(self) -> bool:
        """Tell whether the text is a URL or request target and nothing else."""
        return self.text.startswith(("/", "http", "ws")) and not any(sign in self.text for sign in " \n<>\"'(")

    def is_right(self, seen: str) -> bool:
        """Tell whether what must vanish is not in what is seen, or what must survive is."""
        if self.is_secret:
            return not any(secret in seen for secret in self.what)
        return all(part in seen for part in self.what or (self.text,))


def samples(*names: str) -> list[Sample]:
    """Return the samples of these sets, all by default."""
    rows = [
        json.loads(line)
        for name in names or SETS
        for line in (Path(__file__).parent / f"{name}.jsonl").read_text().splitlines()
    ]
    return [Sample(row["kind"], row["family"], tuple(row["what"]), row["text"]) for row in rows]


def redacted(sample: Sample) -> str:
    """Return a sample as it leaves an instrumented process."""
    return (redact_url if sample.is_url else redact_text)(sample.text)


def figures(chosen: Iterable[Sample], seen: Callable[[Sample], str] = redacted) -> dict[str, tuple[int, int]]:
    """Return for each family how many samples are right, and of how many."""
    right: Counter[str] = Counter()
    all_of: Counter[str] = Counter()
    for sample in chosen:
        all_of[sample.family] += 1
        right[sample.family] += sample.is_right(seen(sample))
    return {family: (right[family], all_of[family]) for family in sorted(all_of)}


def shares(told: dict[str, tuple[int, int]]) -> tuple[float, float, float]:
    """Return recall, false redactions per sample to keep, and precision, of figures."""
    caught = sum(right for family, (right, _) in told.items() if family != "keep")
    secrets = sum(count for family, (_, count) in told.items() if family != "keep")
    kept, keeps = told["keep"]
    return caught / secrets, (keeps - kept) / keeps, caught / (caught + keeps - kept)
