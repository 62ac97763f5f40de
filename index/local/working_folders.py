"""Folders that a process works in: locked while they are used, so that what killed processes left can be told from the rest.

A lock ends with its process, whatever its number was, and in whichever container it ran.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
import weakref
from pathlib import Path

from index.failpoints import reached

_REMOVALS, _REMOVAL_SECONDS = 10, 0.1


class WorkingFolder:
    """A new empty folder that only this process uses, until it is given up or the process ends."""

    def __init__(self, parent: Path, prefix: str) -> None:
        """Make the folder in `parent`, and that too if it is not there."""
        while True:
            parent.mkdir(parents=True, exist_ok=True)
            self.path = Path(tempfile.mkdtemp(prefix=f"{prefix}{os.getpid()}-", dir=parent))
            try:
                descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
            except FileNotFoundError:
                continue  # before it was locked, a starting process took it for one that was left
            reached("snapshot.folder")
            try:
                ours = _lock(descriptor) is not False and self.path.exists()
            except BaseException:
                os.close(descriptor)
                raise
            if ours:
                self._release = weakref.finalize(self, os.close, descriptor)
                return
            os.close(descriptor)

    def release(self) -> None:
        """Give the folder up and leave it, under whatever name it has now."""
        self._release()

    def remove(self) -> None:
        """Give the folder up and remove it; what cannot be removed, the next start removes."""
        try:
            for _ in range(_REMOVALS):
                shutil.rmtree(self.path, ignore_errors=True)
                if not self.path.exists():
                    return
                time.sleep(_REMOVAL_SECONDS)  # Tantivy's threads were still writing there
        finally:
            self._release()


def link_or_copy(source: Path, target: Path) -> None:
    """Give a file that nobody ever changes a second name; copy it where the file system, or its owner, allows no links.

    Raises:
        OSError: the source is not there, or it can be neither linked nor copied.
    """
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copyfile(source, target)


def remove_left(parent: Path, *prefixes: str) -> None:
    """Remove the folders that killed processes have left."""
    for path in [path for prefix in prefixes for path in parent.glob(f"{prefix}*")]:
        with contextlib.suppress(OSError):  # another process is quicker, or it is not ours
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
            try:
                if _lock(descriptor):
                    shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(descriptor)


def _lock(descriptor: int) -> bool | None:
    """Return whether a folder could be locked; None where the file system has no locks: nothing there is taken for left."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True
