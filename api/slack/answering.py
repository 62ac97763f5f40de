"""Answers one message: the same pipeline as for every other channel, rendered for Slack."""

import asyncio
import secrets
import sqlite3
from contextlib import aclosing, suppress

import structlog
from anyio import to_thread

from api.answers import Service
from api.errors import NotReady
from api.logs import note, notes
from api.schemas import AnswerBody, answer_body
from api.slack.blocks import TOGETHER, Block, Places, below, feedback, notes_of, sections, size
from api.slack.conversation import earlier
from api.slack.incoming import Asked, Identity
from api.slack.reply import Reply
from api.slack.state import SlackState
from api.slack.text import inert, plain_of
from api.slack.web import SlackFailed, Web
from index.errors import IndexingError
from rag.errors import AnsweringError, InvalidQuestion
from rag.types import Question

logger = structlog.get_logger()

HELP = "Ask me a question about the news archive. I answer with sentences of its articles, or say that it does not say."
_STATUS = "is looking it up …"
_STATUS_SECONDS = 3.0
_STOPPED = "The service was stopped meanwhile; ask again in a moment."
_STOPPING_SECONDS = 3.0


class Answering:
    """Answers messages.

    Args:
        service: the pipeline and the bounds on how much of it runs.
        web: Slack.
        state: where questions are kept, if they are.
        base_url: of the page.
        log_questions: whether the text of questions is kept.
    """

    def __init__(self, service: Service, web: Web, state: SlackState, *, base_url: str, log_questions: bool) -> None:
        self._service, self._web, self._state = service, web, state
        self._places = Places(base_url)
        self._log_questions = log_questions

    async def answer(self, asked: Asked, identity: Identity) -> None:
        """Answer a message in its thread; whatever goes wrong is told there or, if Slack fails, in one line of the log."""
        reply = Reply(self._web, asked)
        answer_id = secrets.token_hex(8)
        told: dict[str, object] = {"answer": answer_id, "slack_event": asked.event_id}
        with notes() as noted:
            try:
                await self._answer(asked, identity, reply, answer_id)
            except SlackFailed as error:
                logger.error("slack answer not delivered", error=str(error), **told)  # noqa: TRY400 - the error says it all
            except asyncio.CancelledError:
                with suppress(SlackFailed, TimeoutError):
                    async with asyncio.timeout(_STOPPING_SECONDS):
                        await self._tell(reply, _STOPPED)
                raise
            else:
                logger.info("slack answer", **told, **noted)

    async def _answer(self, asked: Asked, identity: Identity, reply: Reply, answer_id: str) -> None:
        try:
            await self._write(asked, identity, reply, answer_id)
        except InvalidQuestion as error:
            await self._tell(reply, f"That cannot be asked: the {error.field} {error.message}.")
        except (AnsweringError, IndexingError, NotReady) as error:
            note(error=str(error))
            await self._tell(reply, str(error))
        except SlackFailed:
            raise
        except Exception:
            logger.exception("unexpected error", answer=answer_id)
            await self._tell(reply, f"Something went wrong here; the log has the details under {answer_id}.")

    async def _tell(self, reply: Reply, why: str) -> None:
        reply.add(f"\n\n{inert(why)}" if reply.text else inert(why))
        await reply.finish()

    async def _write(self, asked: Asked, identity: Identity, reply: Reply, answer_id: str) -> None:
        text = plain_of(asked.text, identity.user)
        if not text:
            await self._tell(reply, HELP)
            return
        pipeline = self._service.ready()
        status = asyncio.create_task(reply.show_status(_STATUS))
        try:
            question = Question(text=text, earlier=await earlier(self._web, asked, identity))
            prepared = await self._service.prepare(question)
        finally:
            try:
                # One that came after the answer would stay.
                await asyncio.wait([status], timeout=_STATUS_SECONDS)
            finally:
                status.cancel()
        if self._log_questions:
            await self._keep(answer_id, text)
        written = ""
        writing = pipeline.write(prepared)
        async with aclosing(aiter(writing)) as pieces:
            async for piece in pieces:
                written += piece
                await reply.say(inert(piece))
        answer = answer_body(pipeline.finish(prepared, writing.draft))
        # What other sources say stands behind what was written; of what was shown nothing changes.
        reply.add(inert(answer.answer.removeprefix(written)))
        reply.add(f" {inert(answer.abstained.message)}" if answer.abstained else notes_of(answer))
        await reply.finish(self._below(answer, reply, answer_id))

    def _below(self, answer: AnswerBody, reply: Reply, answer_id: str) -> list[Block]:
        buttons = feedback(answer_id)
        # The text counts as if it were blocks, too: that is what it is where a workspace cannot stream.
        room = TOGETHER - size([*sections(reply.text), buttons])
        return [*below(answer, self._places, room=room, cut_short=reply.cut_short), buttons]

    async def _keep(self, answer_id: str, question: str) -> None:
        try:
            await to_thread.run_sync(self._state.keep_question, answer_id, question)
        except (sqlite3.Error, OSError) as error:
            logger.warning("slack question not kept", error=str(error))
