"""The stores that every contract test runs against."""

import atexit
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from index.local.store import LocalStore
from index.milvus.store import MilvusStore
from index.protocols import PassageStore
from tests.contracts.stores import DIMENSION


def local_store(folder: Path) -> LocalStore:
    return LocalStore(folder, embedder="contract@00000000", dimension=DIMENSION, chunker="contract")


def milvus_store(folder: Path) -> MilvusStore:
    file = folder / "milvus.db"
    if not file.exists():
        shutil.copytree(_new_on_milvus(), file)
    return _open_on_milvus(file)


@cache
def _new_on_milvus() -> Path:
    """Make an archive once: Milvus Lite takes half a second to make its collections, and each of eighty tests wants a new one."""
    file = Path(tempfile.mkdtemp()) / "milvus.db"
    _open_on_milvus(file).close()
    atexit.register(shutil.rmtree, file.parent, ignore_errors=True)
    return file


def _open_on_milvus(file: Path) -> MilvusStore:
    return MilvusStore(str(file), name="contract", embedder="contract@00000000", dimension=DIMENSION, chunker="contract")


@pytest.fixture(params=[pytest.param(local_store, id="local"), pytest.param(milvus_store, id="milvus")])
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], PassageStore]:
    """Return what opens the same archive again; add a parameter with a new implementation."""
    return lambda: request.param(tmp_path)


@pytest.fixture
def store(open_store: Callable[[], PassageStore]) -> Iterator[PassageStore]:
    opened = open_store()
    yield opened
    opened.close()
