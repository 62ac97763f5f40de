"""What Prometheus reads of the service. No label holds anything that a user wrote; docs/operations.md explains each metric."""

import os
from datetime import UTC, datetime, time
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.values import ValueClass

from index.types import Stats

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""Of the text format that every Prometheus reads."""
WORKERS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The variable that prometheus_client itself reads, when it is imported: several workers write their figures to this folder."""
# From what a cached search takes to the longest that a model is waited for.
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_LAG_SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Metrics:
    """The metrics of one app: each has a registry of its own, so that a process can have several apps."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self._workers = ValueClass._multiprocess  # noqa: SLF001 - the one place where prometheus_client tells its mode
        self.requests = Counter(
            "dateline_requests", "Requests that were answered, or whose client left (status 499).",
            ("route", "method", "status"), registry=registry,
        )  # fmt: skip
        self.request_seconds = Histogram(
            "dateline_request_duration_seconds", "From a request's first line to the last byte of its response.",
            ("route", "method"), buckets=_SECONDS, registry=registry,
        )  # fmt: skip
        self.streams_open = Gauge(
            "dateline_streams_open", "Streams of server-sent events that are being written.",
            multiprocess_mode="livesum", registry=registry,
        )  # fmt: skip
        self.retrieval_seconds = Histogram(
            "dateline_retrieval_duration_seconds", "Finding passages and choosing the evidence, without waiting for a thread.",
            ("purpose",), buckets=_SECONDS, registry=registry,
        )  # fmt: skip
        self.generation_seconds = Histogram(
            "dateline_generation_duration_seconds", "Writing and verifying a draft, without waiting for slow readers.",
            ("generator",), buckets=_SECONDS, registry=registry,
        )  # fmt: skip
        self.prompt_tokens = Counter(
            "dateline_prompt_tokens", "Tokens sent to language models, counted here.", ("generator",), registry=registry
        )
        self.completion_tokens = Counter(
            "dateline_completion_tokens", "Tokens of the drafts of language models, counted here.", ("generator",),
            registry=registry,
        )  # fmt: skip
        self.answers = Counter("dateline_answers", "Cited answers.", ("generator",), registry=registry)
        self.abstentions = Counter(
            "dateline_abstentions", "Answers that the archive does not say.", ("reason",), registry=registry
        )
        self.sentences_dropped = Counter(
            "dateline_sentences_dropped", "Sentences that language models wrote and that could not be verified.",
            ("generator",), registry=registry,
        )  # fmt: skip
        self.repairs = Counter("dateline_repairs", "Models asked once more, by outcome.", ("outcome",), registry=registry)
        self.drafts = Counter("dateline_drafts", "Drafts that were asked for.", ("generator",), registry=registry)
        self.degraded = Counter(
            "dateline_answers_degraded", "Answers for which the configured generator failed or broke off.", registry=registry
        )
        self.unranked = Counter("dateline_answers_unranked", "Answers that the reranker was too late for.", registry=registry)
        self.generator_failures = Counter(
            "dateline_generator_failures", "Questions that nothing could write an answer to.", registry=registry
        )
        self.questions_waiting = Gauge(
            "dateline_questions_waiting", "Questions and look-ups that wait for a computing thread.",
            multiprocess_mode="livesum", registry=registry,
        )  # fmt: skip
        self.questions_computing = Gauge(
            "dateline_questions_computing", "Questions and look-ups that a computing thread works on.",
            multiprocess_mode="livesum", registry=registry,
        )  # fmt: skip
        self.loop_lag = Histogram(
            "dateline_event_loop_lag_seconds", "How much too late the event loop did what was due.",
            buckets=_LAG_SECONDS, registry=registry,
        )  # fmt: skip
        self.ready = Gauge(
            "dateline_ready", "1 when questions are answered, else 0.", multiprocess_mode="livemin", registry=registry
        )
        self.rates_shared = Gauge(
            "dateline_rates_shared", "1 when uses are counted for all replicas together, 0 when each process counts for itself.",
            multiprocess_mode="livemin", registry=registry,
        )  # fmt: skip
        self.redis_failures = Counter(
            "dateline_redis_failures", "Questions to Redis that it did not reply to as it should.", ("reason",), registry=registry
        )
        self._generation = self._of_archive("generation", "The number of the archive's last change.")
        self._articles = self._of_archive("articles", "Articles in the archive.")
        self._passages = self._of_archive("passages", "Passages in the archive.")
        self._newest = self._of_archive("newest_timestamp_seconds", "The day of the newest dated article, as seconds since 1970.")
        if self._workers:
            _forget_dead_workers()
        else:
            ProcessCollector(registry=registry)

    def show_archive(self, stats: Stats | None) -> None:
        """Show what is served, or, with None, that nothing is: then the size keeps what it was."""
        self.ready.set(0 if stats is None else 1)
        if stats is not None:
            self._generation.set(stats.generation)
            self._articles.set(stats.articles)
            self._passages.set(stats.passages)
            if stats.newest is not None:
                self._newest.set(datetime.combine(stats.newest, time(), UTC).timestamp())

    def text(self) -> bytes:
        """Return all of it in Prometheus's text format, of all workers together. Reads files: call it in a thread."""
        if not self._workers:
            return generate_latest(self.registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)
        return generate_latest(together)

    def _of_archive(self, name: str, says: str) -> Gauge:
        return Gauge(f"dateline_archive_{name}", says, multiprocess_mode="livemostrecent", registry=self.registry)

    def close(self) -> None:
        """Forget the gauges of this process; what it counted stays with its fellow workers."""
        if self._workers:
            mark_process_dead(os.getpid())


def _forget_dead_workers() -> None:
    """Forget the gauges of workers that ended without a word."""
    for file in Path(os.environ[WORKERS_FOLDER]).glob("*.db"):
        kind, _, pid = file.stem.rpartition("_")
        if kind.startswith("gauge_live") and pid.isdigit() and not _lives(int(pid)):
            mark_process_dead(int(pid))


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
