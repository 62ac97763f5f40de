"""Which passages a filter allows, from two small columns in memory: asking SQLite for the rows took longer than the search."""

import json
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.types import Where

_FILE = "filters.npz"
# Days are counted from 1 (`date.toordinal`), so these two mean no day.
_GONE, _UNDATED = 0, -1
# Publisher and agency (`index.local.records.folded_outlets`).
_OUTLETS = 2
_NO_OUTLET = -1
# A service answers most questions with the same few filters; each remembered one costs a byte a passage.
_REMEMBERED = 16


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, weakref_slot=True)
class Allowed:
    """The passages that a filter allows, in one state of the archive. Equal only to itself, so that it can be a key."""

    mask: NDArray[np.bool_]
    """True at the row number of every allowed passage."""
    count: int


class RowFilters:
    """Day and outlets of every passage, by row number. Rows are never used twice, so a removed one stays empty."""

    def __init__(self) -> None:
        self._days = np.zeros(0, dtype=np.int32)
        self._outlets = np.zeros((_OUTLETS, 0), dtype=np.int32)
        self._codes: dict[str, int] = {}
        self._known: dict[Where, Allowed] = {}
        self._remembering = threading.Lock()
        self._names: frozenset[str] | None = None

    def load(self, folder: Path) -> None:
        """Replace the content with a saved one.

        Raises:
            OSError: there is none.
            ValueError: the file is not what `save` writes.
        """
        try:
            with np.load(folder / _FILE, allow_pickle=False) as stored:
                self._days, self._outlets = stored["days"], stored["outlets"]
                self._codes = {name: code for code, name in enumerate(json.loads(stored["names"].tobytes()))}
        except KeyError as error:
            raise ValueError(f"{_FILE} lacks {error}") from error
        self._forget()

    def save(self, folder: Path) -> None:
        """Write the content into a folder."""
        names = np.frombuffer(json.dumps(list(self._codes)).encode(), dtype=np.uint8)
        np.savez(folder / _FILE, days=self._days, outlets=self._outlets, names=names)

    def add(self, passages: Iterable[tuple[int, int | None, Sequence[str]]]) -> None:
        """Add (row, day number, folded outlets), at most two outlets each."""
        added = list(passages)
        if not added:
            return
        self._reach(max(row for row, *_ in added))
        for row, day, outlets in added:
            self._days[row] = _UNDATED if day is None else day
            for place, outlet in enumerate(outlets):
                self._outlets[place, row] = self._codes.setdefault(outlet, len(self._codes))
        self._forget()

    def remove(self, rows: Sequence[int]) -> None:
        """Remove these rows; rows that are not there are no error."""
        there = [row for row in rows if row < len(self._days)]
        if there:
            self._days[there] = _GONE
            self._outlets[:, there] = _NO_OUTLET
            self._forget()

    def days(self, rows: Sequence[int]) -> list[date | None]:
        """Return the day of each of these rows; None for undated ones and for rows that are gone."""
        days = [int(self._days[row]) if row < len(self._days) else _GONE for row in rows]
        return [date.fromordinal(day) if day > _GONE else None for day in days]

    def entry(self, row: int) -> tuple[int | None, frozenset[str]] | None:
        """Return the day number and the outlets of a row; None for a row that is gone."""
        if row >= len(self._days) or self._days[row] == _GONE:
            return None
        names = list(self._codes)
        outlets = frozenset(names[code] for code in self._outlets[:, row] if code != _NO_OUTLET)
        return (int(self._days[row]) if self._days[row] != _UNDATED else None), outlets

    def outlets(self) -> frozenset[str]:
        """Return the publishers and agencies of all passages, in small letters."""
        if self._names is None:
            held = set(np.unique(self._outlets).tolist())
            self._names = frozenset(name for name, code in self._codes.items() if code in held)
        return self._names

    def allowed(self, where: Where) -> Allowed:
        """Return the passages that a filter allows."""
        found = self._known.get(where)
        if found is None:
            mask = self._mask(where)
            found = Allowed(mask=mask, count=int(np.count_nonzero(mask)))
            with self._remembering:
                if len(self._known) >= _REMEMBERED:
                    del self._known[next(iter(self._known))]
                self._known[where] = found
        return found

    def _forget(self) -> None:
        self._known.clear()
        self._names = None

    def _mask(self, where: Where) -> NDArray[np.bool_]:
        mask: NDArray[np.bool_] = self._days != _GONE
        if where.since is not None or where.until is not None:
            inside = self._days > _GONE
            if where.since is not None:
                inside &= self._days >= where.since.toordinal()
            if where.until is not None:
                inside &= self._days <= where.until.toordinal()
            mask &= inside | (self._days == _UNDATED) if where.undated else inside
        if where.publishers:
            codes = [self._codes[name.casefold()] for name in where.publishers if name.casefold() in self._codes]
            mask &= np.isin(self._outlets, codes).any(axis=0)
        return mask

    def _reach(self, row: int) -> None:
        """Make room up to this row; more than asked, so that adding one by one does not copy everything each time."""
        length = len(self._days)
        if row >= length:
            more = max(row + 1, length + length // 8) - length
            self._days = np.concatenate([self._days, np.full(more, _GONE, dtype=np.int32)])
            self._outlets = np.concatenate([self._outlets, np.full((_OUTLETS, more), _NO_OUTLET, dtype=np.int32)], axis=1)
