"""How long a store on Milvus waits for what."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Seconds. Whoever writes to one archive should have the same; nothing is lost where they differ."""

    call: float = 15.0
    """For one call to a server. Milvus waits for what was written before; where nobody listens it is an error at once."""
    kept: float = 2.0
    """So long who writes does not look whether another waits."""
    yielded: float = 1.0
    """So long the other then has to take its turn."""
    taken_over: float = 20.0
    """After so long without a sign of life another takes over."""
    patience: float = 60.0
    """So long one waits for a turn."""
