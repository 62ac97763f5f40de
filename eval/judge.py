"""Lets a language model judge the answers of a finished run with RAGAS metrics. Optional: no other figure needs it.

RAGAS (Es et al. 2024, https://arxiv.org/abs/2309.15217) brings the prompts and the arithmetic. The model is asked by
`judge_model` and not by RAGAS, so that nothing is reported to its makers, every reply is checked, and a reply that cannot be
read counts as an error and not as half a score.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from eval.judge_model import API_KEY_VARIABLE, INSTALL, Asking, JudgeError, Server, Unjudged, shown
from eval.rows import Row

_RATINGS = frozenset({0, 2, 4})
_VERDICTS = frozenset({0, 1})


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the judge says about one row."""

    scores: Mapping[str, float]
    """`faithfulness` and `correctness`, from 0 to 1; what could not be judged is absent."""
    errors: tuple[str, ...] = ()
    """Why something is absent that should have been judged."""


def judge_run(
    rows: Sequence[Row],
    *,
    base_url: str,
    model: str,
    progress: Callable[[], None],
    concurrency: int = 4,
    timeout_s: float = 120.0,
) -> tuple[list[Row], dict[str, str]]:
    """Return the rows with the scores of the group `judge`, and what went wrong by question id.

    The scores of an earlier judge are replaced, all others are kept. The key is read from `API_KEY_VARIABLE`. Arguments and
    errors are those of `judge_rows`.
    """
    key = os.environ.get(API_KEY_VARIABLE, "").strip() or None
    judging = judge_rows(
        rows, base_url=base_url, model=model, api_key=key, progress=progress, concurrency=concurrency, timeout_s=timeout_s
    )
    verdicts = asyncio.run(judging)
    judged = [_with_scores(row, verdict.scores) for row, verdict in zip(rows, verdicts, strict=True)]
    errors = {row["id"]: "; ".join(verdict.errors) for row, verdict in zip(rows, verdicts, strict=True) if verdict.errors}
    return judged, errors


async def judge_rows(
    rows: Sequence[Row],
    *,
    base_url: str,
    model: str,
    api_key: str | None,
    progress: Callable[[], None],
    concurrency: int = 4,
    timeout_s: float = 120.0,
) -> tuple[Verdict, ...]:
    """Judge the answers that were given, and return one verdict a row, in order.

    - `faithfulness`: the share of the answer's statements that follow from its quotes and what is said beside them (RAGAS
      Faithfulness). Answers with citations.
    - `correctness`: how well the answer agrees with the accepted one, the mean of two ratings of 0, 1/2 or 1 (RAGAS
      AnswerAccuracy). Answers to questions with accepted answers.

    Abstentions and failed questions are not judged. An answer costs up to four requests. The first one that is judged is
    judged alone: it shows whether the judge can be used. After that an error costs only its own metric of its own answer.

    Args:
        rows: the questions of a report.
        base_url: an OpenAI-compatible server, with its `/v1`.
        model: the model's name there.
        api_key: sent as a bearer token; None: no token is sent.
        progress: called once for each row, when it is done.
        concurrency: how many answers are judged at once, each with one request at a time; at least 1.
        timeout_s: the most seconds from asking the model to its reply, with up to two repeats of what the server cannot serve.

    Raises:
        JudgeError: RAGAS is not installed, the URL is none, or the server cannot be reached or refuses the key or the model.
    """
    verdicts: dict[int, Verdict] = {}
    waiting = iter(range(len(rows)))
    async with Server(base_url=base_url, model=model, api_key=api_key, timeout_s=timeout_s) as server:
        metrics = _Metrics()

        async def work(*, until_asked: bool = False) -> None:
            for number in waiting:
                verdicts[number] = await _verdict(rows[number], metrics, server)
                progress()
                if until_asked and server.asked:
                    break

        await work(until_asked=True)
        server.proven = True
        async with asyncio.TaskGroup() as group:
            for _ in range(concurrency):
                group.create_task(work())
    return tuple(verdicts[number] for number in range(len(rows)))


class _Metrics:
    """The metrics of RAGAS, loaded when needed: that takes seconds, and an extra."""

    def __init__(self) -> None:
        # RAGAS reports its use to its makers otherwise, as soon as its own model classes are used.
        os.environ["RAGAS_DO_NOT_TRACK"] = "true"
        try:
            self._collections: Any = import_module("ragas.metrics.collections")
            base: Any = import_module("ragas.llms.base")
        except ImportError as error:
            raise JudgeError(f"RAGAS cannot be imported ({error}). {INSTALL}") from error
        base.InstructorBaseRagasLLM.register(Asking)

    async def faithfulness(self, asking: Asking, question: str, answer: str, quotes: Sequence[str]) -> float:
        """Return the share of the answer's statements that follow from the quotes."""
        metric = self._collections.Faithfulness(llm=asking)
        result = await metric.ascore(user_input=question, response=answer, retrieved_contexts=list(quotes))
        if len(asking.replies) == 1:
            raise Unjudged("the judge finds no statement in the answer")
        found, judged = (reply.statements for reply in asking.replies)
        if len(judged) != len(found) or not _VERDICTS.issuperset(statement.verdict for statement in judged):
            raise Unjudged(f"the judge does not give one verdict of 0 or 1 on each of {len(found)} statements")
        return float(result.value)

    async def correctness(self, asking: Asking, question: str, answer: str, accepted: str) -> float:
        """Return how well the answer agrees with the accepted one."""
        metric = self._collections.AnswerAccuracy(llm=asking, max_retries=1)
        result = await metric.ascore(user_input=question, response=answer, reference=accepted)
        if asking.fault is not None:
            raise asking.fault
        if not _RATINGS.issuperset(reply.rating for reply in asking.replies):
            raise Unjudged("the judge gives a rating that is not 0, 2 or 4")
        return float(result.value)


async def _verdict(row: Row, metrics: _Metrics, server: Server) -> Verdict:
    scores: dict[str, float] = {}
    errors: list[str] = []
    for metric, judge in _to_judge(row, metrics):
        try:
            scores[metric] = await judge(Asking(server))
        except JudgeError:
            raise
        except Unjudged as error:
            errors.append(f"{metric}: {error}")
        except Exception as error:  # noqa: BLE001 - whatever RAGAS stumbles over must not cost the other answers
            errors.append(f"{metric}: RAGAS fails with {type(error).__name__}: {shown(str(error))}")
    return Verdict(scores=scores, errors=tuple(errors))


def _to_judge(row: Row, metrics: _Metrics) -> Iterator[tuple[str, Callable[[Asking], Awaitable[float]]]]:
    """Give what can be judged on the row."""
    answer = " ".join(sentence["text"] for sentence in row["sentences"]).strip()
    if row["error"] is not None or row["abstained"] is not None or not answer:
        return
    # A follow-up question is understood only after those before it.
    question = "\n".join([*row["history"], row["question"]])
    quotes = [_sourced(citation) for citation in row["citations"]]
    accepted = _accepted(row["expected"])
    if quotes:
        yield "faithfulness", lambda asking: metrics.faithfulness(asking, question, answer, quotes)
    if accepted:
        yield "correctness", lambda asking: metrics.correctness(asking, question, answer, accepted)


def _sourced(citation: Mapping[str, Any]) -> str:
    """Return the quote after who said it and when: an answer may repeat that too. Not the title, which claims things itself."""
    source = [*citation["authors"], citation["publisher"], citation["agency"], citation["published"]]
    named = ", ".join(part for part in source if part)
    return f"{named}: {citation['quote']}" if named else str(citation["quote"])


def _accepted(expected: Mapping[str, Any]) -> str:
    """Return the accepted answer in words; empty without any. Where there are parts that must all be said, only they count."""
    parts = expected["all_of"] or [expected["answers"]]
    return " and ".join(f"{form} (or: {'; '.join(others)})" if others else form for form, *others in filter(None, parts))


def _with_scores(row: Row, scores: Mapping[str, float]) -> Row:
    others = {group: values for group, values in row["scores"].items() if group != "judge"}
    return row | {"scores": others | ({"judge": dict(scores)} if scores else {})}
