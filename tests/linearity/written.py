"""A pattern as it stands in the program."""

from dataclasses import dataclass

from culpa.collector.linear import Finding, Use, finding


@dataclass(frozen=True)
class Written:
    """Where it stands, its text (None if only known at run time), its flags and how it is used."""

    where: str
    pattern: str | bytes | None
    flags: int
    uses: tuple[Use, ...]
    own: str = ""  # as its own language writes it, if that is not Python

    def finding(self) -> Finding | None:
        """Return why it is not proven linear."""
        if self.pattern is None:
            return Finding("all", "its text is only known at run time")
        return finding(self.pattern, self.flags, self.uses)
