"""The values of one JSON object, read with their types checked; a wrong one is refused with its place."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from eval.errors import GoldError
from eval.matching import normalised

MOST_RELEVANT = 1_000
"""The highest grade. Very high ones overflow in trec_eval, which then gives wrong scores without a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """A JSON object of a file and where it stands there. Every method but `wrong` raises GoldError for a wrong value."""

    path: Path
    position: int | str
    """A line number, or words: `question 17`."""
    values: Mapping[str, object]

    def wrong(self, problem: str) -> GoldError:
        """Return the error that says so of this object."""
        return GoldError(self.path, self.position, problem)

    def identity(self, key: str) -> str:
        """Return an id; forms that number things write numbers."""
        value = self.values.get(key)
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else self.text(key)

    def text(self, key: str) -> str:
        """Return a string, without the white space around it; it may not be blank."""
        value = self.verbatim(key).strip()
        if not value:
            raise self.wrong(f'"{key}" is blank. Fill it in.')
        return value

    def verbatim(self, key: str) -> str:
        """Return a string as it stands."""
        value = self._value(key, "a string")
        if not isinstance(value, str):
            raise self.wrong(f'"{key}" is {called(value)}. Write a string.')
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise self.wrong(f'"{key}" holds half of a character (a lone surrogate). Write valid Unicode.')
        return value

    def optional_text(self, key: str) -> str | None:
        """Return a string without the white space around it; None if it is missing, null or blank."""
        value = self.values.get(key)
        if value is not None and not isinstance(value, str):
            raise self.wrong(f'"{key}" is {called(value)}. Write a string, or null.')
        return (value or "").strip() or None

    def texts(self, key: str, *, optional: bool = False) -> tuple[str, ...]:
        """Return a list of strings that have a word to match; the list may be empty, and missing if `optional`."""
        if optional and key not in self.values:
            return ()
        values = self._value(key, "a list of strings; it may be empty")
        if not isinstance(values, list):
            raise self.wrong(f'"{key}" is {called(values)}. Write a list of strings.')
        return self._matchable(key, values)

    def text_lists(self, key: str) -> tuple[tuple[str, ...], ...]:
        """Return a list of lists of strings, the inner ones not empty; missing is empty."""
        lists = self.values.get(key, [])
        if not isinstance(lists, list) or any(not isinstance(forms, list) for forms in lists):
            raise self.wrong(f'"{key}" is no list of lists. Write a list for each part, of the strings that say it.')
        if [] in lists:
            raise self.wrong(f'"{key}" holds an empty list. List at least one string that says this part, or drop the list.')
        return tuple(self._matchable(key, forms) for forms in lists)

    def day(self, key: str) -> dt.date | None:
        """Return a day written as 2025-09-19; None if it is missing, null or blank."""
        value = self.optional_text(key)
        if value is None:
            return None
        problem = f'"{key}" is {value!r}, which is no day. Write it as 2025-09-19, or null.'
        try:
            day = dt.date.fromisoformat(value)
        except ValueError as error:
            raise self.wrong(problem) from error
        # fromisoformat takes week dates and dates without hyphens, too.
        if day.isoformat() != value:
            raise self.wrong(problem)
        return day

    def whole(self, key: str) -> int:
        """Return a whole number that is not negative."""
        value = self._value(key, "a whole number")
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self.wrong(f'"{key}" is {called(value)} ({value!r}). Write a whole number, 0 or more.')
        return value

    def grades(self, key: str) -> dict[str, int]:
        """Return document ids with their grades; a list of ids means grade 1, grade 0 is left out, missing is empty."""
        value = self.values.get(key, [])
        if isinstance(value, dict):
            judged = Fields(path=self.path, position=self.position, values=value)
            grades = {document: grade for document in value if (grade := judged.whole(document))}
            if max(grades.values(), default=0) > MOST_RELEVANT:
                raise self.wrong(
                    f'"{key}" holds a grade above {MOST_RELEVANT}, more than trec_eval can add up. Use a smaller scale.'
                )
            return grades
        if not isinstance(value, list) or any(not isinstance(document, str) or not document.strip() for document in value):
            raise self.wrong(f'"{key}" is no list of document ids. Write ["id", …], or {{"id": grade, …}} with whole numbers.')
        return dict.fromkeys(value, 1)

    def objects(self, key: str, name: str) -> Iterator["Fields"]:
        """Yield the objects of a list; each is placed as `name 1`, `name 2` … of this one."""
        value = self._value(key, "a list of objects")
        if not isinstance(value, list):
            raise self.wrong(f'"{key}" is {called(value)}. Write a list of objects.')
        yield from listed_objects(value, self.path, f"{self.position}, {name}")

    def _value(self, key: str, wanted: str) -> object:
        if key not in self.values:
            raise self.wrong(f'"{key}" is missing. Add it, as {wanted}.')
        return self.values[key]

    def _matchable(self, key: str, values: list[object]) -> tuple[str, ...]:
        for value in values:
            if not isinstance(value, str):
                raise self.wrong(f'"{key}" holds {called(value)}. Write strings only.')
            if not normalised(value):
                raise self.wrong(f'"{key}" holds {value!r}, which has no word to match. Write words or numbers.')
        return tuple(value for value in values if isinstance(value, str))


def listed_objects(values: list[object], path: Path, name: str) -> Iterator[Fields]:
    """Yield the objects of a JSON list, placed as `name 1`, `name 2` and so on.

    Raises:
        GoldError: the list holds something else.
    """
    for number, value in enumerate(values, start=1):
        if not isinstance(value, dict):
            raise GoldError(path, f"{name} {number}", f"is {called(value)}. Write an object.")
        yield Fields(path=path, position=f"{name} {number}", values=value)


def called(value: object) -> str:
    """Name a JSON value as its writer would."""
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "a list"
        case _:
            return "an object"
