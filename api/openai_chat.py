"""OpenAI's chat completions over the archive, so that every tool that speaks this protocol can ask it.

The last message of the user is the question, what stands before it the conversation. Citations reach the reader three ways,
because every client shows another: links in the text with the sources below, `annotations`, and `citations`/`search_results`.
"""

import json
import time
import uuid
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import cache
from typing import Any

import structlog
from anyio import to_thread
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import JSONResponse, Response

from api.answers import Service, ServiceDep, event_stream
from api.connection import while_connected
from api.errors import openai_error
from api.housekeeping import asked, housekeeping_reply
from api.markdown import Address, below, marks, with_links, without_rendering
from api.observed import Observed
from api.openai_schemas import (
    EXTRACTIVE_MODEL,
    MODEL,
    AnnotationBody,
    ChatBody,
    ChatMessageBody,
    ChoiceBody,
    CompletionBody,
    CompletionMessageBody,
    ExtensionsBody,
    ModelBody,
    ModelsBody,
    SearchResultBody,
    UrlCitationBody,
    UsageBody,
)
from api.openapi import streamed
from api.schemas import MAX_MESSAGE_CHARACTERS, AnswerBody, CitationBody, answer_body, citation_body
from index.protocols import TokenCounter
from rag.errors import GeneratorError, InvalidQuestion
from rag.prepared import Prepared
from rag.types import EXTRACTIVE, Question, Turn

logger = structlog.get_logger()

router = APIRouter(prefix="/v1")

# Chat tools send the whole conversation each time; a follow-up is understood from its end.
_EARLIER = 20
_LONG_CHARACTERS = 20_000
# One event each; the last holds `[DONE]`, which is no JSON.
_STREAMED = streamed({"properties": {"data": {"type": "string"}}})


@router.get("/models", operation_id="list_models")
async def list_models(service: ServiceDep) -> ModelsBody:
    """List what answers: the configured generator, and the archive's own sentences."""
    return ModelsBody(data=[ModelBody(id=name, created=service.started) for name in (MODEL, EXTRACTIVE_MODEL)])


@router.get("/models/{model}", operation_id="get_model")
async def get_model(model: str, service: ServiceDep) -> ModelBody:
    """Return one of the models."""
    return ModelBody(id=_known(model), created=service.started)


@router.post("/chat/completions", operation_id="chat_completions", response_model=CompletionBody, responses=_STREAMED | {404: {}})
async def chat_completions(body: ChatBody, service: ServiceDep, request: Request) -> Response:
    """Answer the last message of a conversation from the archive, in the shape of OpenAI's API."""
    completion = _Completion(body, service, request, await _prompt_tokens(body))
    text, earlier = _conversation(body.messages)
    if (reply := housekeeping_reply(text)) is not None:
        return event_stream(completion.reply_events(reply)) if body.stream else JSONResponse(completion.whole(reply))
    pipeline = service.ready()
    question = Question(
        text=asked(text), as_of=body.as_of, since=body.since, until=body.until, publishers=tuple(body.publishers),
        generator=EXTRACTIVE if body.model == EXTRACTIVE_MODEL else None, earlier=earlier,
    )  # fmt: skip
    if body.k is not None:
        question = replace(question, k=body.k)
    prepared = await while_connected(request, lambda: service.prepare(question))
    if prepared is None:
        return Response()  # nobody reads what is returned to a client that has gone
    if body.stream:
        return event_stream(completion.events(pipeline, prepared))
    draft = await while_connected(request, pipeline.write(prepared).whole)
    if draft is None:
        return Response()  # as above
    answer = answer_body(pipeline.finish(prepared, draft))
    content = with_links(answer.answer, answer.citations, completion.address) + below(answer, completion.address)
    return JSONResponse(completion.whole(content, answer))


class _Completion:
    """One completion, and what all parts of it share."""

    def __init__(self, body: ChatBody, service: Service, request: Request, prompt_tokens: int) -> None:
        self._shared: dict[str, Any] = {
            "id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": _known(body.model)
        }  # fmt: skip
        self._prompt_tokens = prompt_tokens
        self._usage = bool(body.stream_options and body.stream_options.include_usage)
        self._request_id = str(request.state.request_id)
        base = service.base_url(request)
        self.address: Address = lambda citation: citation.url or f"{base}/?article={citation.article_id}"

    def whole(self, content: str, answer: AnswerBody | None = None) -> dict[str, Any]:
        """Return the completion in one piece."""
        message = CompletionMessageBody(content=content, annotations=self._annotations(content, answer))
        return CompletionBody(
            **self._shared, choices=[ChoiceBody(message=message)], usage=self._used(content), **self._extensions(answer)
        ).model_dump()  # fmt: skip

    async def reply_events(self, reply: str) -> AsyncGenerator[str, None]:
        """Yield a completion that needs no archive, in pieces."""
        yield self._chunk({"role": "assistant", "content": ""})
        yield self._chunk({"content": reply})
        for event in self._end(reply, None):
            yield event

    async def events(self, pipeline: Observed, prepared: Prepared) -> AsyncGenerator[str, None]:
        """Yield the completion sentence by sentence, each when it is verified."""
        yield self._chunk({"role": "assistant", "content": ""})
        written, content = "", ""
        writing = pipeline.write(prepared)
        try:
            async with aclosing(aiter(writing)) as pieces:
                async for piece in pieces:
                    written += piece
                    shown = with_links(piece, self._bodies(writing.cited.citations), self.address)
                    content += shown
                    yield self._chunk({"content": shown})
            answer = answer_body(pipeline.finish(prepared, writing.draft))
        except GeneratorError as error:
            yield _event(openai_error(503, str(error)))
            return
        except Exception:
            # The status is already sent, so the app's handler cannot answer any more.
            logger.exception("unexpected error", request_id=self._request_id)
            yield _event(openai_error(500, f"Something went wrong here; the log has the details under {self._request_id}."))
            return
        # What other sources say stands behind what was written; of what was shown nothing changes.
        rest = with_links(answer.answer.removeprefix(written), answer.citations, self.address) + below(answer, self.address)
        yield self._chunk({"content": rest})
        for event in self._end(content + rest, answer):
            yield event

    def _end(self, content: str, answer: AnswerBody | None) -> list[str]:
        annotations = [annotation.model_dump() for annotation in self._annotations(content, answer)]
        events = [self._chunk({"annotations": annotations})] if annotations else []
        events.append(self._chunk({}, finish="stop", **self._extensions(answer)))
        if self._usage:
            usage = self._used(content).model_dump()
            events.append(_event({**self._shared, "object": "chat.completion.chunk", "choices": [], "usage": usage}))
        return [*events, "data: [DONE]\n\n"]

    def _chunk(self, delta: dict[str, Any], *, finish: str | None = None, **more: Any) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        # Clients that asked for usage expect the key in every chunk.
        usage = {"usage": None} if self._usage else {}
        return _event({**self._shared, "object": "chat.completion.chunk", "choices": [choice], **usage, **more})

    def _annotations(self, content: str, answer: AnswerBody | None) -> list[AnnotationBody]:
        known = {citation.number: citation for citation in answer.citations} if answer else {}
        return [
            AnnotationBody(
                url_citation=UrlCitationBody(
                    start_index=mark.start, end_index=mark.end, title=known[mark.number].title,
                    url=self.address(known[mark.number]),
                )
            )
            for mark in marks(content)
            if mark.number in known
        ]  # fmt: skip

    def _extensions(self, answer: AnswerBody | None) -> dict[str, Any]:
        citations = answer.citations if answer else []
        found = [
            SearchResultBody(title=c.title, url=self.address(c), date=c.published or c.updated, snippet=c.quote)
            for c in citations
        ]  # fmt: skip
        return ExtensionsBody(
            citations=[result.url for result in found],
            search_results=found,
            dateline=answer.model_dump() if answer else None,
        ).model_dump()

    def _used(self, content: str) -> UsageBody:
        prompt, completion = self._prompt_tokens, _counter().count(content)
        return UsageBody(prompt_tokens=prompt, completion_tokens=completion, total_tokens=prompt + completion)

    def _bodies(self, citations: Sequence[Any]) -> list[CitationBody]:
        return [citation_body(citation) for citation in citations]


async def _prompt_tokens(body: ChatBody) -> int:
    prompt = "\n".join(message.text() for message in body.messages)
    if len(prompt) < _LONG_CHARACTERS:
        return _counter().count(prompt)
    return await to_thread.run_sync(_counter().count, prompt)  # up to a second, in which nobody else would be answered


def _conversation(messages: Sequence[ChatMessageBody]) -> tuple[str, tuple[Turn, ...]]:
    """Return the question and what was said before it.

    Raises:
        InvalidQuestion: the last message is not the user's, or has no text.
    """
    last = messages[-1]
    text = last.text().strip()
    if last.role != "user":
        raise InvalidQuestion("messages", f"the last one is of role {last.role}; it must be the user's question")
    if not text:
        raise InvalidQuestion("messages", "the last one has no text; ask a question")
    said = [(m.role, m.text()) for m in messages[:-1] if m.role in {"user", "assistant"}]
    kept = [(role, words) for role, words in said if words.strip()][-_EARLIER:]
    return text, tuple(
        Turn("user" if role == "user" else "assistant", without_rendering(words)[:MAX_MESSAGE_CHARACTERS]) for role, words in kept
    )


def _known(model: str) -> str:
    if model not in {MODEL, EXTRACTIVE_MODEL}:
        raise HTTPException(404, f"There is no model {model[:100]!r} here; use {MODEL} or {EXTRACTIVE_MODEL}.")
    return model


@cache
def _counter() -> TokenCounter:
    from rag.tokens import TiktokenCounter  # noqa: PLC0415 - reading its vocabulary takes a moment

    return TiktokenCounter()


def _event(data: dict[str, Any]) -> str:
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n"
