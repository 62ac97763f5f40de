"""Lets threads read side by side, each at one generation: a connection for each, and caches that nobody changes meanwhile."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

from index.local.caches import Caches
from index.local.database import Database


class SharedLock:
    """Held by many at once, or by one alone; who waits to be alone goes before those who come later."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._sharing = 0
        self._alone = False
        self._waiting = 0

    @property
    def awaited(self) -> bool:
        """Whether anybody waits to be alone."""
        return self._waiting > 0

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Hold it beside others."""
        with self._changed:
            self._changed.wait_for(lambda: not self._alone and not self._waiting)
            self._sharing += 1
        try:
            yield
        finally:
            self._end_sharing()

    @contextmanager
    def alone(self, unless: Callable[[], bool] = lambda: False) -> Iterator[Callable[[], None] | None]:
        """Hold it alone. Yields what lets others in, too, with nobody alone in between.

        Yields None, and holds nothing, if `unless` turns true while others share it: then there is nothing to be done alone.
        """
        with self._changed:
            self._waiting += 1
            try:
                self._changed.wait_for(lambda: not self._alone and (not self._sharing or unless()))
            finally:
                self._waiting -= 1
            needless = self._sharing > 0
            self._alone = not needless
            if needless:
                self._changed.notify_all()  # who waited behind this one to share
        if needless:
            yield None
            return
        try:
            yield self._share
        finally:
            if self._alone:
                self._share()
            self._end_sharing()

    def _share(self) -> None:
        with self._changed:
            self._alone = False
            self._sharing += 1
            self._changed.notify_all()

    def _end_sharing(self) -> None:
        with self._changed:
            self._sharing -= 1
            self._changed.notify_all()


class Views:
    """Opens views of one generation for any number of threads; one view a thread, as many at once as there are cores.

    The first that sees a newer generation brings the caches up to date, while the others wait.
    """

    def __init__(self, database: Database, caches: Caches) -> None:
        self._database = database
        self._caches = caches
        self._lock = SharedLock()
        # More only take turns with each other, and whoever waits for a core inside keeps changes out for longer.
        self._places = threading.Semaphore(max(2, os.cpu_count() or 1))
        self._free: list[Database] = []
        self._of_thread = threading.local()

    def current(self) -> Database | None:
        """Return the connection of this thread's view, None outside one."""
        found: Database | None = getattr(self._of_thread, "database", None)
        return found

    @contextmanager
    def open(self) -> Iterator[int]:
        """Hold one view; yields its generation. Inside another view of this thread it is the same one."""
        inside = self.current()
        if inside is not None:
            yield self._of_thread.generation
            return
        with self._places:
            try:
                database = self._free.pop()
            except IndexError:
                database = self._database.another()
            self._of_thread.database = database
            try:
                with self._at_one_generation(database) as generation:
                    self._of_thread.generation = generation
                    yield generation
            finally:
                self._of_thread.database = None
                self._free.append(database)

    def close(self) -> None:
        """Close the connections; nobody may be reading."""
        with ExitStack() as closing:  # also the others, where one of them fails
            while self._free:
                closing.callback(self._free.pop().close)

    @contextmanager
    def _at_one_generation(self, database: Database) -> Iterator[int]:
        while True:
            with self._lock.shared(), database.reading() as generation:
                if generation == self._caches.generation:
                    yield generation
                    return
            # Of several that find the caches behind at once, one brings them up to date, and the others look again.
            with self._lock.alone(unless=partial(self._caches_are_at, generation)) as share:
                if share is not None:
                    with database.reading() as generation:
                        self._caches.catch_up(database, generation)
                        share()
                        yield generation
                        return

    def _caches_are_at(self, generation: int) -> bool:
        return self._caches.generation == generation
