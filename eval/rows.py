"""One question as the report tells it: what was said, what was expected, and every score. Averages nothing."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from eval.answers import answer_scores, length_in_words, spoken_text
from eval.entailment import Entailment
from eval.gold import GoldQuestion
from eval.grounding import (
    abstention_scores,
    attribution_scores,
    citation_scores,
    quote_is_exact,
    quoted_evidence,
    sentence_support,
)
from eval.judgements import Judge, Judgement
from eval.matching import contains
from eval.ranking import article_scores, evidence_scores
from eval.runner import Record
from index.types import Hit
from rag.types import Answer, Citation

Row = dict[str, Any]
"""A question of the report, ready for JSON; docs/eval.md lists the keys."""
Scores = dict[str, dict[str, float]]
Failure = Literal["error", "missed answer", "false abstention", "answered the unanswerable"]

# Text shown around a quote that no retrieved passage holds.
_AROUND = 300


class Scorer:
    """Turns records into rows, for one archive."""

    def __init__(
        self, judge: Judge, *, entails: Entailment, stored_text: Callable[[str], str | None], retrieval_only: bool = False
    ) -> None:
        self._retrieval_only = retrieval_only
        self._judge = judge
        self._entails = entails
        self._stored_text = stored_text

    def row(self, record: Record, judgement: Judgement) -> Row:
        """Return the question with its scores. Call it inside `store.consistent()`."""
        gold, answer = record.gold, record.answer
        judged_as = self._judge.judged_as([hit.article.article_id for hit in record.hits])
        ranked = list(dict.fromkeys(judged_as))
        scores = self._scores(record, judgement, ranked)
        supported = sentence_support(answer, self._entails) if answer else ()
        return {
            "id": gold.id,
            "kind": gold.kind,
            "question": gold.question,
            "history": list(gold.history),
            "as_of": gold.as_of.isoformat() if gold.as_of else None,
            "expected": _expected(gold, judgement),
            "answer": answer.text if answer else "",
            "words": length_in_words(answer) if answer and not answer.abstained else None,
            "abstained": answer.abstained.reason if answer and answer.abstained else None,
            "error": record.error,
            "confidence": record.confidence,
            "withheld": record.withheld.text if record.withheld else None,
            "failure": _failure(record, scores),
            "problems": list(judgement.problems),
            "sentences": [
                {"text": s.text, "citations": list(s.citations), "unsupported": list(s.unsupported), "supported": backed}
                for s, backed in zip(answer.sentences if answer else (), supported, strict=True)
            ],
            "citations": [self._cited(citation, record.hits) for citation in (answer.citations if answer else ())],
            "passages": [
                _retrieved(hit, gold, relevant=article_id in judgement.relevant if judgement.expected else None)
                for hit, article_id in zip(record.hits, judged_as, strict=True)
            ],
            "ranked": ranked,
            "generation": answer.generation if answer else None,
            "wall_ms": record.wall_ms,
            "tokens": {"evidence": record.evidence_tokens, "completion": record.completion_tokens},
            "scores": scores,
        }

    def _scores(self, record: Record, judgement: Judgement, ranked: Sequence[str]) -> Scores:
        """Return the scores by group; a metric that cannot be judged on the question is absent."""
        gold, answer = record.gold, record.answer
        scores: Scores = {}
        if judgement.expected:
            # What the archive does not hold cannot be found, and counts as not found.
            scores["retrieval"] = dict(article_scores(ranked, judgement.relevant or {"not in the archive": 1}))
            # What a faulty line would have sought is not known, but it was not found.
            if sought := gold.evidence or ((gold.fault,) if gold.fault else ()):
                texts = [hit.passage.text for hit in record.hits]
                scores["retrieval"] |= evidence_scores(texts, sought)
        if self._retrieval_only:
            return scores
        if record.error is not None or answer is None:
            return scores | _failed(gold)
        if _says_what_is_right(gold):
            abstained = answer.abstained is not None
            scores["answers"] = dict(
                answer_scores(spoken_text(answer), abstained=abstained, answers=gold.answers, all_of=gold.all_of)
            )
        citations = {
            **citation_scores(answer, entails=self._entails, stored_text=self._stored_text),
            **quoted_evidence(answer, gold),
            **attribution_scores(answer, gold),
        }
        if citations:
            scores["citations"] = citations
        scores["abstention"] = dict(abstention_scores(abstained=answer.abstained is not None, answerable=gold.answerable))
        if gold.answerable is False or _says_what_is_right(gold):
            scores["risk"] = {"wrong": _wrong(record)}
        return {group: values for group, values in scores.items() if values}

    def _cited(self, citation: Citation, hits: Sequence[Hit]) -> dict[str, Any]:
        article = citation.article
        passage, start = _passage_around(citation, hits)
        return {
            "number": citation.number,
            "article_id": article.article_id,
            "title": article.title,
            "publisher": article.publisher,
            "agency": article.agency,
            "authors": list(article.authors),
            "published": article.published.value if article.published else None,
            "updated": article.updated.value if article.updated else None,
            "url": article.url,
            "quote": citation.quote,
            "start": citation.start,
            "end": citation.end,
            "exact": quote_is_exact(citation, self._stored_text),
            "passage": passage,
            "quote_start": start,
        }


def _expected(gold: GoldQuestion, judgement: Judgement) -> dict[str, Any]:
    return {
        "answerable": gold.answerable,
        "answers": list(gold.answers),
        "all_of": [list(part) for part in gold.all_of],
        "evidence": list(gold.evidence),
        "publisher": gold.publisher,
        "author": gold.author,
        "date": gold.date.isoformat() if gold.date else None,
        "source": gold.source,
        "relevant": dict(judgement.relevant),
    }


def _retrieved(hit: Hit, gold: GoldQuestion, *, relevant: bool | None) -> dict[str, Any]:
    article = hit.article
    return {
        "passage_id": hit.passage.passage_id,
        "article_id": article.article_id,
        "title": article.title,
        "publisher": article.publisher,
        "published": article.dated.value if article.dated else None,
        "score": hit.score,
        "relevant": relevant,
        "evidence": [number for number, sought in enumerate(gold.evidence) if contains(hit.passage.text, sought)],
    }


def _passage_around(citation: Citation, hits: Sequence[Hit]) -> tuple[str, int]:
    """Return the retrieved passage that holds the quote, else some text around it, and where in it the quote starts."""
    for hit in hits:
        passage = hit.passage
        if passage.article_id == citation.article.article_id and passage.start <= citation.start and citation.end <= passage.end:
            return passage.text, citation.start - passage.start
    start = max(0, citation.start - _AROUND)
    return citation.article.text[start : citation.end + _AROUND], citation.start - start


def _failed(gold: GoldQuestion) -> Scores:
    """Return the scores of a question that failed: all that would be judged on it is wrong, none of it is left out."""
    if gold.answerable is None:
        return {}
    if not gold.answerable:
        return {"abstention": {"recall": 0.0}, "risk": {"wrong": 1.0}}
    named = {"publisher": gold.publisher, "author": gold.author, "date": gold.date}
    attribution = {name: 0.0 for name, value in named.items() if value is not None or gold.fault}
    if attribution:
        attribution["attribution"] = 0.0
    evidence = {"evidence": 0.0} if gold.evidence or gold.fault else {}
    scores: Scores = {
        "citations": {"precision": 0.0, "recall": 0.0, "quote_valid": 0.0, **evidence, **attribution},
        "abstention": {"false_rate": 1.0},
    }
    if _says_what_is_right(gold):
        scores |= {"answers": {"contains": 0.0, "em": 0.0, "f1": 0.0}, "risk": {"wrong": 1.0}}
    return scores


def _says_what_is_right(gold: GoldQuestion) -> bool:
    """Say whether an answer can be judged by its words; evidence and abstentions can be judged without.

    A question with a fault in its gold is, as wrong: what it would have asked for is not known.
    """
    return gold.answerable is True and bool(gold.answers or gold.all_of or gold.fault)


def _wrong(record: Record) -> float:
    """Return 1 if what was said, or would have been said without abstaining, is wrong; on unanswerable questions it always is."""
    gold, said = record.gold, _said(record)
    if said is None or not gold.answerable:
        return 1.0
    return 1.0 - answer_scores(spoken_text(said), abstained=False, answers=gold.answers, all_of=gold.all_of)["contains"]


def _said(record: Record) -> Answer | None:
    return record.answer if record.answer and not record.answer.abstained else record.withheld


def _failure(record: Record, scores: Mapping[str, Mapping[str, float]]) -> Failure | None:
    if record.error is not None:
        return "error"
    if record.answer is None or record.gold.answerable is None:
        return None
    if record.answer.abstained is not None:
        return "false abstention" if record.gold.answerable else None
    if not record.gold.answerable:
        return "answered the unanswerable"
    return None if scores.get("answers", {}).get("contains", 1.0) else "missed answer"
