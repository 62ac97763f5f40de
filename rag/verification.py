"""Checks words against the archive: where a sentence stands in a passage, and which of its facts no quote holds."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from index.sentences import sentence_spans
from index.types import Article
from rag.figures import contrasted_figures, figures, without_figures
from rag.language import content_words, names, numbers, stem, stems
from rag.negation import denied
from rag.orders import is_order
from rag.types import Evidence, Verified

# Sign and decimals belong to a number: `fell to 5` is not what `fell to -5` or `fell to 5.5` says.
_WORD = re.compile(r"(?:(?<!\w)[-−])?(?<!\w)\d+(?:[.,]\d+)*|\w+")
# A paraphrase must share this part of its content words with a sentence of its source to be quoted from it.
_SUPPORTED = 0.5
# And this part where the draft names no source for it, or one that does not hold it: then it is we who attribute it.
_SUPPORTED_UNASKED = 0.7
# And at least two of them, or all: of `Its cost is unknown` half stands wherever a cost does.
_FEWEST_SHARED = 2
# A sentence may draw together what two or three sentences of its sources say.
_MOST_QUOTES = 3
# Shorter ones are titles and single words.
_QUOTED = re.compile(r"[“\"«„]([^“”\"«»„]{12,})[”\"»“]")
# The name that a sentence begins with: `Michel Barnier`, `The European Central Bank`.
_SUBJECT = re.compile(r"(?:(?:The|A|An)\s+)?[A-Z][\w’'.-]*(?:\s+(?:of\s+(?:the\s+)?)?[A-Z][\w’'.-]*)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A verbatim slice of an article that a sentence rests on: `article.text[start:end] == text`."""

    evidence: Evidence
    text: str
    start: int
    end: int
    verified: Verified


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """What a sentence rests on."""

    quotes: tuple[Quote, ...]
    unsupported: tuple[str, ...]
    """Numbers, names, denials and quoted words of the sentence that none of the quotes holds; see `unsupported_facts`."""


def find_support(sentence: str, named: Sequence[Evidence], shown: Sequence[Evidence]) -> Support:
    """Return the quotes that a sentence rests on, none if it rests on nothing, and what of it they do not hold.

    Looked for in the evidence that the draft names for it; if that holds none of it or not all of its facts, in everything that
    was shown, where the sentence must share more of its words. So a wrong key costs a right sentence nothing.

    Args:
        sentence: without its keys.
        named: the evidence whose keys follow it.
        shown: all evidence.
    """
    quotes = [quote for item in named if (quote := find_quote(sentence, item))]
    found = _with_missing_facts(sentence, quotes, named)
    if found.quotes and not found.unsupported:
        return found
    others = [quote for item in shown if item not in named and (quote := find_quote(sentence, item, least=_SUPPORTED_UNASKED))]
    for quote in others:
        alone = _with_missing_facts(sentence, [quote], [quote.evidence])
        if not alone.unsupported:
            return alone
    return found


def _with_missing_facts(sentence: str, quotes: list[Quote], evidence: Sequence[Evidence]) -> Support:
    """Add quotes of other sentences of the same evidence for facts that the first ones do not hold."""
    if not quotes:
        return Support(quotes=(), unsupported=())
    if swapped := swapped_names(sentence, quotes[0]):
        return Support(quotes=tuple(quotes), unsupported=tuple(sorted({*unsupported_facts(sentence, quotes), *swapped})))
    held, missing = list(quotes), unsupported_facts(sentence, quotes)
    words = {stem(word) for word in content_words(sentence)}
    for item in evidence if missing else ():
        text = item.hit.passage.text
        for start, end in sentence_spans(text):
            if not missing or len(held) >= max(_MOST_QUOTES, len(quotes)):
                break
            if words & stems(text[start:end]) and not is_order(text[start:end]):
                more = [*held, _quote(item, start, end, "exact")]
                left = unsupported_facts(sentence, more)
                if len(left) < len(missing):
                    held, missing = more, left
    return Support(quotes=tuple(held), unsupported=missing)


def find_quote(sentence: str, evidence: Evidence, *, least: float = _SUPPORTED) -> Quote | None:
    """Return the words of the evidence that the sentence rests on, None if it rests on nothing there.

    In this order: the sentence itself, letter by letter; the same words but for case, spacing and punctuation; the one
    sentence of the passage that shares most of its content words, if that is at least the part `least` of them. Sentences that
    order the reader what to say (`rag.orders`) are no source.
    """
    passage = evidence.hit.passage
    words = {stem(word) for word in content_words(sentence)}
    if not words:
        return None  # `and`, `It is so.`: such scraps stand in every text and say nothing
    spans = sentence_spans(passage.text)
    orders = [span for span in spans if is_order(passage.text[slice(*span)])]
    for find, how in _VERBATIM:
        span = find(sentence, passage.text)
        if span is not None and not any(start <= span[0] < end for start, end in orders):
            return _quote(evidence, *span, how)
    spans = tuple(span for span in spans if span not in orders)
    if not spans:
        return None
    shared = [len(words & stems(passage.text[start:end])) for start, end in spans]
    best = max(range(len(spans)), key=lambda i: (shared[i], -i))
    enough = max(least * len(words), min(_FEWEST_SHARED, len(words)))
    return _quote(evidence, *spans[best], "exact") if shared[best] >= enough else None


def unsupported_facts(sentence: str, quotes: Sequence[Quote]) -> tuple[str, ...]:
    """Return what a sentence states that none of its quotes holds, sorted.

    Numbers, by value (`1.7 million` is `1,700,000`), and those that a source takes back (`3,200, not 2,300`); names, stemmed;
    `not WORD` for what the sentence denies and the quotes affirm, or the other way round; words in quotation marks that are
    not in the quotes in a row. Title, outlet, authors and date of the articles may be named without standing in a quote: they
    are shown with every citation.
    """
    if any(_whole(sentence, quote.text) for quote in quotes):
        return ()
    texts = [quote.text for quote in quotes]
    held = frozenset[str]().union(*map(stems, texts))
    credits_ = [_credits(quote.evidence.hit.article) for quote in quotes]
    dates = [day for _, day in credits_]
    values = set[object]().union(*(figures(text) for text in (*texts, *dates)))
    # A correction quotes the wrong figure, too; whoever states it has misread the correction.
    sources = [f"{quote.evidence.hit.article.title}\n{quote.evidence.hit.passage.text}" for quote in quotes]
    wrong = frozenset[object]().union(*map(contrasted_figures, sources)) - contrasted_figures(sentence)
    missing = {printed for value, printed in figures(sentence).items() if value not in values or value in wrong}
    missing |= numbers(without_figures(sentence)) - frozenset[str]().union(*map(numbers, (*texts, *dates)))
    missing |= names(sentence) - held.union(*(stems(line) | stems(day) for line, day in credits_))
    missing |= {f"not {word}" for word in _denial_differs(sentence, texts, held)}
    missing |= {said for said in _QUOTED.findall(sentence) if not any(_same_words(said, text) for text in texts)}
    return tuple(sorted(missing))


def swapped_names(sentence: str, quote: Quote) -> frozenset[str]:
    """Return the names that a sentence has where its quote has another: who the quote is about is not who the sentence is about.

    `The prime minister is Macron` does not rest on `Michel Barnier is the prime minister`, although a title above it, or another
    sentence, names Macron. Found where the quote begins with a name that the sentence leaves out, while the sentence has a
    name that the quote has not. Outlet, authors and date may be named; that the sentence is the quote itself is no swap.
    """
    if quote.verified == "normalised" or _whole(sentence, quote.text):
        return frozenset()
    subject = _SUBJECT.match(quote.text)
    of_quote = names(f"– {subject[0]}") if subject else frozenset()
    if not of_quote or of_quote & stems(sentence):
        return frozenset()
    article = quote.evidence.hit.article
    credits_ = (article.publisher, article.agency, *article.authors, _credits(article)[1])
    known = stems(quote.text).union(*(stems(credit) for credit in credits_ if credit))
    first = _SUBJECT.match(sentence)
    # The word that opens a sentence is a name if it is printed as one elsewhere.
    printed = names(article.title) | names(quote.evidence.hit.passage.text)
    opening = (names(f"– {first[0]}") if first else frozenset()) & printed
    return (names(sentence) | opening) - known


def _credits(article: Article) -> tuple[str, str]:
    """Return title, outlet and authors of an article; and its date in the forms in which it may be written."""
    credits_ = filter(None, (article.title, article.publisher, article.agency, *article.authors))
    line = " ".join(credit for credit in credits_ if not is_order(credit))
    if article.dated is None:
        return line, ""
    day = article.dated.day
    forms = {"year": "%Y", "month": "%B %Y %m"}
    return line, day.strftime(forms.get(article.dated.precision, "%-d %B %Y %A %Y %m %d"))


def _denial_differs(sentence: str, texts: Sequence[str], held: frozenset[str]) -> frozenset[str]:
    """Return the stems that the sentence denies and no quote does, or that every quote denies and the sentence affirms.

    A quote that denies something may deny it in other words; then only denied words that it holds count.
    """
    by_sentence, by_quotes = denied(sentence), [denied(text) for text in texts]
    # Where no quote denies anything at all, a denial is the draft's own, whatever words it uses.
    wrongly_denied = (by_sentence & held if any(by_quotes) else by_sentence) - frozenset[str]().union(*by_quotes)
    stated = stems(sentence) - by_sentence
    affirmed = frozenset[str]().union(*(stems(text) - words for text, words in zip(texts, by_quotes, strict=True)))
    wrongly_stated = (stated & frozenset[str]().union(*by_quotes)) - affirmed
    return wrongly_denied | wrongly_stated


def _quote(evidence: Evidence, start: int, end: int, verified: Verified) -> Quote:
    passage = evidence.hit.passage
    return Quote(
        evidence=evidence,
        text=passage.text[start:end],
        start=passage.start + start,
        end=passage.start + end,
        verified=verified,
    )


def _whole(sentence: str, passage: str) -> tuple[int, int] | None:
    """Return where the sentence stands letter by letter, not cutting words or numbers (`cost 64` is not in `cost 640`)."""
    pattern = rf"(?<!\w)(?<!\d[.,])(?<!\w[-−]){re.escape(sentence)}(?!\w)(?![.,]?\d)(?!%)"
    found = re.search(pattern if sentence[0].isalnum() else re.escape(sentence) + r"(?!\w)(?![.,]?\d)", passage)
    return found.span() if found else None


def _same_words(sentence: str, passage: str) -> tuple[int, int] | None:
    """Return where the sentence's words stand in a row in the passage."""
    wanted = [_comparable(word) for word in _WORD.findall(sentence)]
    words, places = _words_of(passage)
    for i in range(len(words) - len(wanted) + 1) if wanted else ():
        if words[i] == wanted[0] and words[i : i + len(wanted)] == wanted:
            return places[i][0], places[i + len(wanted) - 1][1]
    return None


# Every sentence of a draft is looked for in the same few passages.
@lru_cache(maxsize=64)
def _words_of(passage: str) -> tuple[list[str], list[tuple[int, int]]]:
    found = list(_WORD.finditer(passage))
    return [_comparable(match[0]) for match in found], [match.span() for match in found]


_VERBATIM: tuple[tuple[Callable[[str, str], tuple[int, int] | None], Verified], ...] = (
    (_whole, "exact"), (_same_words, "normalised"),
)  # fmt: skip


def _comparable(word: str) -> str:
    return word.casefold().replace("−", "-").replace(",", "")
