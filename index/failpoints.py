"""Named steps at which a process can be made to die or to wait, so that what a crash there leaves behind can be looked at.

`DATELINE_FAILPOINT=snapshot.renamed` ends the process by SIGKILL when it has come to that step: nothing is tidied up.
`snapshot.renamed:3` does it when it comes there for the third time, `snapshot.renamed=0.5` has it wait half a second there each
time. It is for tests and no setting (docs/reliability.md). While it is not set, a step is one look into an empty dictionary.
"""

import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass

VARIABLE = "DATELINE_FAILPOINT"
STEPS: Mapping[str, str] = {
    "write.begun": "a write transaction is open, the new generation is in it",
    "article.removed": "an article was removed, to be deleted or replaced by its next version",
    "article.inserted": "the row of an article is there, its passages are not",
    "article.passages": "passages and vectors are there, the ledger entry is not",
    "write.committing": "everything of a transaction is written, nothing is committed",
    "write.committed": "a transaction is committed and not yet acknowledged",
    "compaction.vectors": "most vectors in memory are removed ones; they are about to be thrown away",
    "compaction.words": "the words of removed passages are thrown away, the others are not yet built anew",
    "snapshot.folder": "a folder to work in is there, and not locked yet",
    "snapshot.begun": "a folder for a snapshot is there, and empty",
    "snapshot.merged": "the vectors are written as one index, without the files that say what they are of",
    "snapshot.vectors": "the vectors are written",
    "snapshot.filters": "the days and outlets are written",
    "snapshot.words": "the words are written",
    "snapshot.stamped": "the stamp with the digest of every file is written",
    "snapshot.flushed": "every file of it is on disk, under the name that nobody looks for",
    "snapshot.renamed": "it has its name, which is not on disk yet",
    "snapshot.published": "its name is on disk",
    "snapshot.cleaned": "older ones are removed",
}
"""Every step, and how things stand there."""


@dataclass(slots=True, kw_only=True)
class _Failpoint:
    """What is to happen at a step."""

    passes: int
    """So many times it is only passed."""
    seconds: float | None
    """How long to wait there; None to die."""


_armed: dict[str, _Failpoint] = {}


def arm(given: str) -> None:
    """Have this process die or wait at a step, as the variable would; nothing for an empty text.

    Raises:
        ValueError: there is no such step, or how often or how long cannot be read.
    """
    if not given:
        return
    named, _, seconds = given.partition("=")
    step, _, time_of_death = named.partition(":")
    if step not in STEPS:
        raise ValueError(f"{VARIABLE}: there is no step {step!r}; the steps are {', '.join(STEPS)}")
    _armed[step] = _Failpoint(passes=int(time_of_death or 1) - 1, seconds=float(seconds) if seconds else None)


def reached(step: str) -> None:
    """Say that this process has come to a step."""
    found = _armed.get(step)
    if found is None:
        return
    if found.passes > 0:
        found.passes -= 1
    elif found.seconds is None:
        os.kill(os.getpid(), signal.SIGKILL)
    else:
        time.sleep(found.seconds)


arm(os.environ.get(VARIABLE, ""))
