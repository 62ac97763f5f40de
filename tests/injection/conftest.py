"""A real archive of all poisoned articles, read from a file as any other, and the stub model over it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from api.settings import ServiceSettings
from index.ingest import Fallbacks
from index.protocols import Embedder
from index.sources.files import find_files, read_file
from index.wiring import build_ingest, build_store
from rag.pipeline import Pipeline
from rag.wiring import build_pipeline
from tests.injection.poison import Poisoned, poisoned_articles


@pytest.fixture(scope="session")
def ingested(embedder: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    def build(*records: dict[str, object]) -> Path:
        """Put records into a new archive; return its folder."""
        folder = tmp_path_factory.mktemp("poisoned")
        file = folder / "news.jsonl"
        file.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")
        settings = ServiceSettings(data=folder / "archive")
        store = build_store(settings)
        found, _ = find_files([str(file)])
        report = build_ingest(settings, store, embedder).run(
            (item for one in found for item in read_file(one, embedder.embed_passages)), Fallbacks()
        )
        store.close()
        assert report.counts["accepted"] + report.counts["near_duplicate"] == len(records), report.counts
        return folder / "archive"

    return build


@pytest.fixture(scope="session")
def articles() -> list[Poisoned]:
    return poisoned_articles()


@pytest.fixture(scope="session")
def archive(articles: list[Poisoned], ingested: Callable[..., Path]) -> Path:
    """The folder of the archive with all poisoned articles; not to be changed."""
    return ingested(*(one.record for one in articles))


@pytest.fixture(scope="session")
def pipeline_on(archive: Path, embedder: Embedder) -> Iterator[Callable[..., Pipeline]]:
    made = []

    def build(url: str, **more: object) -> Pipeline:
        """Answer from the archive with the model of a server, as settings make it."""
        settings = ServiceSettings(
            data=archive, generator="openai", generator_model="obedient", generator_url=url, answer_tokens=8000, **more
        )
        made.append(build_pipeline(settings, embedder=embedder))
        return made[-1]

    yield build
    for pipeline in made:
        pipeline.close()
