"""The native routes: answer, search, articles. Renders what the pipeline returns; decides nothing about it."""

import json
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, Annotated, TypeVar

import structlog
from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from api.archive_schemas import HistoryBody, history_body
from api.connection import while_connected
from api.errors import NotReady
from api.keep_alive import kept_alive
from api.metrics import Metrics
from api.observed import Observed
from api.openapi import event, streamed
from api.readiness import ArchiveCheck
from api.schemas import (
    AnswerBody,
    ArticleBody,
    ArticlesBody,
    HitsBody,
    QuestionBody,
    answer_body,
    article_body,
    article_summary,
    hit_body,
    problem,
)
from api.tracing import tracer
from index.history import changes_between
from index.types import Stats
from rag.errors import GeneratorError
from rag.prepared import Prepared
from rag.types import Question

if TYPE_CHECKING:
    from rag.pipeline import Pipeline

logger = structlog.get_logger()

router = APIRouter(prefix="/v1")

T = TypeVar("T")

_BODIES = "#/components/schemas/"
_STREAMED = streamed(
    {
        "oneOf": [
            event({"$ref": f"{_BODIES}HitsBody"}, "evidence"),
            event({"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}, "token"),
            event({"$ref": f"{_BODIES}AnswerBody"}, "answer"),
            event({"$ref": f"{_BODIES}Problem"}, "error"),
        ]
    }
)


class Busy(NotReady):
    """Too many requests wait for computing already; what a service that is not ready answers is what this one does."""


class Service:
    """The pipeline behind the routes, and the bounds on how much of it runs, and waits to run, at once."""

    def __init__(self, computing_threads: int, *, waiting: int = 200, public_url: str = "", log_questions: bool = False) -> None:
        self.metrics, self.tracer = Metrics(), tracer()
        self.archive_check = ArchiveCheck(self._archive)
        self._log_questions = log_questions
        self.pipeline: Pipeline | None = None
        self.started = int(time.time())
        self._public_url = public_url
        self.failure: str | None = None
        self._limiter = CapacityLimiter(computing_threads)
        self._waiting = waiting

    def ready(self) -> Observed:
        """Return the pipeline, whose work is counted and timed.

        Raises:
            NotReady: it is not loaded yet, or could not be.
        """
        if self.pipeline is None:
            raise NotReady(self.failure or "The service is still loading its model; try again in a few seconds.")
        return Observed(self.pipeline, self.metrics, self.tracer, log_questions=self._log_questions)

    def base_url(self, request: Request) -> str:
        """Return where readers reach this service, without a slash at the end."""
        return self._public_url or str(request.base_url).rstrip("/")

    async def compute(self, work: Callable[[], T]) -> T:
        """Run computing in a thread, so that other requests and the health check are served meanwhile.

        Raises:
            Busy: too many wait for it already.
        """
        if self._limiter.statistics().tasks_waiting >= self._waiting:
            raise Busy(f"{self._waiting:,} requests wait already; try again in a few seconds.")
        return await to_thread.run_sync(work, limiter=self._limiter)

    async def prepare(self, question: Question) -> Prepared:
        """Understand a question and find its evidence.

        Raises:
            InvalidQuestion: the question or one of its limits cannot be used.
            NotReady: the service is not loaded yet, or busy.
        """
        pipeline = self.ready()
        understood = await pipeline.understand(question)
        return await self.compute(lambda: pipeline.prepare(understood))

    def show_queue(self) -> None:
        """Show in the metrics how much computing waits, and how much is done now."""
        now = self._limiter.statistics()
        self.metrics.questions_waiting.set(now.tasks_waiting)
        self.metrics.questions_computing.set(now.borrowed_tokens)

    def _archive(self) -> Stats:
        store = self.ready().store
        store.check()
        # Brings the caches up to date first, as a question would.
        with store.consistent():
            return store.stats()


def get_service(request: Request) -> Service:
    """Return the app's service."""
    service: Service = request.app.state.service
    return service


ServiceDep = Annotated[Service, Depends(get_service)]


@router.post("/answer", response_model=AnswerBody, operation_id="answer", responses=_STREAMED)
async def answer(body: QuestionBody, service: ServiceDep, request: Request) -> Response:
    """Answer a question; every sentence is cited, or the answer says that the archive does not say."""
    pipeline = service.ready()
    prepared = await while_connected(request, lambda: service.prepare(body.to_question()))
    if prepared is None:
        return Response()  # nobody reads what is returned to a client that has gone
    if body.stream:
        events = _events(pipeline, prepared, str(request.state.request_id))
        return event_stream(events)
    draft = await while_connected(request, pipeline.write(prepared).whole)
    return Response() if draft is None else JSONResponse(answer_body(pipeline.finish(prepared, draft)).model_dump())


@router.post("/search", operation_id="search")
async def search(body: QuestionBody, service: ServiceDep) -> HitsBody:
    """Return the passages for a question, best first, without an answer."""
    pipeline = service.ready()
    question = await pipeline.understand(body.to_question())
    hits = await service.compute(lambda: pipeline.search(question))
    return HitsBody(hits=[hit_body(hit) for hit in hits])


@router.get("/articles", operation_id="list_articles")
async def list_articles(
    service: ServiceDep,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> ArticlesBody:
    """List articles, newest first, undated last."""
    store = service.ready().store
    articles = await service.compute(lambda: list(store.articles(limit=limit, offset=offset)))
    total = await service.compute(lambda: store.stats().articles)
    return ArticlesBody(articles=[article_summary(article) for article in articles], total=total)


@router.get("/articles/{article_id}", operation_id="get_article")
async def get_article(article_id: str, service: ServiceDep) -> ArticleBody:
    """Return one article with its text."""
    store = service.ready().store
    article = await service.compute(lambda: store.article(article_id))
    return article_body(article, await service.compute(lambda: store.also_in(article_id)))


@router.get("/articles/{article_id}/history", operation_id="get_history")
async def get_history(article_id: str, service: ServiceDep) -> HistoryBody:
    """Return all versions of an article, oldest first, with what each changed."""
    store = service.ready().store
    return await service.compute(lambda: history_body(changes_between(store.history(article_id))))


def event_stream(events: AsyncGenerator[str, None]) -> StreamingResponse:
    """Return server-sent events as they come, with something in between when nothing comes for long."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # nginx would collect them first
    return StreamingResponse(kept_alive(events), media_type="text/event-stream", headers=headers)


async def _events(pipeline: Observed, prepared: Prepared, request_id: str) -> AsyncGenerator[str, None]:
    """Yield server-sent events: what was found, verified sentences as they are written, then the whole answer."""
    yield _event("evidence", HitsBody(hits=[hit_body(item.hit) for item in prepared.evidence]).model_dump())
    writing = pipeline.write(prepared)
    try:
        async with aclosing(aiter(writing)) as pieces:
            async for piece in pieces:
                yield _event("token", {"text": piece})
        done = pipeline.finish(prepared, writing.draft)
    except GeneratorError as error:
        yield _event("error", dict(problem(503, "Service Unavailable", str(error), request_id)))
    except Exception:
        # The status is already sent, so the app's handler cannot answer any more.
        logger.exception("unexpected error", request_id=request_id)
        yield _event("error", dict(problem(500, "Internal Server Error", "Something went wrong here.", request_id)))
    else:
        yield _event("answer", answer_body(done).model_dump())


def _event(name: str, data: dict[str, object]) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
