"""The shapes of requests and responses; `--json` prints the same objects. Turns core types into them, decides nothing."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt, StrictStr, model_validator

from index.types import Article, Copy, Hit, NewsDate
from rag.bounds import MAX_K, MAX_QUESTION_CHARACTERS
from rag.settings import GeneratorName
from rag.types import Answer, Citation, Question, Turn


def _iso_day(value: object) -> object:
    if value is None or (isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value)):
        return value
    raise ValueError("must be a date like 2025-09-19")


MAX_MESSAGES, MAX_MESSAGE_CHARACTERS = 200, 20_000
_MOST_FIELDS = 50

Day = Annotated[date | None, BeforeValidator(_iso_day)]


class KnownFieldsBody(BaseModel):
    """What takes only the fields that it names, and names those that it does not know, as long as they are few."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _few(cls, sent: object) -> object:
        """Refuse what nobody means: each unknown field of a megabyte of them would be an error of its own."""
        if isinstance(sent, dict) and len(sent) > _MOST_FIELDS:
            raise ValueError(f"has {len(sent):,} fields; at most {_MOST_FIELDS} are read")
        return sent


class MessageBody(KnownFieldsBody):
    """One message of a conversation, as chat tools have them."""

    role: Literal["user", "assistant"]
    content: Annotated[StrictStr, Field(max_length=MAX_MESSAGE_CHARACTERS)]


class QuestionBody(KnownFieldsBody):
    """What `POST /v1/answer` and `POST /v1/search` take."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"question": "Which laboratory built the Rubin camera?"}]})

    question: Annotated[StrictStr, Field(min_length=1, max_length=MAX_QUESTION_CHARACTERS)]
    as_of: Annotated[Day, Field(description="Answer as the archive stood on this day.")] = None
    since: Annotated[Day, Field(alias="from", description="Only articles dated from this day.")] = None
    until: Annotated[Day, Field(alias="to", description="Only articles dated up to this day.")] = None
    publishers: Annotated[list[Annotated[StrictStr, Field(min_length=1, max_length=200)]], Field(max_length=50)] = []
    k: Annotated[StrictInt, Field(ge=1, le=MAX_K, description="How many passages to retrieve.")] = 8
    generator: GeneratorName | None = None
    stream: StrictBool = False
    messages: Annotated[
        list[MessageBody],
        Field(max_length=MAX_MESSAGES, fail_fast=True, description="The conversation before the question, oldest first."),
    ] = []

    def to_question(self) -> Question:
        """Return the question that the pipeline takes."""
        return Question(
            text=self.question, as_of=self.as_of, since=self.since, until=self.until,
            publishers=tuple(self.publishers), k=self.k, generator=self.generator,
            earlier=tuple(Turn(message.role, message.content) for message in self.messages),
        )  # fmt: skip


class CopyBody(BaseModel):
    """Another place that carried the same story; with `article_id` when its text was edited and is stored too."""

    publisher: str | None
    url: str | None
    published: str | None
    article_id: str | None


class CitationBody(BaseModel):
    """One numbered source."""

    number: int
    article_id: str
    title: str
    title_printed: bool
    publisher: str | None
    agency: str | None
    authors: list[str]
    published: str | None
    updated: str | None
    url: str | None
    quote: str
    start: int
    end: int
    verified: str
    corrections: list[str]
    also_in: list[CopyBody]


class SentenceBody(BaseModel):
    """One sentence of the answer and the numbers of its sources."""

    text: str
    citations: list[int]
    unsupported: list[str]


class AbstentionBody(BaseModel):
    """Why there is no answer."""

    reason: str
    message: str


class ArticleSummary(BaseModel):
    """An article without its text."""

    article_id: str
    title: str
    title_printed: bool
    publisher: str | None
    agency: str | None
    authors: list[str]
    published: str | None
    updated: str | None
    fetched: str | None
    url: str | None
    language: str | None
    section: str | None
    corrections: list[str]
    flags: list[str]


class ArticleBody(ArticleSummary):
    """A whole stored article."""

    text: str
    published_detail: dict[str, str] | None
    updated_detail: dict[str, str] | None
    provenance: dict[str, str]
    source: str
    position: str
    also_in: list[CopyBody]


class ArticlesBody(BaseModel):
    """A page of the list of articles."""

    articles: list[ArticleSummary]
    total: int


class HitBody(BaseModel):
    """A retrieved passage."""

    passage_id: str
    article: ArticleSummary
    text: str
    start: int
    end: int
    score: float


class HitsBody(BaseModel):
    """What `POST /v1/search` gives."""

    hits: list[HitBody]


class AnswerBody(BaseModel):
    """What `POST /v1/answer` gives."""

    question: str
    standalone: str | None
    """What a follow-up was understood to ask; null for a question that stands alone."""
    answer: str
    abstained: AbstentionBody | None
    sentences: list[SentenceBody]
    citations: list[CitationBody]
    nearest: list[HitBody]
    newest_source: str | None
    newest_note: str | None
    conclusion: str | None
    """Where the question compares two figures of one unit: which is more."""
    premise: str | None
    """What the archive says otherwise than the question takes for granted; null where nothing contradicts it."""
    conflicts: list[str]
    generator: str
    generation: int
    timings_ms: dict[str, float]
    degraded: str | None
    """Why the answer is not whole, or not by the configured generator; null when it is."""
    unranked: str | None
    """Why the configured reranker did not order the passages; null when it did, or when there is none."""


def answer_body(answer: Answer) -> AnswerBody:
    """Return the answer as sent."""
    return AnswerBody(
        question=answer.question,
        standalone=answer.standalone,
        answer=answer.text,
        abstained=None
        if answer.abstained is None
        else AbstentionBody(reason=answer.abstained.reason, message=answer.abstained.message),
        sentences=[
            SentenceBody(text=s.text, citations=list(s.citations), unsupported=list(s.unsupported)) for s in answer.sentences
        ],
        citations=[citation_body(citation) for citation in answer.citations],
        nearest=[hit_body(hit) for hit in answer.nearest],
        newest_source=answer.newest_source.isoformat() if answer.newest_source else None,
        newest_note=answer.newest_note,
        conclusion=answer.conclusion,
        premise=answer.premise,
        conflicts=list(answer.conflicts),
        generator=answer.generator,
        generation=answer.generation,
        timings_ms=dict(answer.timings_ms),
        degraded=answer.degraded,
        unranked=answer.unranked,
    )


def hit_body(hit: Hit) -> HitBody:
    """Return a hit as sent."""
    passage = hit.passage
    return HitBody(
        passage_id=passage.passage_id, article=article_summary(hit.article), text=passage.text, start=passage.start,
        end=passage.end, score=round(hit.score, 6),
    )  # fmt: skip


def article_summary(article: Article) -> ArticleSummary:
    """Return an article without its text."""
    return ArticleSummary(**_summary(article))


def article_body(article: Article, copies: list[Copy]) -> ArticleBody:
    """Return a whole article as sent."""
    return ArticleBody(
        **_summary(article), text=article.text, provenance=dict(article.provenance), source=article.origin.source,
        position=article.origin.position, also_in=[_copy_body(copy) for copy in copies],
        published_detail=_date_detail(article.published), updated_detail=_date_detail(article.updated),
    )  # fmt: skip


def _summary(article: Article) -> dict[str, Any]:
    fetched = article.fetched.value if article.fetched else None
    return {
        "article_id": article.article_id, "title": article.title, "title_printed": article.title_printed,
        "publisher": article.publisher, "agency": article.agency, "authors": list(article.authors),
        "published": _day(article.published), "updated": _day(article.updated), "fetched": fetched, "url": article.url,
        "language": article.language, "section": article.section,
        "corrections": list(article.corrections), "flags": list(article.flags),
    }  # fmt: skip


def citation_body(citation: Citation) -> CitationBody:
    """Return a numbered source as sent."""
    article = citation.article
    return CitationBody(
        number=citation.number, article_id=article.article_id, title=article.title, title_printed=article.title_printed,
        publisher=article.publisher, agency=article.agency, authors=list(article.authors),
        published=_day(article.published), updated=_day(article.updated), url=article.url, quote=citation.quote,
        start=citation.start, end=citation.end, verified=citation.verified, corrections=list(article.corrections),
        also_in=[_copy_body(copy) for copy in citation.also_in],
    )  # fmt: skip


def _copy_body(copy: Copy) -> CopyBody:
    return CopyBody(publisher=copy.publisher, url=copy.url, published=copy.published, article_id=copy.article_id)


def _day(found: NewsDate | None) -> str | None:
    """Return a date to the day, or coarser if it was printed coarser."""
    return found.value[:10] if found else None


def _date_detail(found: NewsDate | None) -> dict[str, str] | None:
    return None if found is None else {"value": found.value, "precision": found.precision, "read_from": found.read_from}


def problem(status: int, title: str, detail: str, request_id: str, **more: object) -> Mapping[str, object]:
    """Return an RFC 9457 problem details object."""
    return {"type": "about:blank", "title": title, "status": status, "detail": detail, "request_id": request_id, **more}
