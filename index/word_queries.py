"""What a search for words asks of a word index: terms by the rules of every language held, compounds and phrases in a row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from index.local.words import terms

# How much the parts of a compound count again when they stand in a row, and how much a quoted phrase does (docs/adr/0018).
_COMPOUND, _QUOTED = 0.5, 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WordQuery:
    """Terms to look for, and terms that count again where they stand in a row."""

    parts: tuple[tuple[str, ...], ...]
    """For each part of a word, the terms that it can be; the best of them counts."""
    runs: Mapping[tuple[str, ...], float]
    """Terms that may stand in a row, with how much that counts."""

    @property
    def terms(self) -> frozenset[str]:
        """All terms that are looked for."""
        return frozenset(term for terms in (*self.parts, *self.runs) for term in terms)


def word_query(words: Sequence[str], phrases: Sequence[str], languages: Sequence[str]) -> WordQuery:
    """Return what to look for: a word as each language writes it, the parts of a compound as words and again in a row.

    A phrase counts ten times its words' score, so passages that hold it come first; where none does, the words decide alone, and
    the words of the phrase that were not passed as words count nothing.
    """
    parts: dict[tuple[str, ...], None] = {}
    runs: dict[tuple[str, ...], float] = {}
    for word in words:
        forms = forms_of(word, languages)
        parts.update(dict.fromkeys(alternatives(forms)))
        runs.update(dict.fromkeys((form for form in forms if len(form) > 1), _COMPOUND))
    for phrase in phrases:
        forms = forms_of(phrase, languages)
        runs.update(dict.fromkeys((form for form in forms if len(form) > 1), _QUOTED))
        parts.update(dict.fromkeys(alternatives([form for form in forms if len(form) == 1])))
    return WordQuery(parts=tuple(parts), runs=runs)


def forms_of(word: str, languages: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the terms of a word or phrase by the rules of each language, each form once."""
    return [form for form in dict.fromkeys(terms(word, language) for language in languages) if form]


def alternatives(forms: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return, for each part of a word, what it can be; parts that the forms do not share stand alone."""
    if len({len(form) for form in forms}) == 1:
        return [tuple(dict.fromkeys(part)) for part in zip(*forms, strict=True)]
    return [(term,) for term in dict.fromkeys(term for form in forms for term in form)]
