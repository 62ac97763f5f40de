"""Which rows of an archive on Milvus are there at a generation."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """A generation that an archive has or had."""

    number: int
    void: tuple[int, ...] = ()
    """Generations that never were: a change broke off in them, and parts of it may still arrive."""

    @property
    def there(self) -> str:
        """The filter for rows that were born by now and have not died."""
        return f"born <= {self.number} and {self._later('died')}{self._born}"

    @property
    def remembered(self) -> str:
        """The filter for articles that are there or are kept as earlier versions."""
        return f"born <= {self.number} and ({self._later('died')} or {self._later('kept')}){self._born}"

    @property
    def earlier_versions(self) -> str:
        """The filter for articles that had gone by now and are kept as earlier versions."""
        return f"born <= {self.number} and {self._by_now('died')} and {self._later('kept')}{self._born}"

    def went_since(self, generation: int) -> str:
        """Return the filter for what was there at an earlier generation, and is not any more."""
        return f"born <= {generation} and died > {generation} and {self._by_now('died')}{self._born}"

    @property
    def _born(self) -> str:
        return f" and born not in {_listed(self.void)}" if self.void else ""

    def _by_now(self, field: str) -> str:
        never = f" and {field} not in {_listed(self.void)}" if self.void else ""
        return f"{field} <= {self.number}{never}"

    def _later(self, field: str) -> str:
        later = f"{field} > {self.number}"
        return f"({later} or {field} in {_listed(self.void)})" if self.void else later


def _listed(numbers: Sequence[int]) -> str:
    return str(sorted(numbers))
