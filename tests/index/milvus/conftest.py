"""One server for all tests of a module that do not end it."""

from collections.abc import Iterator

import pytest

from tests.index.milvus.servers import Server, Way, served


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served(tmp_path_factory.mktemp("milvus")) as running:
        yield running


@pytest.fixture
def way(server: Server) -> Iterator[Way]:
    """Return a way to the server that can be slow, closed or cut."""
    made = Way(server.port)
    yield made
    made.end()
